// SPDX-License-Identifier: Apache-2.0
// Device: what the runtime needs of a GPU. One implementation, cuda/, reached through the driver
// loaded at run time; a Queue belongs to one context.
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
  std::array<int64_t, 3> grid{};
  std::array<uint32_t, 3> block{};
  uint32_t shared_bytes = 0;
};

// A stream: its work is done in order, later than it is asked for.
class Queue {
 public:
  virtual ~Queue() = default;
  virtual void upload(void* device, const void* host, size_t bytes) = 0;    // `host` may go at once
  virtual void download(void* host, const void* device, size_t bytes) = 0;  // until synchronize()
  virtual void copy(void* to, const void* from, size_t bytes) = 0;          // on the device
  // buffers and dims in the order of the kernel's params; `failure` is a device {code, value}. The
  // kernel was prepared.
  virtual void launch(const Launch& launch, void* const* buffers, size_t buffer_count,
                      const std::vector<int64_t>& dims, void* failure) = 0;
  virtual void synchronize() = 0;
  // The same after a failure: nothing is left that could still write; errors are known already.
  virtual void settle() noexcept = 0;

  // Marks are points in the stream, numbered from 0 since forget_marks().
  virtual void mark() = 0;
  virtual void forget_marks() noexcept = 0;
  // Between two marks of work that is done.
  virtual uint64_t nanoseconds_between(size_t first, size_t second) = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  [[nodiscard]] virtual std::string name() const = 0;                 // "cuda0"
  virtual void* allocate(size_t bytes, const std::string& what) = 0;  // fails with MEMORY
  virtual void release(void* memory) noexcept = 0;
  // Host memory that copies reach without a detour.
  virtual void* allocate_host(size_t bytes, const std::string& what) = 0;  // fails with MEMORY
  virtual void release_host(void* memory) noexcept = 0;
  virtual std::unique_ptr<Queue> make_queue() = 0;
  // Loads the kernel of a launch (once) and checks the launch against the GPU's limits; `node` is
  // for the message.
  virtual void prepare(const Launch& launch, size_t param_count, const std::string& node) = 0;
  virtual void prepare_all() = 0;  // loads all kernels
};

// Loads the driver, checks it against `minimum_driver`, opens the fatbin and loads its first
// kernel: whether there is code for this GPU shows at once, the other kernels follow when they are
// prepared. Engines of one GPU share its context and preallocated memory. Fails with ENVIRONMENT
// and a message that says what is missing.
std::unique_ptr<Device> open_cuda_device(const std::string& name, const std::string& fatbin_path,
                                         const std::vector<GpuKernel>& kernels,
                                         uint32_t minimum_driver, double preallocate);

}  // namespace tgc::runtime
