// SPDX-License-Identifier: Apache-2.0
// Ops that make sparse matrices, or other patterns of one: they give data, indices and indptr. How
// many elements these have is measured where data decides it. The gradient runs through the data.
#include <algorithm>

#include "ops/sparse.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

using Parts = std::vector<Node>;

std::string size_of(const Given& given) {
  return given.get<std::string>("size");
}

// ---- from dense matrices

bool check_dense(InferContext& context) {
  return require_rank(context, 0, 2);
}

template <bool is_csr>
Parts from_dense(const Given& given) {
  const Node x = is_csr ? given.x[0] : dimshuffled(given.x[0], {1, 0});
  const Shape shape = x.type().shape;
  const Node flat = flattened(x);
  const Node kept = flat.call("nonzero", {}, {{"size", size_of(given)}});
  return parts_of(given, picked(flat, kept), kept, shape[0], shape[1]);
}

bool check_diagonal(InferContext& context) {
  return require_rank(context, 0, 1);
}

Parts square_diagonal(const Given& given) {
  const DimExpr n = given.x[0].type().shape[0];
  return {given.x[0].call("identity"), given.range(n).cast(DType::int32),
          given.range(n + 1).cast(DType::int32)};
}

// (values, ilist)
bool check_rows(InferContext& context) {
  if (!check_sparse_shape(context) || !require_rank(context, 0, 2) ||
      !require_rank(context, 1, 1) || !require_integer(context, 1)) {
    return false;
  }
  const Shape shape = sparse_shape(context);
  if (shape.size() != 2) {
    return context.fail("bad-attribute", "a sparse matrix has 2 dims", "shape");
  }
  return fits(context, 0, 1, shape[1], "the sparse matrix has columns") &&
         fits(context, 1, 0, context.type(0).shape[0], "there are rows of values");
}

// csc: every column has all rows of the list.
Parts construct_sparse_from_list(const Given& given) {
  const Shape shape = given.x[0].type().shape;
  const Node rows = given.x[1].call("checked_index", {given.size(given.get<Shape>("shape")[0])});
  const Node every = allocated(dimshuffled(rows, {-1, 0}), {shape[1], shape[0]});
  const Node begins = given.range(shape[1] + 1) * given.size(shape[0]);
  return {flattened(dimshuffled(given.x[0], {1, 0})), flattened(every).cast(DType::int32),
          begins.cast(DType::int32)};
}

// ---- of one matrix

// Row-major keys of the elements of the matrix in the other format.
Node turned_key(const Given& given, const SparseMatrix& x) {
  return x.place() * given.size(x.lines()) + x.line();
}

Parts turned(const Given& given, const SparseMatrix& x) {
  const Node keys = turned_key(given, x);
  const Node order = order_of(keys);
  return parts_of(given, picked(x.data, order), picked(keys, order), x.across(), x.lines());
}

bool check_turn(InferContext& context) {
  const bool to_csr = context.op.name == "csr_from_csc";
  context.attributes.insert_or_assign("format", std::string(to_csr ? "csc" : "csr"));
  return check_one_sparse(context);
}

Parts convert(const Given& given) {
  return turned(given, sparse_matrix(given, 0));
}

Parts sorted_parts(const SparseMatrix& x) {
  const Node order = order_of(x.key());
  return {picked(x.data, order), picked(x.indices, order), x.indptr.call("identity")};
}

Parts ensure_sorted_indices(const Given& given) {
  return sorted_parts(sparse_matrix(given, 0));
}

SparseMatrix without_zeros(const Given& given, const SparseMatrix& x) {
  const Node kept = x.data.call("nonzero", {}, {{"size", size_of(given)}});
  const Node lines = picked(x.line(), kept);
  const Node begins = lines.call("searchsorted", {given.range(x.lines() + 1)});
  return {picked(x.data, kept),
          picked(x.indices, kept),
          begins.cast(DType::int32),
          x.is_csr,
          x.rows,
          x.columns};
}

Parts remove0(const Given& given) {
  const SparseMatrix x = without_zeros(given, sparse_matrix(given, 0));
  return {x.data, x.indices, x.indptr};
}

Parts clean(const Given& given) {
  return sorted_parts(without_zeros(given, sparse_matrix(given, 0)));
}

// ---- selections

