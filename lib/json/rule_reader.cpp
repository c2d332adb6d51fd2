// SPDX-License-Identifier: Apache-2.0
// See rule_reader.h.
#include "json/rule_reader.h"

#include <memory>
#include <set>
#include <utility>

#include "json/grad_reader.h"
#include "json/type_reader.h"

namespace tgc {
namespace {

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (const UpdateRule& rule : update_rules()) names.emplace_back(rule.name);
  return names;
}

class RuleReader {
 public:
  RuleReader(ObjectReader& object, GraphReader& reader, GraphReader& whole, Model& model)
      : object_(object), reader_(reader), whole_(whole), model_(model) {}

  std::optional<std::vector<RuleUpdate>> read() {
    const UpdateRule* rule = find_rule();
    if (rule == nullptr) return std::nullopt;
    RuleRequest request;
    bool good = read_params(request);
    for (const RuleParameter& parameter : rule->parameters) {
      good = read_value(parameter, request) && good;
    }
    const auto cost = object_.optional("cost");
    const auto grads = object_.optional("grads", JsonKind::array);
    object_.allow("consider_constant");
    if (!object_.finish() || !good) return std::nullopt;
    if (cost.has_value() == grads.has_value()) {
      return fail(object_.value(), "missing-key",
                  cost ? "has both 'cost' and 'grads'" : "has neither 'cost' nor 'grads'",
                  "\"cost\" for the compiler to find the gradients, or \"grads\", one for each of "
                  "\"params\"");
    }
    reader_.builder().set_origin({object_.value().pointer(), {}, {}});
    auto gradients = cost ? gradients_of(reader_, object_, *cost, request.params, "params")
                          : read_grads(*grads, request.params);
    if (!gradients) return std::nullopt;
    request.grads = std::move(*gradients);
    bool states_good = true;
    request.state = [&](const std::string& name, const TensorType& type) {
      return state(name, type, states_good);
    };
    auto updates = rule->expand(reader_.builder(), request);
    if (!states_good) return std::nullopt;
    return updates;
  }

 private:
  Diagnostics& diagnostics() { return reader_.context().diagnostics; }

  std::nullopt_t fail(JsonValue where, const char* code, const std::string& message,
                      const std::string& hint = "") {
    diagnostics().error(code, object_.what() + ": " + message, where.location()).hint = hint;
    return std::nullopt;
  }

  const UpdateRule* find_rule() {
    const auto name = object_.required("rule", JsonKind::string);
    if (!name) return nullptr;
    const UpdateRule* rule = find_update_rule(name->string());
    if (rule == nullptr) {
      fail(*name, "bad-update", "unknown update rule '" + name->string() + "'",
           suggestion(name->string(), rule_names(), "the rules are"));
    }
    return rule;
  }

  bool read_params(RuleRequest& request) {
    const auto list = object_.required("params", JsonKind::array);
    if (!list) return false;
    const auto ids = reader_.variables(*list, object_.what() + ": a parameter");
    if (!ids) return false;
    const std::vector<JsonValue> elements = list->elements();
    bool good = true;
    std::set<VariableId> seen;
    for (size_t i = 0; i < ids->size(); ++i) {
      const Variable& variable = reader_.graph().variable((*ids)[i]);
      const std::string name = "'" + std::string(display_name(reader_.graph(), (*ids)[i])) + "'";
      if (variable.kind != VariableKind::shared) {
        fail(elements[i], "bad-update", "parameter " + name + " is no shared variable",
             "rules change shared variables; declare it under \"shared\"");
        good = false;
      } else if (!is_float(variable.type.dtype)) {
        const bool has_parts = is_complex(variable.type.dtype);
        fail(elements[i], "bad-update",
             "parameter " + name + " is " + type_text(variable.type) +
                 (has_parts ? ", and rules are for floats" : ", and only floats have gradients"),
             has_parts ? "give its update as a node, or its parts as two parameters"
                       : "make its dtype a float, or leave it out");
        good = false;
      } else if (!seen.insert((*ids)[i]).second) {
        fail(elements[i], "bad-update", "parameter " + name + " is given twice", "name each once");
        good = false;
      }
    }
    request.params = *ids;
    return good;
  }

