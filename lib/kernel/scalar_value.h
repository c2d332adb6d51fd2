// SPDX-License-Identifier: Apache-2.0
// Values of Kernel IR's scalar functions on the host, in the plainest way: what the reference
// interpreter and constant folding compute. float32 results are computed in double and rounded
// once, so they are at least as exact as any target's.
#pragma once
#include <vector>

#include "kernel/expr.h"
#include "types/tensor.h"

namespace tgc {

struct ScalarValue {
  DType dtype = DType::float64;
  double real = 0;       // float and complex dtypes
  int64_t integer = 0;   // the others; uint64 as its bits
  double imaginary = 0;  // complex dtypes

  [[nodiscard]] double as_double() const;  // exact but for integers above 2^53
  [[nodiscard]] bool is_true() const;      // != 0; NaN is true
};

ScalarValue scalar_value(DType dtype, double value);
ScalarValue scalar_value_int(DType dtype, int64_t value);
ScalarValue element(const Tensor& tensor, int64_t index);
void set_element(Tensor& tensor, int64_t index, const ScalarValue& value);  // casts

ScalarValue cast(const ScalarValue& value, DType dtype);
// `op` of arguments that expr.h's call() would accept, in dtype `result`.
ScalarValue evaluate(ScalarOp op, const std::vector<ScalarValue>& args, DType result);

// The value of an expression without loads, dims and counters; local i is locals[i].
ScalarValue evaluate(const ExprRef& expr, const std::vector<ScalarValue>& locals);

}  // namespace tgc
