// SPDX-License-Identifier: Apache-2.0
// Ops of one sparse matrix whose results are dense: sums, the diagonal, single elements,
// comparisons with a dense matrix. Elements that are stored at one place count as their sum.
#include "ops/sparse.h"

namespace tgc {
namespace {

// ---- results without the pattern

bool check_sum(InferContext& context) {
  if (!check_one_sparse(context) || !require_number(context, 0)) return false;
  return !context.attributes.contains("axis") || normalize_axis(context, "axis", 2);
}

Node sp_sum(const Given& given) {
  const SparseMatrix x = sparse_matrix(given, 0);
  const DType dtype = x.data.type().dtype;
  if (!given.has("axis")) return reduced("sum", x.data, {0}).cast(dtype);
  const bool over_rows = given.integer("axis") == 0;
  const DimExpr& length = over_rows ? x.columns : x.rows;
  if (over_rows != x.is_csr) {
    const Node ones = allocated(x.data.number(1), {x.across()});
    return sparse_dot(given, x.is_csr ? x : x.transposed(), ones).cast(dtype);
  }
  const Node zeros = allocated(x.data.number(0), {length});
  return zeros.call("advanced_inc_subtensor1", {x.data, x.place()});
}

bool check_diag(InferContext& context) {
  if (!check_one_sparse(context) || !require_number(context, 0)) return false;
  const Shape shape = sparse_shape(context);
  return context.require_equal(shape[0], shape[1],
                               "Diag only applies to square matrices, not " + shape_text(shape),
                               "shape");
}

// A row's sum over the elements that stand on the diagonal.
Node sparse_diag(const Given& given) {
  const SparseMatrix x = sparse_matrix(given, 0);
  const Node line = x.line();
  const Node place = x.place();
  const Node kept = where(eq(line, place), x.data, x.data.number(0));
  const Node zeros = allocated(x.data.number(0), {x.rows});
  return zeros.call("advanced_inc_subtensor1", {kept, line});
}

bool check_scalar(InferContext& context) {
  return check_one_sparse(context) && require_number(context, 0) && require_rank(context, 3, 0) &&
         require_integer(context, 3) && require_rank(context, 4, 0) && require_integer(context, 4);
}

// Negative positions count from the end, as SciPy's; elements at one place are added.
Node get_item_scalar(const Given& given) {
  const SparseMatrix x = sparse_matrix(given, 0);
  const auto position = [&](const Node& index, const DimExpr& length) {
    return index.call("checked_index", {given.size(length)}, {{"wraps", true}});
  };
  const Node in_row = eq(x.row(), position(given.x[3], x.rows));
  const Node in_column = eq(x.column(), position(given.x[4], x.columns));
  const Node kept = where(in_row.call("and_", {in_column}), x.data, x.data.number(0));
  return reduced("sum", kept, {0}).cast(x.data.type().dtype);
}

bool check_lists(InferContext& context) {
  return check_one_sparse(context) && require_number(context, 0) && require_rank(context, 3, 1) &&
         require_integer(context, 3) && require_rank(context, 4, 1) &&
         require_integer(context, 4) &&
         fits(context, 4, 0, context.type(3).shape[0], "the other list has");
}

Node get_item_2lists(const Given& given) {
  const Node dense = dense_of(given, sparse_matrix(given, 0));
  return elements_at(dense, given.x[3], given.x[4]);
}

// ---- comparisons with a dense matrix

bool check_compare(InferContext& context) {
  if (!check_one_sparse(context) || !require_number(context, 0) || !require_number(context, 3) ||
      !require_rank(context, 3, 2)) {
    return false;
  }
  const Shape shape = sparse_shape(context);
  return fits(context, 3, 0, shape[0], "the sparse matrix has rows") &&
         fits(context, 3, 1, shape[1], "the sparse matrix has columns");
}

template <int op>
Node compare(const Given& given) {
  constexpr std::string_view kNames[] = {"eq", "neq", "lt", "gt", "le", "ge"};
  const Node dense = dense_of(given, sparse_matrix(given, 0));
  return dense.call(kNames[op], {given.x[3]}).cast(DType::uint8);
}

// ---- records

constexpr std::string_view kAlone =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]}})";
constexpr std::string_view kIntegers =
    R"({"x_data": {"dtype": "int16", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]}})";
constexpr std::string_view kEmpty =
    R"({"x_data": {"dtype": "float32", "shape": [0]},
         "x_indices": {"dtype": "int32", "shape": [0]},
         "x_indptr": {"dtype": "int64", "shape": [3], "value": [0, 0, 0]}})";
constexpr std::string_view kSame =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y": {"dtype": "float64", "shape": [3, 4]}})";
constexpr std::string_view kPositions =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "i": {"dtype": "int64", "shape": [], "value": -1},
         "j": {"dtype": "int32", "shape": [], "value": 3}})";
constexpr std::string_view kLists =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "i": {"dtype": "int64", "shape": [3], "value": [0, 2, 1]},
         "j": {"dtype": "int32", "shape": [3], "value": [2, -1, 3]}})";

