// SPDX-License-Identifier: Apache-2.0
// Systems of equations.
//   inv_as_solve          dot(matrix_inverse(a), b) -> solve(a, b); dot(b, matrix_inverse(a)) too
//   transinv_to_invtrans  matrix_inverse(a).T       -> matrix_inverse(a.T)
//   tag_solve_triangular  solve(cholesky(a), b)     -> solve_triangular, of its transpose too
//   local_det_chol        det(a) beside cholesky(a) -> the product of its squared diagonal
// Equal up to rounding; what is singular fails before and after.
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

using Order = std::vector<int64_t>;

const Order kSwap = {1, 0};

Node turned(const Node& x) {
  return x.call("dimshuffle", {}, {{"order", kSwap}});
}

bool is_general(const Apply& solve) {
  return attr_or<std::string>(solve.attributes, "assume_a", "gen") == "gen";
}

// The Apply that solves a for the identity, which is what an inverse is when rewrites see it.
const Apply* inverse(const Graph& graph, VariableId id) {
  const Apply* solve = made_by(graph, id, "solve");
  if (solve == nullptr || graph.type(id).rank() != 2) return nullptr;
  const Apply* eye = made_by(graph, solve->inputs[1], "eye");
  if (eye == nullptr || attr_or<int64_t>(eye->attributes, "k", 0) != 0) return nullptr;
  const Shape& shape = graph.type(id).shape;
  return shape[0] == shape[1] ? solve : nullptr;
}

Replacements inv_as_solve(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const TensorType left = graph.type(rewrite.input(0));
  const TensorType right = graph.type(rewrite.input(1));
  if (left.rank() != 2 || right.rank() != 2 || left.dtype != right.dtype) return {};
  if (const Apply* found = inverse(graph, rewrite.input(0))) {
    const Attributes attributes = found->attributes;
    return rewrite.give(rewrite.node(found->inputs[0]).call("solve", {rewrite.x(1)}, attributes));
  }
  const Apply* found = inverse(graph, rewrite.input(1));
  // another one may look at one triangle alone
  if (found == nullptr || !is_general(*found)) {
    return {};
  }
  const Node a = turned(rewrite.node(found->inputs[0]));
  return rewrite.give(turned(a.call("solve", {turned(rewrite.x(0))})));
}

Replacements transpose_of_inverse(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (*find_attr<Order>(rewrite.apply.attributes, "order") != kSwap) return {};
  const Apply* found = inverse(graph, rewrite.input(0));
  if (found == nullptr || !is_general(*found) || !has_one_use(graph, rewrite.input(0))) return {};
  const VariableId eye = found->inputs[1];
  return rewrite.give(turned(rewrite.node(found->inputs[0])).call("solve", {rewrite.node(eye)}));
}

// The Cholesky factor that `id` is, or the transpose of which it is.
const Apply* factor_of(const Graph& graph, VariableId id) {
  const Apply* shuffle = made_by(graph, id, "dimshuffle");
  if (shuffle != nullptr && *find_attr<Order>(shuffle->attributes, "order") == kSwap) {
    id = shuffle->inputs[0];
  }
  const Apply* factor = made_by(graph, id, "cholesky");
  const bool is_it =
      factor != nullptr && attr_or<std::string>(factor->attributes, "on_error", "raise") == "raise";
  return is_it ? factor : nullptr;
}

Replacements solve_with_factor(Rewrite& rewrite) {
  const Apply* factor = factor_of(rewrite.graph, rewrite.input(0));
  if (factor == nullptr || !is_general(rewrite.apply)) return {};
  const bool is_turned = factor->outputs[0] != rewrite.input(0);
  const bool is_lower = attr_or<bool>(factor->attributes, "lower", true);
  Attributes attributes = {{"lower", is_lower != is_turned}};
  if (const auto* b_ndim = find_attr<int64_t>(rewrite.apply.attributes, "b_ndim")) {
    attributes["b_ndim"] = *b_ndim;
  }
  return rewrite.give(rewrite.x(0).call("solve_triangular", {rewrite.x(1)}, attributes));
}

Replacements det_chol(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (rewrite.x().type().rank() != 2) return {};
  for (const Use& use : graph.uses(rewrite.input(0))) {
    if (!use.apply.valid() || graph.apply(use.apply).op->name != "cholesky") continue;
    const Node factor = rewrite.node(graph.apply(use.apply).outputs[0]);
    if (graph.use_count(factor.id()) == 0 || factor.type().dtype != rewrite.type().dtype) continue;
    const Node diagonal = factor.call("diagonal");
    return rewrite.give(sqr(diagonal.call("prod", {}, {{"axis", Order{0}}})));
  }
  return {};
}

}  // namespace

std::vector<Pass> solve_rewrites_passes() {
  return {
      node_pass("inv_as_solve", "dot(matrix_inverse(a), b) -> solve(a, b)", {"dot", "dot22"},
                inv_as_solve),
      node_pass("local_det_chol", "det(a) beside cholesky(a) -> prod(diagonal)^2", {"det"},
                det_chol),
      node_pass("transinv_to_invtrans", "matrix_inverse(a).T -> matrix_inverse(a.T)",
                {"dimshuffle"}, transpose_of_inverse),
      node_pass("tag_solve_triangular", "solve(cholesky(a), b) -> solve_triangular", {"solve"},
                solve_with_factor),
  };
}

}  // namespace tgc
