// SPDX-License-Identifier: Apache-2.0
// Products that are formulas of dot, batched_dot, tensordot and mul: matmul and its vector forms,
// batched_tensordot, inner, vdot, kron, matrix_dot.
#include <algorithm>
#include <numeric>

#include "ops/composition.h"
#include "ops/tensordot.h"

namespace tgc {
namespace {

using Integers = std::vector<int64_t>;

std::string part_of(size_t input) {
  return "inputs/" + std::to_string(input);
}

// The leading axes of both that `a_core` and `b_core` last ones leave broadcast.
bool batches_broadcast(InferContext& context, size_t a_core, size_t b_core) {
  const Shape a = context.type(0).shape;
  const Shape b = context.type(1).shape;
  const size_t a_rank = a.size() - std::min(a.size(), a_core);
  const size_t b_rank = b.size() - std::min(b.size(), b_core);
  for (size_t i = 1; i <= std::min(a_rank, b_rank); ++i) {
    const DimExpr& left = a[a_rank - i];
    const DimExpr& right = b[b_rank - i];
    if (left.is(1) || right.is(1)) continue;
    if (!context.require_equal(
            left, right, differ("batch dimensions", left, context.name(0), right, context.name(1)),
            part_of(1))) {
      return false;
    }
  }
  return true;
}

bool inner_agrees(InferContext& context, const DimExpr& a, const DimExpr& b) {
  return context.require_equal(
      a, b, differ("inner dimensions", a, context.name(0), b, context.name(1)), part_of(1));
}

bool check_matmul(InferContext& context) {
  if (!require_rank_at_least(context, 0, 1) || !require_rank_at_least(context, 1, 1)) return false;
  const Shape a = context.type(0).shape;
  const Shape b = context.type(1).shape;
  return inner_agrees(context, a.back(), b[b.size() == 1 ? 0 : b.size() - 2]) &&
         batches_broadcast(context, 2, 2);
}

// x as one stack of matrices, broadcast to the batch.
Node stacked(const Node& x, const Shape& batch) {
  const Shape own = x.type().shape;
  const Shape core(own.end() - 2, own.end());
  Shape wide = batch;
  wide.insert(wide.end(), core.begin(), core.end());
  return reshaped(allocated(x, wide), {element_count(batch), core[0], core[1]});
}

// Whether all but the last two axes are known to have one element.
bool is_one_matrix(const Shape& shape) {
  return std::all_of(shape.begin(), shape.end() - 2, [](const DimExpr& dim) { return dim.is(1); });
}

// Both have two axes at least.
Node matrix_product(const Node& a, const Node& b) {
  const int64_t a_rank = a.type().rank();
  const int64_t b_rank = b.type().rank();
  if (b_rank == 2) {
    return a_rank == 2 ? a.call("dot", {b})
                       : a.call("tensordot", {b}, tensordot_axes({a_rank - 1}, {0}));
  }
  const Shape a_shape = a.type().shape;
  const Shape b_shape = b.type().shape;
  if (a_rank >= b_rank && is_one_matrix(b_shape)) {
    return matrix_product(a, reshaped(b, {b_shape[b_shape.size() - 2], b_shape.back()}));
  }
  Shape batch = common_shape(
      {reduced("any", a, {a_rank - 2, a_rank - 1}), reduced("any", b, {b_rank - 2, b_rank - 1})});
  const Node product = stacked(a, batch).call("batched_dot", {stacked(b, batch)});
  batch.push_back(a_shape[static_cast<size_t>(a_rank - 2)]);
  batch.push_back(b_shape.back());
  return reshaped(product, batch);
}

Node dropped(const Node& x, int64_t axis) {
  Integers order(static_cast<size_t>(x.type().rank()));
  std::iota(order.begin(), order.end(), 0);
  order.erase(order.begin() + axis);
  return dimshuffled(x, order);
}

Node matmul(const Given& given) {
  const bool a_vector = given.x[0].type().rank() == 1;
  const bool b_vector = given.x[1].type().rank() == 1;
  if (a_vector && b_vector) return given.x[0].call("dot", {given.x[1]});
  const Node a = a_vector ? with_new_axis(given.x[0], 0) : given.x[0];
  const Node b = b_vector ? with_new_axis(given.x[1], 1) : given.x[1];
  const Node product = matrix_product(a, b);
  const int64_t rank = product.type().rank();
  if (a_vector) return dropped(product, rank - 2);
  return b_vector ? dropped(product, rank - 1) : product;
}

bool check_matvec(InferContext& context) {
  if (!require_rank_at_least(context, 0, 2) || !require_rank_at_least(context, 1, 1)) return false;
  return inner_agrees(context, context.type(0).shape.back(), context.type(1).shape.back()) &&
         batches_broadcast(context, 2, 1);
}

Node matvec(const Given& given) {
  const Node column = with_new_axis(given.x[1], given.x[1].type().rank());
  const Node product = matrix_product(given.x[0], column);
  return dropped(product, product.type().rank() - 1);
}

bool check_vecmat(InferContext& context) {
  if (!require_rank_at_least(context, 0, 1) || !require_rank_at_least(context, 1, 2)) return false;
  const Shape b = context.type(1).shape;
  return inner_agrees(context, context.type(0).shape.back(), b[b.size() - 2]) &&
         batches_broadcast(context, 1, 2);
}

Node vecmat(const Given& given) {
  const Node row = with_new_axis(given.x[0], given.x[0].type().rank() - 1);
  const Node product = matrix_product(row, given.x[1]);
  return dropped(product, product.type().rank() - 2);
}

bool check_vecdot(InferContext& context) {
  if (!require_rank_at_least(context, 0, 1) || !require_rank_at_least(context, 1, 1)) return false;
  return inner_agrees(context, context.type(0).shape.back(), context.type(1).shape.back()) &&
         batches_broadcast(context, 1, 1);
}

// The sum has the product's dtype, as that of a dot has.
Node vecdot(const Given& given) {
  const Node product = given.x[0] * given.x[1];
  return reduced("sum", product, {product.type().rank() - 1}).cast(product.type().dtype);
}

// Axis 0 of both goes along; `axes` says how many of the others are summed, or which.
bool check_batched_tensordot(InferContext& context) {
  Attributes& attributes = context.attributes;
  if (!require_rank_at_least(context, 0, 1) || !require_rank_at_least(context, 1, 1)) return false;
  if (!attributes.contains("a_axes") && !attributes.contains("b_axes")) {
    const int64_t number = attr_or<int64_t>(attributes, "axes", 2);
    for (size_t i = 0; i < 2; ++i) {
      if (number >= 0 && number < context.type(i).rank()) continue;
      return context.fail("bad-attribute",
                          "axes " + std::to_string(number) + " is more than the " +
                              std::to_string(context.type(i).rank() - 1) + " dimensions of " +
                              context.name(i) + " behind the first",
                          "axes");
    }
    Integers a(static_cast<size_t>(number));
    Integers b(a.size());
    std::iota(a.begin(), a.end(), context.type(0).rank() - number);
    std::iota(b.begin(), b.end(), 1);
    attributes.insert_or_assign("a_axes", a);
    attributes.insert_or_assign("b_axes", b);
  }
  std::vector<Integers> lists;
  for (size_t i = 0; i < 2; ++i) {
    const char* const name = i == 0 ? "a_axes" : "b_axes";
    const auto* list = find_attr<Integers>(attributes, name);
    if (list == nullptr) {
      return context.fail("bad-attribute", "a_axes and b_axes go together", name);
    }
    if (!context.axes(context.type(i).rank(), name)) return false;
    lists.push_back(*list);
    for (int64_t& axis : lists[i]) {
      axis += axis < 0 ? context.type(i).rank() : 0;
      if (axis == 0) return context.fail("bad-attribute", "axis 0 is not summed", name);
    }
    attributes.insert_or_assign(name, lists[i]);
  }
  if (lists[0].size() != lists[1].size()) {
    return context.fail("bad-attribute", "a_axes and b_axes must name as many axes", "b_axes");
  }
  const Shape a = context.type(0).shape;
  const Shape b = context.type(1).shape;
  for (size_t i = 0; i < lists[0].size(); ++i) {
    if (!inner_agrees(context, a[static_cast<size_t>(lists[0][i])],
                      b[static_cast<size_t>(lists[1][i])])) {
      return false;
    }
  }
  return context.require_equal(
      a[0], b[0], differ("batch dimensions", a[0], context.name(0), b[0], context.name(1)),
      part_of(1));
}

Node batched_tensordot(const Given& given) {
  return as_product(given.x[0], given.x[1], given.get<Integers>("a_axes"),
                    given.get<Integers>("b_axes"), true);
}

bool check_inner(InferContext& context) {
  const Shape a = context.type(0).shape;
  const Shape b = context.type(1).shape;
  return a.empty() || b.empty() || inner_agrees(context, a.back(), b.back());
}

Node inner(const Given& given) {
  const int64_t a = given.x[0].type().rank();
  const int64_t b = given.x[1].type().rank();
  if (a == 0 || b == 0) return given.x[0] * given.x[1];
  if (a == 1 && b == 1) return given.x[0].call("dot", {given.x[1]});
  return given.x[0].call("tensordot", {given.x[1]}, tensordot_axes({a - 1}, {b - 1}));
}

bool check_vdot(InferContext& context) {
  return inner_agrees(context, element_count(context.type(0).shape),
                      element_count(context.type(1).shape));
}

Node vdot(const Given& given) {
  return flattened(given.x[0]).call("dot", {flattened(given.x[1])});
}

bool check_kron(InferContext& context) {
  return require_rank_at_least(context, 0, 1) && require_rank(context, 1, context.type(0).rank());
}

// Axes of a and of b take turns, then each pair becomes one axis.
Node kron(const Given& given) {
  const Shape a = given.x[0].type().shape;
  const Shape b = given.x[1].type().shape;
  Integers a_order;
  Integers b_order;
  Shape joined;
  for (size_t axis = 0; axis < a.size(); ++axis) {
    const auto own = static_cast<int64_t>(axis);
    a_order.insert(a_order.end(), {own, -1});
    b_order.insert(b_order.end(), {-1, own});
    joined.push_back(a[axis] * b[axis]);
  }
  return reshaped(dimshuffled(given.x[0], a_order) * dimshuffled(given.x[1], b_order), joined);
}

bool check_matrix_dot(InferContext& context) {
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (!require_rank(context, i, 2)) return false;
    if (i == 0) continue;
    const DimExpr& left = context.type(i - 1).shape[1];
    const DimExpr& right = context.type(i).shape[0];
    if (!context.require_equal(
            left, right,
            differ("inner dimensions", left, context.name(i - 1), right, context.name(i)),
            part_of(i))) {
      return false;
    }
  }
  return true;
}

Node matrix_dot(const Given& given) {
  Node product = given.x[0];
  for (size_t i = 1; i < given.x.size(); ++i) product = product.call("dot", {given.x[i]});
  return product;
}

constexpr std::string_view kMatrices = R"({"a": {"dtype": "float32", "shape": [3, 4]},
                                          "b": {"dtype": "float32", "shape": [4, 2]}})";
