// SPDX-License-Identifier: Apache-2.0
// Kernel IR → CUDA text of one kernel, written against runtime/include/tgc/cuda_prelude.h (whose
// conventions make the same text run emulated on the host). Params: buffers, dims as int64, then
// the failure word. Schedules of a LoopNest:
//  · flat   no reductions: a thread an element, grid-stride over the flattened outer loops;
//  · row    reductions inside: a block a row, reductions by tgc_block_reduce in a fixed order,
//  inner
//           loops shared out over the block's threads; short rows take a warp each;
//  · column reductions whose data is contiguous along the last outer loop: a thread a column.
#pragma once
#include <vector>

#include "targets/target.h"

namespace tgc {

// One entry per variant (predicates on dims), best first, the last without a predicate.
std::vector<EmittedKernel> emit_cuda_kernel(const Kernel& kernel);

}  // namespace tgc