  bool read_value(const RuleParameter& parameter, RuleRequest& request) {
    const auto value =
        parameter.fallback ? object_.optional(parameter.name) : object_.required(parameter.name);
    if (!value) {
      request.values.emplace(parameter.name, parameter.fallback.value_or(0));
      return parameter.fallback.has_value();
    }
    if (value->is_number()) {
      request.values.emplace(parameter.name, value->real());
      return true;
    }
    const std::string what = object_.what() + ": '" + std::string(parameter.name) + "'";
    const auto id = reader_.variable(*value, what);
    if (!id) return false;
    request.values.emplace(parameter.name, *id);
    const TensorType type = reader_.graph().type(*id);
    if (type.rank() == 0) return true;
    fail(*value, "bad-rank",
         "'" + std::string(parameter.name) + "' must be a scalar, it is " + type_text(type),
         "a number, or the name of a variable of shape []");
    return false;
  }

  std::optional<std::vector<VariableId>> read_grads(JsonValue list,
                                                    const std::vector<VariableId>& params) {
    const auto ids = reader_.variables(list, object_.what() + ": a gradient");
    if (!ids) return std::nullopt;
    if (ids->size() != params.size()) {
      return fail(list, "bad-update",
                  "'grads' has " + std::to_string(ids->size()) + " elements, 'params' has " +
                      std::to_string(params.size()),
                  "there is one gradient for each parameter, in the same order");
    }
    const std::vector<JsonValue> elements = list.elements();
    for (size_t i = 0; i < ids->size(); ++i) {
      const TensorType gradient = reader_.graph().type((*ids)[i]);
      const TensorType param = reader_.graph().type(params[i]);
      if (gradient.dtype == param.dtype && may_agree(gradient.shape, param.shape)) continue;
      return fail(
          elements[i], "update-type",
          "gradient '" + display_name(reader_.graph(), (*ids)[i]) + "' is " + type_text(gradient) +
              ", its parameter '" + display_name(reader_.graph(), params[i]) + "' " +
              type_text(param),
          "a gradient has the dtype and the dims of its parameter; are both lists in one order?");
    }
    return ids;
  }

  // State stands in the file's own scope, so that all functions see it.
  VariableId state(const std::string& name, const TensorType& type, bool& good) {
    Binding* known = whole_.scope().find_own(name);
    const bool is_state = known != nullptr && known->kind == NameKind::shared && !known->declared &&
                          whole_.graph().type(known->variable) == type;
    if (is_state) return known->variable;
    if (known != nullptr) {
      auto& diagnostic = diagnostics().error(
          "duplicate-name", object_.what() + ": its state '" + name + "' has a name that is taken",
          object_.value().location());
      diagnostic.notes.push_back({"'" + name + "' is " + declared_text(*known), {}});
      diagnostic.hint = "the rule keeps its state there; give the other one another name";
      good = false;
    }
    std::vector<int64_t> dims;
    for (const DimExpr& dim : type.shape) dims.push_back(dim.constant().value_or(0));
    const std::string pointer = object_.value().pointer();
    const VariableId id =
        whole_.graph().add_input(type, name, VariableKind::shared, {pointer, {}, {}});
    if (known != nullptr) return id;
    whole_.scope().bind(name, {NameKind::shared, std::nullopt, id, false});
    model_.shared.push_back(
        {name, type, std::make_shared<const Tensor>(type.dtype, dims), pointer});
    return id;
  }

  ObjectReader& object_;
  GraphReader& reader_;
  GraphReader& whole_;
  Model& model_;
};

}  // namespace

std::optional<std::vector<RuleUpdate>> read_rule(JsonValue value, const std::string& what,
                                                 GraphReader& reader, GraphReader& whole,
                                                 Model& model) {
  auto object = ObjectReader::open(value, what + ": update rule", reader.context().diagnostics);
  if (!object) return std::nullopt;
  return RuleReader(*object, reader, whole, model).read();
}

}  // namespace tgc
