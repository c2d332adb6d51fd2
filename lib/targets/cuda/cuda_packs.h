// SPDX-License-Identifier: Apache-2.0
// Elementwise kernels whose threads take several neighbours at a time: what is contiguous along the
// innermost loop is read and written in packs of up to 16 bytes, one instruction each.
#pragma once
#include <optional>

#include "targets/target.h"

namespace tgc {

// None where the nest is no plain elementwise one, or its memory is not known to be aligned.
std::optional<EmittedKernel> emit_cuda_packed(const Kernel& kernel, const LoopNest& nest,
                                              int64_t threads, int64_t most_blocks);

}  // namespace tgc
