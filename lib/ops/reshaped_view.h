// SPDX-License-Identifier: Apache-2.0
// Reshaping without moving memory: which strides show a buffer in another shape, if any do.
#pragma once
#include <optional>
#include <vector>

#include "graph/op_def.h"

namespace tgc {

// Strides under which the elements of `from`, in row-major order, appear as `shape`; nullopt when
// that cannot be known to hold for all dims.
std::optional<std::vector<DimExpr>> reshaped_strides(const OperandLayout& from, const Shape& shape);

// Output 0 is input 0 in the output's shape: a view where possible, else a copying kernel.
void lower_to_reshape(LowerContext& context);

// Output 0 is input 0's elements, in order.
void eval_reshape(EvalContext& context);

// The gradient: reshape back.
void grad_reshape(GradContext& context);

}  // namespace tgc
