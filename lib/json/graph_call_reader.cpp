// SPDX-License-Identifier: Apache-2.0
// See graph_call_reader.h.
#include "json/graph_call_reader.h"

#include <utility>

#include "json/dim_text.h"

namespace tgc {
namespace {

std::vector<std::string> graph_names(const ReadContext& context) {
  std::vector<std::string> names;
  if (!context.graphs) return names;
  for (const JsonValue graph : context.graphs->elements()) names.push_back(graph.key());
  return names;
}

// One use of a graph.
class GraphCall {
 public:
  GraphCall(GraphReader& outside, const NodeSyntax& node, JsonValue definition,
            std::vector<VariableId> arguments)
      : outside_(outside),
        node_(node),
        definition_(definition),
        what_("graph '" + definition.key() + "'"),
        arguments_(std::move(arguments)),
        body_(outside.context(), outside.graph(), scope_, nullptr,
              outside.prefix() + node.outputs[0].string() + ".") {}

  std::optional<std::vector<VariableId>> build() {
    auto object = ObjectReader::open(definition_, what_, diagnostics());
    if (!object) return mark_failed();
    const auto inputs = object->required("inputs");
    const auto nodes = object->optional("nodes", JsonKind::array);
    const auto outputs = object->required("outputs", JsonKind::array);
    if (!object->finish()) return mark_failed();
    if (!bind_inputs(*inputs)) return std::nullopt;
    const size_t first = diagnostics().all().size();
    const int errors_before = diagnostics().error_count();
    if (nodes) body_.read_nodes(*nodes);
    auto results = body_.variables(*outputs, what_ + ": an output");
    for (size_t i = first; i < diagnostics().all().size(); ++i) {
      diagnostics().all()[i].notes.push_back(
          {"in " + what_ + ", which " + node_.what + " uses (" + node_.where.pointer() + ")", {}});
    }
    if (!results || diagnostics().error_count() != errors_before) return mark_failed();
    return results;
  }

 private:
  Diagnostics& diagnostics() { return outside_.context().diagnostics; }

  // Further uses of it say nothing.
  std::nullopt_t mark_failed() {
    outside_.context().failed_graphs.insert(definition_.key());
    return std::nullopt;
  }

  bool bind_inputs(JsonValue inputs) {
    if (!inputs.is_array() && !inputs.is_object()) {
      return expect_kind(inputs, JsonKind::array, what_ + ": 'inputs'", diagnostics());
    }
    if (inputs.size() != arguments_.size()) {
      const auto given = node_.where.find("inputs");
      diagnostics()
          .error("wrong-arity",
                 node_.what + ": " + what_ + " has " + std::to_string(inputs.size()) +
                     " inputs, but " + std::to_string(arguments_.size()) + " are given",
                 (given ? *given : node_.where).location())
          .hint = "there is one for each, in the graph's order";
      return false;
    }
    size_t position = 0;
    bool good = true;
    for (const JsonValue input : inputs.elements()) {
      const VariableId argument = arguments_[position++];
      good = (inputs.is_object() ? bind_typed(input, argument) : bind(input, argument)) && good;
    }
    return good;
  }

  bool bind(JsonValue name, VariableId argument) {
    if (!expect_kind(name, JsonKind::string, what_ + ": an input", diagnostics())) return false;
    const Binding binding{NameKind::input, name, argument, false};
    return scope_.declare(name.string(), binding, name.location(), diagnostics());
  }

