// SPDX-License-Identifier: Apache-2.0
// Rewrites of what repeats or arranges elements: fill, alloc, reshape, join.
//   local_fill_sink           f(fill(s, v), y)            ->  f(v, y), filled where the shape needs
//   it local_canonicalize_alloc  alloc(x, shape of x) -> x;  alloc(x, [1, n]) ->
//   dimshuffle(alloc(x, n)) local_dimshuffle_alloc    alloc with leading axes put in front by
//   dimshuffle -> alloc local_alloc_dimshuffle    alloc(x with leading axes put in front)  ->
//   alloc(x) local_useless_inc_subtensor_alloc  inc_subtensor(x, alloc(y), i)   -> inc_subtensor(x,
//   y, i) local_reshape_lift        reshape(f(x))               ->  f(reshape(x)), f of one operand
//   local_reshape_to_dimshuffle  reshape(x, [1, n])       ->  dimshuffle(reshape(x, n))
//   local_useless_dimshuffle_in_reshape, local_reshape_dimshuffle
//                             reshape(dimshuffle(x))      ->  reshape(x), the order of elements
//                             stays
//   local_join_make_vector    join(join(a, b), c)         ->  join(a, b, c)
//   local_subtensor_make_vector  join(a, b)[1]            ->  b, all of known length
// All keep every bit.
#include <algorithm>
#include <numeric>

#include "graph/graph_symbols.h"
#include "graph/verifier.h"
#include "ops/index_template.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

constexpr int64_t kNewAxis = -1;
using Order = std::vector<int64_t>;

const Order& order_of(const Apply& apply) {
  return *find_attr<Order>(apply.attributes, "order");
}

// `order` puts axes in front and leaves the others as they are.
bool only_adds_in_front(const Order& order, int64_t rank) {
  const auto added = static_cast<int64_t>(order.size()) - rank;
  if (added <= 0) return false;
  for (int64_t i = 0; i < static_cast<int64_t>(order.size()); ++i) {
    if (order[static_cast<size_t>(i)] != (i < added ? kNewAxis : i - added)) return false;
  }
  return true;
}

Replacements fill_sink(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply& apply = rewrite.apply;
  if (!apply.op->is_elementwise() || apply.op->name == "fill" || apply.outputs.size() != 1) {
    return {};
  }
  std::vector<VariableId> inputs = apply.inputs;
  std::vector<VariableId> models;
  for (VariableId& input : inputs) {
    const Apply* fill = made_by(graph, input, "fill");
    if (fill == nullptr || graph.type(fill->inputs[1]).dtype != graph.type(input).dtype) continue;
    models.push_back(fill->inputs[0]);
    input = fill->inputs[1];
  }
  if (models.empty()) return {};
  Node value = rewrite.node(rewrite.builder.call(apply.op->name, inputs, apply.attributes));
  for (const VariableId model : models) {
    if (shapes_agree(value.type().shape, rewrite.type().shape)) break;
    value = rewrite.node(model).call("fill", {value});
  }
  if (value.type().dtype != rewrite.type().dtype) return {};
  return rewrite.give(value);
}

Replacements canonicalize_alloc(Rewrite& rewrite) {
  const Shape from = rewrite.x().type().shape;
  const Shape to = rewrite.type().shape;
  if (from == to) return rewrite.give(rewrite.x());
  size_t lead = 0;
  while (lead < to.size() - from.size() && to[lead].is(1)) ++lead;
  if (lead == 0) return {};
  const Shape rest(to.begin() + static_cast<std::ptrdiff_t>(lead), to.end());
  const Node inner =
      rest == from ? rewrite.x() : rewrite.node(rewrite.builder.alloc(rewrite.input(0), rest));
  Order order(to.size());
  std::iota(order.begin(), order.end(), -static_cast<int64_t>(lead));
  std::fill_n(order.begin(), lead, kNewAxis);
  return rewrite.give(inner.call("dimshuffle", {}, {{"order", order}}));
}

Replacements dimshuffle_alloc(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const auto source = argument_of(graph, rewrite.input(0), "alloc");
  if (!source || !has_one_use(graph, rewrite.input(0))) return {};
  if (!only_adds_in_front(order_of(rewrite.apply), rewrite.x().type().rank())) return {};
  return {rewrite.builder.alloc(*source, rewrite.type().shape)};
}

Replacements alloc_dimshuffle(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* inner = made_by(graph, rewrite.input(0), "dimshuffle");
  if (inner == nullptr) return {};
  const VariableId source = inner->inputs[0];
  if (!only_adds_in_front(order_of(*inner), graph.type(source).rank())) return {};
  return {rewrite.builder.alloc(source, rewrite.type().shape)};
}

Replacements inc_of_alloc(Rewrite& rewrite) {
  // a size that the alloc mentions may be measured, and nobody else keep its node alive
  if (!measuring_applies(rewrite.graph).empty()) return {};
  const auto source = argument_of(rewrite.graph, rewrite.input(1), "alloc");
  if (!source) return {};
  std::vector<VariableId> inputs = rewrite.apply.inputs;
  inputs[1] = *source;
  return rewrite.give(
      rewrite.node(rewrite.builder.call(rewrite.apply.op->name, inputs, rewrite.apply.attributes)));
}

Node reshaped(const Node& x, const Shape& shape) {
  return x.call("reshape", {}, {{"shape", shape}});
}

