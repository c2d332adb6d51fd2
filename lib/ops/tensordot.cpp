// SPDX-License-Identifier: Apache-2.0
// tensordot, as Theano reduces it: the summed axes are brought together by dimshuffle, joined to
// one by reshape, multiplied by dot and taken apart again.
#include "ops/tensordot.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace tgc {
namespace {

DimExpr count(const Shape& shape, const std::vector<int64_t>& axes) {
  DimExpr product = 1;
  for (const int64_t axis : axes) product = product * shape[static_cast<size_t>(axis)];
  return product;
}

// x with its axes in the order of the groups, each group joined to one axis.
Node grouped(const Node& x, const std::vector<std::vector<int64_t>>& groups) {
  std::vector<int64_t> order;
  Shape joined;
  const Shape shape = x.type().shape;
  for (const auto& group : groups) {
    order.insert(order.end(), group.begin(), group.end());
    joined.push_back(count(shape, group));
  }
  Node result = x;
  if (!std::is_sorted(order.begin(), order.end())) {
    result = result.call("dimshuffle", {}, {{"order", order}});
  }
  if (result.type().shape == joined) return result;
  return result.call("reshape", {}, {{"shape", joined}});
}

// Attribute axes (a number) becomes the two lists; reports what does not fit.
bool resolve_axes(InferContext& context) {
  const bool has_lists =
      context.attributes.count("a_axes") + context.attributes.count("b_axes") > 0;
  if (!has_lists) {
    const int64_t number = attr_or<int64_t>(context.attributes, "axes", 2);
    for (size_t i = 0; i < 2; ++i) {
      if (number >= 0 && number <= context.type(i).rank()) continue;
      return context.fail("bad-attribute",
                          "axes " + std::to_string(number) + " is more than the " +
                              std::to_string(context.type(i).rank()) + " dimensions of " +
                              context.name(i),
                          "axes");
    }
    std::vector<int64_t> a(static_cast<size_t>(number));
    std::vector<int64_t> b(static_cast<size_t>(number));
    std::iota(a.begin(), a.end(), context.type(0).rank() - number);
    std::iota(b.begin(), b.end(), 0);
    context.attributes = tensordot_axes(std::move(a), std::move(b));
    return true;
  }
  std::array<std::vector<int64_t>, 2> lists;
  for (size_t i = 0; i < 2; ++i) {
    const std::string name = i == 0 ? "a_axes" : "b_axes";
    const auto* given = find_attr<std::vector<int64_t>>(context.attributes, name);
    if (given == nullptr) {
      return context.fail("bad-attribute", "a_axes and b_axes go together", name);
    }
    lists[i] = *given;
    const auto sorted = context.axes(context.type(i).rank(), name);  // checks only
    if (!sorted) return false;
    for (int64_t& axis : lists[i]) axis += axis < 0 ? context.type(i).rank() : 0;
  }
  if (lists[0].size() != lists[1].size()) {
    return context.fail("bad-attribute",
                        "a_axes has " + std::to_string(lists[0].size()) + " entries and b_axes " +
                            std::to_string(lists[1].size()),
                        "b_axes");
  }
  context.attributes = tensordot_axes(lists[0], lists[1]);
  return true;
}

bool infer_tensordot(InferContext& context) {
  if (!resolve_axes(context)) return false;
  const auto a_axes = *find_attr<std::vector<int64_t>>(context.attributes, "a_axes");
  const auto b_axes = *find_attr<std::vector<int64_t>>(context.attributes, "b_axes");
  const Shape a = context.type(0).shape;
  const Shape b = context.type(1).shape;
  for (size_t i = 0; i < a_axes.size(); ++i) {
    const DimExpr& left = a[static_cast<size_t>(a_axes[i])];
    const DimExpr& right = b[static_cast<size_t>(b_axes[i])];
    const std::string what =
        "axis " + std::to_string(a_axes[i]) + " and axis " + std::to_string(b_axes[i]);
    if (!context.require_equal(
            left, right, differ(what, left, context.name(0), right, context.name(1)), "inputs/1")) {
      return false;
    }
  }
  Shape result;
  for (const int64_t axis : other_axes(context.type(0).rank(), 0, a_axes)) {
    result.push_back(a[static_cast<size_t>(axis)]);
  }
  for (const int64_t axis : other_axes(context.type(1).rank(), 0, b_axes)) {
    result.push_back(b[static_cast<size_t>(axis)]);
  }
  context.output(product_dtype(context), std::move(result));
  return true;
}

std::optional<std::vector<VariableId>> expand_tensordot(Builder& builder,
                                                        const std::vector<VariableId>& inputs,
                                                        const Attributes& attributes) {
  return {{as_product({builder, inputs[0]}, {builder, inputs[1]},
                      *find_attr<std::vector<int64_t>>(attributes, "a_axes"),
                      *find_attr<std::vector<int64_t>>(attributes, "b_axes"), false)
               .id()}};
}

}  // namespace

