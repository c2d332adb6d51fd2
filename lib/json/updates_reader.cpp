// SPDX-License-Identifier: Apache-2.0
// See updates_reader.h.
#include "json/updates_reader.h"

#include <algorithm>
#include <set>
#include <utility>

#include "graph/op_def.h"
#include "json/rule_reader.h"
#include "json/type_reader.h"
#include "support/text.h"

namespace tgc {
namespace {

class UpdatesReader {
 public:
  UpdatesReader(const std::string& what, GraphReader& reader, GraphReader& whole, Model& model)
      : what_(what), reader_(reader), whole_(whole), model_(model) {}

  bool read(JsonValue value) {
    if (value.is_array()) {
      bool good = true;
      for (const JsonValue element : value.elements()) good = read_one(element) && good;
      return good;
    }
    return read_one(value);
  }

  std::vector<SharedUpdate> take() { return std::move(updates_); }

 private:
  Diagnostics& diagnostics() { return reader_.context().diagnostics; }

  bool read_one(JsonValue value) {
    if (!expect_kind(value, JsonKind::object, what_ + ": 'updates'", diagnostics())) return false;
    if (value.find("rule")) return read_update_rule(value);
    bool good = true;
    for (const JsonValue member : value.elements()) good = read_pair(member) && good;
    return good;
  }

  bool read_update_rule(JsonValue value) {
    const auto updates = read_rule(value, what_, reader_, whole_, model_);
    if (!updates) return false;
    bool good = true;
    for (const RuleUpdate& update : *updates) {
      const std::string name = reader_.graph().variable(update.shared).name;
      good = add(name, update.shared, update.value, value) && good;
    }
    return good;
  }

  bool read_pair(JsonValue member) {
    const std::string& name = member.key();
    const Binding* binding = reader_.find(name);
    if (binding == nullptr || binding->kind != NameKind::shared) {
      auto& diagnostic = diagnostics().error(
          "bad-update",
          what_ + ": updates: '" + name + "' is " +
              (binding == nullptr ? "no shared variable"
                                  : declared_text(*binding) + ", not a shared variable"),
          member.key_location());
      diagnostic.hint = suggestion(name, reader_.scope().names([](const Binding& other) {
        return other.kind == NameKind::shared;
      }),
                                   "the shared variables are");
      if (diagnostic.hint.empty()) {
        diagnostic.hint = "what lives from call to call is declared under \"shared\"";
      }
      return false;
    }
    const auto value = reader_.variable(member, what_ + ": an update");
    if (!value || binding->failed) return false;
    return add(name, binding->variable, as_shared(*value, binding->variable), member);
  }

  // A plain number takes the dtype of the shared variable where that holds it, as in Theano.
  VariableId as_shared(VariableId value, VariableId shared) {
    const Graph& graph = reader_.graph();
    const Variable& variable = graph.variable(value);
    const bool is_number = variable.kind == VariableKind::constant && variable.name.empty() &&
                           variable.type.rank() == 0;
    if (!is_number) return value;
    const DType dtype = graph.type(shared).dtype;
    const Tensor cast = variable.constant->cast_to(dtype);
    const bool is_held = is_float(dtype) || cast.get_double(0) == variable.constant->get_double(0);
    return is_held ? reader_.builder().cast(value, dtype) : value;
  }

  bool add(const std::string& name, VariableId shared, VariableId value, JsonValue where) {
    if (!updated_.insert(name).second) {
      diagnostics()
          .error("bad-update", what_ + ": updates: '" + name + "' is updated twice",
                 where.key_location())
          .hint = "a call gives each shared variable one new value; add the two steps up";
      return false;
    }
    SharedUpdate update{name, value, {}};
    if (!check_type(update, shared, where)) return false;
    updates_.push_back(std::move(update));
    return true;
  }

  bool check_type(SharedUpdate& update, VariableId shared, JsonValue where) {
    const Graph& graph = reader_.graph();
    const std::string& name = update.shared;
    const TensorType& old_type = graph.type(shared);
    const TensorType& new_type = graph.type(update.value);
    if (old_type.dtype != new_type.dtype || !may_agree(old_type.shape, new_type.shape)) {
      report_type(name, shared, update.value, where);
      return false;
    }
    for (size_t i = 0; i < old_type.shape.size(); ++i) {
      if (old_type.shape[i] == new_type.shape[i]) continue;
      update.equalities.push_back({old_type.shape[i], new_type.shape[i],
                                   what_ + ": new value of '" + name + "' is " +
                                       type_text(new_type) + ", the shared variable " +
                                       type_text(old_type),
                                   graph.variable(update.value).origin});
    }
    return true;
  }

