// SPDX-License-Identifier: Apache-2.0
// CudaCode: the kernels of one bundle on one GPU. Each is loaded when it is first prepared, and
// once; how long opening an engine takes does not grow with the bundle. (cuLibraryLoadData would
// load for all contexts of the process; there is one, so cuModuleLoadData does.)
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "cuda/gpu.h"
#include "device.h"
#include "mapped_file.h"

namespace tgc::runtime {

class CudaCode {
 public:
  // Checks that the fatbin holds every kernel's bytes and loads the first kernel. Fails with BUNDLE
  // or ENVIRONMENT.
  CudaCode(const Gpu& gpu, const std::string& path, const std::vector<GpuKernel>& kernels);
  ~CudaCode();
  CudaCode(const CudaCode&) = delete;
  CudaCode& operator=(const CudaCode&) = delete;

  void load(uint32_t kernel, uint32_t shared_bytes);
  void load_all();
  [[nodiscard]] CuFunction function(uint32_t kernel) const {  // which was loaded
    return functions_[kernel].load(std::memory_order_acquire);
  }
  [[nodiscard]] const std::string& name(uint32_t kernel) const { return kernels_[kernel].name; }

 private:
  CuModule module_at(const GpuKernel& kernel);
  void allow_shared(uint32_t kernel, uint32_t bytes);

  const Gpu& gpu_;
  std::string path_;
  MappedFile fatbin_;
  const std::vector<GpuKernel>& kernels_;  // of the plan, which lives longer
  std::mutex mutex_;
  std::map<uint64_t, CuModule> modules_;  // by offset
  std::vector<std::atomic<CuFunction>> functions_;
  std::vector<uint32_t> shared_bytes_;  // a block was allowed so far
};

}  // namespace tgc::runtime