constexpr std::string_view kStacks = R"({"a": {"dtype": "float64", "shape": [2, 1, 3, 4]},
                                        "b": {"dtype": "float64", "shape": [5, 4, 2]}})";
constexpr std::string_view kVectors = R"({"a": {"dtype": "float32", "shape": [4]},
                                         "b": {"dtype": "float32", "shape": [4]}})";

OpDef of_two(OpDef op) {
  op.min_inputs = op.max_inputs = 2;
  return op;
}

std::vector<OpDef> matrix_ops() {
  constexpr std::string_view kMatmul = R"({"op": "matmul", "inputs": ["a", "b"]})";
  return {
      composed<matmul, check_matmul>(of_two(
          {.name = "matmul",
           .theano = "Dot, BatchedDot",
           .doc =
               "The product of the matrices in the last two axes; the axes before them broadcast. "
               "A vector counts as a row on the left and as a column on the right.",
           .examples = {{kMatmul, kMatrices},
                        {kMatmul, kStacks},
                        {kMatmul, kVectors},
                        {kMatmul, R"({"a": {"dtype": "float32", "shape": [2, 3, 4]},
                                      "b": {"dtype": "float32", "shape": [1, 4, 5]}})"},
                        {kMatmul, R"({"a": {"dtype": "float32", "shape": [2, 3, 4]},
                                      "b": {"dtype": "float32", "shape": [4]}})"},
                        {kMatmul, R"({"a": {"dtype": "float32", "shape": [4]},
                                      "b": {"dtype": "float32", "shape": [2, 4, 3]}})"},
                        {kMatmul, R"({"a": {"dtype": "int8", "shape": [3, 4]},
                                      "b": {"dtype": "int16", "shape": [2, 4, 1]}})"}}})),
      composed<matvec, check_matvec>(of_two(
          {.name = "matvec",
           .theano = "Dot, BatchedDot",
           .doc = "The product of matrices and vectors, in the last axes; those before broadcast.",
           .examples = {{R"({"op": "matvec", "inputs": ["a", "b"]})",
                         R"({"a": {"dtype": "float32", "shape": [2, 3, 4]},
                             "b": {"dtype": "float32", "shape": [2, 4]}})"},
                        {R"({"op": "matvec", "inputs": ["a", "b"]})",
                         R"({"a": {"dtype": "float64", "shape": [3, 4]},
                             "b": {"dtype": "float64", "shape": [4]}})"}}})),
      composed<vecmat, check_vecmat>(of_two(
          {.name = "vecmat",
           .theano = "Dot, BatchedDot",
           .doc = "The product of vectors and matrices, in the last axes; those before broadcast.",
           .examples = {{R"({"op": "vecmat", "inputs": ["a", "b"]})",
                         R"({"a": {"dtype": "float32", "shape": [4]},
                             "b": {"dtype": "float32", "shape": [2, 4, 3]}})"}}})),
      composed<vecdot, check_vecdot>(
          of_two({.name = "vecdot",
                  .theano = "Elemwise{mul}, Sum",
                  .doc = "The dot of vectors in the last axis; the axes before it broadcast.",
                  .examples = {{R"({"op": "vecdot", "inputs": ["a", "b"]})", kVectors},
                               {R"({"op": "vecdot", "inputs": ["a", "b"]})",
                                R"({"a": {"dtype": "float32", "shape": [2, 1, 4]},
                             "b": {"dtype": "float32", "shape": [3, 4]}})"}}})),
      composed<matrix_dot, check_matrix_dot>(
          {.name = "matrix_dot",
           .theano = "Dot",
           .doc = "The product of matrices, from the left.",
           .min_inputs = 1,
           .max_inputs = -1,
           .examples = {{R"({"op": "matrix_dot", "inputs": ["a", "b", "c"]})",
                         R"({"a": {"dtype": "float32", "shape": [3, 4]},
                             "b": {"dtype": "float32", "shape": [4, 2]},
                             "c": {"dtype": "float32", "shape": [2, 2]}})"}}}),
  };
}

std::vector<OpDef> tensor_ops() {
  return {
      composed<batched_tensordot, check_batched_tensordot>(of_two(
          {.name = "batched_tensordot",
           .theano = "BatchedDot of Reshape",
           .doc = "tensordot for every i of the first axis: the last `axes` of a with the first of "
                  "b, or a_axes with b_axes.",
           .attributes =
               {{"axes", AttrKind::integer, false, "how many axes to sum over (2)"},
                {"a_axes", AttrKind::integers, false, "the axes of a to sum over, instead of axes"},
                {"b_axes", AttrKind::integers, false, "those of b they are matched with"}},
           .examples = {{R"({"op": "batched_tensordot", "inputs": ["a", "b"], "axes": 1})",
                         R"({"a": {"dtype": "float32", "shape": [2, 3, 4]},
                             "b": {"dtype": "float32", "shape": [2, 4, 5]}})"},
                        {R"({"op": "batched_tensordot", "inputs": ["a", "b"], "a_axes": [1, 2],
                             "b_axes": [3, 1]})",
                         R"({"a": {"dtype": "float64", "shape": [2, 3, 4, 2]},
                             "b": {"dtype": "float64", "shape": [2, 4, 2, 3]}})"}}})),
      composed<inner, check_inner>(
          of_two({.name = "inner",
                  .theano = "Dot of Reshape",
                  .doc = "The sum of products over the last axes of both.",
                  .examples = {{R"({"op": "inner", "inputs": ["a", "b"]})", kVectors},
                               {R"({"op": "inner", "inputs": ["a", "b"]})",
                                R"({"a": {"dtype": "float32", "shape": [2, 3]},
                             "b": {"dtype": "float32", "shape": [2, 2, 3]}})"}}})),
      composed<vdot, check_vdot>(
          of_two({.name = "vdot",
                  .theano = "Dot",
                  .doc = "The dot of both inputs, flattened.",
                  .examples = {{R"({"op": "vdot", "inputs": ["a", "b"]})",
                                R"({"a": {"dtype": "float32", "shape": [2, 3]},
                             "b": {"dtype": "float64", "shape": [6]}})"}}})),
      composed<kron, check_kron>(of_two(
          {.name = "kron",
           .theano = "kron",
           .doc = "Kronecker's product: b times every element of a, in blocks. Both have one rank.",
           .examples = {{R"({"op": "kron", "inputs": ["a", "b"]})", kMatrices},
                        {R"({"op": "kron", "inputs": ["a", "b"]})", kVectors}}})),
  };
}

}  // namespace

std::vector<OpDef> composed_products_ops() {
  std::vector<OpDef> ops = matrix_ops();
  for (OpDef& op : tensor_ops()) ops.push_back(std::move(op));
  return ops;
}

}  // namespace tgc
