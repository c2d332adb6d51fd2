// SPDX-License-Identifier: Apache-2.0
// See device_memory.h. Allocations are registered with the emulation, which checks the bounds of
// what kernels touch.
#include "helpers/standin/device_memory.h"

#include <cstring>

#include "helpers/emulation/emulation.h"

namespace tgc::standin {
namespace {
constexpr size_t kAlignment = 256;
}

DeviceMemory::~DeviceMemory() {
  while (!allocations_.empty()) release(allocations_.begin()->first);
}

std::optional<DeviceAddress> DeviceMemory::allocate(size_t bytes) {
  if (bytes > available()) return std::nullopt;
  Allocation allocation;
  allocation.memory = std::make_unique<unsigned char[]>(bytes + kAlignment);
  const auto place = reinterpret_cast<uintptr_t>(allocation.memory.get());
  allocation.begin = allocation.memory.get() + (kAlignment - place % kAlignment) % kAlignment;
  allocation.bytes = bytes;
  std::memset(allocation.begin, 0xa5, bytes);
  tgc_emulated_register_buffer(allocation.begin, bytes, "device memory");
  const DeviceAddress address = reinterpret_cast<uintptr_t>(allocation.begin) | kMark << 56;
  used_ += bytes;
  allocations_.emplace(address, std::move(allocation));
  return address;
}

bool DeviceMemory::release(DeviceAddress address) {
  const auto found = allocations_.find(address);
  if (found == allocations_.end()) return false;
  tgc_emulated_unregister_buffer(found->second.begin);
  used_ -= found->second.bytes;
  allocations_.erase(found);
  return true;
}

void* DeviceMemory::host(DeviceAddress address, size_t bytes) const {
  auto after = allocations_.upper_bound(address);
  if (after == allocations_.begin()) return nullptr;
  const auto& [begin, allocation] = *--after;
  const size_t offset = address - begin;
  if (offset > allocation.bytes || bytes > allocation.bytes - offset) return nullptr;
  return allocation.begin + offset;
}

}  // namespace tgc::standin
