// SPDX-License-Identifier: Apache-2.0
// Diagonals: matrices made of them, matrices with others, sums of them. Made by comparing row and
// column numbers, which fuses with what follows; `diagonal` itself is a view (diagonal.cpp).
#include <numeric>

#include "ops/composition.h"

namespace tgc {
namespace {

// Attributes offset, axis1 and axis2 of a result of rank `rank`.
bool check_places(InferContext& context, int64_t rank) {
  context.attributes.try_emplace("offset", int64_t{0});
  if (!normalize_axis(context, "axis1", rank, rank - 2) ||
      !normalize_axis(context, "axis2", rank, rank - 1)) {
    return false;
  }
  if (*find_attr<int64_t>(context.attributes, "axis1") !=
      *find_attr<int64_t>(context.attributes, "axis2")) {
    return true;
  }
  return context.fail("bad-attribute", "axis1 and axis2 are the same axis", "axis2");
}

bool check_alloc_diag(InferContext& context) {
  return require_rank_at_least(context, 0, 1) && check_places(context, context.type(0).rank() + 1);
}

// Rows and columns i with x[…, i] at (i, i + k), or (i - k, i) for k < 0; x gets |k| zeros behind
// so that it can be spread over a whole square.
Node square_of(const Given& given, const Node& x, int64_t k) {
  Shape zeros = x.type().shape;
  const int64_t last = x.type().rank() - 1;
  const DimExpr side = zeros.back() + std::abs(k);
  zeros.back() = std::abs(k);
  const Node longer = k == 0 ? x : joined({x, allocated(x.number(0), zeros)}, last);
  const Node wide = with_new_axis(longer, k < 0 ? last : last + 1);
  return where(on_diagonal(given, side, side, k), wide, x.number(0));
}

Node alloc_diag(const Given& given) {
  const Node square = square_of(given, given.x[0], given.integer("offset"));
  const int64_t rank = square.type().rank();
  const std::vector<int64_t> from{rank - 2, rank - 1};
  const std::vector<int64_t> to{given.integer("axis1"), given.integer("axis2")};
  if (from == to) return square;
  return square.call("moveaxis", {}, {{"source", from}, {"destination", to}});
}

bool check_diag(InferContext& context) {
  context.attributes.try_emplace("k", int64_t{0});
  const int64_t rank = context.type(0).rank();
  if (rank == 1 || rank == 2) return true;
  return context.fail(
      "bad-rank",
      context.name(0) + " must be a vector or a matrix, but is " + type_text(context.type(0)),
      "inputs/0", "diagonal and alloc_diag take any rank");
}

Node diag(const Given& given) {
  const int64_t k = given.integer("k");
  if (given.x[0].type().rank() == 2) return given.x[0].call("diagonal", {}, {{"offset", k}});
  return square_of(given, given.x[0], k);
}

bool check_trace(InferContext& context) {
  return require_rank_at_least(context, 0, 2) && check_places(context, context.type(0).rank());
}

Node trace(const Given& given) {
  const Node diagonal = given.x[0].call("diagonal", {}, given.attributes);
  return reduced("sum", diagonal, {diagonal.type().rank() - 1});
}

// The tensor keeps its dtype, so the value's must not be wider.
bool check_fill(InferContext& context) {
  if (!require_rank(context, 1, 0)) return false;
  const DType dtype = context.type(0).dtype;
  if (promote(dtype, context.type(1).dtype) == dtype) return true;
  return context.fail("bad-dtype",
                      context.name(1) + " is " + std::string(dtype_name(context.type(1).dtype)) +
                          ", which " + std::string(dtype_name(dtype)) + " (" + context.name(0) +
                          ") does not hold",
                      "inputs/1", "cast it first");
}

bool check_fill_diagonal(InferContext& context) {
  if (!require_rank_at_least(context, 0, 2) || !check_fill(context)) return false;
  const Shape shape = context.type(0).shape;
  for (size_t axis = 1; shape.size() > 2 && axis < shape.size(); ++axis) {
    const std::string message =
        "with more than two axes all must have one length: " + shape[0].text() + " and " +
        shape[axis].text();
    if (!context.require_equal(shape[0], shape[axis], message, "inputs/0")) return false;
  }
  return true;
}

// The mask of equal indices on all axes.
Node fill_diagonal(const Given& given) {
  const Node x = given.x[0];
  const Shape shape = x.type().shape;
  const auto rank = shape.size();
  const auto along = [&](size_t axis) {
    std::vector<int64_t> order(rank, -1);
    order[axis] = 0;
    return dimshuffled(given.range(shape[axis]), order);
  };
  Node mask = eq(along(0), along(1));
  for (size_t axis = 2; axis < rank; ++axis) {
    mask = mask.call("and_", {eq(along(0), along(axis))});
  }
  return where(mask, given.x[1].cast(x.type().dtype), x);
}

bool check_fill_offset(InferContext& context) {
  if (!require_rank(context, 0, 2) || !check_fill(context)) return false;
  if (context.inputs.size() < 3) {
    context.attributes.try_emplace("offset", DimExpr(0));
    return true;
  }
  return require_rank(context, 2, 0) && require_integer(context, 2);
}

Node fill_diagonal_offset(const Given& given) {
  const Node x = given.x[0];
  const Shape shape = x.type().shape;
  const Node offset =
      given.x.size() > 2 ? given.x[2].cast(DType::int64) : given.size(given.dim("offset"));
  const Node row = dimshuffled(given.range(shape[0]), {0, -1});
  const Node column = dimshuffled(given.range(shape[1]), {-1, 0});
  return where(eq(column - row, offset), given.x[1].cast(x.type().dtype), x);
}

Node identity_like(const Given& given) {
  const Shape shape = given.x[0].type().shape;
  return {given.builder,
          given.builder.call(
              "eye", {}, {{"n", shape[0]}, {"m", shape[1]}, {"dtype", given.get<DType>("dtype")}})};
}

bool check_identity_like(InferContext& context) {
  context.attributes.try_emplace("dtype", context.type(0).dtype);
  return require_rank(context, 0, 2);
}

// Row and column numbers of the elements that a triangle of an n by m matrix keeps.
bool check_triangle(InferContext& context) {
  constexpr int64_t kMost = 4096;
  int64_t n = 0;
  int64_t m = 0;
  if (context.inputs.empty()) {
    const auto* rows = find_attr<int64_t>(context.attributes, "n");
    if (rows == nullptr) return context.fail("bad-attribute", "needs the attribute n", "n");
    n = *rows;
    context.attributes.try_emplace("m", n);
    m = *find_attr<int64_t>(context.attributes, "m");
  } else {
    if (!require_rank(context, 0, 2)) return false;
    const Shape shape = context.type(0).shape;
    if (!shape[0].is_constant() || !shape[1].is_constant()) {
      return context.fail("unknown-value",
                          "the dims of " + context.name(0) +
                              " must be numbers, as the number of "
                              "indices depends on them",
                          "inputs/0", "mask the matrix with tril or triu instead");
    }
    n = *shape[0].constant();
    m = *shape[1].constant();
    context.attributes.insert_or_assign("n", n);
    context.attributes.insert_or_assign("m", m);
  }
  context.attributes.try_emplace("k", int64_t{0});
  if (n >= 0 && m >= 0 && n <= kMost && m <= kMost) return true;
  return context.fail("bad-attribute", "n and m must be from 0 to 4096", "n");
}

template <bool is_lower>
std::vector<Node> triangle_indices(const Given& given) {
  const int64_t k = given.integer("k");
  std::vector<int64_t> rows;
  std::vector<int64_t> columns;
  for (int64_t row = 0; row < given.integer("n"); ++row) {
    for (int64_t column = 0; column < given.integer("m"); ++column) {
      if (is_lower ? column - row > k : column - row < k) continue;
      rows.push_back(row);
      columns.push_back(column);
    }
  }
  const auto count = static_cast<int64_t>(rows.size());
  return {integers(given.builder, {count}, rows), integers(given.builder, {count}, columns)};
}

constexpr std::string_view kVector = R"({"x": {"dtype": "float32", "shape": [3]}})";
constexpr std::string_view kMatrix = R"({"x": {"dtype": "float32", "shape": [3, 4]}})";
constexpr std::string_view kCube = R"({"x": {"dtype": "float64", "shape": [2, 3, 2]}})";
constexpr std::string_view kFilled = R"({"x": {"dtype": "float32", "shape": [4, 3]},
                                        "value": {"dtype": "float32", "shape": []}})";

