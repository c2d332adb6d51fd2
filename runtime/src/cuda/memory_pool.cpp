// SPDX-License-Identifier: Apache-2.0
// See memory_pool.h.
#include "cuda/memory_pool.h"

namespace tgc::runtime {

std::optional<size_t> MemoryPool::allocate(size_t bytes) {
  const size_t size = bytes == 0 ? kAlignment : (bytes + kAlignment - 1) / kAlignment * kAlignment;
  if (size < bytes) return std::nullopt;  // overflow
  for (const auto& [offset, room] : free_) {
    if (room < size) continue;
    const size_t found = offset;
    const size_t rest = room - size;
    used_[found] = size;
    free_.erase(found);
    if (rest > 0) free_[found + size] = rest;
    return found;
  }
  return std::nullopt;
}

void MemoryPool::release(size_t offset) noexcept {
  const auto part = used_.find(offset);
  if (part == used_.end()) return;
  // the node moves from one map to the other: nothing is allocated, so nothing can fail
  auto node = used_.extract(part);
  auto place = free_.insert(std::move(node)).position;
  if (const auto next = std::next(place);
      next != free_.end() && place->first + place->second == next->first) {
    place->second += next->second;
    free_.erase(next);
  }
  if (place == free_.begin()) return;
  if (const auto previous = std::prev(place); previous->first + previous->second == place->first) {
    previous->second += place->second;
    free_.erase(place);
  }
}

size_t MemoryPool::free_bytes() const {
  size_t total = 0;
  for (const auto& [offset, room] : free_) total += room;
  return total;
}

}  // namespace tgc::runtime
