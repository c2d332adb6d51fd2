// SPDX-License-Identifier: Apache-2.0
// See gpu.h.
#include "cuda/gpu.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "failure.h"

namespace tgc::runtime {
namespace {

constexpr int kComputeMajor = 75;
constexpr int kComputeMinor = 76;

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// The GPUs that engines hold now, by driver and name. The process's driver state is one, so this is
// too; it is never destroyed, since engines may outlive static objects.
struct OpenGpus {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<Gpu>> known;
};
OpenGpus& open_gpus() {
  static auto* const all = new OpenGpus;
  return *all;
}

}  // namespace

Current::Current(const Gpu& gpu) : api_(gpu.api()) {
  api_.check(api_.context_push(gpu.context()), "cannot make the CUDA context current");
}

Current::~Current() {
  CuContext ignored = nullptr;
  api_.context_pop(&ignored);
}

std::shared_ptr<Gpu> Gpu::open(const std::string& name, uint32_t minimum_driver) {
  OpenGpus& all = open_gpus();
  const std::lock_guard lock(all.mutex);
  std::weak_ptr<Gpu>& known = all.known[{driver_path(), name}];
  std::shared_ptr<Gpu> gpu = known.lock();
  if (gpu) {
    gpu->check_driver(minimum_driver);
  } else {
    gpu = std::make_shared<Gpu>(name, minimum_driver);
    known = gpu;
  }
  return gpu;
}

Gpu::Gpu(const std::string& name, uint32_t minimum_driver) : name_(name) {
  if (const CuResult started = api_.init(0); started != 0) {
    fail(TGC_ERROR_ENVIRONMENT, "the CUDA driver cannot start: " + api_.error_message(started));
  }
  check_driver(minimum_driver);
  int count = 0;
  api_.check(api_.device_count(&count), "cannot count the GPUs");
  const long number = std::strtol(name_.c_str() + 4, nullptr, 10);  // "cuda0"
  if (number >= count) {
    fail(TGC_ERROR_ENVIRONMENT,
         "there is no " + name_ + ": the driver sees " + std::to_string(count) +
             " GPU(s); nvidia-smi lists them, CUDA_VISIBLE_DEVICES may hide some");
  }
  api_.check(api_.device_get(&device_, static_cast<int>(number)), "cannot open " + name_);
  api_.check(api_.context_retain(&context_, device_), "cannot open a context on " + name_);
}

Gpu::~Gpu() {
  CuContext ignored = nullptr;
  if (reserve_ != 0 && api_.context_push(context_) == 0) {
    api_.memory_free(reserve_);
    api_.context_pop(&ignored);
  }
  api_.context_release(device_);
}

void Gpu::check_driver(uint32_t minimum_driver) const {
  int version = 0;
  api_.check(api_.driver_version(&version), "cannot ask the CUDA driver for its version");
  if (static_cast<uint32_t>(version) >= minimum_driver) return;
  fail(TGC_ERROR_ENVIRONMENT, "the CUDA driver is too old: it supports CUDA " +
                                  version_text(version) + ", the bundle needs CUDA " +
                                  version_text(static_cast<int>(minimum_driver)) +
                                  "; install a newer driver");
}

int Gpu::attribute(int number) const {
  int value = 0;
  return api_.device_attribute(&value, number, device_) == 0 ? value : 0;
}

std::string Gpu::architecture_text() const {
  return "sm_" + std::to_string(attribute(kComputeMajor)) +
         std::to_string(attribute(kComputeMinor));
}

void Gpu::preallocate(double amount) {
  const std::lock_guard lock(mutex_);
  if (amount <= 0 || reserve_ != 0) return;
  const Current current(*this);
  size_t free_bytes = 0;
  size_t total = 0;
  api_.check(api_.memory_info(&free_bytes, &total), "cannot ask for the GPU's memory");
  const double wanted =
      amount <= 1 ? std::min(amount, 0.95) * static_cast<double>(total) : amount * 1048576.0;
  if (wanted > static_cast<double>(free_bytes)) {
    fail(TGC_ERROR_MEMORY, "Trying to preallocate " +
                               std::to_string(static_cast<int64_t>(wanted / 1048576.0)) +
                               " MB of GPU memory while only " + std::to_string(free_bytes >> 20) +
                               " MB are available; lower gpuarray.preallocate");
  }
  const size_t bytes = static_cast<size_t>(wanted) / 256 * 256;
  if (bytes == 0) return;
  pool_.emplace(bytes);
  api_.check(api_.memory_allocate(&reserve_, bytes), "cannot preallocate GPU memory");
  reserve_bytes_ = bytes;
}

void* Gpu::allocate(size_t bytes, const std::string& what) {
  {
    const std::lock_guard lock(mutex_);
    if (reserve_ != 0) {
      if (const auto offset = pool_->allocate(bytes)) {
        return reinterpret_cast<void*>(reserve_ + *offset);
      }
    }
  }
  const Current current(*this);
  CuPointer memory = 0;
  const CuResult result = api_.memory_allocate(&memory, std::max<size_t>(bytes, 1));
  if (result != 0) {
    size_t free_bytes = 0;
    size_t total = 0;
    api_.memory_info(&free_bytes, &total);
    api_.check(result, "out of memory on " + name_ + ": " + std::to_string(bytes) +
                           " bytes wanted for " + what + ", " + std::to_string(free_bytes) +
                           " of " + std::to_string(total) + " free");
  }
  return reinterpret_cast<void*>(memory);
}

void Gpu::release(void* memory) noexcept {
  const auto pointer = reinterpret_cast<CuPointer>(memory);
  {
    const std::lock_guard lock(mutex_);
    if (reserve_ != 0 && pointer >= reserve_ && pointer < reserve_ + reserve_bytes_) {
      pool_->release(pointer - reserve_);
      return;
    }
  }
  CuContext ignored = nullptr;
  if (api_.context_push(context_) != 0) return;
  api_.memory_free(pointer);
  api_.context_pop(&ignored);
}

}  // namespace tgc::runtime
