// SPDX-License-Identifier: Apache-2.0
// Comparing memory as elements of a dtype, by the rule of tests/ops/check_op.h.
#pragma once
#include <cstdint>
#include <string>

namespace tgc::gpu {

// "" where both hold the same values: integers and bools bit by bit; floats within `tolerance` of
// the largest finite expected magnitude (plus 0.001); NaN equals NaN. Else the first difference.
std::string difference(uint32_t dtype, const std::string& got, const std::string& expected,
                       double tolerance);

double element(uint32_t dtype, const std::string& bytes, size_t i);

}  // namespace tgc::gpu
