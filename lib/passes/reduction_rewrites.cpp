// SPDX-License-Identifier: Apache-2.0
// Reductions of fewer elements, or of none.
//   local_useless_reduce         sum(x, axis=[])          ->  x
//   local_reduce_broadcastable   sum(x, axis of length 1) ->  dimshuffle(x)
//   local_op_of_op               sum(sum(x, 1), 0)        ->  sum(x, [0, 1])
//   local_sum_prod_mul_by_scalar sum(c * x)  ->  c * sum(x);  sum(-x) -> -sum(x)
//   local_sum_prod_div_dimshuffle  sum(x / d, axis)       ->  sum(x, axis) / d, d constant there
//   local_opt_alloc              sum(alloc(c, n), all)    ->  c * n
// Guarantees: equal up to rounding; the dtype to add in stays.
#include <algorithm>
#include <cmath>

#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

const std::vector<int64_t>& axes_of(const Apply& apply) {
  return *find_attr<std::vector<int64_t>>(apply.attributes, "axis");
}

bool is_reduced(const std::vector<int64_t>& axes, int64_t axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

// any(x), all(x) of what is no bool give bool: those are not the identity.
bool keeps_value(const Rewrite& rewrite) {
  const std::string_view op = rewrite.apply.op->name;
  const bool is_test = op == "all" || op == "any";
  return !is_test || rewrite.x().type().dtype == DType::boolean;
}

// Is the result a float that holds what the input holds? With another `dtype` the sum is cut to an
// integer or leaves a narrow float's range before anything is done to it.
bool holds_input(DType input, DType result) {
  return is_float(input) && is_float(result) && promote(input, result) == result;
}

Replacements useless_reduce(Rewrite& rewrite) {
  if (!axes_of(rewrite.apply).empty() || !keeps_value(rewrite)) return {};
  return rewrite.give(rewrite.x());
}

Replacements reduce_broadcastable(Rewrite& rewrite) {
  const Shape shape = rewrite.x().type().shape;
  std::vector<int64_t> long_axes;
  for (const int64_t axis : axes_of(rewrite.apply)) {
    if (!shape[static_cast<size_t>(axis)].is(1)) long_axes.push_back(axis);
  }
  if (long_axes.size() == axes_of(rewrite.apply).size()) return {};
  if (long_axes.empty() && !keeps_value(rewrite)) return {};
  std::vector<int64_t> order;
  std::vector<int64_t> new_axes;
  for (int64_t axis = 0; axis < static_cast<int64_t>(shape.size()); ++axis) {
    if (is_reduced(long_axes, axis)) new_axes.push_back(static_cast<int64_t>(order.size()));
    const bool drops = is_reduced(axes_of(rewrite.apply), axis) && !is_reduced(long_axes, axis);
    if (!drops) order.push_back(axis);
  }
  const Node x = rewrite.x().call("dimshuffle", {}, {{"order", order}});
  if (new_axes.empty()) return rewrite.give(x);
  Attributes attributes = rewrite.apply.attributes;
  attributes.insert_or_assign("axis", new_axes);
  return rewrite.give(x.call(rewrite.apply.op->name, {}, attributes));
}

Replacements op_of_op(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const std::string_view op = rewrite.apply.op->name;
  const Apply* inner = made_by(graph, rewrite.input(0), op);
  if (inner == nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  const auto same = [&](std::string_view name) {
    const auto* a = find_attr<DType>(inner->attributes, name);
    const auto* b = find_attr<DType>(rewrite.apply.attributes, name);
    return (a == nullptr) == (b == nullptr) && (a == nullptr || *a == *b);
  };
  if (!same("dtype") || !same("acc_dtype")) return {};
  const Node x = rewrite.node(inner->inputs[0]);
  if (is_float(x.type().dtype) && !holds_input(x.type().dtype, rewrite.x().type().dtype)) return {};
  std::vector<int64_t> axes = axes_of(*inner);
  std::vector<int64_t> kept;
  for (int64_t axis = 0; axis < x.type().rank(); ++axis) {
    if (!is_reduced(axes_of(*inner), axis)) kept.push_back(axis);
  }
  for (const int64_t axis : axes_of(rewrite.apply)) {
    axes.push_back(kept[static_cast<size_t>(axis)]);
  }
  std::sort(axes.begin(), axes.end());
  Attributes attributes = rewrite.apply.attributes;
  attributes.insert_or_assign("axis", axes);
  return rewrite.give(x.call(op, {}, attributes));
}

// c^count for prod, c for sum.
std::optional<Node> factor_outside(Rewrite& rewrite, const Node& scalar) {
  if (rewrite.apply.op->name == "sum") return scalar;
  DimExpr count = 1;
  const Shape shape = rewrite.x().type().shape;
  for (const int64_t axis : axes_of(rewrite.apply)) {
    count = count * shape[static_cast<size_t>(axis)];
  }
  const auto known = count.constant();
  if (!known) return std::nullopt;
  return scalar.call("pow", {scalar.number(static_cast<double>(*known))});
}

Replacements mul_by_scalar(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (!holds_input(rewrite.x().type().dtype, rewrite.type().dtype)) return {};
  if (!has_one_use(graph, rewrite.input(0))) return {};
  const std::string_view op = rewrite.apply.op->name;
  const Attributes& attributes = rewrite.apply.attributes;
  if (const auto x = argument_of(graph, rewrite.input(0), "neg"); x && op == "sum") {
    return rewrite.give(-rewrite.node(*x).call(op, {}, attributes));
  }
  const Apply* product = made_by(graph, rewrite.input(0), "mul");
  if (product == nullptr) return {};
  const DType dtype = rewrite.x().type().dtype;
  std::vector<VariableId> scalars;
  std::vector<VariableId> others;
  for (const VariableId id : product->inputs) {
    const auto scalar = scalar_behind(graph, id);
    const bool fits = scalar && graph.type(*scalar).dtype == dtype;
    (fits ? scalars : others).push_back(fits ? *scalar : id);
  }
  if (scalars.empty() || others.empty()) return {};
  std::vector<Node> outside;
  for (const VariableId id : scalars) {
    const auto factor = factor_outside(rewrite, as_scalar(rewrite.builder, id, dtype));
    if (!factor) return {};
    outside.push_back(*factor);
  }
  std::vector<Node> inside;
  for (const VariableId id : others) inside.push_back(rewrite.node(id).cast(dtype));
  const Node rest =
      rewrite.node(fitted(rewrite.builder, combined("mul", inside).id(), rewrite.x().type()));
  outside.push_back(rest.call(op, {}, attributes));
  return rewrite.give(combined("mul", outside));
}

// The divisor without the axes that are summed; it must have length 1 there.
std::optional<Node> divisor_outside(Rewrite& rewrite, const Node& divisor) {
  const TensorType type = divisor.type();
  const int64_t lead = rewrite.x().type().rank() - type.rank();
  std::vector<int64_t> order;
  bool is_identity = true;
  for (int64_t axis = 0; axis < type.rank(); ++axis) {
    if (!is_reduced(axes_of(rewrite.apply), axis + lead)) {
      order.push_back(axis);
    } else if (!type.shape[static_cast<size_t>(axis)].is(1)) {
      return std::nullopt;
    } else {
      is_identity = false;
    }
  }
  return is_identity ? divisor : divisor.call("dimshuffle", {}, {{"order", order}});
}

Replacements div_dimshuffle(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* quotient = made_by(graph, rewrite.input(0), "true_div");
  if (quotient == nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  const Node x = rewrite.node(quotient->inputs[0]);
  const Node divisor = rewrite.node(quotient->inputs[1]);
  const TensorType type = rewrite.x().type();
  if (!holds_input(type.dtype, rewrite.type().dtype)) return {};
  if (x.type().dtype != type.dtype || divisor.type().dtype != type.dtype) return {};
  const auto outside = divisor_outside(rewrite, divisor);
  if (!outside) return {};
  const Node wide = rewrite.node(fitted(rewrite.builder, x.id(), type));
  const Node sum = wide.call("sum", {}, rewrite.apply.attributes);
  return rewrite.give(sum / *outside);
}

Replacements opt_alloc(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const auto source = argument_of(graph, rewrite.input(0), "alloc");
  if (!source || graph.type(*source).rank() > 0) return {};
  const TensorType wide = rewrite.x().type();
  if (static_cast<int64_t>(axes_of(rewrite.apply).size()) != wide.rank()) return {};
  if (!is_float(wide.dtype)) return {};
  const DimExpr count = element_count(wide.shape);
  const auto known = count.constant();
  // The count may exceed what the dtype holds exactly.
  const DType carry = wide.dtype == DType::float16 ? DType::float32 : DType::float64;
  const Node value = rewrite.node(*source).cast(carry);
  Node number = value.number(static_cast<double>(known.value_or(0)));
  if (!known) {
    number = rewrite.node(rewrite.builder.call("dim", {}, {{"value", count}})).cast(carry);
  }
  const bool is_sum = rewrite.apply.op->name == "sum";
  return rewrite.give(is_sum ? value * number : value.call("pow", {number}));
}

}  // namespace

std::vector<Pass> reduction_rewrites_passes() {
  return {
      node_pass("local_useless_reduce", "sum(x, axis=[]) -> x",
                {"sum", "prod", "max", "min", "all", "any"}, useless_reduce),
      node_pass("local_reduce_broadcastable", "sum(x, axis of length 1) -> dimshuffle(x)",
                {"sum", "prod", "max", "min", "all", "any"}, reduce_broadcastable),
      node_pass("local_op_of_op", "sum(sum(x, 1), 0) -> sum(x, [0, 1])",
                {"sum", "prod", "max", "min", "all", "any"}, op_of_op),
      node_pass("local_sum_prod_mul_by_scalar", "sum(c * x) -> c * sum(x), sum(-x) -> -sum(x)",
                {"sum", "prod"}, mul_by_scalar),
      node_pass("local_sum_prod_div_dimshuffle", "sum(x / d) -> sum(x) / d", {"sum"},
                div_dimshuffle),
      node_pass("local_opt_alloc", "sum(alloc(c, n)) -> c * n", {"sum", "prod"}, opt_alloc),
  };
}

}  // namespace tgc
