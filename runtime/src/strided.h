// SPDX-License-Identifier: Apache-2.0
// Arrays as callers hand them in: any strides, any alignment.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tgc/runtime.h"

namespace tgc::runtime {

// Row-major without gaps and aligned for its dtype.
bool is_contiguous(const tgc_tensor& tensor);
// Copies all elements in row-major order to `to`.
void copy_contiguous(const tgc_tensor& tensor, void* to);
std::string dims_text(const std::vector<int64_t>& dims);  // "[20, 64]"

}  // namespace tgc::runtime
