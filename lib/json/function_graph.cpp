// SPDX-License-Identifier: Apache-2.0
// See function_graph.h.
#include "json/function_graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "json/graph_symbols.h"
#include "support/text.h"

namespace tgc {
namespace {

class FunctionMaker {
 public:
  FunctionMaker(const FunctionParts& parts, GraphReader& whole, Diagnostics& diagnostics)
      : parts_(parts),
        whole_(whole.graph()),
        scope_(whole.scope()),
        context_(whole.context()),
        diagnostics_(diagnostics) {}

  std::optional<Function> make() {
    function_.name = parts_.name;
    function_.pointer = parts_.where.pointer();
    function_.output_names = parts_.output_names;
    for (const FunctionInput& input : parts_.inputs) copy_input(input.variable);
    copy_needed();
    for (const VariableId output : parts_.outputs) function_.graph.add_output(copies_.at(output));
    for (const SharedUpdate& update : parts_.updates) {
      function_.updates.push_back({update.shared, function_.graph.outputs().size()});
      function_.graph.add_output(copies_.at(update.value));
    }
    copy_equalities();
    const std::set<std::string> symbols = symbols_in(function_.graph, true);
    const bool complete = check_missing();
    if (!complete || !check_symbols(symbols) || !check_unused()) return std::nullopt;
    return std::move(function_);
  }

 private:
  VariableId copy_input(VariableId id) {
    const Variable& variable = whole_.variable(id);
    const VariableId copy =
        function_.graph.add_input(variable.type, variable.name, variable.kind, variable.origin);
    if (variable.value) function_.graph.set_value(copy, *variable.value);
    copies_.emplace(id, copy);
    return copy;
  }

  // Everything the outputs need: constants, shared variables in file order, Applies.
  void copy_needed() {
    std::vector<VariableId> work = parts_.outputs;
    for (const SharedUpdate& update : parts_.updates) work.push_back(update.value);
    std::set<VariableId> leaves;
    while (!work.empty()) {
      const VariableId id = work.back();
      work.pop_back();
      const Variable& variable = whole_.variable(id);
      if (!variable.owner.valid()) {
        leaves.insert(id);
      } else if (needed_.insert(variable.owner).second) {
        const auto& inputs = whole_.apply(variable.owner).inputs;
        work.insert(work.end(), inputs.begin(), inputs.end());
      }
    }
    for (const VariableId id : leaves) copy_leaf(id);
    for (const ApplyId id : whole_.topological_order()) {
      if (needed_.count(id) > 0) copy_apply(whole_.apply(id));
    }
  }

  void copy_leaf(VariableId id) {
    if (copies_.count(id) > 0) return;
    const Variable& variable = whole_.variable(id);
    if (variable.kind == VariableKind::constant) {
      copies_.emplace(
          id, function_.graph.add_constant(variable.constant, variable.name, variable.origin));
      return;
    }
    if (variable.kind == VariableKind::input) missing_.push_back(variable.name);
    copy_input(id);
  }

  void copy_apply(const Apply& apply) {
    ApplySpec spec;
    spec.op = apply.op;
    spec.attributes = apply.attributes;
    spec.inner = apply.inner;
    spec.name = apply.name;
    spec.origin = apply.origin;
    pointers_.insert(apply.origin.pointer);
    for (const VariableId input : apply.inputs) spec.inputs.push_back(copies_.at(input));
    for (const VariableId output : apply.outputs) {
      spec.output_types.push_back(whole_.type(output));
      spec.output_values.push_back(whole_.variable(output).value);
    }
    const Apply& copy = function_.graph.apply(function_.graph.add_apply(std::move(spec)));
    const std::vector<VariableId> outputs = copy.outputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
      copies_.emplace(apply.outputs[i], outputs[i]);
      function_.graph.set_name(outputs[i], whole_.variable(apply.outputs[i]).name);
    }
  }

