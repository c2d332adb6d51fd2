// SPDX-License-Identifier: Apache-2.0
// Rewrites of ops that only arrange elements: dimshuffle, reshape, alloc, join, split.
//   local_dimshuffle_lift   dimshuffle(f(x)) -> f(dimshuffle(x)); two dimshuffles -> one; none if
//                           the order is 0, 1, 2, ...
//   local_useless_reshape   reshape(x, shape of x) -> x       local_reshape_chain  two -> one
//   local_useless_alloc     alloc(x, shape of x)   -> x       local_merge_alloc    two -> one
//   local_fill_to_alloc     fill(s, v)             -> alloc(v, shape of s)
//   local_useless_fill      fill(s, v) -> v where v has that shape
//   local_elemwise_alloc    f(alloc(v), y)         -> f(v, y) where y has the whole shape
//   local_alloc_unary       f(alloc(v))            -> alloc(f(v))
//   local_join_1            join(x)                -> x       local_join_empty  join(x, empty) -> x
//   local_useless_split     split into one piece   -> x
#include <algorithm>
#include <numeric>

#include "graph/verifier.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

constexpr int64_t kNewAxis = -1;

using Order = std::vector<int64_t>;

const Order& order_of(const Apply& apply) {
  return *find_attr<Order>(apply.attributes, "order");
}

bool is_identity(const Order& order, int64_t rank) {
  Order same(static_cast<size_t>(rank));
  std::iota(same.begin(), same.end(), 0);
  return order == same;
}

Node shuffled(const Node& x, const Order& order) {
  if (is_identity(order, x.type().rank())) return x;
  return x.call("dimshuffle", {}, {{"order", order}});
}

// `order` for an operand with fewer axes than the result; leading new axes fall away, since
// broadcasting adds them.
Order order_for(const Order& order, int64_t rank, int64_t result_rank) {
  const int64_t lead = result_rank - rank;
  Order own;
  for (const int64_t axis : order) {
    own.push_back(axis == kNewAxis || axis < lead ? kNewAxis : axis - lead);
  }
  return own;
}

Order without_leading_new_axes(Order order) {
  const auto first =
      std::find_if(order.begin(), order.end(), [](int64_t axis) { return axis != kNewAxis; });
  order.erase(order.begin(), first);
  return order;
}

Replacements lift_through(Rewrite& rewrite, const Apply& inner) {
  const Order order = order_of(rewrite.apply);
  const int64_t result_rank = rewrite.x().type().rank();
  const std::vector<VariableId> inputs = inner.inputs;
  const Attributes attributes = inner.attributes;
  const std::string_view op = inner.op->name;
  std::vector<VariableId> lifted;
  bool keeps_rank = order.empty();
  for (const VariableId input : inputs) {
    const Node x = rewrite.node(input);
    const Order whole = order_for(order, x.type().rank(), result_rank);
    const Order own = without_leading_new_axes(whole);
    keeps_rank = keeps_rank || own.size() == order.size();
    lifted.push_back(shuffled(x, own).id());
  }
  if (!keeps_rank) {
    const Node x = rewrite.node(inputs[0]);
    lifted[0] = shuffled(x, order_for(order, x.type().rank(), result_rank)).id();
  }
  return rewrite.give(rewrite.node(rewrite.builder.call(op, lifted, attributes)));
}

Replacements dimshuffle_lift(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Order& order = order_of(rewrite.apply);
  if (is_identity(order, rewrite.x().type().rank())) return rewrite.give(rewrite.x());
  const Apply* inner = graph.owner(rewrite.input(0));
  if (inner == nullptr) return {};
  if (inner->op->name == "dimshuffle") {
    Order both;
    for (const int64_t axis : order) {
      both.push_back(axis == kNewAxis ? kNewAxis : order_of(*inner)[static_cast<size_t>(axis)]);
    }
    return rewrite.give(shuffled(rewrite.node(inner->inputs[0]), both));
  }
  const bool lifts = inner->op->is_elementwise() && has_one_use(graph, rewrite.input(0));
  return lifts ? lift_through(rewrite, *inner) : Replacements{};
}

Replacements useless_reshape(Rewrite& rewrite) {
  if (rewrite.x().type().shape != rewrite.type().shape) return {};
  return rewrite.give(rewrite.x());
}

Replacements reshape_chain(Rewrite& rewrite) {
  const auto x = argument_of(rewrite.graph, rewrite.input(0), "reshape");
  if (!x) return {};
  return rewrite.give(rewrite.node(*x).call("reshape", {}, {{"shape", rewrite.type().shape}}));
}

Replacements useless_alloc(Rewrite& rewrite) {
  if (rewrite.x().type().shape != rewrite.type().shape) return {};
  return rewrite.give(rewrite.x());
}

Replacements merge_alloc(Rewrite& rewrite) {
  const auto x = argument_of(rewrite.graph, rewrite.input(0), "alloc");
  if (!x) return {};
  return {rewrite.builder.alloc(*x, rewrite.type().shape)};
}

Replacements fill_to_alloc(Rewrite& rewrite) {
  return {rewrite.builder.alloc(rewrite.input(1), rewrite.type().shape)};
}

