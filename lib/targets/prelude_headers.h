// SPDX-License-Identifier: Apache-2.0
// The headers generated code includes (runtime/include/tgc), carried in the command itself so that
// it needs no folder of headers beside it. Names as they are included: "tgc/kernel_prelude.h".
#pragma once
#include "support/code_text.h"

namespace tgc {

const HeaderTexts& prelude_headers();  // all
HeaderTexts cpu_prelude_headers();     // what CPU kernels may include
HeaderTexts cuda_prelude_headers();    // what CUDA texts may include

}  // namespace tgc
