// SPDX-License-Identifier: Apache-2.0
// Values of the special functions (from erf in scalar_op.def) on the host. The formulas are those
// of generated code (runtime/include/tgc/special) over the C library; what they are checked against
// is a table of values computed to many digits (tests/unit/prelude/special_values.inc).
#pragma once
#include <vector>

#include "kernel/expr.h"

namespace tgc {

bool is_special(ScalarOp op);
double special_value(ScalarOp op, const std::vector<double>& args);

}  // namespace tgc
