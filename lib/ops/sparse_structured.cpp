// SPDX-License-Identifier: Apache-2.0
// Ops of one sparse matrix that keep its pattern or give dense tensors: products, scalings, sums,
// single elements. What keeps the pattern gives the new data alone; its gradient is that of the
// stored elements, as Theano's structured ones.
#include "ops/sparse.h"

namespace tgc {
namespace {

// ---- products

bool check_dot(InferContext& context) {
  if (!check_one_sparse(context) || !require_number(context, 0) || !require_number(context, 3)) {
    return false;
  }
  if (context.type(3).rank() != 1 && !require_rank(context, 3, 2)) return false;
  return fits(context, 3, 0, sparse_shape(context)[1], "the sparse matrix has columns");
}

Node structured_dot(const Given& given) {
  return sparse_dot(given, sparse_matrix(given, 0), given.x[3]);
}

// (alpha, x, y, z)
bool check_usmm(InferContext& context) {
  if (!check_sparse_shape(context) || !require_rank(context, 0, 0) || !check_sparse(context, 1) ||
      !require_rank(context, 4, 2) || !require_rank(context, 5, 2)) {
    return false;
  }
  for (const size_t input : {size_t{0}, size_t{1}, size_t{4}, size_t{5}}) {
    if (!require_number(context, input)) return false;
  }
  const Shape shape = sparse_shape(context);
  return fits(context, 4, 0, shape[1], "the sparse matrix has columns") &&
         fits(context, 5, 0, shape[0], "the sparse matrix has rows") &&
         fits(context, 5, 1, context.type(4).shape[1], "the product has columns");
}

Node usmm(const Given& given) {
  const Node product = sparse_dot(given, sparse_matrix(given, 1), given.x[4]);
  return given.x[0] * product + given.x[5];
}

// (x, y, p)
bool check_sampling(InferContext& context) {
  if (!check_sparse_shape(context) || !require_rank(context, 0, 2) ||
      !require_rank(context, 1, 2) || !check_sparse(context, 2)) {
    return false;
  }
  for (size_t input = 0; input < 3; ++input) {
    if (!require_number(context, input)) return false;
  }
  const Shape shape = sparse_shape(context);
  return fits(context, 0, 0, shape[0], "the sparse matrix has rows") &&
         fits(context, 1, 0, shape[1], "the sparse matrix has columns") &&
         fits(context, 1, 1, context.type(0).shape[1], "the other factor has columns");
}

Node sampling_dot(const Given& given) {
  const SparseMatrix p = sparse_matrix(given, 2);
  return p.data * p.row().call("coo_sampled_dot", {p.column(), given.x[0], given.x[1]});
}

// (indices, indptr, y, g)
bool check_dot_grad(InferContext& context) {
  context.attributes.try_emplace("format", std::string("csr"));
  if (!check_pattern(context, 0) || !require_rank(context, 2, 2) || !require_rank(context, 3, 2) ||
      !require_number(context, 2) || !require_number(context, 3)) {
    return false;
  }
  const bool is_csr = *find_attr<std::string>(context.attributes, "format") == "csr";
  const size_t lined = is_csr ? 3 : 2;
  return fits(context, lined, 0, context.type(1).shape[0] - 1, "the sparse matrix has lines") &&
         fits(context, 3, 1, context.type(2).shape[1], "the dense factor has columns");
}

Node structured_dot_grad(const Given& given) {
  const Node line = csm_lines(given.x[1], given.x[0].type().shape[0]);
  const Node product = given.get<std::string>("format") == "csr"
                           ? line.call("coo_sampled_dot", {given.x[0], given.x[3], given.x[2]})
                           : given.x[0].call("coo_sampled_dot", {line, given.x[3], given.x[2]});
  return product.cast(given.x[3].type().dtype);
}

// ---- elements

bool check_times_dense(InferContext& context) {
  if (!check_one_sparse(context) || !require_number(context, 0) || !require_number(context, 3)) {
    return false;
  }
  if (context.type(3).rank() == 0) return true;
  const Shape shape = sparse_shape(context);
  return require_rank(context, 3, 2) &&
         fits(context, 3, 0, shape[0], "the sparse matrix has rows") &&
         fits(context, 3, 1, shape[1], "the sparse matrix has columns");
}

Node mul_s_d(const Given& given) {
  const SparseMatrix x = sparse_matrix(given, 0);
  const Node& y = given.x[3];
  return x.data * (y.type().rank() == 0 ? y : elements_at(y, x.row(), x.column()));
}

Node add_s_d(const Given& given) {
  return dense_of(given, sparse_matrix(given, 0)) + given.x[3];
}

bool check_add_dense(InferContext& context) {
  if (!check_times_dense(context)) return false;
  return require_rank(context, 3, 2);
}

template <int axis>
bool check_vector(InferContext& context) {
  return check_one_sparse(context) && require_number(context, 0) && require_number(context, 3) &&
         require_rank(context, 3, 1) &&
         fits(context, 3, 0, sparse_shape(context)[axis],
              axis == 0 ? "the sparse matrix has rows" : "the sparse matrix has columns");
}

template <int axis>
Node of_line(const Given& given) {
  const SparseMatrix x = sparse_matrix(given, 0);
  return given.x[3].call("advanced_subtensor1", {axis == 0 ? x.row() : x.column()});
}

template <int axis>
Node scale(const Given& given) {
  return given.x[0] * of_line<axis>(given);
}

Node structured_add_s_v(const Given& given) {
  return given.x[0] + of_line<1>(given);
}

Node dense_from_sparse(const Given& given) {
  return dense_of(given, sparse_matrix(given, 0));
}

// ---- records

constexpr std::string_view kAlone =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]}})";
constexpr std::string_view kEmpty =
    R"({"x_data": {"dtype": "float32", "shape": [0]},
         "x_indices": {"dtype": "int32", "shape": [0]},
         "x_indptr": {"dtype": "int64", "shape": [3], "value": [0, 0, 0]}})";