  // Those of the nodes that were copied.
  void copy_equalities() {
    for (const DimEquality& equality : whole_.equalities()) {
      if (pointers_.count(equality.origin.pointer) > 0) function_.graph.add_equality(equality);
    }
  }

  bool check_missing() {
    for (const std::string& name : missing_) {
      diagnostics_
          .error("missing-input",
                 parts_.what + ": needs input '" + name + "', which is not among its inputs",
                 where_inputs().location())
          .hint = "add it to \"inputs\", or replace it with givens";
    }
    return missing_.empty();
  }

  JsonValue where_inputs() const {
    const auto inputs = parts_.where.find("inputs");
    return inputs ? *inputs : parts_.where;
  }

  // The symbols a call can read off an argument.
  static std::set<std::string> symbols_of(const Variable& input) {
    std::set<std::string> names;
    for (const DimExpr& dim : input.type.shape) {
      if (!dim.is_constant()) names.insert(dim.text());
    }
    if (input.value && input.type.rank() == 0) names.insert(input.value->at(0).text());
    return names;
  }

  bool check_symbols(const std::set<std::string>& used) {
    std::set<std::string> known;
    for (const VariableId id : function_.graph.inputs()) {
      known.merge(symbols_of(function_.graph.variable(id)));
    }
    bool good = true;
    for (const std::string& name : used) {
      const Binding* binding = scope_.find(name);
      if (binding == nullptr || known.count(name) > 0) continue;  // measured or a loop's
      const bool is_dim = binding->kind == NameKind::dim;
      auto& diagnostic = diagnostics_.error(
          is_dim ? "unknown-dim" : "missing-input",
          parts_.what + ": " +
              (is_dim ? "dim '" + name + "' is used, but no input of the function has it"
                      : "needs the value of input '" + name + "', which is not among its inputs"),
          where_inputs().location());
      if (is_dim) diagnostic.hint = "a call learns its dims from the shapes of its arguments";
      good = false;
    }
    return good;
  }

  // An input is used when a node reads it, or when it alone tells a dim or value that is used.
  bool check_unused() {
    if (context_.options.on_unused_input == OnUnusedInput::ignore) return true;
    const std::set<std::string> used = symbols_in(function_.graph, false);
    std::set<std::string> told;
    const Graph& graph = function_.graph;
    for (const VariableId id : graph.inputs()) {
      if (graph.use_count(id) > 0) told.merge(symbols_of(graph.variable(id)));
    }
    bool good = true;
    for (const FunctionInput& input : parts_.inputs) {
      const Variable& variable = graph.variable(copies_.at(input.variable));
      if (graph.use_count(variable.id) > 0) continue;
      const std::set<std::string> names = symbols_of(variable);
      const bool tells = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return used.count(name) > 0 && told.count(name) == 0;
      });
      if (!tells) good = report_unused(input) && good;
    }
    return good;
  }

  bool report_unused(const FunctionInput& input) {
    const bool is_error = context_.options.on_unused_input == OnUnusedInput::raise;
    Diagnostic diagnostic;
    diagnostic.severity = is_error ? Severity::error : Severity::warning;
    diagnostic.code = "unused-input";
    diagnostic.message = parts_.what + ": input '" + whole_.variable(input.variable).name +
                         "' is not used by its outputs and updates";
    diagnostic.location = input.where.location();
    diagnostic.hint = "leave it out, or set on_unused_input=warn or ignore";
    diagnostics_.add(std::move(diagnostic));
    return !is_error;
  }

  const FunctionParts& parts_;
  const Graph& whole_;
  const Scope& scope_;
  const ReadContext& context_;
  Diagnostics& diagnostics_;
  Function function_;
  std::map<VariableId, VariableId> copies_;
  std::set<ApplyId> needed_;
  std::set<std::string> pointers_;
  std::vector<std::string> missing_;
};

}  // namespace

std::optional<Function> make_function(const FunctionParts& parts, GraphReader& whole,
                                      Diagnostics& diagnostics) {
  return FunctionMaker(parts, whole, diagnostics).make();
}

}  // namespace tgc
