// SPDX-License-Identifier: Apache-2.0
// Rewrites of single ops that belong to no larger idea.
//   local_abs_lift       |x * y|, |x / y|       ->  |x| * |y|, |x| / |y|
//   local_max_to_min     -max(-x)               ->  min(x)
//   local_reduce_join    sum of x and y, stacked along the summed axis -> x + y; prod, max, min too
//   local_sumsqr2dot     sum(sqr(w * g), [1, 2]), w without axis 0, g without axis 1
//                                               ->  dot(sqr(g), sum(sqr(w), 0))
//   local_log_pow        log(x ** c)            ->  c * log(x), of |x| where c is even
//   local_log_prod_sqr   log(prod(sqr(x)))      ->  sum(log(sqr(x)))
//   local_remove_useless_assert  assert(x, true) -> x
//   local_remove_all_assert      assert(x, c)    -> x
#include <algorithm>
#include <cmath>

#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

using Order = std::vector<int64_t>;

const Order& axes_of(const Apply& apply) {
  return *find_attr<Order>(apply.attributes, "axis");
}

Replacements abs_lift(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (!is_float(rewrite.type().dtype) || !has_one_use(graph, rewrite.input(0))) return {};
  const Apply* inner = graph.owner(rewrite.input(0));
  if (inner == nullptr || (inner->op->name != "mul" && inner->op->name != "true_div")) return {};
  const std::string_view op = inner->op->name;
  const std::vector<VariableId> inputs = inner->inputs;
  const DType dtype = graph.type(rewrite.input(0)).dtype;
  if (!is_float(dtype)) return {};
  std::vector<Node> parts;
  for (const VariableId id : inputs) parts.push_back(abs(rewrite.node(id).cast(dtype)));
  return rewrite.give(combined(op, parts));
}

