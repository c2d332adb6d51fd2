// SPDX-License-Identifier: Apache-2.0
// The list of all ops. ops.def names, one line each, the functions that make the records.
#pragma once
#include "graph/op_def.h"

namespace tgc {

// Every op of the compiler, made once.
const OpRegistry& op_registry();

}  // namespace tgc