std::string differ(const std::string& what, const DimExpr& a, const std::string& a_name,
                   const DimExpr& b, const std::string& b_name) {
  return what + " differ: " + a.text() + " (" + a_name + ") and " + b.text() + " (" + b_name + ")";
}

DType product_dtype(const InferContext& context) {
  return promote(context.type(0).dtype, context.type(1).dtype);
}

Attributes tensordot_axes(std::vector<int64_t> a, std::vector<int64_t> b) {
  return {{"a_axes", std::move(a)}, {"b_axes", std::move(b)}};
}

std::vector<int64_t> other_axes(int64_t rank, int64_t first, const std::vector<int64_t>& axes) {
  std::vector<int64_t> list;
  for (int64_t axis = first; axis < rank; ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) list.push_back(axis);
  }
  return list;
}

Node as_product(const Node& a, const Node& b, const std::vector<int64_t>& a_axes,
                const std::vector<int64_t>& b_axes, bool batched) {
  const int64_t first = batched ? 1 : 0;
  const auto a_others = other_axes(a.type().rank(), first, a_axes);
  const auto b_others = other_axes(b.type().rank(), first, b_axes);
  Shape result;
  if (batched) result.push_back(a.type().shape[0]);
  for (const int64_t axis : a_others) result.push_back(a.type().shape[static_cast<size_t>(axis)]);
  for (const int64_t axis : b_others) result.push_back(b.type().shape[static_cast<size_t>(axis)]);
  std::vector<std::vector<int64_t>> left{a_others, a_axes};
  std::vector<std::vector<int64_t>> right{b_axes, b_others};
  if (batched) {
    left.insert(left.begin(), {0});
    right.insert(right.begin(), {0});
  }
  const Node product = grouped(a, left).call(batched ? "batched_dot" : "dot", {grouped(b, right)});
  if (product.type().shape == result) return product;
  return product.call("reshape", {}, {{"shape", result}});
}

OpDef tensordot_op() {
  OpDef tensordot;
  tensordot.name = "tensordot";
  tensordot.theano = "Dot of Reshape";
  tensordot.doc =
      "The sum of products over several axes: the last `axes` of a with the first of b, or a_axes "
      "with b_axes. The result has the other axes of a, then those of b.";
  tensordot.min_inputs = tensordot.max_inputs = 2;
  tensordot.attributes = {
      {"axes", AttrKind::integer, false, "how many axes to sum over (2)"},
      {"a_axes", AttrKind::integers, false, "the axes of a to sum over, instead of axes"},
      {"b_axes", AttrKind::integers, false, "the axes of b they are matched with"}};
  tensordot.infer = infer_tensordot;
  tensordot.expand = expand_tensordot;
  tensordot.examples = {
      {R"({"op": "tensordot", "inputs": ["a", "b"], "axes": 1})",
       R"({"a": {"dtype": "float32", "shape": [2, 3, 4]},
           "b": {"dtype": "float32", "shape": [4, 5]}})"},
      {R"({"op": "tensordot", "inputs": ["a", "b"], "a_axes": [1, 2], "b_axes": [3, 2]})",
       R"({"a": {"dtype": "float64", "shape": [2, 3, 4]},
           "b": {"dtype": "float64", "shape": [5, 2, 4, 3]}})"}};
  return tensordot;
}

}  // namespace tgc
