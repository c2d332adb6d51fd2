// SPDX-License-Identifier: Apache-2.0
// The GPU device: primary context, module from the fatbin, streams. Kernels take their buffers as
// pointers, then their dims as int64, then the pointer of the failure word.
#include <algorithm>
#include <cstring>
#include <mutex>

#include "cuda/driver_api.h"
#include "device.h"
#include "failure.h"
#include "mapped_file.h"

namespace tgc::runtime {
namespace {

constexpr int kComputeMajor = 75;
constexpr int kComputeMinor = 76;
constexpr int kMaxDynamicShared = 8;  // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
constexpr uint32_t kPlainShared = 48u << 10;
constexpr CuResult kNoBinary = 209;  // CUDA_ERROR_NO_BINARY_FOR_GPU

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

class CudaDevice;

// Makes the device's context current for the life of the object.
class Current {
 public:
  Current(const DriverApi& api, CuContext context) : api_(api) {
    api_.check(api_.context_push(context), "cannot make the CUDA context current");
  }
  ~Current() {
    CuContext ignored = nullptr;
    api_.context_pop(&ignored);
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

 private:
  const DriverApi& api_;
};

class CudaQueue : public Queue {
 public:
  CudaQueue(const DriverApi& api, CuContext context, const std::vector<CuFunction>& functions)
      : api_(api), context_(context), functions_(functions) {
    const Current current(api_, context_);
    constexpr unsigned kNonBlocking = 1;
    api_.check(api_.stream_create(&stream_, kNonBlocking), "cannot make a CUDA stream");
  }
  ~CudaQueue() override {
    CuContext ignored = nullptr;
    if (api_.context_push(context_) != 0) return;
    api_.stream_destroy(stream_);
    api_.context_pop(&ignored);
  }
  CudaQueue(const CudaQueue&) = delete;
  CudaQueue& operator=(const CudaQueue&) = delete;

  void upload(void* device, const void* host, size_t bytes) override {
    const Current current(api_, context_);
    api_.check(api_.upload(reinterpret_cast<CuPointer>(device), host, bytes, stream_),
               "cannot copy to the GPU");
  }
  void download(void* host, const void* device, size_t bytes) override {
    const Current current(api_, context_);
    api_.check(api_.download(host, reinterpret_cast<CuPointer>(device), bytes, stream_),
               "cannot copy from the GPU");
    api_.check(api_.stream_synchronize(stream_), "the GPU stopped with an error");
  }
  void copy(void* to, const void* from, size_t bytes) override {
    const Current current(api_, context_);
    api_.check(api_.copy(reinterpret_cast<CuPointer>(to), reinterpret_cast<CuPointer>(from), bytes,
                         stream_),
               "cannot copy on the GPU");
  }
  void launch(const Launch& launch, const std::vector<void*>& buffers,
              const std::vector<int64_t>& dims, void* failure) override {
    const Current current(api_, context_);
    arguments_.clear();
    for (void* const& buffer : buffers) arguments_.push_back(const_cast<void**>(&buffer));
    for (const int64_t& dim : dims) arguments_.push_back(const_cast<int64_t*>(&dim));
    arguments_.push_back(&failure);
    CuFunction function = functions_.at(launch.kernel);
    if (launch.shared_bytes > kPlainShared) {
      api_.check(api_.function_attribute(function, kMaxDynamicShared,
                                         static_cast<int>(launch.shared_bytes)),
                 "the GPU has too little shared memory for a kernel");
    }
    api_.check(api_.launch(function, launch.grid[0], launch.grid[1], launch.grid[2],
                           launch.block[0], launch.block[1], launch.block[2], launch.shared_bytes,
                           stream_, arguments_.data(), nullptr),
               "cannot launch a kernel");
  }
  void synchronize() override {
    const Current current(api_, context_);
    api_.check(api_.stream_synchronize(stream_), "the GPU stopped with an error");
  }

 private:
  const DriverApi& api_;
  CuContext context_;
  const std::vector<CuFunction>& functions_;
  CuStream stream_ = nullptr;
  std::vector<void*> arguments_;
};

class CudaDevice : public Device {
 public:
  CudaDevice(const std::string& name, const std::string& fatbin_path,
             const std::vector<GpuKernel>& kernels, uint32_t minimum_driver, double preallocate)
      : name_(name) {
    open(minimum_driver);
    try {
      const Current current(api_, context_);
      load(fatbin_path, kernels);
      if (preallocate > 0) preallocate_memory(preallocate);
    } catch (...) {
      api_.context_release(device_);
      throw;
    }
  }
  ~CudaDevice() override {
    CuContext ignored = nullptr;
    if (api_.context_push(context_) == 0) {
      if (reserve_ != 0) api_.memory_free(reserve_);
      for (CuModule module : modules_) api_.module_unload(module);
      api_.context_pop(&ignored);
    }
    api_.context_release(device_);
  }
  CudaDevice(const CudaDevice&) = delete;
  CudaDevice& operator=(const CudaDevice&) = delete;

  [[nodiscard]] std::string name() const override { return name_; }

