// SPDX-License-Identifier: Apache-2.0
// The CUDA text of a contraction: tgc_contraction of the prelude with operands that are matrices in
// memory where the loads are plain, else structs made of the load's expression; the epilogue is the
// store's struct. Several tile shapes are offered as variants chosen by the dims of a call.
#pragma once
#include <vector>

#include "targets/target.h"

namespace tgc {

std::vector<EmittedKernel> emit_cuda_contraction(const Kernel& kernel,
                                                 const Contraction& contraction);

}  // namespace tgc
