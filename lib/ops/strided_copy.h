// SPDX-License-Identifier: Apache-2.0
// What the ops that only move elements share: walking index tuples, copying through strides in
// `eval`, and giving an output as a view of an input (or copying it) in `lower`.
#pragma once
#include <cstring>
#include <vector>

#include "graph/op_def.h"

namespace tgc {

// Calls visit(index) for every index tuple of `dims` in row-major order.
template <class F>
void for_each_index(const std::vector<int64_t>& dims, F&& visit) {
  for (const int64_t dim : dims) {
    if (dim == 0) return;
  }
  std::vector<int64_t> index(dims.size(), 0);
  while (true) {
    visit(index);
    size_t axis = dims.size();
    while (axis > 0 && ++index[axis - 1] == dims[axis - 1]) index[--axis] = 0;
    if (axis == 0) return;
  }
}

// Σ index·stride.
inline int64_t flat_index(const std::vector<int64_t>& index, const std::vector<int64_t>& strides) {
  int64_t sum = 0;
  for (size_t i = 0; i < index.size(); ++i) sum += index[i] * strides[i];
  return sum;
}

// to[to_at] = from[from_at]; both have the same dtype.
inline void copy_element(const Tensor& from, int64_t from_at, Tensor& to, int64_t to_at) {
  const int64_t size = dtype_size(from.dtype());
  std::memcpy(to.bytes() + to_at * size, from.bytes() + from_at * size, static_cast<size_t>(size));
}

// to[i, j, …] = from[offset + i·strides[0] + j·strides[1] + …] for all indices of `to`.
void copy_from_strided(const Tensor& from, int64_t offset, const std::vector<int64_t>& strides,
                       Tensor& to);

// Output `output` is input `input` through `strides`, in elements of the input's buffer.
// A literal input has no buffer, so then the elements are stored.
void lower_to_view(LowerContext& context, int output, int input, const DimExpr& offset,
                   const std::vector<DimExpr>& strides);

// A kernel that copies `from` element by element to `to`, which has the same shape.
void lower_to_copy(LowerContext& context, OperandRef from, OperandRef to, const Shape& shape);

// True when a pass let output `output` overwrite input `input`: the two are one memory, so the copy
// from one to the other falls away.
bool is_in_place(const Apply& apply, int output, int input);

// Reports a negative integer dim; for a dim that may turn out negative, records a check at bind.
bool require_dim(InferContext& context, const DimExpr& dim, std::string_view attribute);

}  // namespace tgc
