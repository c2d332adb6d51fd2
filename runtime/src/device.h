// SPDX-License-Identifier: Apache-2.0
// Device: what the runtime needs of a GPU. One implementation, cuda/, reached through the driver
// loaded at run time; a Queue is a stream and belongs to one context.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plan_file.h"

namespace tgc::runtime {

struct Launch {
  uint32_t kernel = 0;  // number in the plan's gpu_kernels
  std::array<uint32_t, 3> grid{};
  std::array<uint32_t, 3> block{};
  uint32_t shared_bytes = 0;
};

class Queue {
 public:
  virtual ~Queue() = default;
  virtual void upload(void* device, const void* host, size_t bytes) = 0;
  virtual void download(void* host, const void* device, size_t bytes) = 0;  // done on return
  virtual void copy(void* to, const void* from, size_t bytes) = 0;          // on the device
  // buffers and dims in the order of the kernel's params; `failure` is a device {code, value}.
  virtual void launch(const Launch& launch, const std::vector<void*>& buffers,
                      const std::vector<int64_t>& dims, void* failure) = 0;
  virtual void synchronize() = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  [[nodiscard]] virtual std::string name() const = 0;                 // "cuda0"
  virtual void* allocate(size_t bytes, const std::string& what) = 0;  // fails with MEMORY
  virtual void release(void* memory) noexcept = 0;
  virtual std::unique_ptr<Queue> make_queue() = 0;
};

// Loads the driver, checks it against `minimum_driver`, loads the fatbin. Fails with ENVIRONMENT
// and a message that says what is missing.
std::unique_ptr<Device> open_cuda_device(const std::string& name, const std::string& fatbin_path,
                                         const std::vector<GpuKernel>& kernels,
                                         uint32_t minimum_driver, double preallocate);

}  // namespace tgc::runtime
