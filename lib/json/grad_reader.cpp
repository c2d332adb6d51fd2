// SPDX-License-Identifier: Apache-2.0
// See grad_reader.h.
#include "json/grad_reader.h"

#include <array>
#include <charconv>
#include <utility>

#include "graph/grad.h"
#include "json/node_hints.h"
#include "ops/derivatives.h"

namespace tgc {
namespace {

// "wrt/0" is element 0 of the array under `wrt_key`; other parts are named as in the file. What is
// missing there is what the node made of them: the cost of a hessian's gradient, a Lop's
// known_grads.
std::function<Location(std::string_view)> locator(JsonValue where, std::string wrt_key = "wrt") {
  return [where, wrt_key = std::move(wrt_key)](std::string_view part) {
    const size_t slash = part.find('/');
    const std::string_view first = part.substr(0, slash);
    const auto member = where.find(first == "wrt" ? std::string_view(wrt_key) : first);
    if (!member) return where.location();
    if (slash == std::string_view::npos) return member->location();
    size_t index = 0;
    std::from_chars(part.data() + slash + 1, part.data() + part.size(), index);
    const auto elements = member->elements();
    return index < elements.size() ? elements[index].location() : member->location();
  };
}

bool read_constants_list(GraphReader& reader, ObjectReader& object, GradOptions& options) {
  const auto list = object.optional("consider_constant", JsonKind::array);
  if (!list) return object.ok();
  auto ids = reader.variables(*list, object.what() + ": 'consider_constant'");
  if (!ids) return false;
  options.consider_constant = std::move(*ids);
  return true;
}

bool read_known_grads(GraphReader& reader, ObjectReader& object, GradOptions& options) {
  const auto known = object.optional("known_grads", JsonKind::object);
  if (!known) return object.ok();
  bool good = true;
  for (const JsonValue member : known->elements()) {
    const Binding* binding = reader.find(member.key());
    if (binding == nullptr || binding->kind == NameKind::dim) {
      reader.context()
          .diagnostics
          .error("unknown-name",
                 object.what() + ": a known gradient is given for '" + member.key() +
                     "', but there is no variable of this name",
                 member.key_location())
          .hint = suggestion(member.key(), reader.scope().names([](const Binding& other) {
        return other.kind != NameKind::dim;
      }),
                             "the names are");
      good = false;
      continue;
    }
    const auto gradient = reader.variable(member, object.what() + ": a known gradient");
    good = good && gradient && !binding->failed;
    if (good) options.known_grads.emplace_back(binding->variable, *gradient);
  }
  return good;
}

bool read_disconnected(GraphReader& reader, ObjectReader& object, GradOptions& options) {
  const auto value = object.optional("disconnected_inputs", JsonKind::string);
  if (!value) return object.ok();
  constexpr std::array<std::pair<std::string_view, DisconnectedInputs>, 3> kWords = {
      {{"raise", DisconnectedInputs::raise},
       {"warn", DisconnectedInputs::warn},
       {"ignore", DisconnectedInputs::ignore}}};
  for (const auto& [word, meaning] : kWords) {
    if (value->string() == word) {
      options.disconnected_inputs = meaning;
      return true;
    }
  }
  reader.context()
      .diagnostics
      .error("bad-attribute",
             object.what() + ": 'disconnected_inputs' is '" + value->string() +
                 "', which is none of its values",
             value->location())
      .hint = "it may be raise, warn, ignore";
  return false;
}

// A gradient may be as large as all before it: a file could double its graph again and again.
bool check_size(GraphReader& reader, JsonValue where, const std::string& what) {
  const size_t count = reader.graph().applies().size();
  const size_t limit = reader.context().options.limits.max_applies;
  if (count <= limit) return true;
  reader.context()
      .diagnostics
      .error("too-large",
             what + ": with its gradients the graph has " + std::to_string(count) +
                 " nodes, the limit is " + std::to_string(limit),
             where.location())
      .hint = "name all of wrt in one grad node, which shares what they have in common";
  return false;
}

// The gradients, with hints for what was reported from diagnostic `first` on.
Derivatives finished(GraphReader& reader, JsonValue where, const std::string& what, size_t first,
                     Derivatives gradients) {
  add_node_hints({where, nullptr, {}}, first, reader.context().diagnostics);
  if (gradients && !check_size(reader, where, what)) return std::nullopt;
  return gradients;
}

}  // namespace

std::optional<std::vector<VariableId>> build_grad(GraphReader& reader, const NodeSyntax& node) {
  auto object = ObjectReader::open(node.where, node.what, reader.context().diagnostics);
  for (const char* key : {"op", "name", "outputs", "type", "trace"}) object->allow(key);
  const bool needs_cost = !node.where.find("known_grads");
  const auto cost_value = needs_cost ? object->required("cost") : object->optional("cost");
  const auto wrt_list = object->required("wrt", JsonKind::array);
  GradOptions options;
  options.locate = locator(node.where, "wrt");
  bool good = read_constants_list(reader, *object, options);
  good = read_known_grads(reader, *object, options) && good;
  good = read_disconnected(reader, *object, options) && good;
  if (!object->finish() || !good) return std::nullopt;
  std::optional<VariableId> cost;
  if (cost_value) {
    cost = reader.variable(*cost_value, node.what + ": the cost");
    if (!cost) return std::nullopt;
  }
  const auto wrt = reader.variables(*wrt_list, node.what + ": 'wrt'");
  if (!wrt) return std::nullopt;
  reader.builder().set_origin(reader.origin_of(node));
  const size_t first = reader.context().diagnostics.all().size();
  auto gradients = grad(reader.builder(), cost, *wrt, options, reader.context().diagnostics);
  return finished(reader, node.where, node.what, first, std::move(gradients));
}

std::optional<std::vector<VariableId>> build_derivatives(GraphReader& reader,
                                                         const NodeSyntax& node) {
  Diagnostics& diagnostics = reader.context().diagnostics;
  auto object = ObjectReader::open(node.where, node.what, diagnostics);
  for (const char* key : {"op", "name", "outputs", "type", "trace"}) object->allow(key);
  const bool has_points = node.form == NodeForm::lop || node.form == NodeForm::rop;
  const char* source_key = has_points                        ? "f"
                           : node.form == NodeForm::jacobian ? "expression"
                                                             : "cost";
  const auto source =
      has_points ? object->required("f", JsonKind::array) : object->required(source_key);
  const auto wrt_list = object->required("wrt", JsonKind::array);
  std::optional<JsonValue> point_list;
  if (has_points) point_list = object->required("eval_points", JsonKind::array);
  GradOptions options;
  options.locate = locator(node.where);
  bool good = read_constants_list(reader, *object, options);
  good = read_disconnected(reader, *object, options) && good;
  if (!object->finish() || !good) return std::nullopt;
  std::vector<VariableId> from;
  std::optional<std::vector<VariableId>> points;
  const std::string what = node.what + ": '" + source_key + "'";
  if (has_points) {
    const auto list = reader.variables(*source, what);
    points = reader.variables(*point_list, node.what + ": 'eval_points'");
    if (!list || !points) return std::nullopt;
    from = *list;
  } else {
    const auto id = reader.variable(*source, what);
    if (!id) return std::nullopt;
    from = {*id};
  }
  const auto wrt = reader.variables(*wrt_list, node.what + ": 'wrt'");
  if (!wrt) return std::nullopt;
  Builder& builder = reader.builder();
  builder.set_origin(reader.origin_of(node));
  const size_t first = diagnostics.all().size();
  Derivatives results;
  switch (node.form) {
    case NodeForm::lop:
      results = lop(builder, from, *wrt, *points, options, diagnostics);
      break;
    case NodeForm::rop:
      results = rop(builder, from, *wrt, *points, options, diagnostics);
      break;
    case NodeForm::jacobian:
      results = jacobian(builder, from[0], *wrt, options, diagnostics);
      break;
    default:
      results = hessian(builder, from[0], *wrt, options, diagnostics);
  }
  return finished(reader, node.where, node.what, first, std::move(results));
}

std::optional<std::vector<VariableId>> gradients_of(GraphReader& reader, ObjectReader& object,
                                                    JsonValue cost,
                                                    const std::vector<VariableId>& wrt,
                                                    std::string_view wrt_key) {
  GradOptions options;
  options.locate = locator(object.value(), std::string(wrt_key));
  const bool good = read_constants_list(reader, object, options);
  const auto id = reader.variable(cost, object.what() + ": the cost");
  if (!good || !id) return std::nullopt;
  const size_t first = reader.context().diagnostics.all().size();
  auto gradients = grad(reader.builder(), id, wrt, options, reader.context().diagnostics);
  return finished(reader, object.value(), object.what(), first, std::move(gradients));
}

}  // namespace tgc
