// SPDX-License-Identifier: Apache-2.0
// See cuda_code.h.
#include "cuda/cuda_code.h"

#include <cstdlib>

#include "failure.h"

namespace tgc::runtime {
namespace {

constexpr CuResult kNoBinary = 209;
// CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES and
// CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
constexpr int kMaxDynamicShared = 8;
constexpr int kMostShared = 97;
constexpr uint32_t kPlainShared = 48u << 10;  // every kernel may have this much
constexpr int kOldest = 75;                   // tgc makes no code for GPUs below sm_75

// What gives the GPU code that suits it.
std::string remedy(const Gpu& gpu) {
  const std::string architecture = gpu.architecture_text();
  if (std::atoi(architecture.c_str() + 3) < kOldest) {
    return "tgc makes code for sm_" + std::to_string(kOldest) +
           " and newer: run it with device=cpu";
  }
  return "compile the bundle with --target cuda:" + architecture;
}

}  // namespace

CudaCode::CudaCode(const Gpu& gpu, const std::string& path, const std::vector<GpuKernel>& kernels)
    : gpu_(gpu),
      path_(path),
      fatbin_(path),
      kernels_(kernels),
      functions_(kernels.size()),
      shared_bytes_(kernels.size(), kPlainShared) {
  for (const GpuKernel& kernel : kernels_) {
    const bool fits = kernel.offset <= fatbin_.size() &&
                      kernel.bytes <= fatbin_.size() - kernel.offset && kernel.offset % 8 == 0;
    if (!fits) fail(TGC_ERROR_BUNDLE, path + " is too short for kernel " + kernel.name);
  }
  if (!kernels_.empty()) load(0, 0);
}

CudaCode::~CudaCode() {
  CuContext ignored = nullptr;
  if (modules_.empty() || gpu_.api().context_push(gpu_.context()) != 0) return;
  for (const auto& [offset, module] : modules_) gpu_.api().module_unload(module);
  gpu_.api().context_pop(&ignored);
}

void CudaCode::load(uint32_t number, uint32_t shared_bytes) {
  const std::lock_guard lock(mutex_);
  if (function(number) == nullptr) {
    const Current current(gpu_);
    const GpuKernel& kernel = kernels_[number];
    CuModule module = module_at(kernel);
    CuFunction found = nullptr;
    gpu_.api().check(gpu_.api().module_function(&found, module, kernel.name.c_str()),
                     path_ + " has no kernel " + kernel.name);
    functions_[number].store(found, std::memory_order_release);
  }
  if (shared_bytes > shared_bytes_[number]) allow_shared(number, shared_bytes);
}

void CudaCode::load_all() {
  for (size_t i = 0; i < kernels_.size(); ++i) load(static_cast<uint32_t>(i), 0);
}

CuModule CudaCode::module_at(const GpuKernel& kernel) {
  if (const auto known = modules_.find(kernel.offset); known != modules_.end()) {
    return known->second;
  }
  CuModule& module = modules_[kernel.offset];
  const CuResult result = gpu_.api().module_load(&module, fatbin_.data() + kernel.offset);
  if (result == 0) return module;
  modules_.erase(kernel.offset);
  if (result == kNoBinary) {
    fail(TGC_ERROR_ENVIRONMENT, path_ + " has no code for " + gpu_.name() + ", which is " +
                                    gpu_.architecture_text() + "; " + remedy(gpu_));
  }
  gpu_.api().check(result, "cannot load kernel " + kernel.name + " of " + path_);
  return nullptr;
}

void CudaCode::allow_shared(uint32_t number, uint32_t bytes) {
  const int most = gpu_.attribute(kMostShared);
  if (most > 0 && bytes > static_cast<uint32_t>(most)) {
    fail(TGC_ERROR_ENVIRONMENT, "kernel " + kernels_[number].name + " wants " +
                                    std::to_string(bytes) + " bytes of shared memory a block, " +
                                    gpu_.name() + " has " + std::to_string(most) + "; " +
                                    remedy(gpu_));
  }
  const Current current(gpu_);
  gpu_.api().check(
      gpu_.api().function_attribute(function(number), kMaxDynamicShared, static_cast<int>(bytes)),
      "cannot give kernel " + kernels_[number].name + " its shared memory");
  shared_bytes_[number] = bytes;
}

}  // namespace tgc::runtime
