// SPDX-License-Identifier: Apache-2.0
// Ops that make a sparse matrix of several: sums, products, comparisons and stacks. They give data,
// indices and indptr; elements meet by their keys, line · across + place.
#include <utility>

#include "ops/sparse.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

using Parts = std::vector<Node>;

std::string size_of(const Given& given) {
  return given.get<std::string>("size");
}

// ---- of two matrices

bool check_pair(InferContext& context) {
  for (const size_t input : {size_t{0}, size_t{3}}) {
    if (!check_sparse(context, input) || !require_number(context, input)) return false;
  }
  return check_sparse_shape(context);
}

Parts add_s_s(const Given& given) {
  const SparseMatrix x = sparse_matrix(given, 0);
  const SparseMatrix y = sparse_matrix(given, 3);
  const DType dtype = promote(x.data.type().dtype, y.data.type().dtype);
  return summed_parts(given, joined({x.data.cast(dtype), y.data.cast(dtype)}, 0),
                      joined({x.key(), y.key()}, 0), x.lines(), x.across(), size_of(given));
}

// A key of x that y lacks meets a zero that stands behind y's elements.
Parts mul_s_s(const Given& given) {
  const SparseMatrix x = sparse_matrix(given, 0);
  const SparseMatrix y = sparse_matrix(given, 3);
  const KeyedSums left = sums_by_key(given, x.data, x.key());
  const KeyedSums right = sums_by_key(given, y.data, y.key());
  const Node at = right.keys.call("searchsorted", {left.keys});
  const Node keys = joined({right.keys, allocated(given.number(DType::int64, -1), {1})}, 0);
  const Node data = joined({right.data, allocated(right.data.number(0), {1})}, 0);
  const Node meets = eq(picked(keys, at), left.keys);
  const Node other = where(meets, picked(data, at), right.data.number(0));
  const Node product = left.data * other;
  const Node kept = product.call("nonzero", {}, {{"size", size_of(given)}});
  return parts_of(given, picked(product, kept), picked(left.keys, kept), x.lines(), x.across());
}

template <int op>
Parts compare(const Given& given) {
  constexpr std::string_view kNames[] = {"eq", "neq", "lt", "gt", "le", "ge"};
  const SparseMatrix x = sparse_matrix(given, 0);
  const Node result =
      dense_of(given, x).call(kNames[op], {dense_of(given, sparse_matrix(given, 3))});
  const Node dense = result.cast(DType::uint8);
  const Node flat = flattened(x.is_csr ? dense : dimshuffled(dense, {1, 0}));
  const Node kept = flat.call("nonzero", {}, {{"size", size_of(given)}});
  return parts_of(given, picked(flat, kept), kept, x.lines(), x.across());
}

bool check_true_dot(InferContext& context) {
  if (!check_sparse(context, 0) || !check_sparse(context, 3, "y_shape") ||
      !require_number(context, 0) || !require_number(context, 3) || !check_sparse_shape(context)) {
    return false;
  }
  const Shape& x = sparse_shape(context);
  const Shape& y = *find_attr<Shape>(context.attributes, "y_shape");
  for (const DimExpr& dim : y) {
    if (!require_dim(context, dim, "y_shape")) return false;
  }
  return context.require_equal(
      x[1], y[0], "matrices " + shape_text(x) + " and " + shape_text(y) + " do not fit together",
      "y_shape");
}

// Row by row: an element (i, k) of x meets all of row k of y. csc is the same of the transposes.
Parts true_dot(const Given& given) {
  const SparseMatrix x = sparse_matrix(given, 0);
  const SparseMatrix y = sparse_matrix(given, 3, "y_shape");
  const SparseMatrix a = x.is_csr ? x : y.transposed();
  const SparseMatrix b = x.is_csr ? y : x.transposed();
  const Runs runs = lines_at(given, b.indptr, a.place(), {});
  const Node keys =
      picked(a.line(), runs.owner) * given.size(b.columns) + picked(b.place(), runs.position);
  const Node data = picked(a.data, runs.owner) * picked(b.data, runs.position);
  return summed_parts(given, data, keys, a.rows, b.columns, size_of(given));
}

// ---- stacks

