// SPDX-License-Identifier: Apache-2.0
// Gpu: one GPU as all engines of the process share it: the loaded driver, the primary context and
// the preallocated memory. It goes with the last engine that holds it.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "cuda/driver_api.h"
#include "cuda/memory_pool.h"

namespace tgc::runtime {

class Gpu {
 public:
  // "cuda0" opens GPU 0 unless somebody holds it already. Fails with ENVIRONMENT.
  static std::shared_ptr<Gpu> open(const std::string& name, uint32_t minimum_driver);
  Gpu(const std::string& name, uint32_t minimum_driver);
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  [[nodiscard]] const DriverApi& api() const { return api_; }
  [[nodiscard]] CuContext context() const { return context_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int attribute(int number) const;        // CU_DEVICE_ATTRIBUTE_…; 0 if not known
  [[nodiscard]] std::string architecture_text() const;  // "sm_90"

  // Theano's gpuarray.preallocate: up to 1 a fraction of all memory (at most 0.95), above 1
  // megabytes. Once per GPU and process: the first engine that asks decides.
  void preallocate(double amount);
  // From the preallocated memory while it lasts, then the driver's. Fails with MEMORY.
  void* allocate(size_t bytes, const std::string& what);
  void release(void* memory) noexcept;

 private:
  void check_driver(uint32_t minimum_driver) const;

  std::string name_;
  DriverApi api_;
  CuDevice device_ = 0;
  CuContext context_ = nullptr;
  std::mutex mutex_;
  CuPointer reserve_ = 0;
  size_t reserve_bytes_ = 0;
  std::optional<MemoryPool> pool_;
};

// Makes the GPU's context this thread's current one for the life of the object.
class Current {
 public:
  explicit Current(const Gpu& gpu);
  ~Current();
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

 private:
  const DriverApi& api_;
};

}  // namespace tgc::runtime
