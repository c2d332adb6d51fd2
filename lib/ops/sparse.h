// SPDX-License-Identifier: Apache-2.0
// Sparse matrices as ops see them: three dense vectors among the inputs, data, indices and indptr,
// and the attributes format (csr or csc) and shape. A line is a row of csr and a column of csc;
// indptr says where each line's elements begin, indices their places across.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ops/composition.h"

namespace tgc {

struct SparseMatrix {
  Node data;
  Node indices;
  Node indptr;
  bool is_csr = true;
  DimExpr rows;
  DimExpr columns;

  [[nodiscard]] DimExpr count() const { return data.type().shape[0]; }
  [[nodiscard]] const DimExpr& lines() const { return is_csr ? rows : columns; }
  [[nodiscard]] const DimExpr& across() const { return is_csr ? columns : rows; }
  // For each stored element, as int64; those of `indices` are checked.
  [[nodiscard]] Node line() const;
  [[nodiscard]] Node place() const;
  [[nodiscard]] Node row() const { return is_csr ? line() : place(); }
  [[nodiscard]] Node column() const { return is_csr ? place() : line(); }
  // line · across + place: elements in the order of their lines, and in a line by place.
  [[nodiscard]] Node key() const;
  [[nodiscard]] SparseMatrix with_data(const Node& values) const;
  [[nodiscard]] SparseMatrix transposed() const;  // the same parts in the other format
};

// The matrix that begins at input `first`; `shape` and `format` name attributes.
SparseMatrix sparse_matrix(const Given& given, size_t first, std::string_view shape = "shape",
                           std::string_view format = "format");

// Accepts the three inputs from `first`: vectors that fit each other and the attribute `shape`,
// into which indptr's length and a default of format are put.
bool check_sparse(InferContext& context, size_t first, std::string_view shape = "shape",
                  std::string_view format = "format");
// check_sparse of the first three inputs, and of the dims in `shape`.
bool check_one_sparse(InferContext& context);
bool check_sparse_shape(InferContext& context);
const Shape& sparse_shape(const InferContext& context);
// Has the input's axis the length that `what` ("the sparse matrix has rows") wants?
bool fits(InferContext& context, size_t input, size_t axis, const DimExpr& wanted,
          const std::string& what);
// Accepts indices and indptr alone, from input `first`.
bool check_pattern(InferContext& context, size_t first);

Node csm_lines(const Node& indptr, const DimExpr& count);
// x·y of a sparse matrix and a dense one, or a vector.
Node sparse_dot(const Given& given, const SparseMatrix& x, const Node& y);
Node dense_of(const Given& given, const SparseMatrix& x);
// y[rows, columns]
Node elements_at(const Node& y, const Node& rows, const Node& columns);

// Parts of a matrix from elements in order of their keys: data, indices, indptr.
std::vector<Node> parts_of(const Given& given, const Node& data, const Node& keys,
                           const DimExpr& lines, const DimExpr& across);
// Elements by ascending keys, each once: those at one place are added.
struct KeyedSums {
  Node data;
  Node keys;
};
KeyedSums sums_by_key(const Given& given, const Node& data, const Node& keys);
// parts_of from elements in any order: those at one place are added, zeros are dropped; `size`
// names how many are left.
std::vector<Node> summed_parts(const Given& given, const Node& data, const Node& keys,
                               const DimExpr& lines, const DimExpr& across,
                               const std::string& size);

Node picked(const Node& x, const Node& at);  // x[at]
Node order_of(const Node& keys);
// The elements of several lines, one after the other: whose line each is of, where it lies, and
// where each line begins among them. `size` may name how many there are.
struct Runs {
  Node owner;
  Node position;
  Node begins;
};
Runs lines_at(const Given& given, const Node& indptr, const Node& lines, const Attributes& size);

// Attributes that many of these ops have.
AttrDef sparse_format_attribute();
AttrDef sparse_shape_attribute();
AttrDef sparse_size_attribute();

}  // namespace tgc
