// SPDX-License-Identifier: Apache-2.0
// Linear algebra that is a formula of solve, cholesky, slogdet and matmul: inverses, powers,
// solutions by a known factor, the tensor forms.
#include <algorithm>

#include "ops/linalg.h"

namespace tgc {
namespace {

bool check_square(InferContext& context) {
  return require_square(context, 0);
}

Node in_float(const Node& x) {
  return x.cast(linalg_result(x.type().dtype));
}

Node matrix_inverse(const Given& given) {
  const Node a = in_float(given.x[0]);
  const TensorType type = a.type();
  return a.call(
      "solve",
      {allocated(identity_matrix(given.builder, type.dtype, type.shape.back()), type.shape)},
      {{"b_ndim", int64_t{2}}});
}

Node logdet(const Given& given) {
  const ApplyId apply =
      given.builder.add("slogdet", {given.x[0].cast(linalg_compute(given.x[0].type().dtype)).id()});
  const Node result(given.builder, given.builder.graph().apply(apply).outputs[1]);
  return result.cast(linalg_result(given.x[0].type().dtype));
}

// By squaring: x^13 = x^8 x^4 x.
Node matrix_power(const Given& given) {
  const int64_t exponent = given.integer("n");
  Node square = exponent < 0 ? given.x[0].call("matrix_inverse") : given.x[0];
  const TensorType type = square.type();
  uint64_t rest =
      exponent < 0 ? 0 - static_cast<uint64_t>(exponent) : static_cast<uint64_t>(exponent);
  std::optional<Node> power;
  for (; rest != 0; rest /= 2) {
    if (rest % 2 != 0) power = power ? product(*power, square) : square;
    if (rest > 1) square = product(square, square);
  }
  if (power) return *power;
  return allocated(identity_matrix(given.builder, type.dtype, type.shape.back()), type.shape);
}

bool check_cho_solve(InferContext& context) {
  context.attributes.try_emplace("lower", true);
  if (!require_square(context, 0) || !require_number(context, 1) ||
      !require_rank_at_least(context, 1, 1)) {
    return false;
  }
  const Shape b = context.type(1).shape;
  const int64_t core = attr_or<int64_t>(context.attributes, "b_ndim", b.size() == 1 ? 1 : 2);
  context.attributes.insert_or_assign("b_ndim", core);
  if (context.type(0).rank() != 2 || core < 1 || core > 2 || context.type(1).rank() != core) {
    return context.fail("bad-rank", "cho_solve takes a matrix and a matrix or vector", "inputs/1");
  }
  return context.require_equal(
      context.type(0).shape[0], b[0],
      differ("rows", context.type(0).shape[0], context.name(0), b[0], context.name(1)), "inputs/1");
}

Node cho_solve(const Given& given) {
  const bool lower = given.get<bool>("lower");
  const auto solved = [&](const Node& b, bool transposed) {
    return given.x[0].call("solve_triangular", {b},
                           {{"lower", lower},
                            {"trans", int64_t{transposed ? 1 : 0}},
                            {"b_ndim", given.integer("b_ndim")}});
  };
  return solved(solved(given.x[1], !lower), lower);
}

Shape part(const Shape& shape, size_t begin, size_t end) {
  return {shape.begin() + static_cast<std::ptrdiff_t>(begin),
          shape.begin() + static_cast<std::ptrdiff_t>(end)};
}

bool check_tensorinv(InferContext& context) {
  context.attributes.try_emplace("ind", int64_t{2});
  const int64_t ind = *find_attr<int64_t>(context.attributes, "ind");
  if (!require_number(context, 0)) return false;
  if (ind <= 0 || ind > context.type(0).rank()) {
    return context.fail("bad-attribute",
                        "ind " + std::to_string(ind) + " does not split the " +
                            std::to_string(context.type(0).rank()) + " axes of " + context.name(0),
                        "ind");
  }
  const Shape shape = context.type(0).shape;
  const DimExpr rows = element_count(part(shape, 0, static_cast<size_t>(ind)));
  const DimExpr columns = element_count(part(shape, static_cast<size_t>(ind), shape.size()));
  return context.require_equal(rows, columns,
                               "the first axes of " + context.name(0) + " have " + rows.text() +
                                   " elements, the last " + columns.text(),
                               "inputs/0");
}

Node tensorinv(const Given& given) {
  const Shape shape = given.x[0].type().shape;
  const auto ind = static_cast<size_t>(given.integer("ind"));
  const Shape first = part(shape, 0, ind);
  Shape result = part(shape, ind, shape.size());
  const DimExpr n = element_count(first);
  result.insert(result.end(), first.begin(), first.end());
  return reshaped(reshaped(given.x[0], {n, n}).call("matrix_inverse"), result);
}

constexpr std::string_view kSquare = R"({"a": {"dtype": "float64", "shape": [3, 3],
    "value": [[0.5, 2, 1], [3, 0.25, -1], [1, -1, 2]]}})";