bool check_item_2d(InferContext& context) {
  if (!check_one_sparse(context)) return false;
  const auto& index = *find_attr<std::vector<IndexEntry>>(context.attributes, "index");
  const bool are_slices = std::all_of(index.begin(), index.end(), [](const IndexEntry& entry) {
    return entry.kind == IndexEntry::Kind::slice;
  });
  if (are_slices && index.size() <= 2) return true;
  return context.fail("bad-attribute", "a sparse matrix is indexed by one or two slices", "index",
                      "i:i + 1 selects one row; get_item_scalar gives one element");
}

// Where each position of an axis goes when a slice of the axis is taken; -1: nowhere.
struct Selected {
  Node places;
  DimExpr length;
  int64_t step = 1;
};

Selected selected(const Given& given, const DimExpr& length, const IndexEntry& entry) {
  const std::vector<IndexEntry> index{entry};
  const DimExpr count =
      given.range(length).call("subtensor", {}, {{"index", index}}).type().shape[0];
  const Node nowhere = allocated(given.number(DType::int64, -1), {length});
  return {nowhere.call("set_subtensor", {given.range(count)}, {{"index", index}}), count,
          entry.step};
}

Parts get_item_2d(const Given& given) {
  const SparseMatrix x = sparse_matrix(given, 0);
  auto index = given.get<std::vector<IndexEntry>>("index");
  index.resize(2);
  const Selected rows = selected(given, x.rows, index[0]);
  const Selected columns = selected(given, x.columns, index[1]);
  const Node row = picked(rows.places, x.row());
  const Node column = picked(columns.places, x.column());
  const Node is_in = ge(row, row.number(0)).call("and_", {ge(column, column.number(0))});
  Node kept = is_in.call("nonzero", {}, {{"size", size_of(given)}});
  const Selected& lines = x.is_csr ? rows : columns;
  const Selected& across = x.is_csr ? columns : rows;
  const Node all_keys =
      (x.is_csr ? row : column) * given.size(across.length) + (x.is_csr ? column : row);
  Node keys = picked(all_keys, kept);
  Node data = picked(x.data, kept);
  if (lines.step < 0) {
    const Node order = order_of(keys);
    keys = picked(keys, order);
    data = picked(data, order);
  }
  return parts_of(given, data, keys, lines.length, across.length);
}

bool check_item_list(InferContext& context) {
  return check_one_sparse(context) && require_rank(context, 3, 1) && require_integer(context, 3);
}

Parts get_item_list(const Given& given) {
  const SparseMatrix given_matrix = sparse_matrix(given, 0);
  SparseMatrix x = given_matrix;
  if (!x.is_csr) {
    const Parts parts = turned(given, x);
    x = {parts[0], parts[1], parts[2], true, x.rows, x.columns};
  }
  const Node list = given.x[3].call("checked_index", {given.size(x.rows)}, {{"wraps", true}});
  const Runs runs = lines_at(given, x.indptr, list, {{"size", size_of(given)}});
  const SparseMatrix result{picked(x.data, runs.position),  picked(x.indices, runs.position),
                            runs.begins.cast(DType::int32), true,
                            list.type().shape[0],           x.columns};
  if (given_matrix.is_csr) return {result.data, result.indices, result.indptr};
  return turned(given, result);
}

// ---- records

constexpr std::string_view kDense = R"({"y": {"dtype": "float64", "shape": [3, 2]}})";
constexpr std::string_view kNothing = R"({"y": {"dtype": "float32", "shape": [0, 2]}})";
constexpr std::string_view kVector = R"({"d": {"dtype": "float64", "shape": [3]}})";
constexpr std::string_view kAlone =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 3, 0]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]}})";
constexpr std::string_view kZeros =
    R"({"x_data": {"dtype": "int32", "shape": [5], "value": [3, 0, -1, 0, 2]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 3, 0]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]}})";
constexpr std::string_view kEmpty =
    R"({"x_data": {"dtype": "float32", "shape": [0]},
         "x_indices": {"dtype": "int32", "shape": [0]},
         "x_indptr": {"dtype": "int64", "shape": [3], "value": [0, 0, 0]}})";
