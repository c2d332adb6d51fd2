// SPDX-License-Identifier: Apache-2.0
// See evaluation.h. Evaluation is driven by demand with an explicit stack: an Apply is evaluated
// when the inputs it asks for are there.
#include "interp/evaluation.h"

#include <set>
#include <utility>

#include "graph/graph_symbols.h"
#include "interp/interpreter.h"
#include "support/check.h"
#include "support/text.h"

namespace tgc {

Evaluation::Evaluation(const Graph& graph, Bindings bindings)
    : graph_(graph), bindings_(std::move(bindings)), measures_(measuring_applies(graph)) {
  for (const ApplyId id : measures_) bindings_.forget(measured_symbol(graph.apply(id)));
}

std::string Evaluation::bind(const std::vector<Tensor>& inputs,
                             const std::vector<DimSymbol>& bounds) {
  failure_ = bindings_.bind(graph_, inputs, bounds);
  if (failure_.empty()) failure_ = bindings_.check_equalities(graph_);
  for (size_t i = 0; failure_.empty() && i < inputs.size(); ++i) {
    values_[graph_.inputs()[i]] =
        std::shared_ptr<const Tensor>(std::shared_ptr<void>(), &inputs[i]);
  }
  return failure_;
}

const Tensor* Evaluation::find(VariableId id) {
  if (!failure_.empty()) return nullptr;
  if (const Tensor* known = value(id)) return known;
  measures_ = measuring_applies(graph_);
  demand(id);
  return failure_.empty() ? value(id) : nullptr;
}

void Evaluation::repeat(ApplyId id) {
  const Apply apply = graph_.apply(id);
  for (const VariableId input : apply.inputs) find(input);
  if (failure_.empty()) evaluate_apply(apply);
}

const Tensor* Evaluation::value(VariableId id) {
  const auto found = values_.find(id);
  if (found != values_.end()) return found->second.get();
  const Variable& variable = graph_.variable(id);
  return variable.kind == VariableKind::constant ? variable.constant.get() : nullptr;
}

void Evaluation::demand(VariableId output) {
  std::vector<VariableId> stack{output};
  while (!stack.empty() && failure_.empty()) {
    const VariableId id = stack.back();
    if (value(id) != nullptr) {
      stack.pop_back();
      continue;
    }
    const Apply* apply = graph_.owner(id);
    TGC_CHECK(apply != nullptr, "no value for " + display_name(graph_, id));
    const size_t before = stack.size();
    for (const size_t input : needed_inputs(*apply)) {
      if (value(apply->inputs[input]) == nullptr) stack.push_back(apply->inputs[input]);
    }
    for (const ApplyId unread : unread_measures(*apply)) {
      stack.push_back(graph_.apply(unread).outputs[0]);
    }
    if (stack.size() == before) evaluate_apply(*apply);
  }
}

// Those that measure a size the Apply mentions, other than its own, and have not been evaluated.
// Several may measure one size: a loop, and a loop that keeps less of the same.
std::vector<ApplyId> Evaluation::unread_measures(const Apply& apply) {
  std::vector<ApplyId> unread;
  if (measures_.empty()) return unread;
  std::set<std::string> symbols = symbols_in(graph_, apply);
  symbols.erase(measured_symbol(apply));
  for (const ApplyId id : measures_) {
    const Apply& measuring = graph_.apply(id);
    if (symbols.count(measured_symbol(measuring)) == 0) continue;
    if (!bindings_.find(measured_symbol(measuring))) unread.push_back(id);
  }
  return unread;
}

// Positions of the inputs to have before the Apply can go on. An ifelse whose branches are its
// inputs (condition, then values, else values) asks for the condition, then for one branch.
std::vector<size_t> Evaluation::needed_inputs(const Apply& apply) {
  std::vector<size_t> needed;
  const bool is_lazy = apply.op->name == "ifelse" && apply.inner.empty();
  if (!is_lazy) {
    for (size_t i = 0; i < apply.inputs.size(); ++i) needed.push_back(i);
    return needed;
  }
  needed.push_back(0);
  const Tensor* condition = value(apply.inputs[0]);
  if (condition == nullptr) return needed;
  const size_t count = apply.outputs.size();
  const size_t first = condition->get_double(0) != 0 ? 1 : 1 + count;
  for (size_t i = 0; i < count; ++i) needed.push_back(first + i);
  return needed;
}

void Evaluation::evaluate_apply(const Apply& apply) {
  TGC_CHECK(apply.op->eval != nullptr, std::string(apply.op->name) + " has no eval");
  std::vector<const Tensor*> inputs;
  for (const VariableId input : apply.inputs) inputs.push_back(value(input));
  EvalContext context{graph_, apply, std::move(inputs), {}, {}, {}, {}, {}};
  context.dim = [this](const DimExpr& dim) { return bindings_.get(dim); };
  context.eval_inner = [&](const Graph& inner, const std::vector<Tensor>& arguments) {
    if (on_inner) on_inner(inner, arguments, bindings_);
    EvaluateResult result = tgc::evaluate(inner, arguments, bindings_);
    if (!result.failure.empty()) inner_failure_ = result.failure;
    return std::move(result.outputs);
  };
  apply.op->eval(context);
  if (context.measured) bindings_.set(measured_symbol(apply), *context.measured);
  if (!inner_failure_.empty()) {
    failure_ = inner_failure_;
  } else if (!context.failure.empty()) {
    failure_ = describe(apply, context);
  } else {
    keep(apply, std::move(context.outputs));
  }
}

void Evaluation::keep(const Apply& apply, std::vector<Tensor> outputs) {
  TGC_CHECK(outputs.size() == apply.outputs.size(),
            std::string(apply.op->name) + ": eval made another number of outputs");
  for (size_t i = 0; i < outputs.size(); ++i) {
    const VariableId id = apply.outputs[i];
    const TensorType& type = graph_.type(id);
    TGC_CHECK(
        outputs[i].dtype() == type.dtype && outputs[i].rank() == type.rank(),
        display_name(graph_, id) + " is " + tensor_text(outputs[i]) + ", not " + type_text(type));
    bindings_.learn(type.shape, outputs[i].dims());
    const auto dims = bindings_.evaluate(type.shape);
    TGC_CHECK(
        !dims || *dims == outputs[i].dims(),
        display_name(graph_, id) + " is " + tensor_text(outputs[i]) + ", not " + type_text(type));
    values_[id] = std::make_shared<const Tensor>(std::move(outputs[i]));
  }
  failure_ = bindings_.check_equalities(graph_);
}

// "take (row): index 12 is out of bounds for axis 0 with size 10; inputs: x float32[10, 3], …"
std::string Evaluation::describe(const Apply& apply, const EvalContext& context) const {
  std::string name = apply.name;
  if (!apply.origin.nodes.empty()) name = apply.origin.nodes[0];
  std::string text = std::string(apply.op->name);
  if (!name.empty() && name != text) text += " (" + name + ")";
  std::vector<std::string> inputs;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (context.inputs[i] == nullptr) continue;
    inputs.push_back(display_name(graph_, apply.inputs[i]) + " " + tensor_text(*context.inputs[i]));
  }
  return text + ": " + context.failure + "; inputs: " + join(inputs, ", ");
}

}  // namespace tgc
