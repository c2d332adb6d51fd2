// SPDX-License-Identifier: Apache-2.0
// How a GraphMaker accepts nodes: inference, limits, values in every call. See graph_maker.h.
#include <algorithm>
#include <cmath>
#include <set>

#include "e2e/random/graph_maker.h"
#include "graph/grad.h"
#include "graph/graph_symbols.h"
#include "interp/interpreter.h"
#include "ops/index_template.h"
#include "ops/scan.h"

namespace tgc {
namespace {

constexpr double kLargest = 1e4;  // beyond it a value is not tame

bool is_tame(const Tensor& tensor) {
  if (!is_float(tensor.dtype())) return true;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    if (!(std::abs(tensor.get_double(i)) <= kLargest)) return false;
  }
  return true;
}

}  // namespace

bool is_elsewhere(const OpDef& op, const Attributes& attributes) {
  static const std::set<std::string_view> kElsewhere = {
      "addbroadcast",    "assert",        "eigh_grad",          "pad",
      "philox_binomial", "philox_choice", "philox_multinomial", "prepend_0_to_each_row",
      "raise",           "real",          "specify_shape"};
  if (op.needs_library || kElsewhere.count(op.name) > 0) return true;
  return op.measures != nullptr && op.measures(attributes);
}

int64_t GraphMaker::least(const DimExpr& dim) const {
  int64_t result = bindings_[0].get(dim);
  for (const Bindings& bindings : bindings_) result = std::min(result, bindings.get(dim));
  return result;
}

bool GraphMaker::fits_limits(const std::vector<TensorType>& types) const {
  for (const TensorType& type : types) {
    if (type.rank() > 6) return false;
    for (const Bindings& bindings : bindings_) {
      const auto dims = bindings.evaluate(type.shape);
      if (!dims) return false;
      const auto count = element_count(*dims, 1);
      if (!count || *count > options_.max_elements) return false;
    }
  }
  return true;
}

std::array<bool, kCalls> GraphMaker::holds(const std::vector<DimEquality>& equalities) const {
  std::array<bool, kCalls> result{};
  for (size_t call = 0; call < kCalls; ++call) {
    result[call] = std::all_of(equalities.begin(), equalities.end(), [&](const auto& equality) {
      const auto left = bindings_[call].evaluate(equality.left);
      return left && left == bindings_[call].evaluate(equality.right);
    });
  }
  return result;
}

bool GraphMaker::evaluate_one(const Apply& apply, size_t call) {
  if (apply.op->eval == nullptr) return false;
  auto& values = values_[call];
  EvalContext context{graph_, apply, {}, {}, {}, {}, {}};
  for (const VariableId input : apply.inputs) {
    const Variable& variable = graph_.variable(input);
    const auto found = values.find(input);
    if (variable.kind != VariableKind::constant && found == values.end()) return false;
    context.inputs.push_back(variable.kind == VariableKind::constant ? variable.constant.get()
                                                                     : &found->second);
  }
  Bindings& bindings = bindings_[call];
  bool is_good = true;
  context.dim = [&](const DimExpr& dim) { return bindings.get(dim); };
  context.eval_inner = [&](const Graph& inner, const std::vector<Tensor>& inputs) {
    EvaluateResult result = evaluate(inner, inputs, bindings);
    if (!result.failure.empty()) {
      is_good = false;
      for (const VariableId output : inner.outputs()) {
        result.outputs.emplace_back(inner.type(output).dtype, std::vector<int64_t>{0});
      }
    }
    return std::move(result.outputs);
  };
  apply.op->eval(context);
  if (!is_good || !context.failure.empty()) return false;
  if (context.measured) bindings.set(measured_symbol(apply), *context.measured);
  for (size_t i = 0; i < apply.outputs.size(); ++i) {
    bindings.learn(graph_.type(apply.outputs[i]).shape, context.outputs[i].dims());
    is_good = is_good && is_tame(context.outputs[i]);
    values.insert_or_assign(apply.outputs[i], std::move(context.outputs[i]));
  }
  return is_good;
}

bool GraphMaker::evaluate_from(size_t first) {
  bool is_good = true;
  const std::vector<ApplyId> applies = graph_.applies();
  for (size_t call = 0; call < kCalls; ++call) {
    if (is_failed_[call]) continue;
    for (size_t i = first; i < applies.size(); ++i) {
      is_good = evaluate_one(graph_.apply(applies[i]), call) && is_good;
    }
  }
  return is_good;
}

// Is among the Applies from `first` on, of which a composition was made, one that is left out?
bool GraphMaker::makes_elsewhere(size_t first) const {
  const std::vector<ApplyId> applies = graph_.applies();
  return std::any_of(applies.begin() + static_cast<std::ptrdiff_t>(first), applies.end(),
                     [&](ApplyId id) {
                       const Apply& apply = graph_.apply(id);
                       return is_elsewhere(*apply.op, apply.attributes);
                     });
}