constexpr std::string_view kMatrix =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y": {"dtype": "float64", "shape": [4, 2]}})";
constexpr std::string_view kFew =
    R"({"x_data": {"dtype": "float32", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y": {"dtype": "float32", "shape": [3, 1]}})";
constexpr std::string_view kVector =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y": {"dtype": "float64", "shape": [4]}})";
constexpr std::string_view kNarrow =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y": {"dtype": "float64", "shape": [3]}})";
constexpr std::string_view kSame =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y": {"dtype": "float64", "shape": [3, 4]}})";
constexpr std::string_view kTurned =
    R"({"x_data": {"dtype": "float32", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y": {"dtype": "float64", "shape": [4, 3]}})";
constexpr std::string_view kScalar =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "y": {"dtype": "float64", "shape": []}})";
constexpr std::string_view kNone =
    R"({"x_data": {"dtype": "float32", "shape": [0]},
         "x_indices": {"dtype": "int32", "shape": [0]},
         "x_indptr": {"dtype": "int64", "shape": [3], "value": [0, 0, 0]},
         "y": {"dtype": "float32", "shape": [3, 2]}})";
constexpr std::string_view kUsmm =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "a": {"dtype": "float64", "shape": []}, "y": {"dtype": "float64", "shape": [4, 2]},
         "z": {"dtype": "float64", "shape": [3, 2]}})";
constexpr std::string_view kFactors =
    R"({"x_data": {"dtype": "float64", "shape": [5]},
         "x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "u": {"dtype": "float64", "shape": [3, 2]}, "v": {"dtype": "float64", "shape": [4, 2]}})";
constexpr std::string_view kPattern =
    R"({"x_indices": {"dtype": "int32", "shape": [5], "value": [2, 0, 1, 0, 3]},
         "x_indptr": {"dtype": "int32", "shape": [4], "value": [0, 1, 3, 5]},
         "u": {"dtype": "float64", "shape": [3, 2]}, "v": {"dtype": "float64", "shape": [4, 2]}})";

std::vector<OpDef> product_ops() {
  return {
      composed<dense_from_sparse, check_one_sparse>(
          {.name = "dense_from_sparse",
           .theano = "DenseFromSparse",
           .doc = "The dense matrix; elements stored at one place are added.",
           .min_inputs = 3,
           .max_inputs = 3,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "dense_from_sparse", "inputs": ["x_data", "x_indices", "x_indptr"], "shape": [3, 4]})",
                 kAlone},
                {R"({"op": "dense_from_sparse", "inputs": ["x_data", "x_indices", "x_indptr"], "format": "csc", "shape": [4, 3]})",
                 kAlone},
                {R"({"op": "dense_from_sparse", "inputs": ["x_data", "x_indices", "x_indptr"], "shape": [2, 3]})",
                 kEmpty}}}),
      composed<structured_dot, check_dot>(
          {.name = "structured_dot",
           .theano = "StructuredDot, Dot, TrueDot",
           .doc = "A sparse matrix times a dense matrix or vector; the gradient is that of the "
                  "stored elements. For dense times sparse transpose all three: csr becomes csc.",
           .min_inputs = 4,
           .max_inputs = 4,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "structured_dot", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})",
                 kMatrix},
                {R"({"op": "structured_dot", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "format": "csc", "shape": [4, 3]})",
                 kFew},
                {R"({"op": "structured_dot", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})",
                 kVector},
                {R"({"op": "structured_dot", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "format": "csc", "shape": [4, 3]})",
                 kNarrow},
                {R"({"op": "structured_dot", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [2, 3]})",
                 kNone}}}),
      composed<structured_dot_grad, check_dot_grad>(
          {.name = "structured_dot_grad",
           .theano = "StructuredDotGradCSR, StructuredDotGradCSC",
           .doc = "The gradient of structured_dot for the data: row i of g times row j of y for "
                  "each stored place (i, j), from indices, indptr, y and g.",
           .min_inputs = 4,
           .max_inputs = 4,
           .attributes = {sparse_format_attribute()},
           .examples =
               {{R"({"op": "structured_dot_grad", "inputs": ["x_indices", "x_indptr", "v", "u"]})",
                 kPattern},
                {R"({"op": "structured_dot_grad", "inputs": ["x_indices", "x_indptr", "u", "v"],
                             "format": "csc"})",
                 kPattern}}}),
      composed<sampling_dot, check_sampling>(
          {.name = "sampling_dot",
           .theano = "SamplingDot",
           .doc = "The new data of a sparse matrix p times (by element) dot(x, y.T), which is "
                  "computed at its places alone, in the order x, y, p.",
           .min_inputs = 5,
           .max_inputs = 5,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "sampling_dot", "inputs": ["u", "v", "x_data", "x_indices", "x_indptr"], "shape": [3, 4]})",
                 kFactors},
                {R"({"op": "sampling_dot", "inputs": ["v", "u", "x_data", "x_indices", "x_indptr"], "format": "csc", "shape": [4, 3]})",
                 kFactors}}}),
      composed<usmm, check_usmm>(
          {.name = "usmm",
           .theano = "Usmm, UsmmCscDense",
           .doc = "alpha dot(x, y) + z with a sparse x, in the order alpha, x, y, z.",
           .min_inputs = 6,
           .max_inputs = 6,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "usmm", "inputs": ["a", "x_data", "x_indices", "x_indptr", "y", "z"], "shape": [3, 4]})",
                 kUsmm}}}),
  };
}

