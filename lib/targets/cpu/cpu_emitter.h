// SPDX-License-Identifier: Apache-2.0
// Kernel IR → C++ text of one CPU kernel (bundle_abi.h: tgc_cpu_kernel), written against
// runtime/include/tgc/kernel_prelude.h. The cut into tasks depends on shapes alone.
//
// Schedules of a LoopNest, chosen by strides:
//  · flat     no inner loops: the last outer loop is vectorised, tasks are blocks of elements;
//  · columns  reductions whose data is contiguous along the last outer loop: 64 of its iterations
//             are carried side by side while the reduction runs in order;
//  · rows     the rest: one outer iteration after the other, inner loops vectorised.
#pragma once
#include <string>
#include <vector>

#include "targets/target.h"

namespace tgc {

EmittedKernel emit_cpu_kernel(const Kernel& kernel);

}  // namespace tgc