std::vector<AttrDef> place_attributes() {
  return {{"offset", AttrKind::integer, false, "the diagonal, negative below the main one (0)"},
          {"axis1", AttrKind::integer, false, "the axis of its rows; default: the last but one"},
          {"axis2", AttrKind::integer, false, "the axis of its columns; default: the last"}};
}

std::vector<OpDef> made_ops() {
  auto triangle = [](std::string_view name, std::string_view doc, std::string_view node,
                     std::string_view from) {
    return OpDef{.name = name,
                 .theano = "Nonzero, Tri",
                 .doc = doc,
                 .max_inputs = 1,
                 .attributes = {{"n", AttrKind::integer, false, "rows; default: those of x"},
                                {"m", AttrKind::integer, false, "columns; default: n"},
                                {"k", AttrKind::integer, false, "the diagonal (0)"}},
                 .examples = {{node, "{}"}, {from, "{}"}}};
  };
  return {
      composed<alloc_diag, check_alloc_diag>(
          {.name = "alloc_diag",
           .theano = "AllocDiag",
           .doc = "Square matrices with x on one diagonal and zeros elsewhere; the last axis of x "
                  "becomes two.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = place_attributes(),
           .examples = {{R"({"op": "alloc_diag", "inputs": ["x"]})", kVector},
                        {R"({"op": "alloc_diag", "inputs": ["x"], "offset": -2})", kVector},
                        {R"({"op": "alloc_diag", "inputs": ["x"], "offset": 1, "axis1": 0,
                             "axis2": 2})",
                         kMatrix}}}),
      composed<diag, check_diag>(
          {.name = "diag",
           .theano = "AllocDiag, ExtractDiag",
           .doc = "Of a vector the matrix that has it on a diagonal, of a matrix that diagonal.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {{"k", AttrKind::integer, false, "the diagonal (0)"}},
           .examples = {{R"({"op": "diag", "inputs": ["x"], "k": 1})", kVector},
                        {R"({"op": "diag", "inputs": ["x"], "k": -1})", kMatrix}}}),
      composed<triangle_indices<true>, check_triangle>(
          triangle("tril_indices",
                   "Rows and columns of the elements at and below a diagonal: two int64 vectors.",
                   R"({"op": "tril_indices", "inputs": [], "n": 3, "outputs": ["i", "j"]})",
                   R"({"op": "tril_indices", "inputs": [], "n": 3, "m": 2, "k": -1,
                       "outputs": ["i", "j"]})")),
      composed<triangle_indices<false>, check_triangle>(
          triangle("triu_indices",
                   "Rows and columns of the elements at and above a diagonal: two int64 vectors.",
                   R"({"op": "triu_indices", "inputs": [], "n": 3, "outputs": ["i", "j"]})",
                   R"({"op": "triu_indices", "inputs": [], "n": 2, "m": 4, "k": 1,
                       "outputs": ["i", "j"]})")),
      composed<identity_like, check_identity_like>(
          {.name = "identity_like",
           .theano = "Eye",
           .doc = "Ones on the main diagonal and zeros elsewhere in the shape of a matrix.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {{"dtype", AttrKind::dtype, false, "default: that of x"}},
           .examples = {{R"({"op": "identity_like", "inputs": ["x"]})", kMatrix}}}),
  };
}