  void* allocate(size_t bytes, const std::string& what) override {
    if (void* part = from_reserve(std::max<size_t>(bytes, 1))) return part;
    const Current current(api_, context_);
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

  void release(void* memory) noexcept override {
    const auto pointer = reinterpret_cast<CuPointer>(memory);
    if (reserve_ != 0 && pointer >= reserve_ && pointer < reserve_ + reserve_bytes_) {
      const std::lock_guard lock(mutex_);
      for (Part& part : parts_) {
        if (part.offset == pointer - reserve_) part.is_free = true;
      }
      merge_free();
      return;
    }
    CuContext ignored = nullptr;
    if (api_.context_push(context_) != 0) return;
    api_.memory_free(pointer);
    api_.context_pop(&ignored);
  }

  std::unique_ptr<Queue> make_queue() override {
    return std::make_unique<CudaQueue>(api_, context_, functions_);
  }

 private:
  struct Part {
    size_t offset;
    size_t bytes;
    bool is_free;
  };

  void open(uint32_t minimum_driver) {
    const CuResult started = api_.init(0);
    if (started != 0) {
      fail(TGC_ERROR_ENVIRONMENT, "the CUDA driver cannot start: " + api_.error_message(started));
    }
    int version = 0;
    api_.check(api_.driver_version(&version), "cannot ask the CUDA driver for its version");
    if (static_cast<uint32_t>(version) < minimum_driver) {
      fail(TGC_ERROR_ENVIRONMENT, "the CUDA driver is too old: it supports CUDA " +
                                      version_text(version) + ", the bundle needs CUDA " +
                                      version_text(static_cast<int>(minimum_driver)) +
                                      "; install a newer driver");
    }
    int count = 0;
    api_.check(api_.device_count(&count), "cannot count the GPUs");
    const int number = std::stoi(name_.substr(4));
    if (number >= count) {
      fail(TGC_ERROR_ENVIRONMENT, "there is no " + name_ + ": the driver sees " +
                                      std::to_string(count) +
                                      " GPU(s) (CUDA_VISIBLE_DEVICES may hide some)");
    }
    api_.check(api_.device_get(&device_, number), "cannot open " + name_);
    api_.check(api_.context_retain(&context_, device_), "cannot open a context on " + name_);
  }

  void load(const std::string& path, const std::vector<GpuKernel>& kernels) {
    const MappedFile fatbin(path);
    for (const GpuKernel& kernel : kernels) {
      const bool fits = kernel.offset <= fatbin.size() &&
                        kernel.bytes <= fatbin.size() - kernel.offset && kernel.offset % 8 == 0;
      if (!fits) fail(TGC_ERROR_BUNDLE, path + " is too short for kernel " + kernel.name);
      CuModule module = nullptr;
      const CuResult result = api_.module_load(&module, fatbin.data() + kernel.offset);
      if (result == kNoBinary) no_binary(path);
      api_.check(result, "cannot load kernel " + kernel.name + " of " + path);
      modules_.push_back(module);
      CuFunction function = nullptr;
      api_.check(api_.module_function(&function, module, kernel.name.c_str()),
                 path + " has no kernel " + kernel.name);
      functions_.push_back(function);
    }
  }

  [[noreturn]] void no_binary(const std::string& path) const {
    int major = 0;
    int minor = 0;
    api_.device_attribute(&major, kComputeMajor, device_);
    api_.device_attribute(&minor, kComputeMinor, device_);
    const std::string architecture = "sm_" + std::to_string(major) + std::to_string(minor);
    fail(TGC_ERROR_ENVIRONMENT, path + " has no code for " + name_ + ", which is " + architecture +
                                    "; compile it with --target cuda:" + architecture);
  }

  // Theano's grammar: up to 1 a fraction of all memory (at most 0.95), above 1 megabytes.
  void preallocate_memory(double amount) {
    size_t free_bytes = 0;
    size_t total = 0;
    api_.check(api_.memory_info(&free_bytes, &total), "cannot ask for the GPU's memory");
    const double wanted =
        amount <= 1 ? std::min(amount, 0.95) * static_cast<double>(total) : amount * 1048576.0;
    reserve_bytes_ = static_cast<size_t>(wanted) / 256 * 256;
    if (reserve_bytes_ > free_bytes) {
      fail(TGC_ERROR_MEMORY, "Trying to preallocate " + std::to_string(reserve_bytes_ >> 20) +
                                 " MB of GPU memory while only " +
                                 std::to_string(free_bytes >> 20) +
                                 " MB are available; lower gpuarray.preallocate");
    }
    api_.check(api_.memory_allocate(&reserve_, reserve_bytes_), "cannot preallocate GPU memory");
    parts_.push_back({0, reserve_bytes_, true});
  }

  void* from_reserve(size_t bytes) {
    const std::lock_guard lock(mutex_);
    const size_t size = (bytes + 255) / 256 * 256;
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (!parts_[i].is_free || parts_[i].bytes < size) continue;
      const Part whole = parts_[i];
      parts_[i] = {whole.offset, size, false};
      if (whole.bytes > size) {
        parts_.insert(parts_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                      {whole.offset + size, whole.bytes - size, true});
      }
      return reinterpret_cast<void*>(reserve_ + whole.offset);
    }
    return nullptr;
  }

  void merge_free() noexcept {
    for (size_t i = 1; i < parts_.size();) {
      if (parts_[i - 1].is_free && parts_[i].is_free) {
        parts_[i - 1].bytes += parts_[i].bytes;
        parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
  }

  std::string name_;
  DriverApi api_;
  CuDevice device_ = 0;
  CuContext context_ = nullptr;
  std::vector<CuModule> modules_;
  std::vector<CuFunction> functions_;
  CuPointer reserve_ = 0;
  size_t reserve_bytes_ = 0;
  std::mutex mutex_;
  std::vector<Part> parts_;
};

}  // namespace

std::unique_ptr<Device> open_cuda_device(const std::string& name, const std::string& fatbin_path,
                                         const std::vector<GpuKernel>& kernels,
                                         uint32_t minimum_driver, double preallocate) {
  return std::make_unique<CudaDevice>(name, fatbin_path, kernels, minimum_driver, preallocate);
}

}  // namespace tgc::runtime
