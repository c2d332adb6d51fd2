// SPDX-License-Identifier: Apache-2.0
// The CPU text of a contraction: a call of tgc_contraction (prelude/contraction.h) with the
// operands' index maps and the epilogue as functors. Operands that are plain strided matrices are
// passed as tgc_strided, which the prelude packs with vector copies.
#pragma once
#include "targets/target.h"

namespace tgc {

EmittedKernel emit_cpu_contraction(const Kernel& kernel, const Contraction& contraction);

}  // namespace tgc
