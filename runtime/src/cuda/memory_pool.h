// SPDX-License-Identifier: Apache-2.0
// MemoryPool: parts of one preallocated block of device memory, first fit, at multiples of 256
// bytes. It knows offsets alone, so it needs no device. Not locked.
#pragma once
#include <cstddef>
#include <map>
#include <optional>

namespace tgc::runtime {

class MemoryPool {
 public:
  explicit MemoryPool(size_t bytes) {
    if (bytes > 0) free_[0] = bytes;
  }

  // The offset of a part of at least `bytes`; nullopt where none is large enough.
  std::optional<size_t> allocate(size_t bytes);
  void release(size_t offset) noexcept;
  [[nodiscard]] size_t free_bytes() const;

 private:
  static constexpr size_t kAlignment = 256;
  std::map<size_t, size_t> free_;  // offset -> bytes; neighbours are merged
  std::map<size_t, size_t> used_;
};

}  // namespace tgc::runtime
