// SPDX-License-Identifier: Apache-2.0
// Structural checks of one program of a plan file.
#pragma once
#include <string>

#include "plan_file.h"

namespace tgc::runtime {

// What is wrong, or "".
std::string find_problem(const Program& program, size_t shared, size_t constants,
                         size_t gpu_kernels);

}  // namespace tgc::runtime