constexpr std::string_view kList =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 3, 0]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "i": {"dtype": "int64", "shape": [4], "value": [2, 0, -1, 1]}})";
constexpr std::string_view kSparse =
    R"({"y": {"dtype": "int32", "shape": [2, 4], "value": [[0, 3, 0, 1], [2, 0, 0, 0]]}})";
constexpr std::string_view kRows =
    R"({"v": {"dtype": "float64", "shape": [2, 3]},
         "i": {"dtype": "int64", "shape": [2], "value": [3, 1]}})";

std::vector<OpDef> making_ops() {
  return {
      composed<from_dense<true>, check_dense>(
          {.name = "csr_from_dense",
           .theano = "SparseFromDense",
           .doc = "A dense matrix as csr, without its zeros. The results are data, indices and "
                  "indptr.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {sparse_size_attribute()},
           .examples = {{R"({"op": "csr_from_dense", "inputs": ["y"], "size": "k", "outputs":
                             ["data", "indices", "indptr"]})",
                         kDense},
                        {R"({"op": "csr_from_dense", "inputs": ["y"], "outputs": ["data",
                             "indices", "indptr"]})",
                         kSparse},
                        {R"({"op": "csr_from_dense", "inputs": ["y"], "outputs": ["data",
                             "indices", "indptr"]})",
                         kNothing}},
           .measures = always_measures}),
      composed<from_dense<false>, check_dense>(
          {.name = "csc_from_dense",
           .theano = "SparseFromDense",
           .doc = "A dense matrix as csc, without its zeros. The results are data, indices and "
                  "indptr.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {sparse_size_attribute()},
           .examples = {{R"({"op": "csc_from_dense", "inputs": ["y"], "outputs": ["data",
                             "indices", "indptr"]})",
                         kDense},
                        {R"({"op": "csc_from_dense", "inputs": ["y"], "outputs": ["data",
                             "indices", "indptr"]})",
                         kSparse}},
           .measures = always_measures}),
      composed<square_diagonal, check_diagonal>(
          {.name = "square_diagonal",
           .theano = "SquareDiagonal",
           .doc = "The square csc matrix that has a vector on its diagonal. The results are data, "
                  "indices and indptr.",
           .min_inputs = 1,
           .max_inputs = 1,
           .attributes = {},
           .examples = {{R"({"op": "square_diagonal", "inputs": ["d"], "outputs": ["data",
                             "indices", "indptr"]})",
                         kVector}}}),
      composed<construct_sparse_from_list, check_rows>(
          {.name = "construct_sparse_from_list",
           .theano = "ConstructSparseFromList",
           .doc = "The csc matrix of the given shape whose rows ilist are the rows of values, in "
                  "the order values, ilist. The results are data, indices and indptr.",
           .min_inputs = 2,
           .max_inputs = 2,
           .attributes = {sparse_shape_attribute()},
           .examples = {{R"({"op": "construct_sparse_from_list", "inputs": ["v", "i"], "shape":
                             [4, 3], "outputs": ["data", "indices", "indptr"]})",
                         kRows}}}),
      composed<convert, check_turn>(
          {.name = "csr_from_csc",
           .theano = "Transpose",
           .doc = "The csr form of a csc matrix, in order. The results are data, indices and "
                  "indptr.",
           .min_inputs = 3,
           .max_inputs = 3,
           .attributes = {sparse_shape_attribute()},
           .examples = {{R"({"op": "csr_from_csc", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shape": [4, 3], "outputs": ["data", "indices", "indptr"]})",
                         kAlone}}}),
      composed<convert, check_turn>(
          {.name = "csc_from_csr",
           .theano = "Transpose",
           .doc = "The csc form of a csr matrix, in order. The results are data, indices and "
                  "indptr.",
           .min_inputs = 3,
           .max_inputs = 3,
           .attributes = {sparse_shape_attribute()},
           .examples = {{R"({"op": "csc_from_csr", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shape": [3, 4], "outputs": ["data", "indices", "indptr"]})",
                         kAlone},
                        {R"({"op": "csc_from_csr", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shape": [2, 3], "outputs": ["data", "indices", "indptr"]})",
                         kEmpty}}}),
  };
}

