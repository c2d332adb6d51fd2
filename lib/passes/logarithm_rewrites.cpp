// SPDX-License-Identifier: Apache-2.0
// Logarithms and exponentials in forms that stay exact or finite.
//   local_log1p        log(1 + x)             ->  log1p(x);  log(1 - x) -> log1p(-x)
//   local_expm1        exp(x) - 1             ->  expm1(x)
//   local_log_add      log(exp(x) + exp(y))   ->  m + log1p(exp(x + y - 2m)), m = max(x, y)
//   local_log_sum_exp  log(sum(exp(x), axis)) ->  m + log(sum(exp(x - m), axis)), m = max(x, axis)
// Guarantees: equal up to rounding where the left side is finite. As in Theano there is no guard
// for infinite m: all -inf gives NaN.
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

Replacements log1p(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (const Apply* difference = made_by(graph, rewrite.input(0), "sub")) {
    const VariableId term = difference->inputs[1];
    const DType dtype = graph.type(rewrite.input(0)).dtype;
    if (!is_uniform(graph, difference->inputs[0], 1) || !is_float(dtype)) return {};
    return rewrite.give((-rewrite.node(term).cast(dtype)).call("log1p"));
  }
  const Apply* sum = made_by(graph, rewrite.input(0), "add");
  if (sum == nullptr || sum->inputs.size() < 2) return {};
  std::vector<VariableId> terms = sum->inputs;
  const auto one = std::find_if(terms.begin(), terms.end(),
                                [&](VariableId term) { return is_uniform(graph, term, 1); });
  if (one == terms.end()) return {};
  terms.erase(one);
  const DType dtype = graph.type(rewrite.input(0)).dtype;
  if (!is_float(dtype)) return {};
  std::vector<Node> others;
  for (const VariableId term : terms) others.push_back(rewrite.node(term).cast(dtype));
  return rewrite.give(combined("add", others).call("log1p"));
}

Replacements expm1(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const bool is_sub = rewrite.apply.op->name == "sub";
  const auto& inputs = rewrite.apply.inputs;
  if (is_sub) {
    const auto x = argument_of(graph, inputs[0], "exp");
    if (!x || !is_uniform(graph, inputs[1], 1)) return {};
    return rewrite.give(rewrite.node(*x).call("expm1"));
  }
  if (inputs.size() != 2) return {};
  for (const size_t at : {0U, 1U}) {
    const auto x = argument_of(graph, inputs[at], "exp");
    if (x && is_uniform(graph, inputs[1 - at], -1)) {
      return rewrite.give(rewrite.node(*x).call("expm1"));
    }
  }
  return {};
}

// Of two exponents one is the maximum, so log(1 + exp(-|x - y|)) remains beside it; x + y - 2m is
// -|x - y|. More exponents are not rewritten, as in Theano.
Replacements log_add(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* sum = made_by(graph, rewrite.input(0), "add");
  if (sum == nullptr || sum->inputs.size() != 2) return {};
  const auto first = argument_of(graph, sum->inputs[0], "exp");
  const auto second = argument_of(graph, sum->inputs[1], "exp");
  if (!first || !second) return {};
  if (!is_float(graph.type(*first).dtype) || !is_float(graph.type(*second).dtype)) return {};
  const Node x = rewrite.node(*first);
  const Node y = rewrite.node(*second);
  const Node largest = x.call("maximum", {y});
  const Node value = largest + exp((x - largest) + (y - largest)).call("log1p");
  // two equal infinities leave no difference
  return rewrite.give(where(largest.call("isinf"), largest, value));
}

Replacements log_sum_exp(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* sum = made_by(graph, rewrite.input(0), "sum");
  if (sum == nullptr) return {};
  const auto exponent = argument_of(graph, sum->inputs[0], "exp");
  if (!exponent || !is_float(graph.type(*exponent).dtype)) return {};
  if (graph.type(rewrite.input(0)).dtype != graph.type(*exponent).dtype) return {};
  const Attributes attributes = sum->attributes;
  const auto axes = *find_attr<std::vector<int64_t>>(attributes, "axis");
  if (axes.empty()) return {};
  const Node x = rewrite.node(*exponent);
  const Node maximum = x.call("max", {}, {{"axis", axes}});
  // an infinity needs no help: what is taken out must leave differences
  const Node largest = where(maximum.call("isinf"), maximum.number(0), maximum);
  std::vector<int64_t> order;
  int64_t kept = 0;
  for (int64_t axis = 0; axis < x.type().rank(); ++axis) {
    const bool is_reduced = std::find(axes.begin(), axes.end(), axis) != axes.end();
    order.push_back(is_reduced ? -1 : kept++);
  }
  const Node wide = largest.call("dimshuffle", {}, {{"order", order}});
  return rewrite.give(largest + log(exp(x - wide).call("sum", {}, attributes)));
}

}  // namespace

std::vector<Pass> logarithm_rewrites_passes() {
  return {
      node_pass("local_log1p", "log(1 + x) -> log1p(x), log(1 - x) -> log1p(-x)", {"log"}, log1p),
      node_pass("local_expm1", "exp(x) - 1 -> expm1(x)", {"add", "sub"}, expm1),
      node_pass("local_log_add", "log(exp(x) + exp(y)) -> m + log1p(exp(x + y - 2m))", {"log"},
                log_add),
      node_pass("local_log_sum_exp", "log(sum(exp(x))) -> m + log(sum(exp(x - m)))", {"log"},
                log_sum_exp),
  };
}

}  // namespace tgc
