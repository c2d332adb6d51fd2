// SPDX-License-Identifier: Apache-2.0
// CudaQueue: a CUDA stream. Kernels take their buffers as pointers, then their dims as int64, then
// the pointer of the failure word.
#pragma once
#include <string>
#include <vector>

#include "cuda/cuda_code.h"
#include "cuda/gpu.h"
#include "device.h"

namespace tgc::runtime {

class CudaQueue : public Queue {
 public:
  CudaQueue(const Gpu& gpu, const CudaCode& code);
  ~CudaQueue() override;
  CudaQueue(const CudaQueue&) = delete;
  CudaQueue& operator=(const CudaQueue&) = delete;

  void upload(void* device, const void* host, size_t bytes) override;
  void download(void* host, const void* device, size_t bytes) override;
  void copy(void* to, const void* from, size_t bytes) override;
  void launch(const Launch& launch, void* const* buffers, size_t buffer_count,
              const std::vector<int64_t>& dims, void* failure) override;
  void synchronize() override;
  void settle() noexcept override;
  void mark() override;
  void forget_marks() noexcept override { mark_count_ = 0; }
  uint64_t nanoseconds_between(size_t first, size_t second) override;

 private:
  const Gpu& gpu_;
  const DriverApi& api_;
  const CudaCode& code_;
  CuStream stream_ = nullptr;
  std::vector<CuEvent> events_;
  size_t mark_count_ = 0;
  std::vector<void*> arguments_;
};

}  // namespace tgc::runtime