std::vector<OpDef> one_matrix_ops() {
  return {
      composed<ensure_sorted_indices, check_one_sparse>(
          {.name = "ensure_sorted_indices",
           .theano = "EnsureSortedIndices",
           .doc = "The same matrix with the indices of each line in order. The results are data, "
                  "indices and indptr.",
           .min_inputs = 3,
           .max_inputs = 3,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples = {{R"({"op": "ensure_sorted_indices", "inputs": ["x_data", "x_indices",
                             "x_indptr"], "shape": [3, 4], "outputs": ["data", "indices",
                             "indptr"]})",
                         kAlone},
                        {R"({"op": "ensure_sorted_indices", "inputs": ["x_data", "x_indices",
                             "x_indptr"], "format": "csc", "shape": [4, 3], "outputs": ["data",
                             "indices", "indptr"]})",
                         kAlone}}}),
      composed<remove0, check_one_sparse>(
          {.name = "remove0",
           .theano = "Remove0",
           .doc = "The same matrix without the zeros it stores. The results are data, indices and "
                  "indptr.",
           .min_inputs = 3,
           .max_inputs = 3,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute(),
                          sparse_size_attribute()},
           .examples = {{R"({"op": "remove0", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shape": [3, 4], "outputs": ["data", "indices", "indptr"]})",
                         kZeros},
                        {R"({"op": "remove0", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "format": "csc", "shape": [4, 3], "outputs": ["data", "indices",
                             "indptr"]})",
                         kAlone}},
           .measures = always_measures}),
      composed<clean, check_one_sparse>(
          {.name = "clean",
           .theano = "Remove0, EnsureSortedIndices",
           .doc = "remove0, then ensure_sorted_indices. The results are data, indices and indptr.",
           .min_inputs = 3,
           .max_inputs = 3,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute(),
                          sparse_size_attribute()},
           .examples = {{R"({"op": "clean", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shape": [3, 4], "outputs": ["data", "indices", "indptr"]})",
                         kAlone},
                        {R"({"op": "clean", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shape": [3, 4], "outputs": ["data", "indices", "indptr"]})",
                         kZeros}},
           .measures = always_measures}),
      composed<get_item_2d, check_item_2d>(
          {.name = "get_item_2d",
           .theano = "GetItem2d",
           .doc = "The rows and columns that two slices select. The results are data, indices and "
                  "indptr.",
           .min_inputs = 3,
           .max_inputs = 3,
           .attributes = {sparse_format_attribute(),
                          sparse_shape_attribute(),
                          {"index", AttrKind::index_list, true,
                           "slices of the rows and of the columns"},
                          sparse_size_attribute()},
           .examples = {{R"({"op": "get_item_2d", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shape": [3, 4], "index": ["1:", ":3"], "outputs": ["data", "indices",
                             "indptr"]})",
                         kAlone},
                        {R"({"op": "get_item_2d", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shape": [3, 4], "index": ["::-1", "::2"], "size": "k", "outputs":
                             ["data", "indices", "indptr"]})",
                         kAlone},
                        {R"({"op": "get_item_2d", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "format": "csc", "shape": [4, 3], "index": ["1:3"], "outputs":
                             ["data", "indices", "indptr"]})",
                         kAlone},
                        {R"({"op": "get_item_2d", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shape": [3, 4], "index": ["2:2", "::-1"], "outputs": ["data",
                             "indices", "indptr"]})",
                         kZeros}},
           .measures = always_measures}),
      composed<get_item_list, check_item_list>(
          {.name = "get_item_list",
           .theano = "GetItemList",
           .doc = "The rows a list of positions names, the list being the fourth input. The "
                  "results are data, indices and indptr.",
           .min_inputs = 4,
           .max_inputs = 4,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute(),
                          sparse_size_attribute()},
           .examples = {{R"({"op": "get_item_list", "inputs": ["x_data", "x_indices", "x_indptr",
                             "i"], "shape": [3, 4], "outputs": ["data", "indices", "indptr"]})",
                         kList},
                        {R"({"op": "get_item_list", "inputs": ["x_data", "x_indices", "x_indptr",
                             "i"], "format": "csc", "shape": [4, 3], "outputs": ["data", "indices",
                             "indptr"]})",
                         kList}},
           .measures = always_measures}),
  };
}

}  // namespace

std::vector<OpDef> sparse_patterns_ops() {
  std::vector<OpDef> all = making_ops();
  const std::vector<OpDef> others = one_matrix_ops();
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

}  // namespace tgc