bool check_stack(InferContext& context) {
  context.attributes.try_emplace("format", std::string("csr"));
  const Shape shapes = *find_attr<Shape>(context.attributes, "shapes");
  if (context.inputs.size() % 3 != 0 || shapes.size() * 3 != context.inputs.size() * 2) {
    return context.fail("bad-attribute",
                        "shapes has " + std::to_string(shapes.size()) + " dims for " +
                            std::to_string(context.inputs.size()) + " inputs",
                        "shapes", "each matrix is three inputs and two dims");
  }
  const size_t kept = context.op.name == "sparse_hstack" ? 0 : 1;
  const DType dtype = context.type(0).dtype;
  for (size_t i = 0; i * 3 < context.inputs.size(); ++i) {
    const Shape shape{shapes[i * 2], shapes[i * 2 + 1]};
    for (const DimExpr& dim : shape) {
      if (!require_dim(context, dim, "shapes")) return false;
    }
    context.attributes.insert_or_assign("shape", shape);
    const bool good = check_sparse(context, i * 3) && require_number(context, i * 3);
    context.attributes.erase("shape");
    if (!good) return false;
    if (!context.require_equal(shape[kept], shapes[kept],
                               "blocks " + shape_text({shapes[0], shapes[1]}) + " and " +
                                   shape_text(shape) + " do not fit together",
                               "shapes")) {
      return false;
    }
    if (context.type(i * 3).dtype != dtype) {
      return context.fail("bad-dtype", "the blocks have different dtypes",
                          "inputs/" + std::to_string(i * 3), "cast their data first");
    }
  }
  return true;
}

template <bool is_horizontal>
Parts stack(const Given& given) {
  const Shape& shapes = given.get<Shape>("shapes");
  const bool is_csr = given.get<std::string>("format") == "csr";
  std::vector<SparseMatrix> blocks;
  DimExpr length = 0;  // of the axis that grows
  for (size_t i = 0; i * 3 < given.x.size(); ++i) {
    blocks.push_back({given.x[i * 3], given.x[i * 3 + 1], given.x[i * 3 + 2], is_csr, shapes[i * 2],
                      shapes[i * 2 + 1]});
    length = length + shapes[i * 2 + (is_horizontal ? 1 : 0)];
  }
  const bool grow_lines = is_csr != is_horizontal;
  const DimExpr lines = grow_lines ? length : blocks[0].lines();
  const DimExpr across = grow_lines ? blocks[0].across() : length;
  std::vector<Node> data;
  std::vector<Node> keys;
  DimExpr offset = 0;
  for (const SparseMatrix& block : blocks) {
    const Node start = given.size(offset);
    const Node line = grow_lines ? block.line() + start : block.line();
    const Node place = grow_lines ? block.place() : block.place() + start;
    data.push_back(block.data);
    keys.push_back(line * given.size(across) + place);
    offset = offset + (is_horizontal ? block.columns : block.rows);
  }
  Node all_data = joined(data, 0);
  Node all_keys = joined(keys, 0);
  if (!grow_lines) {
    const Node order = order_of(all_keys);
    all_data = picked(all_data, order);
    all_keys = picked(all_keys, order);
  }
  return parts_of(given, all_data, all_keys, lines, across);
}

// ---- records

constexpr std::string_view kEmpty =
    R"({"x_data": {"dtype": "float32", "shape": [0]},
         "x_indices": {"dtype": "int32", "shape": [0]},
         "x_indptr": {"dtype": "int64", "shape": [3], "value": [0, 0, 0]}})";
constexpr std::string_view kPair =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 3, 0]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y_data": {"dtype": "float64", "shape": [4]},
         "y_indices": {"dtype": "int32", "shape": [4], "value": [0, 2, 1, 3]},
         "y_indptr": {"dtype": "int32", "shape": [4], "value": [0, 2, 3, 4]}})";
constexpr std::string_view kMixed =
    R"({"x_data": {"dtype": "float32", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 3, 0]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y_data": {"dtype": "float64", "shape": [4]},
         "y_indices": {"dtype": "int32", "shape": [4], "value": [0, 2, 1, 3]},
         "y_indptr": {"dtype": "int32", "shape": [4], "value": [0, 2, 3, 4]}})";
constexpr std::string_view kCounts =
    R"({"x_data": {"dtype": "int32", "shape": [5], "value": [3, 2, -1, 4, 2]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 3, 0]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y_data": {"dtype": "int32", "shape": [4]},
         "y_indices": {"dtype": "int32", "shape": [4], "value": [0, 2, 1, 3]},
         "y_indptr": {"dtype": "int32", "shape": [4], "value": [0, 2, 3, 4]}})";