std::vector<OpDef> element_ops() {
  return {
      composed<add_s_d, check_add_dense>(
          {.name = "add_s_d",
           .theano = "AddSD, AddSD_ccode",
           .doc = "A sparse matrix plus a dense one, which is dense.",
           .min_inputs = 4,
           .max_inputs = 4,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "add_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})",
                 kSame},
                {R"({"op": "add_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "format": "csc", "shape": [4, 3]})",
                 kTurned}}}),
      composed<mul_s_d, check_times_dense>(
          {.name = "mul_s_d",
           .theano = "MulSD, MulSDCSR, MulSDCSC",
           .doc = "The new data of a sparse matrix times a dense one, or a scalar, by element.",
           .min_inputs = 4,
           .max_inputs = 4,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "mul_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})",
                 kSame},
                {R"({"op": "mul_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "format": "csc", "shape": [4, 3]})",
                 kTurned},
                {R"({"op": "mul_s_d", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})",
                 kScalar}}}),
      composed<scale<1>, check_vector<1>>(
          {.name = "mul_s_v",
           .theano = "MulSV, MulSVCSR",
           .doc = "The new data of a sparse matrix whose columns are multiplied by the elements "
                  "of y.",
           .min_inputs = 4,
           .max_inputs = 4,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "mul_s_v", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})",
                 kVector},
                {R"({"op": "mul_s_v", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "format": "csc", "shape": [4, 3]})",
                 kNarrow}}}),
      composed<structured_add_s_v, check_vector<1>>(
          {.name = "structured_add_s_v",
           .theano = "StructuredAddSV, StructuredAddSVCSR",
           .doc = "The new data of a sparse matrix to whose columns, where they store something, "
                  "the elements of y are added.",
           .min_inputs = 4,
           .max_inputs = 4,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "structured_add_s_v", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})",
                 kVector}}}),
      composed<scale<1>, check_vector<1>>(
          {.name = "col_scale",
           .theano = "ColScaleCSC, RowScaleCSC",
           .doc = "The new data of a sparse matrix whose columns are multiplied by the elements "
                  "of y.",
           .min_inputs = 4,
           .max_inputs = 4,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "col_scale", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})",
                 kVector},
                {R"({"op": "col_scale", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "format": "csc", "shape": [4, 3]})",
                 kNarrow}}}),
      composed<scale<0>, check_vector<0>>(
          {.name = "row_scale",
           .theano = "RowScaleCSC, ColScaleCSC",
           .doc = "The new data of a sparse matrix whose rows are multiplied by the elements of "
                  "y.",
           .min_inputs = 4,
           .max_inputs = 4,
           .attributes = {sparse_format_attribute(), sparse_shape_attribute()},
           .examples =
               {{R"({"op": "row_scale", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "shape": [3, 4]})",
                 kNarrow},
                {R"({"op": "row_scale", "inputs": ["x_data", "x_indices", "x_indptr", "y"], "format": "csc", "shape": [4, 3]})",
                 kVector}}}),
  };
}

}  // namespace

std::vector<OpDef> sparse_structured_ops() {
  std::vector<OpDef> all = product_ops();
  const std::vector<OpDef> elements = element_ops();
  all.insert(all.end(), elements.begin(), elements.end());
  return all;
}

}  // namespace tgc
