// SPDX-License-Identifier: Apache-2.0
// Solutions that are formulas of the factorisations: least squares by the pseudo-inverse, systems
// of whole tensors.
#include <algorithm>
#include <limits>

#include "ops/linalg.h"

namespace tgc {
namespace {

constexpr std::string_view kSize = "size";

bool check_lstsq(InferContext& context) {
  if (!require_number(context, 0) || !require_rank(context, 0, 2) || !require_number(context, 1)) {
    return false;
  }
  const int64_t rank = context.type(1).rank();
  if (rank != 1 && rank != 2) {
    return context.fail("bad-rank", context.name(1) + " must be a matrix or a vector", "inputs/1");
  }
  if (context.inputs.size() == 3 && (!require_number(context, 2) || !require_rank(context, 2, 0))) {
    return false;
  }
  const DimExpr& rows = context.type(0).shape[0];
  const DimExpr& other = context.type(1).shape[0];
  return context.require_equal(
      rows, other, differ("rows", rows, context.name(0), other, context.name(1)), "inputs/1");
}

// Singular values up to rcond times the largest count as 0; a negative rcond, and none, is the
// dtype's precision.
Node cutoff_of(const Given& given, DType dtype) {
  const double precision = dtype == DType::float64 ? std::numeric_limits<double>::epsilon()
                                                   : double{std::numeric_limits<float>::epsilon()};
  if (given.x.size() < 3) return given.number(dtype, precision);
  const Node rcond = given.x[2].cast(dtype);
  return where(lt(rcond, rcond.number(0)), rcond.number(precision), rcond);
}

// The residuals are there where the columns of a are independent and fewer than its rows.
std::vector<Node> lstsq(const Given& given) {
  const DType common = promote(given.x[0].type().dtype, given.x[1].type().dtype);
  const DType compute = linalg_compute(common);
  const Node a = given.x[0].cast(compute);
  const bool is_vector = given.x[1].type().rank() == 1;
  const Node b = is_vector ? with_new_axis(given.x[1].cast(compute), 1) : given.x[1].cast(compute);
  const DimExpr m = a.type().shape[0];
  const DimExpr n = a.type().shape[1];
  const Node rcond = cutoff_of(given, compute);
  const Node x = product(a.call("pinv", {rcond}), b);
  const Node s = a.call("svd", {}, {{"compute_uv", false}});
  const Node large = gt(s, reduced("max", s, {0}, true) * rcond).cast(DType::int64);
  const Node rank = reduced("sum", large, {0});
  const Node squares = reduced("sum", sqr(product(a, x) - b), {0});
  const Node is_determined =
      eq(rank, given.size(n)).call("and_", {gt(given.size(m), given.size(n))});
  const Node mask = allocated(is_determined, {b.type().shape[1]});
  const Node kept = mask.call("nonzero", {}, {{std::string(kSize), given.get<std::string>(kSize)}});
  const Node residuals = squares.call("advanced_subtensor1", {kept});
  const DType result = linalg_result(common);
  const Node solution = is_vector ? flattened(x) : x;
  return {solution.cast(result), residuals.cast(result), rank, s.cast(result)};
}

// Axes of a that `axes` names go last, in its order.
std::vector<int64_t> order_of(const Attributes& attributes, int64_t rank) {
  std::vector<int64_t> order;
  const auto* const axes = find_attr<std::vector<int64_t>>(attributes, "axes");
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (axes == nullptr || std::find(axes->begin(), axes->end(), axis) == axes->end()) {
      order.push_back(axis);
    }
  }
  if (axes != nullptr) order.insert(order.end(), axes->begin(), axes->end());
  return order;
}

bool check_tensorsolve(InferContext& context) {
  if (!require_number(context, 0) || !require_number(context, 1)) return false;
  const int64_t rank = context.type(0).rank();
  if (!require_rank_at_least(context, 0, context.type(1).rank())) return false;
  std::vector<int64_t> axes = attr_or<std::vector<int64_t>>(context.attributes, "axes", {});
  for (int64_t& axis : axes) axis = axis < 0 ? axis + rank : axis;
  std::vector<int64_t> sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  const bool is_twice = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
  if (is_twice || (!axes.empty() && (sorted.front() < 0 || sorted.back() >= rank))) {
    return context.fail(
        "bad-attribute",
        "axes must be different axes of the " + std::to_string(rank) + " of " + context.name(0),
        "axes");
  }
  if (!axes.empty()) context.attributes.insert_or_assign("axes", axes);
  const std::vector<int64_t> order = order_of(context.attributes, rank);
  Shape first;
  Shape last;
  for (size_t i = 0; i < order.size(); ++i) {
    const DimExpr& dim = context.type(0).shape[static_cast<size_t>(order[i])];
    (i < context.type(1).shape.size() ? first : last).push_back(dim);
  }
  for (size_t i = 0; i < first.size(); ++i) {
    const DimExpr& own = context.type(1).shape[i];
    const std::string message = differ("sizes of axis " + std::to_string(i), first[i],
                                       context.name(0), own, context.name(1));
    if (!context.require_equal(first[i], own, message, "inputs/1")) return false;
  }
  const DimExpr rows = element_count(first);
  const DimExpr columns = element_count(last);
  return context.require_equal(rows, columns,
                               "the first axes of " + context.name(0) + " have " + rows.text() +
                                   " elements, the last " + columns.text(),
                               "inputs/0");
}

Node tensorsolve(const Given& given) {
  const Node a = dimshuffled(given.x[0], order_of(given.attributes, given.x[0].type().rank()));
  const Shape shape = a.type().shape;
  const Node& b = given.x[1];
  const Shape result(shape.begin() + b.type().rank(), shape.end());
  const DimExpr n = element_count(b.type().shape);
  const Node x = reshaped(a, {n, n}).call("solve", {reshaped(b, {n, DimExpr(1)})});
  return reshaped(x, result);
}

OpDef of_library(OpDef op) {
  op.needs_library = true;
  return op;
}

}  // namespace

