// SPDX-License-Identifier: Apache-2.0
// See function_graph.h.
#include "json/function_graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "graph/builder.h"
#include "graph/graph_symbols.h"
#include "json/symbol_map.h"
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
    for (const Given& given : parts_.givens) {
      replacements_.emplace(given.variable, given.replacement);
    }
    learn_symbols();
    for (const FunctionInput& input : parts_.inputs) copy_input(input.variable);
    if (!copy_needed() || !copy_equalities()) return std::nullopt;
    add_given_equalities();
    for (const VariableId output : parts_.outputs) {
      function_.graph.add_output(copies_.at(replaced(output)));
    }
    for (const SharedUpdate& update : parts_.updates) {
      function_.updates.push_back({update.shared, function_.graph.outputs().size()});
      function_.graph.add_output(copies_.at(replaced(update.value)));
    }
    const std::set<std::string> symbols = symbols_in(function_.graph, true);
    const bool complete = check_missing();
    if (!complete || !check_symbols(symbols) || !check_unused()) return std::nullopt;
    return std::move(function_);
  }

 private:
  // Dims that a given makes known: x[n, 64] given as y[20, 64] tells that n is 20, unless another
  // argument tells n in each call.
  void learn_symbols() {
    std::set<std::string> arguments;
    for (const FunctionInput& input : parts_.inputs) {
      if (replacements_.count(input.variable) > 0) continue;
      arguments.merge(symbols_of(whole_.variable(input.variable)));
    }
    std::map<std::string, DimExpr> told;
    const auto learn = [&](const DimExpr& from, const DimExpr& to) {
      const auto solved = solved_for_symbol(from, to);
      if (!solved || arguments.count(solved->first) > 0) return;
      if (solved->second.is_constant() && *solved->second.constant() < 0) return;
      told.insert(*solved);
    };
    for (const Given& given : parts_.givens) {
      const Variable& from = whole_.variable(given.variable);
      const Variable& to = whole_.variable(given.replacement);
      for (size_t i = 0; i < from.type.shape.size(); ++i) {
        learn(from.type.shape[i], to.type.shape[i]);
      }
      if (from.value && to.value && from.type.rank() == 0)
        learn(from.value->at(0), to.value->at(0));
    }
    for (const auto& [name, expr] : told) {
      const std::vector<std::string> symbols = expr.symbols();
      const bool simple = std::none_of(symbols.begin(), symbols.end(),
                                       [&told = told](const auto& s) { return told.count(s) > 0; });
      if (simple) substitution_.emplace(name, expr);
    }
  }

  // What must hold for the replacements of inputs to fit. What replaces a computed variable has
  // sizes of its own: the nodes that read it are inferred anew.
  void add_given_equalities() {
    for (const Given& given : parts_.givens) {
      if (whole_.variable(given.variable).owner.valid()) continue;
      const Shape from = substituted(whole_.type(given.variable).shape, substitution_);
      const Shape to = substituted(whole_.type(given.replacement).shape, substitution_);
      for (size_t i = 0; i < from.size(); ++i) {
        if (from[i] == to[i]) continue;
        function_.graph.add_equality(
            {from[i],
             to[i],
             parts_.what + ": givens: '" + whole_.variable(given.variable).name + "' is " +
                 shape_text(from) + ", its replacement is " + shape_text(to),
             {given.where.pointer(), {}, {}}});
      }
    }
  }

  [[nodiscard]] VariableId replaced(VariableId id) const {
    const auto found = replacements_.find(id);
    return found == replacements_.end() ? id : found->second;
  }

  VariableId copy_input(VariableId id) {
    const Variable& variable = whole_.variable(id);
    TensorType type = variable.type;
    type.shape = substituted(type.shape, substitution_);
    const VariableId copy =
        function_.graph.add_input(std::move(type), variable.name, variable.kind, variable.origin);
    if (variable.value)
      function_.graph.set_value(copy, substituted(*variable.value, substitution_));
    copies_.emplace(id, copy);
    return copy;
  }

  // Everything the outputs need: constants, shared variables in file order, Applies. Depth first,
  // since with givens the file's order of Applies need not fit. False, reported, on a cycle.
  bool copy_needed() {
    std::vector<VariableId> roots = parts_.outputs;
    for (const SharedUpdate& update : parts_.updates) roots.push_back(update.value);
    std::vector<ApplyId> order;
    std::set<VariableId> leaves;
    if (!find_needed(roots, order, leaves)) return false;
    for (const VariableId id : leaves) copy_leaf(id);
    if (!charge(order.size())) return false;
    for (const ApplyId id : order) {
      const Apply& apply = whole_.apply(id);
      const bool is_changed = std::any_of(apply.inputs.begin(), apply.inputs.end(),
                                          [&](VariableId input) { return has_changed(input); });
      if (is_changed && apply.inner.empty()) {
        if (!infer_apply(apply)) return false;
      } else {
        copy_apply(apply);
      }
    }
    return true;
  }

  // All functions of a file together hold copies of so many nodes at most.
  bool charge(size_t count) {
    const size_t limit = context_.options.limits.max_copies;
    context_.copy_count += count + whole_.equalities().size();
    if (context_.copy_count <= limit) return true;
    diagnostics_
        .error("too-large",
               parts_.what + ": with it the functions of the file hold more than " +
                   std::to_string(limit) + " nodes",
               parts_.where.location())
        .hint = "every function holds a copy of the nodes that it needs";
    return false;
  }

  // Has the copy of a variable another shape or value than the file's Graph says? So it is behind
  // the given for a computed variable.
  [[nodiscard]] bool has_changed(VariableId id) const {
    const Variable& old = whole_.variable(id);
    const bool is_given_input = replacements_.count(id) > 0 && !old.owner.valid();
    if (is_given_input) return false;  // its equalities are add_given_equalities'
    const Variable& copy = function_.graph.variable(copies_.at(replaced(id)));
    if (substituted(old.type.shape, substitution_) != copy.type.shape) return true;
    if (old.value.has_value() != copy.value.has_value()) return true;
    return old.value && substituted(*old.value, substitution_) != *copy.value;
  }

  bool find_needed(const std::vector<VariableId>& roots, std::vector<ApplyId>& order,
                   std::set<VariableId>& leaves) {
    std::map<ApplyId, bool> done;  // false: open
    std::vector<std::pair<ApplyId, size_t>> stack;
    const auto enter = [&](VariableId id) {
      const VariableId target = replaced(id);
      const ApplyId owner = whole_.variable(target).owner;
      if (!owner.valid()) leaves.insert(target);
      if (!owner.valid()) return true;
      const auto [entry, fresh] = done.emplace(owner, false);
      if (fresh) stack.emplace_back(owner, 0);
      return fresh || entry->second;
    };
    std::vector<VariableId> work(roots.rbegin(), roots.rend());
    while (!work.empty()) {
      enter(work.back());
      work.pop_back();
      while (!stack.empty()) {
        auto& [id, next] = stack.back();
        const auto& inputs = whole_.apply(id).inputs;
        if (next == inputs.size()) {
          done[id] = true;
          order.push_back(id);
          stack.pop_back();
        } else if (!enter(inputs[next++])) {
          return report_given_cycle();
        }
      }
      if (!work.empty()) continue;
      for (const ApplyId id : unread_measures(whole_, {order.begin(), order.end()})) {
        work.push_back(whole_.apply(id).outputs[0]);
      }
    }
    return true;
  }

  bool report_given_cycle() {
    const JsonValue where = parts_.givens.empty() ? parts_.where : parts_.givens[0].where;
    diagnostics_
        .error("given-cycle",
               parts_.what + ": givens: the replacement of '" + given_names() +
                   "' depends on a variable that is replaced",
               where.location())
        .hint = "a replacement is computed from other variables, such as constants or shared ones";
    return false;
  }

  [[nodiscard]] std::string given_names() const {
    std::vector<std::string> names;
    for (const Given& given : parts_.givens) names.push_back(whole_.variable(given.variable).name);
    return join(names, "' or '");
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
    spec.attributes = substituted(apply.attributes, substitution_);
    for (const InnerGraph& inner : apply.inner) {
      spec.inner.push_back(substituted(inner, substitution_));
    }
    spec.name = apply.name;
    spec.origin = apply.origin;
    pointers_.insert(apply.origin.pointer);
    for (const VariableId input : apply.inputs) {
      spec.inputs.push_back(copies_.at(replaced(input)));
    }
    for (const VariableId output : apply.outputs) {
      const Variable& variable = whole_.variable(output);
      TensorType type = variable.type;
      type.shape = substituted(type.shape, substitution_);
      spec.output_types.push_back(std::move(type));
      spec.output_values.emplace_back();
      if (variable.value) spec.output_values.back() = substituted(*variable.value, substitution_);
    }
    add_copy(apply, std::move(spec));
  }

  // A copy with types inferred from its new inputs. False, reported, when they do not fit.
  bool infer_apply(const Apply& apply) {
    ApplySpec spec;
    spec.op = apply.op;
    spec.attributes = substituted(apply.attributes, substitution_);
    spec.name = apply.name;
    spec.origin = apply.origin;
    const size_t first = diagnostics_.all().size();
    InferContext inference(*apply.op, spec.attributes, diagnostics_);
    inference.float_x = context_.options.float_x;
    inference.locate = [this](std::string_view) { return parts_.givens[0].where.location(); };
    for (const VariableId input : apply.inputs) {
      spec.inputs.push_back(copies_.at(replaced(input)));
      inference.inputs.push_back(&function_.graph.variable(spec.inputs.back()));
    }
    if (!infer_types(inference)) {
      for (size_t i = first; i < diagnostics_.all().size(); ++i) {
        diagnostics_.all()[i].notes.push_back(
            {"so it is with the givens of " + parts_.what + " in place", {}});
      }
      return false;
    }
    for (DimEquality& equality : inference.equalities) {
      equality.origin = apply.origin;
      function_.graph.add_equality(std::move(equality));
    }
    inferred_.insert(apply.origin.pointer);
    spec.output_types = std::move(inference.outputs);
    spec.output_values = std::move(inference.output_values);
    add_copy(apply, std::move(spec));
    return true;
  }

  void add_copy(const Apply& apply, ApplySpec spec) {
    const Apply& copy = function_.graph.apply(function_.graph.add_apply(std::move(spec)));
    const std::vector<VariableId> outputs = copy.outputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
      copies_.emplace(apply.outputs[i], outputs[i]);
      function_.graph.set_name(outputs[i], whole_.variable(apply.outputs[i]).name);
    }
  }

  // Those of the nodes that were copied. False, reported, when a given makes one impossible.
  bool copy_equalities() {
    bool good = true;
    for (const DimEquality& equality : whole_.equalities()) {
      const std::string& pointer = equality.origin.pointer;
      const bool is_copied = pointers_.count(pointer) > 0 && inferred_.count(pointer) == 0;
      if (is_copied) good = add_equality(equality) && good;
    }
    for (const SharedUpdate& update : parts_.updates) {
      if (has_changed(update.value)) {
        good = check_update(update) && good;
        continue;
      }
      for (const DimEquality& equality : update.equalities) good = add_equality(equality) && good;
    }
    return good;
  }

  // The new value of a shared variable that a given gave another shape.
  bool check_update(const SharedUpdate& update) {
    const VariableId value = copies_.at(replaced(update.value));
    const Variable& copy = function_.graph.variable(value);
    const Binding* shared = scope_.find(update.shared);
    if (shared == nullptr) return true;
    const Shape& wanted = whole_.type(shared->variable).shape;
    bool good = true;
    for (size_t i = 0; i < wanted.size() && i < copy.type.shape.size(); ++i) {
      good = good && add_equality({wanted[i], copy.type.shape[i],
                                   parts_.what + ": new value of '" + update.shared + "' is " +
                                       type_text(copy.type) +
                                       ", the shared variable has the shape " + shape_text(wanted),
                                   copy.origin});
    }
    return good;
  }

  bool add_equality(DimEquality equality) {
    equality.left = substituted(equality.left, substitution_);
    equality.right = substituted(equality.right, substitution_);
    const DimExpr difference = equality.left - equality.right;
    if (difference.is(0)) return true;
    if (difference.is_constant()) {
      auto& diagnostic =
          diagnostics_.error("shape-mismatch", equality.message, parts_.where.location());
      diagnostic.notes.push_back({"in " + parts_.what + " its givens make this " +
                                      equality.left.text() + " and " + equality.right.text(),
                                  {}});
      diagnostic.hint = "a given stands for its variable in all nodes, so its shape must fit them";
      return false;
    }
    const auto& known = function_.graph.equalities();
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const DimEquality& other) {
      return other.left == equality.left && other.right == equality.right;
    });
    if (!is_known) function_.graph.add_equality(std::move(equality));
    return true;
  }

  bool check_missing() {
    for (const std::string& name : missing_) {
      auto& diagnostic = diagnostics_.error(
          "missing-input",
          parts_.what + ": needs input '" + name + "', which is not among its inputs",
          where_inputs().location());
      diagnostic.hint = "add \"" + name +
                        "\" to \"inputs\", or put something in its place: \"givens\": {\"" + name +
                        "\": …}";
      if (diagnostics_.error_count() > Diagnostics::kMaxErrors) continue;
      for (const ApplyId id : function_.graph.applies()) {
        const Apply& apply = function_.graph.apply(id);
        const bool reads = std::any_of(
            apply.inputs.begin(), apply.inputs.end(),
            [&](VariableId input) { return function_.graph.variable(input).name == name; });
        if (!reads) continue;
        note_reader(diagnostic, apply, "'" + name + "'");
        break;
      }
    }
    return missing_.empty();
  }

  // "'xw' = mul(x, w) reads 'x'"
  void note_reader(Diagnostic& diagnostic, const Apply& apply, const std::string& what) const {
    std::vector<std::string> inputs;
    for (const VariableId input : apply.inputs) {
      inputs.push_back(display_name(function_.graph, input));
    }
    DiagnosticNote note;
    note.message = "'" + display_name(function_.graph, apply.outputs[0]) +
                   "' = " + std::string(apply.op->name) + "(" + join(inputs, ", ") + ") needs " +
                   what;
    note.location.pointer = apply.origin.pointer;
    diagnostic.notes.push_back(std::move(note));
  }

  // The first Apply in whose attributes or output shapes a symbol stands.
  [[nodiscard]] const Apply* first_user(const std::string& symbol) const {
    for (const ApplyId id : function_.graph.applies()) {
      const Apply& apply = function_.graph.apply(id);
      for (const VariableId output : apply.outputs) {
        for (const DimExpr& dim : function_.graph.type(output).shape) {
          const std::vector<std::string> names = dim.symbols();
          if (std::find(names.begin(), names.end(), symbol) != names.end()) return &apply;
        }
      }
    }
    return nullptr;
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
      if (binding == nullptr || known.count(name) > 0) continue;  // a loop's
      if (binding->is_measured) continue;
      const bool is_dim = binding->kind == NameKind::dim;
      auto& diagnostic = diagnostics_.error(
          is_dim ? "unknown-dim" : "missing-input",
          parts_.what + ": " +
              (is_dim ? "dim '" + name + "' is used, but no input of the function has it"
                      : "needs the value of input '" + name + "', which is not among its inputs"),
          where_inputs().location());
      const bool is_kept = diagnostics_.error_count() <= Diagnostics::kMaxErrors;
      const Apply* user = is_kept ? first_user(name) : nullptr;
      if (user != nullptr) note_reader(diagnostic, *user, "'" + name + "'");
      const std::string owner = is_dim && binding->declared ? binding->declared->pointer() : "";
      diagnostic.hint =
          "add \"" + name + "\" to \"inputs\", or put something in its place with givens";
      if (is_dim) {
        diagnostic.hint = "a call learns its dims from the shapes of its arguments";
        if (owner.starts_with("/inputs/")) {
          diagnostic.hint += ": add \"" + binding->declared->key() + "\" to \"inputs\"";
        }
      }
      good = false;
    }
    return good;
  }

  // An input is used when a node reads it, or when it alone tells a dim or value that is used.
  bool check_unused() {
    if (parts_.on_unused_input == OnUnusedInput::ignore) return true;
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
    const bool is_error = parts_.on_unused_input == OnUnusedInput::raise;
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
  ReadContext& context_;
  Diagnostics& diagnostics_;
  Function function_;
  std::map<VariableId, VariableId> replacements_;  // the givens
  SymbolMap substitution_;
  std::map<VariableId, VariableId> copies_;
  std::set<std::string> pointers_;  // origins of the Applies copied
  std::set<std::string> inferred_;  // … and of those inferred anew
  std::vector<std::string> missing_;
};

}  // namespace

std::optional<Function> make_function(const FunctionParts& parts, GraphReader& whole,
                                      Diagnostics& diagnostics) {
  return FunctionMaker(parts, whole, diagnostics).make();
}

}  // namespace tgc