std::vector<OpDef> changed_ops() {
  return {
      composed<trace, check_trace>(
          {.name = "trace",
           .theano = "ExtractDiag, Sum",
           .doc = "The sum of a diagonal.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = place_attributes(),
           .examples = {{R"({"op": "trace", "inputs": ["x"]})", kMatrix},
                        {R"({"op": "trace", "inputs": ["x"], "offset": 1, "axis1": 0,
                             "axis2": 1})",
                         kCube}}}),
      composed<fill_diagonal, check_fill_diagonal>(
          {.name = "fill_diagonal",
           .theano = "FillDiagonal",
           .doc =
               "x with its main diagonal set to a scalar; with more than two axes those must have "
               "one length.",
           .min_inputs = 2,
           .max_inputs = 2,
           .examples = {{R"({"op": "fill_diagonal", "inputs": ["x", "value"]})", kFilled},
                        {R"({"op": "fill_diagonal", "inputs": ["x", "value"]})",
                         R"({"x": {"dtype": "float64", "shape": [2, 2, 2]},
                             "value": {"dtype": "float32", "shape": []}})"}}}),
      composed<fill_diagonal_offset, check_fill_offset>(
          {.name = "fill_diagonal_offset",
           .theano = "FillDiagonalOffset",
           .doc = "A matrix with one diagonal set to a scalar. The third input, an integer, or the "
                  "attribute says which.",
           .min_inputs = 2,
           .max_inputs = 3,
           .attributes = {{"offset", AttrKind::dim, false, "negative below the main one (0)"}},
           .examples = {{R"({"op": "fill_diagonal_offset", "inputs": ["x", "value"],
                             "offset": -1})",
                         kFilled},
                        {R"({"op": "fill_diagonal_offset", "inputs": ["x", "value", "k"]})",
                         R"({"x": {"dtype": "float64", "shape": [3, 4]},
                             "value": {"dtype": "float64", "shape": []},
                             "k": {"dtype": "int32", "shape": [], "value": 2}})"}}}),
  };
}

}  // namespace

std::vector<OpDef> composed_diagonals_ops() {
  std::vector<OpDef> ops = made_ops();
  for (OpDef& op : changed_ops()) ops.push_back(std::move(op));
  return ops;
}

}  // namespace tgc