  // "x": {"dtype": "float32", "shape": ["n", 3]}: names of dims that are new stand for the
  // argument's sizes, everything else must agree with it.
  bool bind_typed(JsonValue member, VariableId argument) {
    const Binding binding{NameKind::input, member, argument, false};
    if (!scope_.declare(member.key(), binding, member.key_location(), diagnostics())) return false;
    const std::string what = what_ + ": input '" + member.key() + "'";
    auto object = ObjectReader::open(member, what, diagnostics());
    if (!object) return false;
    const TensorType given = outside_.graph().type(argument);
    if (const auto shape = member.find("shape"); shape && shape->is_array()) {
      bind_dims(*shape, given);
    }
    const auto type = read_type(*object, body_.dims(), outside_.context());
    if (!object->finish() || !type) return false;
    const std::string message = node_.what + ": input '" + member.key() + "' of " + what_ + " is " +
                                type_text(*type) + ", but " + type_text(given) + " is given";
    if (type->dtype != given.dtype || !may_agree(type->shape, given.shape)) {
      const auto list = node_.where.find("inputs");
      auto& diagnostic =
          diagnostics().error("type-mismatch", message, (list ? *list : node_.where).location());
      diagnostic.notes.push_back({"the graph's input", member.location()});
      diagnostic.hint = type->dtype != given.dtype
                            ? "a cast node changes the dtype"
                            : "inputs given by name alone take any type: \"inputs\": [\"x\"]";
      return false;
    }
    for (size_t i = 0; i < given.shape.size(); ++i) {
      if (type->shape[i] == given.shape[i]) continue;
      outside_.graph().add_equality(
          {type->shape[i], given.shape[i], message, {node_.where.pointer(), {}, {}}});
    }
    return true;
  }

  void bind_dims(JsonValue shape, const TensorType& given) {
    size_t axis = 0;
    for (const JsonValue dim : shape.elements()) {
      const size_t i = axis++;
      if (i >= given.shape.size() || !dim.is_string()) continue;
      const std::vector<std::string> names = identifiers_in(dim.string());
      if (names.size() != 1 || names[0] != dim.string()) continue;
      if (scope_.find_own(names[0]) != nullptr) continue;
      Binding binding{NameKind::dim, dim, {}, false};
      binding.dim = given.shape[i];
      scope_.bind(names[0], binding);
    }
  }

  GraphReader& outside_;
  const NodeSyntax& node_;
  JsonValue definition_;
  std::string what_;
  std::vector<VariableId> arguments_;
  Scope scope_;
  GraphReader body_;
};

std::optional<JsonValue> find_graph(ReadContext& context, const NodeSyntax& node, JsonValue name) {
  auto found = context.graphs ? context.graphs->find(name.string()) : std::nullopt;
  if (found) return found;
  const std::string hint = suggestion(name.string(), graph_names(context), "the graphs are");
  context.diagnostics
      .error("unknown-name", node.what + ": there is no graph '" + name.string() + "'",
             name.location())
      .hint =
      hint.empty() ? R"(such as "graphs": {"f": {"inputs": ["x"], "outputs": ["y"]}})" : hint;
  return std::nullopt;
}

}  // namespace

void read_graphs(JsonValue section, ReadContext& context) {
  context.graphs = section;
  for (const JsonValue graph : section.elements()) {
    check_identifier(graph.key(), "a graph", graph.key_location(), context.diagnostics);
    expect_kind(graph, JsonKind::object, "graph '" + graph.key() + "'", context.diagnostics);
  }
}

std::optional<std::vector<VariableId>> build_graph_call(GraphReader& reader,
                                                        const NodeSyntax& node) {
  ReadContext& context = reader.context();
  auto object = ObjectReader::open(node.where, node.what, context.diagnostics);
  for (const char* key : {"op", "name", "outputs", "type", "trace"}) object->allow(key);
  const auto name = object->required("graph", JsonKind::string);
  const auto inputs = object->required("inputs", JsonKind::array);
  if (!object->finish()) return std::nullopt;
  const auto definition = find_graph(context, node, *name);
  const auto arguments = reader.variables(*inputs, node.what + ": an input");
  if (!definition || !arguments || context.failed_graphs.count(name->string()) > 0) {
    return std::nullopt;
  }
  if (!context.open_graphs.insert(name->string()).second) {
    context.diagnostics
        .error("cycle", node.what + ": graph '" + name->string() + "' uses itself",
               name->location())
        .hint = "a recurrence over time is written with scan";
    return std::nullopt;
  }
  auto results = GraphCall(reader, node, *definition, *arguments).build();
  context.open_graphs.erase(name->string());
  return results;
}

}  // namespace tgc