  void report_type(const std::string& name, VariableId shared, VariableId value, JsonValue where) {
    const Graph& graph = reader_.graph();
    const TensorType& old_type = graph.type(shared);
    const TensorType& new_type = graph.type(value);
    auto& diagnostic = diagnostics().error(
        "update-type",
        what_ + ": an update must have the type of its shared variable: '" + name + "' is " +
            type_text(old_type) + ", its new value is " + type_text(new_type),
        where.location());
    for (const VariableId id : {shared, value}) add_note(diagnostic, id);
    const std::string dtype(dtype_name(old_type.dtype));
    if (old_type.dtype == new_type.dtype) {
      diagnostic.hint = old_type.rank() > new_type.rank()
                            ? "a sum or mean over all axes? Name the axis it shall run over"
                            : "a sum or mean over the axis that is too many is missing";
      return;
    }
    const bool is_literal = add_origin(diagnostic, value);
    const bool is_wide = is_literal && is_float(old_type.dtype) && is_float(new_type.dtype);
    const std::string display = graph.variable(value).name;
    if (display.empty()) {
      diagnostic.hint = "write a number that " + dtype + " holds";
      return;
    }
    diagnostic.hint =
        R"(cast it: {"op": "cast", "inputs": [")" + display + R"("], "dtype": ")" + dtype + "\"}" +
        (is_wide ? "; or set the flag floatX=" + dtype + ", the dtype of literals" : "");
  }

  void add_note(Diagnostic& diagnostic, VariableId id) {
    const Variable& variable = reader_.graph().variable(id);
    if (variable.name.empty()) return;
    DiagnosticNote note;
    note.message = "'" + variable.name + "' is " + type_text(variable.type);
    note.location.pointer = variable.origin.pointer;
    diagnostic.notes.push_back(std::move(note));
  }

  // Tells which input of which node brought the dtype in. True when it was a literal.
  bool add_origin(Diagnostic& diagnostic, VariableId value) {
    const Graph& graph = reader_.graph();
    const DType dtype = graph.type(value).dtype;
    const std::string prefix = "the " + std::string(dtype_name(dtype)) + " comes from ";
    VariableId at = value;
    while (const Apply* apply = graph.owner(at)) {
      const auto same =
          std::find_if(apply->inputs.begin(), apply->inputs.end(),
                       [&](const VariableId input) { return graph.type(input).dtype == dtype; });
      if (same == apply->inputs.end()) {
        DiagnosticNote note;
        note.message = prefix + std::string(apply->op->name);
        note.location.pointer = apply->origin.pointer;
        diagnostic.notes.push_back(std::move(note));
        return false;
      }
      const Variable& source = graph.variable(*same);
      const Variable& result = graph.variable(at);
      if (!source.owner.valid()) {
        DiagnosticNote note;
        const bool is_literal = source.kind == VariableKind::constant && source.name.empty();
        note.message =
            prefix +
            (is_literal ? "the literal " + literal_text(source) : "'" + source.name + "'") +
            ", an input of '" + result.name + "'";
        note.location.pointer = source.origin.pointer;
        diagnostic.notes.push_back(std::move(note));
        return is_literal;
      }
      at = *same;
    }
    return false;
  }

  static std::string literal_text(const Variable& literal) {
    const bool is_scalar = literal.constant && literal.constant->size() == 1;
    return is_scalar ? number_text(literal.constant->get_double(0)) : literal.name;
  }

  const std::string& what_;
  GraphReader& reader_;
  GraphReader& whole_;
  Model& model_;
  std::vector<SharedUpdate> updates_;
  std::set<std::string> updated_;
};

}  // namespace

std::optional<std::vector<SharedUpdate>> read_update_list(JsonValue value, const std::string& what,
                                                          GraphReader& reader, GraphReader& whole,
                                                          Model& model) {
  UpdatesReader updates(what, reader, whole, model);
  if (!updates.read(value)) return std::nullopt;
  return updates.take();
}

}  // namespace tgc