Replacements reshape_lift(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* inner = graph.owner(rewrite.input(0));
  if (inner == nullptr || !inner->op->is_elementwise() || inner->inputs.size() != 1) return {};
  if (inner->op->scalar_check != nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  const bool is_flatten = rewrite.type().rank() == 1;
  if (is_flatten && rewrite.context.is_excluded("local_flatten_lift")) return {};
  const std::string_view op = inner->op->name;
  const Attributes attributes = inner->attributes;
  const Node x = reshaped(rewrite.node(inner->inputs[0]), rewrite.type().shape);
  return rewrite.give(rewrite.node(rewrite.builder.call(op, {x.id()}, attributes)));
}

Replacements reshape_to_dimshuffle(Rewrite& rewrite) {
  const Shape shape = rewrite.type().shape;
  Shape rest;
  Order order;
  for (const DimExpr& dim : shape) {
    order.push_back(dim.is(1) ? kNewAxis : static_cast<int64_t>(rest.size()));
    if (!dim.is(1)) rest.push_back(dim);
  }
  if (rest.size() == shape.size()) return {};
  const Node x = rewrite.x();
  const Node inner = x.type().shape == rest ? x : reshaped(x, rest);
  return rewrite.give(inner.call("dimshuffle", {}, {{"order", order}}));
}

Replacements dimshuffle_in_reshape(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* inner = made_by(graph, rewrite.input(0), "dimshuffle");
  if (inner == nullptr) return {};
  const Node x = rewrite.node(inner->inputs[0]);
  const Shape shape = x.type().shape;
  int64_t last = -1;
  for (const int64_t axis : order_of(*inner)) {
    if (axis == kNewAxis || shape[static_cast<size_t>(axis)].is(1)) continue;
    if (axis < last) return {};
    last = axis;
  }
  return rewrite.give(reshaped(x, rewrite.type().shape));
}

int64_t axis_of(const Apply& apply) {
  return attr_or<int64_t>(apply.attributes, "axis", 0);
}

Replacements join_of_joins(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  std::vector<Node> parts;
  bool found = false;
  for (const VariableId input : rewrite.apply.inputs) {
    const Apply* inner = made_by(graph, input, "join");
    const bool opens = inner != nullptr && has_one_use(graph, input) &&
                       axis_of(*inner) == axis_of(rewrite.apply) &&
                       graph.type(input).dtype == rewrite.type().dtype;
    found = found || opens;
    const std::vector<VariableId> ids = opens ? inner->inputs : std::vector<VariableId>{input};
    for (const VariableId id : ids) parts.push_back(rewrite.node(id));
  }
  constexpr size_t kMostParts = 64;  // a kernel reads them all
  if (!found || parts.size() > kMostParts) return {};
  return rewrite.give(
      parts[0].call("join", {parts.begin() + 1, parts.end()}, rewrite.apply.attributes));
}

Replacements subtensor_of_join(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* join = made_by(graph, rewrite.input(0), "join");
  if (join == nullptr || graph.type(rewrite.input(0)).rank() != 1) return {};
  const IndexTemplate index = index_template(graph, rewrite.apply);
  if (index.axes[0].kind != IndexedAxis::Kind::fixed) return {};
  const auto position = index.axes[0].start.constant();
  if (!position) return {};
  int64_t begin = 0;
  for (const VariableId part : join->inputs) {
    const auto length = graph.type(part).shape[0].constant();
    if (!length) return {};
    if (*position < begin + *length) {
      IndexEntry entry;
      entry.kind = IndexEntry::Kind::index;
      entry.start = DimExpr(*position - begin);
      const Node x = rewrite.node(part);
      if (*length == 1) return rewrite.give(x.call("dimshuffle", {}, {{"order", Order{}}}));
      return rewrite.give(x.call("subtensor", {}, {{"index", std::vector<IndexEntry>{entry}}}));
    }
    begin += *length;
  }
  return {};
}

}  // namespace

std::vector<Pass> alloc_rewrites_passes() {
  return {
      node_pass("local_fill_sink", "f(fill(s, v), y) -> fill(s, f(v, y))", {}, fill_sink),
      node_pass("local_canonicalize_alloc", "alloc(x, [1, n]) -> dimshuffle(alloc(x, n))",
                {"alloc"}, canonicalize_alloc),
      node_pass("local_dimshuffle_alloc", "axes in front of an alloc -> alloc", {"dimshuffle"},
                dimshuffle_alloc),
      node_pass("local_alloc_dimshuffle", "alloc(x with axes in front) -> alloc(x)", {"alloc"},
                alloc_dimshuffle),
      node_pass("local_useless_inc_subtensor_alloc",
                "inc_subtensor(x, alloc(y)) -> inc_subtensor(x, y)",
                {"inc_subtensor", "set_subtensor", "advanced_inc_subtensor",
                 "advanced_set_subtensor", "advanced_inc_subtensor1", "advanced_set_subtensor1"},
                inc_of_alloc),
      with_parts(node_pass("local_reshape_lift", "reshape(f(x)) -> f(reshape(x))", {"reshape"},
                           reshape_lift),
                 {"local_flatten_lift"}),
      node_pass("local_reshape_to_dimshuffle", "reshape(x, [1, n]) -> dimshuffle(reshape(x, n))",
                {"reshape"}, reshape_to_dimshuffle),
      node_pass("local_useless_dimshuffle_in_reshape", "reshape(dimshuffle(x)) -> reshape(x)",
                {"reshape"}, dimshuffle_in_reshape),
      node_pass("local_reshape_dimshuffle", "reshape(dimshuffle(x)) -> reshape(x)", {"reshape"},
                dimshuffle_in_reshape),
      node_pass("local_join_make_vector", "join(join(a, b), c) -> join(a, b, c)", {"join"},
                join_of_joins),
      node_pass("local_subtensor_make_vector", "join(a, b)[1] -> b", {"subtensor"},
                subtensor_of_join),
  };
}

}  // namespace tgc