constexpr std::string_view kProduct =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 3, 0]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y_data": {"dtype": "float64", "shape": [4]},
         "y_indices": {"dtype": "int32", "shape": [4], "value": [1, 0, 1, 0]},
         "y_indptr": {"dtype": "int32", "shape": [5], "value": [0, 1, 2, 2, 4]}})";
constexpr std::string_view kTurnedProduct =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 3, 0]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y_data": {"dtype": "float64", "shape": [4]},
         "y_indices": {"dtype": "int32", "shape": [4], "value": [1, 0, 2, 0]},
         "y_indptr": {"dtype": "int32", "shape": [3], "value": [0, 2, 4]}})";

std::vector<OpDef> pair_ops() {
  return {
      composed<add_s_s, check_pair>(
          {.name = "add_s_s",
           .theano = "AddSS",
           .doc = "The sum of two sparse matrices of one format and shape, without the zeros it "
                  "makes. The results are data, indices and indptr.",
           .min_inputs = 6,
           .max_inputs = 6,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute(),
                          sparse_size_attribute()},
           .examples = {{R"({"op": "add_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shape": [3, 4], "outputs":
                             ["data", "indices", "indptr"]})",
                         kPair},
                        {R"({"op": "add_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "format": "csc", "shape": [4, 3],
                             "outputs": ["data", "indices", "indptr"]})",
                         kMixed},
                        {R"({"op": "add_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shape": [3, 4], "outputs":
                             ["data", "indices", "indptr"]})",
                         kCounts}},
           .measures = always_measures}),
      composed<mul_s_s, check_pair>(
          {.name = "mul_s_s",
           .theano = "MulSS",
           .doc = "The product by element of two sparse matrices of one format and shape, without "
                  "zeros. The results are data, indices and indptr.",
           .min_inputs = 6,
           .max_inputs = 6,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute(),
                          sparse_size_attribute()},
           .examples = {{R"({"op": "mul_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shape": [3, 4], "outputs":
                             ["data", "indices", "indptr"]})",
                         kPair},
                        {R"({"op": "mul_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "format": "csc", "shape": [4, 3],
                             "outputs": ["data", "indices", "indptr"]})",
                         kMixed}},
           .measures = always_measures}),
      composed<true_dot, check_true_dot>(
          {.name = "true_dot",
           .theano = "TrueDot, StructuredDot, Dot",
           .doc = "The matrix product of two sparse matrices of one format, which is sparse. The "
                  "results are data, indices and indptr.",
           .min_inputs = 6,
           .max_inputs = 6,
           .attributes = {sparse_format_attribute(),
                          sparse_shape_attribute(),
                          {"y_shape", AttrKind::dims, true,
                           "rows and columns of the second matrix"},
                          sparse_size_attribute()},
           .examples = {{R"({"op": "true_dot", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shape": [3, 4], "y_shape": [4,
                             2], "outputs": ["data", "indices", "indptr"]})",
                         kProduct},
                        {R"({"op": "true_dot", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "format": "csc", "shape": [4, 3],
                             "y_shape": [3, 2], "size": "k", "outputs": ["data", "indices",
                             "indptr"]})",
                         kTurnedProduct}},
           .measures = always_measures}),
      composed<stack<true>, check_stack>(
          {.name = "sparse_hstack",
           .theano = "HStack",
           .doc = "Sparse matrices of one format and dtype side by side. The results are data, "
                  "indices and indptr.",
           .min_inputs = 3,
           .max_inputs = -1,
           .attributes = {sparse_format_attribute(),
                          {"shapes", AttrKind::dims, true,
                           "rows and columns of each matrix, one after the other"}},
           .examples = {{R"({"op": "sparse_hstack", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shapes": [3, 4, 3, 4], "outputs":
                             ["data", "indices", "indptr"]})",
                         kPair},
                        {R"({"op": "sparse_hstack", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "format": "csc", "shapes": [4, 3,
                             4, 3], "outputs": ["data", "indices", "indptr"]})",
                         kPair},
                        {R"({"op": "sparse_hstack", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shapes": [2, 3], "outputs": ["data", "indices", "indptr"]})",
                         kEmpty}}}),
      composed<stack<false>, check_stack>(
          {.name = "sparse_vstack",
           .theano = "VStack",
           .doc = "Sparse matrices of one format and dtype one below the other. The results are "
                  "data, indices and indptr.",
           .min_inputs = 3,
           .max_inputs = -1,
           .attributes = {sparse_format_attribute(),
                          {"shapes", AttrKind::dims, true,
                           "rows and columns of each matrix, one after the other"}},
           .examples = {{R"({"op": "sparse_vstack", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shapes": [3, 4, 3, 4], "outputs":
                             ["data", "indices", "indptr"]})",
                         kPair},
                        {R"({"op": "sparse_vstack", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "format": "csc", "shapes": [4, 3,
                             4, 3], "outputs": ["data", "indices", "indptr"]})",
                         kPair},
                        {R"({"op": "sparse_vstack", "inputs": ["x_data", "x_indices", "x_indptr"],
                             "shapes": [2, 3], "outputs": ["data", "indices", "indptr"]})",
                         kEmpty}}}),
  };
}