std::vector<OpDef> composed_solutions_ops() {
  OpDef least_squares = composed<lstsq, check_lstsq>(of_library(
      {.name = "lstsq",
       .theano = "lstsq",
       .doc = "The x of smallest norm that minimises |a x - b|, then what remains of each column "
              "squared (nothing where a's columns depend on each other or are not fewer than its "
              "rows), the rank of a, its singular values. A third input is rcond.",
       .min_inputs = 2,
       .max_inputs = 3,
       .attributes = {{kSize, AttrKind::text, false, "a name for how many residuals there are"}},
       .examples = {
           {R"({"op": "lstsq", "inputs": ["a", "b"], "outputs": ["x", "residuals", "rank", "s"]})",
            R"({"a": {"dtype": "int16", "shape": [4, 2],
                      "value": [[1, 2], [-1, 1], [3, -1], [1, 1]]},
                "b": {"dtype": "int16", "shape": [4, 3]}})"},
           {R"({"op": "lstsq", "inputs": ["a", "b", "rcond"],
                "outputs": ["x", "residuals", "rank", "s"]})",
            R"({"a": {"dtype": "float32", "shape": [2, 3], "value": [[1, 2, 0.5], [3, -1, 1]]},
                "b": {"dtype": "float32", "shape": [2]},
                "rcond": {"dtype": "float32", "shape": [], "value": -1}})"},
           {R"({"op": "lstsq", "inputs": ["a", "b", "rcond"],
                "outputs": ["x", "residuals", "rank", "s"]})",
            R"({"a": {"dtype": "int16", "shape": [3, 2], "value": [[1, 2], [2, 4], [-1, -2]]},
                "b": {"dtype": "int16", "shape": [3], "value": [1, 0, 2]},
                "rcond": {"dtype": "float64", "shape": [], "value": 0.001}})"}}}));
  least_squares.measures = always_measures;
  return {
      least_squares,
      composed<tensorsolve, check_tensorsolve>(of_library(
          {.name = "tensorsolve",
           .theano = "TensorSolve",
           .doc = "The x with tensordot(a, x, rank of x) = b. The first axes of a are those of "
                  "b, its last ones those of x.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = {{"axes", AttrKind::integers, false,
                           "axes of a that go last before, in this order"}},
           .examples = {{R"({"op": "tensorsolve", "inputs": ["a", "b"]})",
                         R"({"a": {"dtype": "float64", "shape": [4, 2, 2],
                              "value": [[[2, 1], [0, 0]], [[0, 3], [1, 0]],
                                        [[1, 0], [2, 1]], [[0, 1], [0, 4]]]},
                        "b": {"dtype": "float64", "shape": [4]}})"},
                        {R"({"op": "tensorsolve", "inputs": ["a", "b"], "axes": [0]})",
                         R"({"a": {"dtype": "float32", "shape": [2, 2], "value": [[3, 1], [1, 2]]},
                        "b": {"dtype": "float32", "shape": [2]}})"}}}))};
}

}  // namespace tgc
