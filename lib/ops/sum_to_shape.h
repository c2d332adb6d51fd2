// SPDX-License-Identifier: Apache-2.0
// The gradient of broadcasting: sums over the axes along which a value was repeated.
#pragma once
#include "graph/builder.h"

namespace tgc {

// `grad`, a gradient of the broadcast value, summed to the value's own shape: leading axes that
// `shape` lacks and axes whose dim in `shape` is the integer 1 (and in `grad` is not).
VariableId sum_to_shape(Builder& builder, VariableId grad, const Shape& shape);

}  // namespace tgc
