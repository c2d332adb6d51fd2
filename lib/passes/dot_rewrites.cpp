// SPDX-License-Identifier: Apache-2.0
// Products of matrices.
//   local_dot_to_dot22         dot of two float matrices of one dtype -> dot22
//   local_dot22_to_dot22scalar  a * dot22(x, y)   ->  dot22scalar(x, y, a)
//   local_gemm_to_gemv         gemm of a row or column -> gemv
//   local_dot22_to_ger_or_gemv dot22 of a row or column -> dot with a vector; outer products -> mul
//   local_lift_transpose_through_dot  dot(a, b).T -> dot(b.T, a.T)
//   local_0_dot_x              dot with zeros     ->  zeros
// Guarantees: equal up to rounding; 0 times NaN or infinity is 0, as in Theano.
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

using Order = std::vector<int64_t>;

Node shuffled(const Node& x, const Order& order) {
  return x.call("dimshuffle", {}, {{"order", order}});
}

Replacements dot_to_dot22(Rewrite& rewrite) {
  const TensorType x = rewrite.x(0).type();
  const TensorType y = rewrite.x(1).type();
  if (x.rank() != 2 || y.rank() != 2 || x.dtype != y.dtype || !is_float(x.dtype)) return {};
  return rewrite.give(rewrite.x(0).call("dot22", {rewrite.x(1)}));
}

Replacements dot22_to_dot22scalar(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const DType dtype = rewrite.type().dtype;
  std::vector<VariableId> scalars;
  std::vector<VariableId> others;
  std::optional<VariableId> product;
  for (const VariableId id : rewrite.apply.inputs) {
    const auto scalar = scalar_behind(graph, id);
    const bool is_product = made_by(graph, id, "dot22") != nullptr && has_one_use(graph, id);
    if (scalar) {
      scalars.push_back(*scalar);
    } else if (is_product && !product && graph.type(id).dtype == dtype) {
      product = id;
    } else {
      others.push_back(id);
    }
  }
  if (!product || scalars.empty()) return {};
  const Apply& dot = graph.apply(graph.variable(*product).owner);
  const VariableId x = dot.inputs[0];
  const VariableId y = dot.inputs[1];
  std::vector<Node> scales;
  for (const VariableId id : scalars) scales.push_back(as_scalar(rewrite.builder, id, dtype));
  const Node scale = combined("mul", scales);
  std::vector<Node> factors{rewrite.node(x).call("dot22scalar", {rewrite.node(y), scale})};
  for (const VariableId id : others) factors.push_back(rewrite.node(id));
  return rewrite.give(combined("mul", factors));
}

// dot22 with an operand of one row or column.
Replacements dot22_to_ger_or_gemv(Rewrite& rewrite) {
  const Node x = rewrite.x(0);
  const Node y = rewrite.x(1);
  const Shape a = x.type().shape;
  const Shape b = y.type().shape;
  if (a[1].is(1) || b[0].is(1)) {
    // a sum over one element; both dims are 1, or equal to it by a recorded equality
    return a[1].is(1) && b[0].is(1) ? rewrite.give(x * y) : Replacements{};
  }
  if (a[0].is(1) && b[1].is(1)) {
    const Node value = shuffled(x, {1}).call("dot", {shuffled(y, {0})});
    return rewrite.give(shuffled(value, {-1, -1}));
  }
  if (a[0].is(1)) return rewrite.give(shuffled(shuffled(x, {1}).call("dot", {y}), {-1, 0}));
  if (b[1].is(1)) return rewrite.give(shuffled(x.call("dot", {shuffled(y, {0})}), {0, -1}));
  return {};
}

// gemm(z, a, x, y, b) where z is one row or column.
Replacements gemm_to_gemv(Rewrite& rewrite) {
  const Node z = rewrite.x(0);
  const Node a = rewrite.x(1);
  const Node x = rewrite.x(2);
  const Node y = rewrite.x(3);
  const Node b = rewrite.x(4);
  const Shape shape = z.type().shape;
  if (shape[1].is(1)) {
    const Node value = shuffled(z, {0}).call("gemv", {a, x, shuffled(y, {0}), b});
    return rewrite.give(shuffled(value, {0, -1}));
  }
  if (shape[0].is(1)) {
    const Node value = shuffled(z, {1}).call("gemv", {a, shuffled(y, {1, 0}), shuffled(x, {1}), b});
    return rewrite.give(shuffled(value, {-1, 0}));
  }
  return {};
}

// gemm of an outer product that adds to z as it is.
Replacements gemm_to_ger(Rewrite& rewrite) {
  const Node x = rewrite.x(2);
  const Node y = rewrite.x(3);
  if (!x.type().shape[1].is(1) || !y.type().shape[0].is(1)) return {};
  if (!is_uniform(rewrite.graph, rewrite.input(4), 1)) return {};
  return rewrite.give(rewrite.x(0).call("ger", {rewrite.x(1), shuffled(x, {0}), shuffled(y, {1})}));
}

Replacements lift_transpose(Rewrite& rewrite) {
  const Order* order = find_attr<Order>(rewrite.apply.attributes, "order");
  if (*order != Order{1, 0} || !has_one_use(rewrite.graph, rewrite.input(0))) return {};
  const Apply* dot = made_by(rewrite.graph, rewrite.input(0), "dot");
  if (dot == nullptr) return {};
  const Node x = rewrite.node(dot->inputs[0]);
  const Node y = rewrite.node(dot->inputs[1]);
  if (x.type().rank() != 2 || y.type().rank() != 2) return {};
  return rewrite.give(shuffled(y, {1, 0}).call("dot", {shuffled(x, {1, 0})}));
}

Replacements zero_dot(Rewrite& rewrite) {
  const bool is_zero = is_uniform(rewrite.graph, rewrite.input(0), 0) ||
                       is_uniform(rewrite.graph, rewrite.input(1), 0);
  if (!is_zero) return {};
  return {filled(rewrite.builder, 0, rewrite.type())};
}

}  // namespace

std::vector<Pass> dot_rewrites_passes() {
  return {
      node_pass("local_dot_to_dot22", "dot of two float matrices -> dot22", {"dot"}, dot_to_dot22),
      node_pass("local_dot22_to_dot22scalar", "a * dot22(x, y) -> dot22scalar(x, y, a)", {"mul"},
                dot22_to_dot22scalar),
      node_pass("local_gemm_to_gemv", "gemm of a row or column -> gemv", {"gemm"}, gemm_to_gemv),
      node_pass("local_gemm_to_ger", "gemm of an outer product -> ger", {"gemm"}, gemm_to_ger),
      node_pass("local_dot22_to_ger_or_gemv",
                "dot22 of a row or column -> dot of a vector; of both -> mul", {"dot22"},
                dot22_to_ger_or_gemv),
      node_pass("local_lift_transpose_through_dot", "dot(a, b).T -> dot(b.T, a.T)", {"dimshuffle"},
                lift_transpose),
      node_pass("local_0_dot_x", "dot with zeros -> zeros", {"dot"}, zero_dot),
  };
}

}  // namespace tgc
