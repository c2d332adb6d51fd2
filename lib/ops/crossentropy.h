// SPDX-License-Identifier: Apache-2.0
// Parts the cross entropy ops share: targets that are column numbers, one per row.
#pragma once
#include "graph/op_def.h"

namespace tgc {

// Checks that input `matrix` is a float matrix and input `targets` an integer vector with one entry
// per row.
bool check_targets(InferContext& context, size_t matrix, size_t targets);

// In a kernel: the target of the row as int64, after a Check that it is a column; `is_column` says
// whether it is, so that loads can be guarded.
struct Target {
  ExprRef column;
  ExprRef is_column;
};
Target load_target(KernelBuilder& builder, OperandRef targets, const IndexExpr& row,
                   const DimExpr& columns);

// On the host: the target of a row; sets the context's failure when it is no column.
int64_t checked_target(EvalContext& context, const Tensor& targets, int64_t row, int64_t columns);

}  // namespace tgc
