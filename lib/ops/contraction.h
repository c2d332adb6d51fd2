// SPDX-License-Identifier: Apache-2.0
// What all products of matrices share: the dtypes to multiply and carry in, and the contraction
// kernel with plain operand loads, so that targets see the operands' strides.
#pragma once
#include <functional>

#include "graph/op_def.h"

namespace tgc {

// float16 multiplies as it is and carries in float32; bool and the narrow integers use int32, which
// wraps to the same result; everything else stays.
DType multiply_dtype(DType result);
DType carry_dtype(DType result);

// Σ_k a·b for operands of rank 1 to 2, or 2 to 3 with a leading batch axis. A vector on the left is
// a row, on the right a column, and its axis is missing in the result.
struct Product {
  OperandRef a;
  OperandRef b;
  OperandRef result;
  DType dtype = DType::float32;  // of the product
  bool batched = false;
  // The value to store for one element of the product at the given indices of the result; null: the
  // product itself.
  std::function<ExprRef(KernelBuilder&, const ExprRef& product,
                        const std::vector<IndexExpr>& indices)>
      epilogue;
};
void lower_product(LowerContext& context, const Product& product);

// The same on host tensors: result[…] = Σ_k a·b, summed in double or int64 and stored once.
void eval_product(const Tensor& a, const Tensor& b, bool batched, Tensor& result);

}  // namespace tgc