constexpr std::string_view kBatch = R"({"a": {"dtype": "float32", "shape": [2, 2, 2],
    "value": [[[3, 1], [1, 2]], [[1, -1], [2, 2]]]}})";
constexpr std::string_view kIntegers =
    R"({"a": {"dtype": "int8", "shape": [2, 2], "value": [[1, 3], [2, 2]]}})";

OpDef of_inputs(int count, OpDef op) {
  op.min_inputs = op.max_inputs = count;
  op.needs_library = true;
  return op;
}

std::vector<OpDef> inverse_ops() {
  return {
      composed<matrix_inverse, check_square>(of_inputs(
          1, {.name = "matrix_inverse",
              .theano = "MatrixInverse",
              .doc = "The inverse of each matrix in the last two axes; a singular one is an "
                     "error.",
              .examples = {{R"({"op": "matrix_inverse", "inputs": ["a"]})", kSquare},
                           {R"({"op": "matrix_inverse", "inputs": ["a"]})", kBatch},
                           {R"({"op": "matrix_inverse", "inputs": ["a"]})", kIntegers}}})),
      composed<matrix_power, check_square>(of_inputs(
          1, {.name = "matrix_power",
              .theano = "Dot",
              .doc = "The n-th power of each matrix in the last two axes; of its inverse for a "
                     "negative n.",
              .attributes = {{"n", AttrKind::integer, true, "the exponent"}},
              .examples = {{R"({"op": "matrix_power", "inputs": ["a"], "n": 5})", kSquare},
                           {R"({"op": "matrix_power", "inputs": ["a"], "n": -2})", kBatch},
                           {R"({"op": "matrix_power", "inputs": ["a"], "n": 0})", kIntegers}}})),
      composed<logdet, check_square>(of_inputs(
          1, {.name = "logdet",
              .theano = "slogdet",
              .doc = "The logarithm of the determinant's magnitude of each matrix in the last "
                     "two axes.",
              .examples = {{R"({"op": "logdet", "inputs": ["a"]})", kSquare}}})),
      composed<tensorinv, check_tensorinv>(of_inputs(
          1, {.name = "tensorinv",
              .theano = "TensorInv",
              .doc = "The inverse of x as a map from its last axes to its first `ind` ones.",
              .attributes = {{"ind", AttrKind::integer, false, "how many axes come first (2)"}},
              .examples = {{R"({"op": "tensorinv", "inputs": ["a"], "ind": 1})",
                            R"({"a": {"dtype": "float64", "shape": [4, 2, 2],
                                    "value": [[[2, 1], [0, 0]], [[0, 3], [1, 0]],
                                              [[1, 0], [2, 1]], [[0, 1], [0, 4]]]}})"}}}))};
}

}  // namespace

std::vector<OpDef> composed_linalg_ops() {
  std::vector<OpDef> ops = inverse_ops();
  ops.push_back(composed<cho_solve, check_cho_solve>(of_inputs(
      2, {.name = "cho_solve",
          .theano = "CholeskySolve",
          .doc = "X of A X = B from the triangular factor of A that cholesky gives.",
          .attributes = {{"lower", AttrKind::boolean, false,
                          "the factor is lower triangular (default true)"},
                         {"b_ndim", AttrKind::integer, false, "1: B is a vector, 2: a matrix"}},
          .examples = {{R"({"op": "cho_solve", "inputs": ["l", "b"]})",
                        R"({"l": {"dtype": "float64", "shape": [2, 2], "value": [[2, 0], [1, 3]]},
                            "b": {"dtype": "float64", "shape": [2, 3]}})"},
                       {R"({"op": "cho_solve", "inputs": ["l", "b"], "lower": false})",
                        R"({"l": {"dtype": "float32", "shape": [2, 2], "value": [[2, 1], [0, 3]]},
                            "b": {"dtype": "float32", "shape": [2]}})"}}})));
  return ops;
}

}  // namespace tgc