// One comparison: its names, what it tells, and its examples.
template <int kind>
OpDef comparison(std::string_view name, std::string_view theano, std::string_view doc,
                 std::vector<OpExample> examples) {
  return composed<compare<kind>, check_pair>(
      {.name = name,
       .theano = theano,
       .doc = doc,
       .min_inputs = 6,
       .max_inputs = 6,
       .attributes = {sparse_format_attribute(), sparse_shape_attribute(), sparse_size_attribute()},
       .examples = std::move(examples),
       .measures = always_measures});
}

std::vector<OpDef> comparison_ops() {
  return {
      comparison<0>("equal_s_s", "EqualSS",
                    "Where x == y of two sparse matrices of one format and shape, as a uint8 "
                    "matrix. The results are data, indices and indptr.",
                    {{R"({"op": "equal_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shape": [3, 4], "outputs":
                             ["data", "indices", "indptr"]})",
                      kPair}}),
      comparison<1>("not_equal_s_s", "NotEqualSS",
                    "Where x != y of two sparse matrices of one format and shape, as a uint8 "
                    "matrix. The results are data, indices and indptr.",
                    {{R"({"op": "not_equal_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shape": [3, 4], "outputs":
                             ["data", "indices", "indptr"]})",
                      kPair}}),
      comparison<2>(
          "less_than_s_s", "LessThanSS",
          "Where x < y of two sparse matrices of one format and shape, as a uint8 matrix. "
          "The results are data, indices and indptr.",
          {{R"({"op": "less_than_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shape": [3, 4], "outputs":
                             ["data", "indices", "indptr"]})",
            kPair},
           {R"({"op": "less_than_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "format": "csc", "shape": [4, 3],
                             "outputs": ["data", "indices", "indptr"]})",
            kPair}}),
      comparison<3>(
          "greater_than_s_s", "GreaterThanSS",
          "Where x > y of two sparse matrices of one format and shape, as a uint8 matrix. "
          "The results are data, indices and indptr.",
          {{R"({"op": "greater_than_s_s", "inputs": ["x_data", "x_indices",
                             "x_indptr", "y_data", "y_indices", "y_indptr"], "shape": [3, 4],
                             "outputs": ["data", "indices", "indptr"]})",
            kPair}}),
      comparison<4>("less_equal_s_s", "LessEqualSS",
                    "Where x <= y of two sparse matrices of one format and shape, as a uint8 "
                    "matrix. The results are data, indices and indptr.",
                    {{R"({"op": "less_equal_s_s", "inputs": ["x_data", "x_indices", "x_indptr",
                             "y_data", "y_indices", "y_indptr"], "shape": [3, 4], "outputs":
                             ["data", "indices", "indptr"]})",
                      kPair}}),
      comparison<5>("greater_equal_s_s", "GreaterEqualSS",
                    "Where x >= y of two sparse matrices of one format and shape, as a uint8 "
                    "matrix. The results are data, indices and indptr.",
                    {{R"({"op": "greater_equal_s_s", "inputs": ["x_data", "x_indices",
                             "x_indptr", "y_data", "y_indices", "y_indptr"], "shape": [3, 4],
                             "outputs": ["data", "indices", "indptr"]})",
                      kPair}}),
  };
}

}  // namespace

std::vector<OpDef> sparse_pairs_ops() {
  std::vector<OpDef> all = pair_ops();
  const std::vector<OpDef> comparisons = comparison_ops();
  all.insert(all.end(), comparisons.begin(), comparisons.end());
  return all;
}

}  // namespace tgc
