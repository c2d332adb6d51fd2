// SPDX-License-Identifier: Apache-2.0
// See graph_reader.h.
#include "json/graph_reader.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include "json/attribute_reader.h"
#include "json/grad_reader.h"
#include "json/graph_call_reader.h"
#include "json/literal.h"
#include "json/node_hints.h"
#include "json/scan_reader.h"

namespace tgc {
namespace {

bool is_variable(const Binding& binding) {
  return binding.kind != NameKind::dim;
}
bool is_dim(const Binding& binding) {
  return binding.kind == NameKind::dim;
}

// Is one of the outputs of these nodes named so?
bool declares(std::optional<JsonValue> nodes, std::string_view name) {
  if (!nodes || !nodes->is_array()) return false;
  for (const JsonValue node : nodes->elements()) {
    if (!node.is_object()) continue;
    if (const auto own = node.find("name"); own && own->is_string() && own->string() == name) {
      return true;
    }
    const auto outputs = node.find("outputs");
    if (!outputs || !outputs->is_array()) continue;
    for (const JsonValue output : outputs->elements()) {
      if (output.is_string() && output.string() == name) return true;
    }
  }
  return false;
}

// The function that has a node of this name for itself.
std::string function_with(JsonValue root, std::string_view name) {
  const auto functions = root.is_object() ? root.find("functions") : std::nullopt;
  if (!functions || !functions->is_object()) return "";
  for (const JsonValue function : functions->elements()) {
    if (function.is_object() && declares(function.find("nodes"), name)) return function.key();
  }
  return "";
}

// Where the part of a node stands that inference names: "inputs/1", "axis", "" for the node.
Location locate_part(JsonValue node, std::string_view part) {
  const size_t slash = part.find('/');
  if (const auto member = node.find(part.substr(0, slash)); member && !part.empty()) {
    if (slash == std::string_view::npos) return member->location();
    size_t index = 0;
    std::from_chars(part.data() + slash + 1, part.data() + part.size(), index);
    const auto elements = member->elements();
    return index < elements.size() ? elements[index].location() : member->location();
  }
  Location location = node.location();
  if (const auto op = node.find("op")) {  // the op's name is what to look at
    location = op->location();
    location.pointer = node.pointer();
  }
  return location;
}

// Tells for everything reported on a node which line of the user's program made it.
void note_trace(JsonValue node, size_t first, Diagnostics& diagnostics) {
  const auto list = node.find("trace");
  if (!list || !list->is_array() || list->size() == 0) return;
  const JsonValue line = list->elements().front();
  if (!line.is_string()) return;
  for (size_t i = first; i < diagnostics.all().size(); ++i) {
    diagnostics.all()[i].notes.push_back({"created at " + line.string(), {}});
  }
}

}  // namespace

DimExpr GraphReader::dim_of(std::string_view name, const Binding& binding) const {
  if (binding.dim) return *binding.dim;
  if (!binding.is_measured) return DimExpr::symbol(std::string(name), SymbolKind::dim);
  return DimExpr::symbol(prefix_ + std::string(name), SymbolKind::measured);
}

const Binding* GraphReader::find(std::string_view name) {
  if (outside_ == nullptr) return scope_.find(name);
  if (const Binding* own = scope_.find_own(name)) return own;
  const Binding* outer = outside_->find(name);
  if (outer == nullptr || is_dim(*outer) || outer->failed || !outer->variable.valid()) return outer;
  const Variable& variable = outside_->graph().variable(outer->variable);
  Binding inner = *outer;
  if (variable.kind == VariableKind::constant) {
    inner.variable = graph().add_constant(variable.constant, variable.name, variable.origin);
  } else {
    inner.variable =
        graph().add_input(variable.type, std::string(name), VariableKind::input, variable.origin);
    if (variable.value) graph().set_value(inner.variable, *variable.value);
    captures_.push_back({outer->variable, inner.variable});
  }
  return &scope_.bind(std::string(name), inner);
}

const Variable* GraphReader::peek(std::string_view name) const {
  const Binding* binding = outside_ == nullptr ? scope_.find(name) : scope_.find_own(name);
  if (binding == nullptr) return outside_ == nullptr ? nullptr : outside_->peek(name);
  return binding->variable.valid() ? &graph_.variable(binding->variable) : nullptr;
}

DimLookup GraphReader::dims() {
  return [this](std::string_view name, DimTextError& error) -> std::optional<DimExpr> {
    const Binding* binding = scope_.find(name);
    const std::string quoted = "'" + std::string(name) + "'";
    if (binding == nullptr) {
      const std::string hint = context_.diagnostics.error_count() >= Diagnostics::kMaxErrors
                                   ? ""
                                   : suggestion(name, scope_.names(is_dim), "the dims are");
      error = {"unknown-dim",
               "unknown dim " + quoted,
               hint.empty() ? "dims come from the shapes of inputs, or from \"dims\"" : hint,
               {}};
      return std::nullopt;
    }
    if (is_dim(*binding)) return dim_of(name, *binding);
    const Variable* variable = peek(name);
    if (variable != nullptr && variable->type.rank() == 0 && variable->value) {
      return variable->value->at(0);
    }
    const std::string type = variable == nullptr ? "" : " (" + type_text(variable->type) + ")";
    error = {"unknown-value",
             quoted + type + " is no integer scalar whose value is known before the call",
             "integers, dims, integer scalar inputs and arithmetic on them can stand here",
             {}};
    return std::nullopt;
  };
}

std::optional<VariableId> GraphReader::variable(JsonValue value, const std::string& what) {
  auto& diagnostics = context_.diagnostics;
  if (!value.is_string() || non_finite(value.string())) {
    if (!value.is_string() && !value.is_number() && !value.is(JsonKind::boolean)) {
      const bool is_null = value.is(JsonKind::null);
      diagnostics
          .error(is_null ? "null-value" : "wrong-kind",
                 what + " must be the name of a variable or a number, got " +
                     std::string(json_kind_text(value.kind())),
                 value.location())
          .hint = is_null ? "null is never a value"
                          : "values with dims are declared under \"constants\" and named here";
      return std::nullopt;
    }
    auto literal = read_literal(value, context_.options.float_x, diagnostics);
    if (!literal) return std::nullopt;
    return graph().add_constant(std::make_shared<const Tensor>(std::move(*literal)), "",
                                {value.pointer(), {}, {}});
  }
  const std::string& name = value.string();
  const Binding* binding = find(name);
  if (binding == nullptr) {
    auto& diagnostic = diagnostics.error(
        "unknown-name", what + " is '" + name + "', but there is no variable of this name",
        value.location());
    if (diagnostics.error_count() > Diagnostics::kMaxErrors) return std::nullopt;
    const std::string owner = function_with(value.root(), name);
    diagnostic.hint = suggestion(name, scope_.names(is_variable), "the names are");
    if (!owner.empty()) {
      diagnostic.notes.push_back({"'" + name + "' is a node of function '" + owner +
                                      "', and a function's own nodes are seen by it alone",
                                  {}});
      diagnostic.hint = "move it to \"nodes\" of the file, which all functions see";
    }
    return std::nullopt;
  }
  if (binding->failed) return std::nullopt;
  if (is_dim(*binding)) {
    builder_.set_origin({value.pointer(), {name}, {}});
    return builder_.call("dim", {}, {{"value", dim_of(name, *binding)}});
  }
  if (binding->variable.valid()) return binding->variable;
  diagnostics
      .error("unknown-name", what + " is '" + name + "', which cannot be used here",
             value.location())
      .hint = "it is computed from what is being read";
  return std::nullopt;
}

std::optional<std::vector<VariableId>> GraphReader::variables(JsonValue list,
                                                              const std::string& what) {
  std::vector<VariableId> ids;
  bool good = true;
  for (const JsonValue element : list.elements()) {
    const auto id = variable(element, what);
    good = good && id;
    ids.push_back(id.value_or(VariableId{}));
  }
  if (!good) return std::nullopt;
  return ids;
}

void GraphReader::read_nodes(JsonValue list) {
  std::vector<NodeSyntax> nodes = read_node_list(list, scope_, context_);
  for (const size_t position : build_order(nodes, context_)) build(nodes[position]);
}

void GraphReader::build(const NodeSyntax& node) {
  if (node.failed || uses_failed(node)) {
    mark_failed(node);
    return;
  }
  const size_t first = context_.diagnostics.all().size();
  std::optional<std::vector<VariableId>> outputs;
  switch (node.form) {
    case NodeForm::op:
      outputs = build_op(node);
      break;
    case NodeForm::grad:
      outputs = build_grad(*this, node);
      break;
    case NodeForm::lop:
    case NodeForm::rop:
    case NodeForm::jacobian:
    case NodeForm::hessian:
      outputs = build_derivatives(*this, node);
      break;
    case NodeForm::op_from_graph:
      outputs = build_graph_call(*this, node);
      break;
    case NodeForm::scan:
    case NodeForm::map:
    case NodeForm::reduce:
    case NodeForm::foldl:
    case NodeForm::foldr:
    case NodeForm::scan_checkpoints:
      outputs = build_scan(*this, node);
      break;
  }
  if (!outputs || !bind_outputs(node, *outputs)) mark_failed(node);
  note_trace(node.where, first, context_.diagnostics);
}

Origin GraphReader::origin_of(const NodeSyntax& node) {
  Origin origin{node.where.pointer(), {prefix_ + node.outputs[0].string()}, {}};
  const auto list = node.where.find("trace");
  const std::string what = node.what + ": 'trace'";
  if (!list || !expect_kind(*list, JsonKind::array, what, context_.diagnostics)) return origin;
  for (const JsonValue line : list->elements()) {
    if (!expect_kind(line, JsonKind::string, what + ": a line", context_.diagnostics)) break;
    origin.trace.push_back(line.string());
  }
  return origin;
}

std::optional<std::vector<VariableId>> GraphReader::build_op(const NodeSyntax& node) {
  auto object = ObjectReader::open(node.where, node.what, context_.diagnostics);
  for (const char* key : {"op", "name", "outputs", "type", "trace"}) object->allow(key);
  const auto list = node.op->max_inputs == 0 ? object->optional("inputs", JsonKind::array)
                                             : object->required("inputs", JsonKind::array);
  NodeSpec spec;
  bool good = object->ok();
  if (list) {
    auto inputs = variables(*list, node.what + ": an input");
    good = good && inputs;
    spec.inputs = std::move(inputs).value_or(std::vector<VariableId>());
  }
  for (const AttrDef& def : node.op->attributes) {
    const auto value = def.required ? object->required(def.name) : object->optional(def.name);
    if (!value) continue;
    auto attribute = read_attribute(*this, *value, def, node.what, spec.inputs);
    good = good && attribute;
    if (attribute) spec.attributes.emplace(def.name, std::move(*attribute));
  }
  if (!object->finish() || !good) return std::nullopt;
  spec.op = node.op;
  if (node.outputs.size() == 1) spec.name = prefix_ + node.outputs[0].string();
  if (const auto size = spec.attributes.find("size");
      node.op->measures != nullptr && size != spec.attributes.end()) {
    size->second = prefix_ + std::get<std::string>(size->second);
  }
  spec.origin = origin_of(node);
  spec.locate = [where = node.where](std::string_view part) { return locate_part(where, part); };
  HintedNode hinted{node.where, node.op, {}};
  for (const VariableId input : spec.inputs) hinted.inputs.push_back(&graph().variable(input));
  const size_t first = context_.diagnostics.all().size();
  warn_of_odd_sizes(hinted, locate_part(node.where, "inputs"), context_.diagnostics);
  hinted.inputs.clear();
  std::vector<Variable> inputs;  // building a node may move the Graph's own
  for (const VariableId input : spec.inputs) inputs.push_back(graph().variable(input));
  auto outputs = builder_.add_node(std::move(spec), context_.diagnostics);
  for (const Variable& input : inputs) hinted.inputs.push_back(&input);
  if (!outputs) add_node_hints(hinted, first, context_.diagnostics);
  return outputs;
}

bool GraphReader::bind_outputs(const NodeSyntax& node, const std::vector<VariableId>& outputs) {
  if (outputs.size() != node.outputs.size()) {
    const auto list = node.where.find("outputs");
    const auto counted = [](size_t count, const char* one, const char* many) {
      return std::to_string(count) + (count == 1 ? one : many);
    };
    context_.diagnostics
        .error("bad-outputs",
               node.what + ": has " + counted(outputs.size(), " output, ", " outputs, ") +
                   counted(node.outputs.size(), " is named", " are named"),
               (list ? *list : node.where).location())
        .hint = "each output has a name, also those that nobody uses";
    return false;
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = node.outputs[i].string();
    if (graph().variable(outputs[i]).name.empty()) graph().set_name(outputs[i], prefix_ + name);
    if (Binding* binding = scope_.find_own(name)) binding->variable = outputs[i];
  }
  const auto declared = node.where.find("type");
  return !declared || check_type(node, *declared, outputs[0]);
}

bool GraphReader::check_type(const NodeSyntax& node, JsonValue declared, VariableId output) {
  auto& diagnostics = context_.diagnostics;
  if (node.outputs.size() != 1) {
    diagnostics
        .error("type-mismatch",
               node.what + ": 'type' is for nodes with one output, this one has " +
                   std::to_string(node.outputs.size()),
               declared.location())
        .hint = "leave 'type' out";
    return false;
  }
  auto object = ObjectReader::open(declared, node.what + ": 'type'", diagnostics);
  if (!object) return false;
  const auto type = read_type(*object, dims(), context_);
  if (!object->finish() || !type) return false;
  const TensorType& inferred = graph().type(output);
  bool same = type->dtype == inferred.dtype && type->rank() == inferred.rank();
  for (size_t i = 0; same && i < type->shape.size(); ++i) {
    const DimExpr difference = type->shape[i] - inferred.shape[i];
    same = difference.is(0) || !difference.is_constant();
    if (difference.is_constant()) continue;
    graph().add_equality(
        {type->shape[i],
         inferred.shape[i],
         node.what + ": declared " + type_text(*type) + ", is " + type_text(inferred),
         {node.where.pointer(), {node.outputs[0].string()}, {}}});
  }
  if (same) return true;
  auto& diagnostic = diagnostics.error(
      "type-mismatch",
      node.what + ": declared " + type_text(*type) + ", but it is " + type_text(inferred),
      declared.location());
  for (const VariableId input : graph().apply(graph().variable(output).owner).inputs) {
    const Variable& variable = graph().variable(input);
    if (variable.name.empty()) continue;
    DiagnosticNote note;
    note.message = "'" + variable.name + "' is " + type_text(variable.type);
    note.location.pointer = variable.origin.pointer;
    diagnostic.notes.push_back(std::move(note));
  }
  diagnostic.hint = type->dtype != inferred.dtype ? "a cast node changes the dtype"
                                                  : "'type' may be left out: it is inferred";
  return false;
}

bool GraphReader::uses_failed(const NodeSyntax& node) {
  const std::vector<std::string> names = names_used(node, context_);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const Binding* binding = scope_.find(name);
    return binding != nullptr && binding->failed;
  });
}

void GraphReader::mark_failed(const NodeSyntax& node) {
  for (const JsonValue output : node.outputs) {
    Binding* binding = scope_.find_own(output.string());
    if (binding != nullptr && binding->declared == output) binding->failed = true;
  }
}

}  // namespace tgc