// -max(-x) of the least integer is another number, so floats only.
Replacements max_to_min(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* largest = made_by(graph, rewrite.input(0), "max");
  if (largest == nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  const auto x = argument_of(graph, largest->inputs[0], "neg");
  if (!x || !is_float(graph.type(*x).dtype)) return {};
  return rewrite.give(rewrite.node(*x).call("min", {}, {{"axis", axes_of(*largest)}}));
}

// The elementwise op of a reduction; any number of operands or two.
struct Elementwise {
  std::string_view op;
  bool takes_many = false;
};

std::optional<Elementwise> elementwise_of(std::string_view reduction) {
  if (reduction == "sum") return Elementwise{"add", true};
  if (reduction == "prod") return Elementwise{"mul", true};
  if (reduction == "max") return Elementwise{"maximum", false};
  if (reduction == "min") return Elementwise{"minimum", false};
  return std::nullopt;
}

Replacements reduce_join(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* join = made_by(graph, rewrite.input(0), "join");
  const auto elementwise = elementwise_of(rewrite.apply.op->name);
  if (join == nullptr || !elementwise || join->inputs.size() < 2) return {};
  if (join->inputs.size() > 2 && !elementwise->takes_many) return {};
  const int64_t axis = attr_or<int64_t>(join->attributes, "axis", 0);
  if (axes_of(rewrite.apply) != Order{axis}) return {};
  const std::vector<VariableId> inputs = join->inputs;
  Order order;
  for (int64_t i = 0; i < rewrite.x().type().rank(); ++i) {
    if (i != axis) order.push_back(i);
  }
  for (const VariableId id : inputs) {
    if (!graph.type(id).shape[static_cast<size_t>(axis)].is(1)) return {};
  }
  std::vector<Node> parts;
  for (const VariableId id : inputs) {
    parts.push_back(
        rewrite.node(id).call("dimshuffle", {}, {{"order", order}}).cast(rewrite.type().dtype));
  }
  return rewrite.give(combined(elementwise->op, parts));
}

// The matrix that stands as [0, 2] or [1, 2] in a product of three axes.
std::optional<VariableId> spread(const Graph& graph, VariableId id, const Order& order) {
  const Apply* shuffle = made_by(graph, id, "dimshuffle");
  if (shuffle == nullptr || *find_attr<Order>(shuffle->attributes, "order") != order) {
    return std::nullopt;
  }
  return shuffle->inputs[0];
}

Replacements sumsqr_to_dot(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (axes_of(rewrite.apply) != Order{1, 2} || !has_one_use(graph, rewrite.input(0))) return {};
  const auto square = argument_of(graph, rewrite.input(0), "sqr");
  const Apply* product = square ? made_by(graph, *square, "mul") : nullptr;
  if (product == nullptr || product->inputs.size() != 2) return {};
  for (const size_t side : {0U, 1U}) {
    auto w = spread(graph, product->inputs[side], {-1, 0, 1});
    // broadcasting puts the first axis there too
    if (!w && graph.type(product->inputs[side]).rank() == 2) w = product->inputs[side];
    const auto g = spread(graph, product->inputs[1 - side], {0, -1, 1});
    if (!w || !g) continue;
    const DType dtype = rewrite.type().dtype;
    const bool fits =
        is_float(dtype) && graph.type(*w).dtype == dtype && graph.type(*g).dtype == dtype;
    if (!fits || graph.type(*w).shape[1] != graph.type(*g).shape[1]) return {};
    const Node columns = sqr(rewrite.node(*w)).call("sum", {}, {{"axis", Order{0}}});
    return rewrite.give(sqr(rewrite.node(*g)).call("dot", {columns}));
  }
  return {};
}

Replacements log_pow(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* power = made_by(graph, rewrite.input(0), "pow");
  if (power == nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  const auto exponent = uniform_value(graph, power->inputs[1]);
  const DType dtype = rewrite.type().dtype;
  // 0 ** 0 is 1, whose logarithm is 0; NaN would remain
  if (!exponent || *exponent == 0 || !std::isfinite(*exponent) || !is_float(dtype)) return {};
  const Node x = rewrite.node(power->inputs[0]);
  if (x.type().dtype != dtype) return {};
  const bool is_even = std::fmod(*exponent, 2) == 0;
  return rewrite.give(log(is_even ? abs(x) : x) * *exponent);
}

Replacements log_prod_sqr(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* product = made_by(graph, rewrite.input(0), "prod");
  if (product == nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  const VariableId factors = product->inputs[0];
  const Apply* power = made_by(graph, factors, "pow");
  const auto exponent = power == nullptr ? std::nullopt : uniform_value(graph, power->inputs[1]);
  const bool is_even = exponent && *exponent != 0 && std::fmod(*exponent, 2) == 0;
  const bool is_square = made_by(graph, factors, "sqr") != nullptr || is_even;
  const DType dtype = rewrite.type().dtype;
  if (!is_square || !is_float(dtype) || graph.type(factors).dtype != dtype) return {};
  const Order axes = axes_of(*product);
  return rewrite.give(log(rewrite.node(factors)).call("sum", {}, {{"axis", axes}}));
}

Replacements useless_assert(Rewrite& rewrite) {
  const auto& inputs = rewrite.apply.inputs;
  std::vector<Node> open;
  for (size_t i = 1; i < inputs.size(); ++i) {
    const auto value = uniform_value(rewrite.graph, inputs[i]);
    if (!value || *value == 0) open.push_back(rewrite.node(inputs[i]));
  }
  if (open.size() + 1 == inputs.size()) return {};
  if (open.empty()) return rewrite.give(rewrite.x());
  return rewrite.give(rewrite.x().call("assert", open, rewrite.apply.attributes));
}

Replacements all_asserts(Rewrite& rewrite) {
  return rewrite.give(rewrite.x());
}

}  // namespace

std::vector<Pass> odd_rewrites_passes() {
  return {
      node_pass("local_abs_lift", "|x * y| -> |x| * |y|", {"abs_"}, abs_lift),
      node_pass("local_max_to_min", "-max(-x) -> min(x)", {"neg"}, max_to_min),
      node_pass("local_reduce_join", "sum(stack(x, y), 0) -> x + y", {"sum", "prod", "max", "min"},
                reduce_join),
      node_pass("local_sumsqr2dot",
                "sum(sqr(w * g), [1, 2]) of matrices -> dot(sqr(g), sum(sqr(w), 0))", {"sum"},
                sumsqr_to_dot),
      node_pass("local_log_pow", "log(x ** c) -> c * log(x)", {"log"}, log_pow),
      node_pass("local_log_prod_sqr", "log(prod(sqr(x))) -> sum(log(sqr(x)))", {"log"},
                log_prod_sqr),
      node_pass("local_remove_useless_assert", "assert(x, true) -> x", {"assert"}, useless_assert),
      node_pass("local_remove_all_assert", "assert(x, c) -> x", {"assert"}, all_asserts),
  };
}

}  // namespace tgc
