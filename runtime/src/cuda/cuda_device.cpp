// SPDX-License-Identifier: Apache-2.0
// The GPU device of an engine: a share of the Gpu, and the bundle's code on it.
#include <algorithm>

#include "cuda/cuda_code.h"
#include "cuda/cuda_queue.h"
#include "cuda/gpu.h"
#include "device.h"
#include "failure.h"

namespace tgc::runtime {
namespace {

// Limits of every GPU this runtime knows (compute capability 7.5 and newer).
constexpr std::array<int64_t, 3> kMostBlocks = {2147483647, 65535, 65535};
constexpr size_t kMostParameterBytes = 32764;

class CudaDevice : public Device {
 public:
  CudaDevice(std::shared_ptr<Gpu> gpu, const std::string& fatbin_path,
             const std::vector<GpuKernel>& kernels)
      : gpu_(std::move(gpu)), code_(*gpu_, fatbin_path, kernels) {}

  [[nodiscard]] std::string name() const override { return gpu_->name(); }
  void* allocate(size_t bytes, const std::string& what) override {
    return gpu_->allocate(bytes, what);
  }
  void release(void* memory) noexcept override { gpu_->release(memory); }

  void* allocate_host(size_t bytes, const std::string& what) override {
    const Current current(*gpu_);
    void* memory = nullptr;
    const CuResult result =
        gpu_->api().host_allocate(&memory, std::max<size_t>(bytes, 1), 1 /* for all contexts */);
    if (result != 0) {
      gpu_->api().check(
          result, "cannot pin " + std::to_string(bytes) + " bytes of host memory for " + what);
    }
    return memory;
  }
  void release_host(void* memory) noexcept override {
    CuContext ignored = nullptr;
    if (gpu_->api().context_push(gpu_->context()) != 0) return;
    gpu_->api().host_free(memory);
    gpu_->api().context_pop(&ignored);
  }

  std::unique_ptr<Queue> make_queue() override { return std::make_unique<CudaQueue>(*gpu_, code_); }

  void prepare(const Launch& launch, size_t param_count, const std::string& node) override {
    for (size_t axis = 0; axis < 3; ++axis) {
      if (launch.grid[axis] <= kMostBlocks[axis]) continue;
      fail(TGC_ERROR_ARGUMENT, "'" + node + "' would need " + std::to_string(launch.grid[axis]) +
                                   " blocks on " + gpu_->name() + ", which takes " +
                                   std::to_string(kMostBlocks[axis]) + "; give smaller inputs");
    }
    if (8 * param_count > kMostParameterBytes) {
      fail(TGC_ERROR_BUNDLE, "'" + node + "' has more parameters than a kernel can take");
    }
    code_.load(launch.kernel, launch.shared_bytes);
  }
  void prepare_all() override { code_.load_all(); }

 private:
  std::shared_ptr<Gpu> gpu_;
  CudaCode code_;
};

}  // namespace

std::unique_ptr<Device> open_cuda_device(const std::string& name, const std::string& fatbin_path,
                                         const std::vector<GpuKernel>& kernels,
                                         uint32_t minimum_driver, double preallocate) {
  std::shared_ptr<Gpu> gpu = Gpu::open(name, minimum_driver);
  auto device = std::make_unique<CudaDevice>(gpu, fatbin_path, kernels);
  gpu->preallocate(preallocate);
  return device;
}

}  // namespace tgc::runtime
