// SPDX-License-Identifier: Apache-2.0
// XXH3-64 of a block, from xxHash's header alone: the runtime links to no library.
#pragma once
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>

namespace tgc::runtime {

inline uint64_t xxh3_64(const void* data, size_t bytes) {
  return XXH3_64bits(data, bytes);
}

}  // namespace tgc::runtime