std::vector<OpDef> selection_ops() {
  return {
      composed<sp_sum, check_sum>(
          {.name = "sp_sum",
           .theano = "SpSum",
           .doc = "The sum of a sparse matrix over an axis, which is dense and has its dtype.",
           .min_inputs = 3,
           .max_inputs = 3,
           .attributes = {sparse_format_attribute(),
                          sparse_shape_attribute(),
                          {"axis", AttrKind::integer, false, "0, 1; without it the sum of all"}},
           .examples =
               {{R"({"op": "sp_sum", "inputs": ["x_data", "x_indices", "x_indptr"], "shape": [3, 4]})",
                 kAlone},
                {R"({"op": "sp_sum", "inputs": ["x_data", "x_indices", "x_indptr"], "shape": [3, 4], "axis": 0})",
                 kAlone},
                {R"({"op": "sp_sum", "inputs": ["x_data", "x_indices", "x_indptr"], "shape": [3, 4], "axis": 1})",
                 kAlone},
                {R"({"op": "sp_sum", "inputs": ["x_data", "x_indices", "x_indptr"], "format": "csc", "shape": [4, 3], "axis": 0})",
                 kIntegers},
                {R"({"op": "sp_sum", "inputs": ["x_data", "x_indices", "x_indptr"], "format": "csc", "shape": [4, 3], "axis": -1})",
                 kAlone},
                {R"({"op": "sp_sum", "inputs": ["x_data", "x_indices", "x_indptr"], "shape": [2, 3], "axis": 1})",
                 kEmpty}}}),
      composed<sparse_diag, check_diag>(
          {.name = "sparse_diag",
           .theano = "Diag",
           .doc = "The main diagonal of a square sparse matrix, as a dense vector.",
           .min_inputs = 3,
           .max_inputs = 3,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples = {{R"({"op": "sparse_diag", "inputs": ["d", "i", "p"], "shape": [3, 3]})",
                         R"({"d": {"dtype": "float64", "shape": [4]},
                             "i": {"dtype": "int32", "shape": [4], "value": [0, 2, 0, 2]},
                             "p": {"dtype": "int32", "shape": [4], "value": [0, 2, 3, 4]}})"}}}),
      composed<get_item_scalar, check_scalar>(
          {.name = "get_item_scalar",
           .theano = "GetItemScalar",
           .doc = "The element in row i and column j of a sparse matrix.",
           .min_inputs = 5,
           .max_inputs = 5,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "get_item_scalar", "inputs": ["x_data", "x_indices", "x_indptr", "i", "j"], "shape": [3, 4]})",
                 kPositions}}}),
      composed<get_item_2lists, check_lists>(
          {.name = "get_item_2lists",
           .theano = "GetItem2Lists",
           .doc = "The elements of a sparse matrix in the rows i and columns j, as a dense "
                  "vector.",
           .min_inputs = 5,
           .max_inputs = 5,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "get_item_2lists", "inputs": ["x_data", "x_indices", "x_indptr", "i", "j"], "shape": [3, 4]})",
                 kLists}}}),
  };
}

// One comparison: its names, what it tells, and its node in the example.
template <int kind>
OpDef comparison(std::string_view name, std::string_view theano, std::string_view doc,
                 std::string_view node) {
  return composed<compare<kind>, check_compare>(
      {.name = name,
       .theano = theano,
       .doc = doc,
       .min_inputs = 4,
       .max_inputs = 4,
       .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
       .examples = {{node, kSame}}});
}

std::vector<OpDef> comparison_ops() {
  return {
      comparison<0>(
          "equal_s_d", "EqualSD", "x == y of a sparse and a dense matrix, dense and uint8.",
          R"({"op": "equal_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})"),
      comparison<1>(
          "not_equal_s_d", "NotEqualSD", "x != y of a sparse and a dense matrix, dense and uint8.",
          R"({"op": "not_equal_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})"),
      comparison<2>(
          "less_than_s_d", "LessThanSD", "x < y of a sparse and a dense matrix, dense and uint8.",
          R"({"op": "less_than_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})"),
      comparison<3>(
          "greater_than_s_d", "GreaterThanSD",
          "x > y of a sparse and a dense matrix, dense and uint8.",
          R"({"op": "greater_than_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})"),
      comparison<4>(
          "less_equal_s_d", "LessEqualSD",
          "x <= y of a sparse and a dense matrix, dense and uint8.",
          R"({"op": "less_equal_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})"),
      comparison<5>(
          "greater_equal_s_d", "GreaterEqualSD",
          "x >= y of a sparse and a dense matrix, dense and uint8.",
          R"({"op": "greater_equal_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})"),
  };
}

}  // namespace

std::vector<OpDef> sparse_elements_ops() {
  std::vector<OpDef> all = selection_ops();
  const std::vector<OpDef> comparisons = comparison_ops();
  all.insert(all.end(), comparisons.begin(), comparisons.end());
  return all;
}

}  // namespace tgc
