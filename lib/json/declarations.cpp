// SPDX-License-Identifier: Apache-2.0
// See declarations.h.
#include "json/declarations.h"

#include <memory>
#include <utility>

#include "json/tensor_value.h"
#include "json/type_reader.h"

namespace tgc {
namespace {

std::optional<int64_t> read_bound(ObjectReader& object, std::string_view key,
                                  Diagnostics& diagnostics) {
  const auto value = object.optional(key, JsonKind::number);
  if (!value) return std::nullopt;
  const auto number = value->int64();
  if (number && *number >= 0) return number;
  diagnostics
      .error("bad-dim",
             object.what() + ": '" + std::string(key) + "' must be an integer of at least 0, got " +
                 std::string(value->source()),
             value->location())
      .hint = "leave it out where there is no bound";
  return std::nullopt;
}

void read_dim_symbol(JsonValue member, Model& model, Scope& scope, ReadContext& context) {
  const std::string& name = member.key();
  auto& diagnostics = context.diagnostics;
  Binding binding{NameKind::dim, member, {}, false};
  if (is_value_word(name)) {
    diagnostics
        .error("bad-name", "dim '" + name + "' reads as a value, not as a name",
               member.key_location())
        .hint = "give the dim another name, such as \"n\"";
    return;
  }
  if (!check_identifier(name, "dim", member.key_location(), diagnostics) ||
      !scope.declare(name, binding, member.key_location(), diagnostics)) {
    return;
  }
  DimSymbol symbol;
  symbol.name = name;
  if (auto object = ObjectReader::open(member, "dim '" + name + "'", diagnostics)) {
    symbol.lower = read_bound(*object, "min", diagnostics).value_or(0);
    symbol.upper = read_bound(*object, "max", diagnostics);
    symbol.hint = read_bound(*object, "hint", diagnostics);
    object->finish();
  }
  const auto outside = [&](int64_t value) {
    return value < symbol.lower || (symbol.upper && value > *symbol.upper);
  };
  if (symbol.upper && *symbol.upper < symbol.lower) {
    diagnostics
        .error("bad-dim",
               "dim '" + name + "': min " + std::to_string(symbol.lower) + " is above max " +
                   std::to_string(*symbol.upper),
               member.location())
        .hint = "no call could have such a dim; swap the two?";
  } else if (symbol.hint && outside(*symbol.hint)) {
    const bool is_low = *symbol.hint < symbol.lower;
    diagnostics
        .error("bad-dim",
               "dim '" + name + "': hint " + std::to_string(*symbol.hint) + " is " +
                   (is_low ? "below min " + std::to_string(symbol.lower)
                           : "above max " + std::to_string(*symbol.upper)),
               member.find("hint")->location())
        .hint = "the hint is the usual size, so it lies within the bounds";
  }
  model.dims.push_back(std::move(symbol));
}

// Symbols in the shape of an input; new ones are noted in `added`.
DimLookup input_dims(const Scope& scope, std::vector<std::string>& added) {
  return [&scope, &added](std::string_view name, DimTextError& error) -> std::optional<DimExpr> {
    const Binding* known = scope.find(name);
    if (known != nullptr && known->kind != NameKind::dim) {
      error = {"unknown-dim",
               "'" + std::string(name) + "' is " + declared_text(*known) + ", not a dim",
               "dims share one set of names with all else; give the dim another name"};
      return std::nullopt;
    }
    if (!is_identifier(name)) return std::nullopt;
    if (known == nullptr) added.emplace_back(name);
    return DimExpr::symbol(std::string(name));
  };
}

// Input dims are integers or names alone: a call must be able to read them off its arguments.
bool check_input_dims(const ObjectReader& object, Diagnostics& diagnostics) {
  bool good = true;
  const auto shape = object.value().find("shape");
  if (!shape || !shape->is_array()) return good;
  for (const JsonValue dim : shape->elements()) {
    if (!dim.is_string() || is_identifier(dim.string())) continue;
    good = false;
    diagnostics
        .error("bad-dim",
               object.what() + ": dim '" + dim.string() + "' is neither an integer nor a name",
               dim.location())
        .hint = "give the dim a name of its own; ops check that dims agree";
  }
  return good;
}

void read_input(JsonValue member, Model& model, Graph& graph, Scope& scope, ReadContext& context) {
  const std::string& name = member.key();
  std::optional<TensorType> type;
  std::vector<std::string> added;
  if (auto object = ObjectReader::open(member, "input '" + name + "'", context.diagnostics)) {
    if (check_input_dims(*object, context.diagnostics)) {
      type = read_type(*object, input_dims(scope, added), context);
    } else {
      object->allow("dtype");
      object->allow("shape");
    }
    object->finish();
  }
  for (const std::string& dim : added) {
    if (scope.find(dim) != nullptr) continue;
    scope.declare(dim, {NameKind::dim, member, {}, false}, member.location(), context.diagnostics);
    model.dims.push_back({dim, 0, {}, {}});
  }
  Binding binding{NameKind::input, member, {}, !type.has_value()};
  if (type) {
    const bool has_value = type->rank() == 0 && is_integer(type->dtype);
    binding.variable =
        graph.add_input(*type, name, VariableKind::input, {member.pointer(), {}, {}});
    if (has_value) {
      graph.set_value(binding.variable, {DimExpr::symbol(name, SymbolKind::value)});
    }
  }
  scope.declare(name, binding, member.key_location(), context.diagnostics);
}

// The dims of stored values are integers, without quotes.
bool check_stored_dims(const ObjectReader& object, Diagnostics& diagnostics) {
  bool good = true;
  const auto shape = object.value().find("shape");
  if (!shape || !shape->is_array()) return good;
  for (const JsonValue dim : shape->elements()) {
    if (!dim.is_string()) continue;
    good = false;
    const bool is_number = dim.string().find_first_not_of("0123456789") == std::string::npos;
    diagnostics
        .error("bad-dim", object.what() + ": dim '" + dim.string() + "' is not an integer",
               dim.location())
        .hint = is_number && !dim.string().empty() ? "a number has no quotes"
                                                   : "a value that is stored has a fixed shape";
  }
  return good;
}

// dtype, shape (integers only) and value of a shared variable or a constant.
struct Declared {
  TensorType type;
  std::shared_ptr<const Tensor> value;
};

std::optional<Declared> read_declared(JsonValue member, const std::string& what,
                                      ReadContext& context) {
  auto object = ObjectReader::open(member, what, context.diagnostics);
  if (!object) return std::nullopt;
  const DimLookup none = [](std::string_view, DimTextError&) { return std::optional<DimExpr>(); };
  std::optional<TensorType> type;
  if (check_stored_dims(*object, context.diagnostics)) {
    type = read_type(*object, none, context);
  } else {
    object->allow("dtype");
    object->allow("shape");
  }
  const auto value = object->required("value");
  const bool good = object->finish();
  if (!type || !value || !good) return std::nullopt;
  auto tensor = read_tensor_value(*value, *type, member.key(), what, context);
  if (!tensor) return std::nullopt;
  return Declared{std::move(*type), std::make_shared<const Tensor>(std::move(*tensor))};
}

}  // namespace

void read_dims(JsonValue section, Model& model, Scope& scope, ReadContext& context) {
  for (const JsonValue member : section.elements()) read_dim_symbol(member, model, scope, context);
}

void read_inputs(JsonValue section, Model& model, Graph& graph, Scope& scope,
                 ReadContext& context) {
  for (const JsonValue member : section.elements()) {
    read_input(member, model, graph, scope, context);
  }
}

void read_shared(JsonValue section, Model& model, Graph& graph, Scope& scope,
                 ReadContext& context) {
  for (const JsonValue member : section.elements()) {
    const std::string& name = member.key();
    auto declared = read_declared(member, "shared variable '" + name + "'", context);
    Binding binding{NameKind::shared, member, {}, !declared.has_value()};
    if (declared) {
      binding.variable =
          graph.add_input(declared->type, name, VariableKind::shared, {member.pointer(), {}, {}});
    }
    if (scope.declare(name, binding, member.key_location(), context.diagnostics) && declared) {
      model.shared.push_back(
          {name, std::move(declared->type), std::move(declared->value), member.pointer()});
    }
  }
}

void read_constants(JsonValue section, Graph& graph, Scope& scope, ReadContext& context) {
  for (const JsonValue member : section.elements()) {
    const std::string& name = member.key();
    auto declared = read_declared(member, "constant '" + name + "'", context);
    Binding binding{NameKind::constant, member, {}, !declared.has_value()};
    if (declared) {
      binding.variable =
          graph.add_constant(std::move(declared->value), name, {member.pointer(), {}, {}});
    }
    scope.declare(name, binding, member.key_location(), context.diagnostics);
  }
}

}  // namespace tgc