Replacements useless_fill(Rewrite& rewrite) {
  if (!shapes_agree(rewrite.x(1).type().shape, rewrite.type().shape)) return {};
  return rewrite.give(rewrite.x(1));
}

// Whether operands of these shapes broadcast to `wanted`, as far as it is known.
bool broadcasts_to(const Graph& graph, const std::vector<VariableId>& inputs, const Shape& wanted) {
  std::vector<bool> reached(wanted.size(), false);
  bool reaches_rank = wanted.empty();
  for (const VariableId input : inputs) {
    const Shape& shape = graph.type(input).shape;
    const size_t lead = wanted.size() - shape.size();
    reaches_rank = reaches_rank || lead == 0;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (!shape[axis].is(1)) reached[lead + axis] = true;
    }
  }
  for (size_t axis = 0; axis < wanted.size(); ++axis) {
    if (!wanted[axis].is(1) && !reached[axis]) return false;
  }
  return reaches_rank;
}

// v where `id` is alloc(v), also with axes put in front of it.
std::optional<VariableId> alloc_source(const Graph& graph, VariableId id) {
  if (const Apply* shuffle = made_by(graph, id, "dimshuffle")) {
    const Order& order = order_of(*shuffle);
    const Order kept = without_leading_new_axes(order);
    id = shuffle->inputs[0];
    if (!is_identity(kept, graph.type(id).rank())) return std::nullopt;
  }
  return argument_of(graph, id, "alloc");
}

Replacements elemwise_alloc(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (!rewrite.apply.op->is_elementwise()) return {};
  const Shape shape = rewrite.type().shape;
  std::vector<VariableId> inputs = rewrite.apply.inputs;
  bool changed = false;
  for (VariableId& input : inputs) {
    const auto source = alloc_source(graph, input);
    if (!source) continue;
    const VariableId wide = input;
    input = *source;
    if (broadcasts_to(graph, inputs, shape)) {
      changed = true;
    } else {
      input = wide;
    }
  }
  if (!changed) return {};
  return rewrite.give(
      rewrite.node(rewrite.builder.call(rewrite.apply.op->name, inputs, rewrite.apply.attributes)));
}

Replacements alloc_unary(Rewrite& rewrite) {
  if (!rewrite.apply.op->is_elementwise() || rewrite.apply.inputs.size() != 1) return {};
  const auto source = argument_of(rewrite.graph, rewrite.input(0), "alloc");
  if (!source || !has_one_use(rewrite.graph, rewrite.input(0))) return {};
  const VariableId value =
      rewrite.builder.call(rewrite.apply.op->name, {*source}, rewrite.apply.attributes);
  return {rewrite.builder.alloc(value, rewrite.type().shape)};
}

Replacements join_1(Rewrite& rewrite) {
  if (rewrite.apply.inputs.size() != 1) return {};
  return rewrite.give(rewrite.x());
}

Replacements join_empty(Rewrite& rewrite) {
  const auto axis = static_cast<size_t>(attr_or<int64_t>(rewrite.apply.attributes, "axis", 0));
  std::vector<Node> parts;
  for (const VariableId input : rewrite.apply.inputs) {
    const Node part = rewrite.node(input);
    if (!part.type().shape.at(axis).is(0)) parts.push_back(part.cast(rewrite.type().dtype));
  }
  if (parts.empty() || parts.size() == rewrite.apply.inputs.size()) return {};
  if (parts.size() == 1) return rewrite.give(parts[0]);
  return rewrite.give(
      parts[0].call("join", {parts.begin() + 1, parts.end()}, rewrite.apply.attributes));
}

Replacements useless_split(Rewrite& rewrite) {
  if (rewrite.apply.outputs.size() != 1) return {};
  return rewrite.give(rewrite.x());
}

}  // namespace

std::vector<Pass> view_rewrites_passes() {
  return {
      node_pass("local_dimshuffle_lift", "dimshuffle(f(x)) -> f(dimshuffle(x)), two -> one",
                {"dimshuffle"}, dimshuffle_lift),
      node_pass("local_useless_reshape", "reshape to the own shape -> x", {"reshape", "flatten"},
                useless_reshape),
      node_pass("local_reshape_chain", "reshape(reshape(x)) -> reshape(x)", {"reshape"},
                reshape_chain),
      node_pass("local_useless_alloc", "alloc to the own shape -> x", {"alloc"}, useless_alloc),
      node_pass("local_merge_alloc", "alloc(alloc(x)) -> alloc(x)", {"alloc"}, merge_alloc),
      node_pass("local_fill_to_alloc", "fill(s, v) -> alloc(v, shape of s)", {"fill"},
                fill_to_alloc),
      node_pass("local_useless_fill", "fill(s, v) -> v where v has that shape", {"fill"},
                useless_fill),
      node_pass("local_elemwise_alloc", "f(alloc(v), y) -> f(v, y) where y has the whole shape", {},
                elemwise_alloc),
      node_pass("local_alloc_unary", "f(alloc(v)) -> alloc(f(v))", {}, alloc_unary),
      node_pass("local_join_1", "join(x) -> x", {"join"}, join_1),
      node_pass("local_join_empty", "join(x, empty) -> x", {"join"}, join_empty),
      node_pass("local_useless_split", "split into one piece -> x", {"split"}, useless_split),
  };
}

}  // namespace tgc