// A loop stacks the initial values of its states; the file does not show that.
std::vector<VariableId> GraphMaker::apply_inputs(const Proposal& proposal) {
  std::vector<VariableId> inputs = proposal.inputs;
  if (proposal.inner.empty()) return inputs;
  const ScanLayout layout = scan_layout(proposal.attributes);
  for (size_t i = layout.sequences; i < layout.loop_rest; ++i) {
    std::vector<int64_t> order{-1};
    for (int64_t axis = 0; axis < graph_.type(inputs[i]).rank(); ++axis) order.push_back(axis);
    inputs[i] = builder_.call("dimshuffle", {inputs[i]}, {{"order", order}});
  }
  return inputs;
}

// The values behind the initial ones are what the file names.
void GraphMaker::cut_traces(const Proposal& proposal, std::vector<VariableId>& outputs) {
  if (proposal.inner.empty()) return;
  const ScanLayout layout = scan_layout(proposal.attributes);
  const IndexEntry rest = slice(DimExpr(1), std::nullopt);
  for (size_t i = 0; i < layout.states.size(); ++i) {
    outputs[i] =
        builder_.call("subtensor", {outputs[i]}, {{"index", std::vector<IndexEntry>{rest}}});
  }
}

std::optional<std::vector<VariableId>> GraphMaker::add(const Proposal& proposal) {
  Diagnostics diagnostics;
  const size_t first = graph_.applies().size();
  const std::vector<VariableId> inputs = apply_inputs(proposal);
  Attributes attributes = proposal.attributes;
  if (is_elsewhere(*proposal.op, attributes)) return std::nullopt;
  InferContext context(*proposal.op, attributes, diagnostics);
  context.inner = proposal.inner;
  for (const VariableId input : inputs) context.inputs.push_back(&graph_.variable(input));
  if (!infer_types(context) || !fits_limits(context.outputs)) return std::nullopt;
  const bool is_wild = random_.chance(options_.wild);
  const std::array<bool, kCalls> does_hold = holds(context.equalities);
  for (size_t call = 0; call < kCalls; ++call) {
    if (!does_hold[call] && !is_wild) return std::nullopt;
    is_failed_[call] = is_failed_[call] || !does_hold[call];
  }
  NodeSpec spec;
  spec.op = proposal.op;
  spec.inputs = inputs;
  spec.attributes = proposal.attributes;
  spec.inner = proposal.inner;
  auto outputs = builder_.add_node(std::move(spec), diagnostics);
  if (outputs) cut_traces(proposal, *outputs);
  if (!outputs || makes_elsewhere(first)) return std::nullopt;
  if (!evaluate_from(first) && !is_wild) return std::nullopt;
  SketchNode node;
  node.op = proposal.op->name;
  const bool is_scan = !proposal.inner.empty();
  for (const VariableId input : proposal.inputs) {
    (is_scan ? node.uses : node.inputs).push_back(names_.at(input));
  }
  node.members = is_scan ? proposal.members : attribute_members(proposal.attributes);
  for (const VariableId output : *outputs) {
    if (names_.count(output) > 0) return outputs;  // the op gave back what it got
  }
  for (const VariableId output : *outputs) {
    names_[output] = new_name("v");
    node.outputs.push_back(names_[output]);
    pool_.push_back(output);
  }
  nodes_.push_back(std::move(node));
  return outputs;
}

bool GraphMaker::add_gradients(VariableId cost, const std::vector<VariableId>& wrt) {
  const size_t first = graph_.applies().size();
  GradOptions options;
  options.disconnected_inputs = DisconnectedInputs::ignore;
  Diagnostics diagnostics;
  const auto gradients = grad(builder_, cost, wrt, options, diagnostics);
  if (!gradients || (!evaluate_from(first) && !random_.chance(options_.wild))) return false;
  SketchNode node;
  node.op = "grad";
  std::vector<std::string> names;
  for (const VariableId id : wrt) names.push_back(names_.at(id));
  node.uses = names;
  node.uses.push_back(names_.at(cost));
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "\"" : ", \"") + name + "\"";
  node.members = {{"cost", "\"" + names_.at(cost) + "\""},
                  {"wrt", "[" + list + "]"},
                  {"disconnected_inputs", "\"ignore\""}};
  for (const VariableId gradient : *gradients) {
    // A gradient may be a variable with a name already; in the file it gets one more.
    const std::string name = new_name("v");
    node.outputs.push_back(name);
    if (names_.count(gradient) == 0) {
      names_[gradient] = name;
      pool_.push_back(gradient);
    }
  }
  nodes_.push_back(std::move(node));
  return true;
}

}  // namespace tgc
