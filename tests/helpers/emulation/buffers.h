// SPDX-License-Identifier: Apache-2.0
// The buffers kernels may touch, with their bounds.
#pragma once

#include "helpers/emulation/scheduler.h"

namespace tgc {

// The smallest registered buffer that holds `pointer` (or begins there); null where none does. A
// null pointer has an empty buffer.
const EmulatedBuffer* find_buffer(const void* pointer);

}  // namespace tgc
