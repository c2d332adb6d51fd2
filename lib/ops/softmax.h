// SPDX-License-Identifier: Apache-2.0
// Parts the softmax ops share: one row of a matrix, its maximum and the sum of its exponentials,
// in kernels and on the host.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "graph/node.h"
#include "graph/op_def.h"

namespace tgc {

// The element of the row being worked on, in the dtype to compute in, for a column counter.
using RowElement = std::function<ExprRef(KernelBuilder&, const IndexExpr& column)>;

// For each row of a [rows, columns] matrix: m = max x, s = Σ exp(x - m).
struct RowKernel {
  KernelBuilder builder;
  IndexExpr row;
  DimExpr columns;
  RowElement x;
  ExprRef largest;  // m
  ExprRef sum;      // s
  // Stores value(column) for every column of the row.
  void store_row(OperandRef output, const std::function<ExprRef(const IndexExpr&)>& value);
};
RowKernel start_row_kernel(LowerContext& context, const Shape& shape,
                           const std::function<ExprRef(KernelBuilder&, const IndexExpr& row,
                                                       const IndexExpr& column)>& element);

// exp(x - m)
ExprRef shifted_exp(const RowKernel& row, const ExprRef& x);

// One row on the host.
struct RowValues {
  std::vector<double> x;
  double largest = 0;
  double sum = 0;
};
RowValues row_values(const Tensor& x, const Tensor* bias, int64_t row);

// Checks rank 1 or 2 and a float dtype (Theano's softmax); a vector is a matrix of one row.
std::optional<Shape> softmax_shape(InferContext& context);

// Σ over the columns, kept as an axis of length 1.
Node row_sum(const Node& x);

}  // namespace tgc
