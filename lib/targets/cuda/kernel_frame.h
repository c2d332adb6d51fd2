// SPDX-License-Identifier: Apache-2.0
// The head of a CUDA kernel around its body: buffers, dims, failure word, in this order.
#pragma once
#include <string>

#include "targets/c_text.h"

namespace tgc {

std::string kernel_frame(const Kernel& kernel, const CText& text, int64_t threads,
                         const std::string& body);

}  // namespace tgc
