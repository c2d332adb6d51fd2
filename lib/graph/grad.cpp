// SPDX-License-Identifier: Apache-2.0
// See grad.h. The Applies between wrt and the roots are visited in reverse topological order; each
// variable collects terms until all its users have been visited, then they are summed.
#include "graph/grad.h"

#include <algorithm>
#include <map>
#include <set>

#include "support/check.h"

namespace tgc {
namespace {

// What is known of a variable's gradient so far.
struct Terms {
  std::vector<VariableId> list;
  bool is_zero = false;  // connected by a step function: zero unless there are terms
};

class Gradient {
 public:
  Gradient(Builder& builder, const GradOptions& options, Diagnostics& diagnostics)
      : builder_(builder), graph_(builder.graph()), options_(options), diagnostics_(diagnostics) {
    stops_.insert(options.consider_constant.begin(), options.consider_constant.end());
  }

  std::optional<std::vector<VariableId>> run(std::optional<VariableId> cost,
                                             const std::vector<VariableId>& wrt) {
    if (!start(cost)) return std::nullopt;
    find_ancestors();
    mark_relevant(wrt);
    const Origin outside = builder_.origin();
    bool good = true;
    for (size_t i = order_.size(); i-- > 0;) {
      if (relevant_applies_.count(order_[i]) != 0) good = visit(order_[i]) && good;
    }
    builder_.set_origin(outside);
    if (!good) return std::nullopt;
    return results(wrt);
  }

 private:
  [[nodiscard]] Location at(const std::string& part) const {
    return options_.locate ? options_.locate(part) : Location{};
  }

  bool fail(std::string_view code, const std::string& message, const std::string& part) {
    diagnostics_.error(code, "grad: " + message, at(part));
    return false;
  }

  bool start(std::optional<VariableId> cost) {
    if (cost) {
      const TensorType type = graph_.type(*cost);
      const std::string what = display_name(graph_, *cost) + " is " + type_text(type);
      if (type.rank() != 0)
        return fail("bad-rank", "the cost must be a scalar, but " + what, "cost");
      if (!is_float(type.dtype)) {
        return fail("bad-dtype", "the cost must be a float, but " + what, "cost");
      }
      add_term(*cost, builder_.scalar(type.dtype, 1));
      roots_.push_back(*cost);
    }
    for (size_t i = 0; i < options_.known_grads.size(); ++i) {
      const auto& [variable, gradient] = options_.known_grads[i];
      if (graph_.type(variable).rank() != graph_.type(gradient).rank()) {
        return fail("bad-rank",
                    "the gradient of " + display_name(graph_, variable) +
                        " must have its rank: " + type_text(graph_.type(variable)) + " and " +
                        type_text(graph_.type(gradient)),
                    "known_grads/" + std::to_string(i));
      }
      if (!is_continuous(graph_.type(gradient).dtype)) {
        return fail("bad-dtype",
                    "the gradient of " + display_name(graph_, variable) + " must be a float, but " +
                        display_name(graph_, gradient) + " is " + type_text(graph_.type(gradient)),
                    "known_grads/" + std::to_string(i));
      }
      add_term(variable, gradient);
      roots_.push_back(variable);
    }
    return true;
  }

  // Applies that roots depend on, in topological order.
  void find_ancestors() {
    std::set<ApplyId> needed;
    std::vector<VariableId> work = roots_;
    while (!work.empty()) {
      const VariableId id = work.back();
      work.pop_back();
      const Apply* owner = stops_.count(id) != 0 ? nullptr : graph_.owner(id);
      if (owner == nullptr || !needed.insert(owner->id).second) continue;
      work.insert(work.end(), owner->inputs.begin(), owner->inputs.end());
    }
    for (const ApplyId id : graph_.topological_order()) {
      if (needed.count(id) != 0) order_.push_back(id);
    }
  }

  // Of those, the ones that depend on a wrt variable.
  void mark_relevant(const std::vector<VariableId>& wrt) {
    relevant_.insert(wrt.begin(), wrt.end());
    for (const ApplyId id : order_) {
      const Apply& apply = graph_.apply(id);
      const bool depends =
          std::any_of(apply.inputs.begin(), apply.inputs.end(),
                      [&](VariableId input) { return relevant_.count(input) != 0; });
      if (!depends) continue;
      relevant_applies_.insert(id);
      for (const VariableId output : apply.outputs) {
        if (stops_.count(output) == 0) relevant_.insert(output);
      }
    }
  }

  void add_term(VariableId variable, VariableId term) { terms_[variable].list.push_back(term); }

  // The sum of the terms in the variable's dtype; nullopt: none.
  std::optional<VariableId> total(VariableId variable) {
    const auto found = terms_.find(variable);
    if (found == terms_.end() || found->second.list.empty()) return std::nullopt;
    Terms& terms = found->second;
    if (terms.list.size() > 1) terms.list = {builder_.call("add", terms.list)};
    return terms.list[0];
  }

  [[nodiscard]] bool is_connected(VariableId variable) const {
    const auto found = terms_.find(variable);
    return found != terms_.end() && (found->second.is_zero || !found->second.list.empty());
  }

