// SPDX-License-Identifier: Apache-2.0
// Which of the code table's instruction set levels this processor can run.
#pragma once
#include <string>

#include "tgc/bundle_abi.h"

namespace tgc::runtime {

bool processor_has(const tgc_cpu_level& level);
std::string level_text(const tgc_cpu_level& level);  // "x86-64-v4"

}  // namespace tgc::runtime
