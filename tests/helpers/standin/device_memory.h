// SPDX-License-Identifier: Apache-2.0
// The stand-in's device memory: host memory under other addresses. A device address is the host
// address with a mark in its upper bits, so the processor refuses it (a host program that uses one
// crashes) and an address without the mark is known to be no device's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace tgc::standin {

using DeviceAddress = unsigned long long;

class DeviceMemory {
 public:
  explicit DeviceMemory(size_t total) : total_(total) {}
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  [[nodiscard]] size_t total() const { return total_; }
  [[nodiscard]] size_t available() const { return total_ - used_; }

  // nullopt: not enough left. The memory holds bytes of 0xa5.
  std::optional<DeviceAddress> allocate(size_t bytes);
  // false: no allocation begins there.
  bool release(DeviceAddress address);

  [[nodiscard]] static bool is_device(DeviceAddress address) { return (address >> 56) == kMark; }
  // The host memory of `bytes` from `address`; null where they do not all lie in one allocation.
  [[nodiscard]] void* host(DeviceAddress address, size_t bytes) const;

 private:
  static constexpr DeviceAddress kMark = 0x7d;

  struct Allocation {
    std::unique_ptr<unsigned char[]> memory;
    unsigned char* begin = nullptr;  // aligned to 256, as CUDA's
    size_t bytes = 0;
  };
  size_t total_;
  size_t used_ = 0;
  std::map<DeviceAddress, Allocation> allocations_;
};

}  // namespace tgc::standin