  bool visit(ApplyId id) {
    const Apply apply = graph_.apply(id);  // a copy: the Graph grows below
    const bool is_connected_here = std::any_of(
        apply.outputs.begin(), apply.outputs.end(),
        [&](VariableId output) { return stops_.count(output) == 0 && is_connected(output); });
    if (!is_connected_here) return true;
    builder_.set_origin(apply.origin);
    GradContext context{builder_, graph_, id, {}, {}, {}, diagnostics_, options_.locate};
    bool has_gradient = false;
    bool all_discrete = true;
    for (const VariableId output : apply.outputs) {
      const bool flows = is_continuous(graph_.type(output).dtype) && stops_.count(output) == 0;
      all_discrete = all_discrete && !is_continuous(graph_.type(output).dtype);
      context.output_grads.push_back(flows ? total(output) : std::nullopt);
      has_gradient = has_gradient || context.output_grads.back().has_value();
    }
    if (apply.op->grad == nullptr) return all_discrete || no_gradient(apply);
    if (!has_gradient) {
      zero_inputs(apply);
      return true;
    }
    for (const VariableId input : apply.inputs) {
      context.wanted.push_back(relevant_.count(input) != 0 &&
                               is_continuous(graph_.type(input).dtype));
    }
    context.input_grads.resize(apply.inputs.size());
    const int errors = diagnostics_.error_count();
    apply.op->grad(context);
    if (diagnostics_.error_count() > errors) return false;
    take_terms(apply, context);
    return true;
  }

  void zero_inputs(const Apply& apply) {
    for (const VariableId input : apply.inputs) {
      if (relevant_.count(input) != 0) terms_[input].is_zero = true;
    }
  }

  void take_terms(const Apply& apply, const GradContext& context) {
    for (size_t i = 0; i < apply.inputs.size(); ++i) {
      const VariableId input = apply.inputs[i];
      if (relevant_.count(input) == 0) continue;
      const TensorType type = graph_.type(input);
      if (!is_continuous(type.dtype)) terms_[input].is_zero = true;
      if (!context.wanted[i] || !context.input_grads[i]) continue;
      const TensorType got = graph_.type(*context.input_grads[i]);
      TGC_CHECK(got.rank() == type.rank(),
                std::string(apply.op->name) + ": the gradient of input " + std::to_string(i) +
                    " is " + type_text(got) + ", the input " + type_text(type));
      add_term(input, builder_.cast(*context.input_grads[i], type.dtype));
    }
  }

  bool no_gradient(const Apply& apply) {
    std::string reason = std::string(apply.op->no_grad);
    if (reason.empty()) reason = "it is not defined";
    const std::string name =
        apply.name.empty() ? display_name(graph_, apply.outputs[0]) : apply.name;
    auto& diagnostic = diagnostics_.error(
        "no-gradient",
        "grad: " + std::string(apply.op->name) + " (" + name + ") has no gradient: " + reason,
        at("cost"));
    DiagnosticNote note;
    note.message = "the cost depends on it and it depends on a wrt variable";
    note.location.pointer = apply.origin.pointer;
    diagnostic.notes.push_back(std::move(note));
    return false;
  }

  std::optional<std::vector<VariableId>> results(const std::vector<VariableId>& wrt) {
    std::vector<VariableId> gradients;
    const Origin outside = builder_.origin();
    bool good = true;
    for (size_t i = 0; i < wrt.size(); ++i) {
      const TensorType type = graph_.type(wrt[i]);
      if (!is_connected(wrt[i])) good = disconnected(wrt[i], i) && good;
      Origin origin = outside;  // a rule has no node whose name would do
      const std::string& name = graph_.variable(wrt[i]).name;
      if (origin.nodes.empty() && !name.empty()) origin.nodes.push_back(name);
      builder_.set_origin(std::move(origin));
      const auto sum = is_continuous(type.dtype) ? total(wrt[i]) : std::nullopt;
      const DType dtype = is_continuous(type.dtype) ? type.dtype : builder_.float_x();
      gradients.push_back(sum ? *sum : builder_.alloc(builder_.scalar(dtype, 0), type.shape));
    }
    builder_.set_origin(outside);
    if (!good) return std::nullopt;
    return gradients;
  }

  bool disconnected(VariableId variable, size_t position) {
    const std::string message =
        "the cost does not depend on the elements of " + display_name(graph_, variable);
    const std::string hint = "\"disconnected_inputs\": \"ignore\" gives zeros without a message";
    const Location where = at("wrt/" + std::to_string(position));
    switch (options_.disconnected_inputs) {
      case DisconnectedInputs::raise:
        diagnostics_.error("disconnected-input", "grad: " + message, where).hint = hint;
        return false;
      case DisconnectedInputs::warn:
        diagnostics_.warning("disconnected-input", "grad: " + message, where).hint = hint;
        return true;
      case DisconnectedInputs::ignore:
        break;
    }
    return true;
  }

  Builder& builder_;
  Graph& graph_;
  const GradOptions& options_;
  Diagnostics& diagnostics_;
  std::set<VariableId> stops_;
  std::vector<VariableId> roots_;
  std::vector<ApplyId> order_;
  std::set<VariableId> relevant_;  // wrt and what depends on it
  std::set<ApplyId> relevant_applies_;
  std::map<VariableId, Terms> terms_;
};

}  // namespace

std::optional<std::vector<VariableId>> grad(Builder& builder, std::optional<VariableId> cost,
                                            const std::vector<VariableId>& wrt,
                                            const GradOptions& options, Diagnostics& diagnostics) {
  return Gradient(builder, options, diagnostics).run(cost, wrt);
}

}  // namespace tgc
