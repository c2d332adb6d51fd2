// SPDX-License-Identifier: Apache-2.0
// See gpu_facts.h. Numbers are those of the CUDA driver API's header.
#include "tgc/gpu_facts.h"

#include <dlfcn.h>

#include <cstdlib>

namespace tgc {
namespace {

constexpr int kComputeMajor = 75;
constexpr int kComputeMinor = 76;

// The few driver functions that tell facts.
class Driver {
 public:
  explicit Driver(const std::string& library)
      : handle_(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) return;
    load(init, "cuInit");
    load(version, "cuDriverGetVersion");
    load(error_name, "cuGetErrorName");
    load(count, "cuDeviceGetCount");
    load(device, "cuDeviceGet");
    load(name, "cuDeviceGetName");
    load(attribute, "cuDeviceGetAttribute");
    load(memory, "cuDeviceTotalMem_v2");
  }
  ~Driver() {
    if (handle_ != nullptr) dlclose(handle_);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  [[nodiscard]] bool is_loaded() const { return handle_ != nullptr; }
  [[nodiscard]] bool is_complete() const {
    return init && version && error_name && count && device && name && attribute;
  }
  [[nodiscard]] std::string error_text(int result) const {
    const char* text = nullptr;
    error_name(result, &text);
    return text != nullptr ? text : "CUDA error " + std::to_string(result);
  }

  int (*init)(unsigned) = nullptr;
  int (*version)(int*) = nullptr;
  int (*error_name)(int, const char**) = nullptr;
  int (*count)(int*) = nullptr;
  int (*device)(int*, int) = nullptr;
  int (*name)(char*, int, int) = nullptr;
  int (*attribute)(int*, int, int) = nullptr;
  int (*memory)(size_t*, int) = nullptr;  // may be missing

 private:
  template <class F>
  void load(F& function, const char* symbol) {
    function = reinterpret_cast<F>(dlsym(handle_, symbol));
  }
  void* handle_;
};

Gpu describe(const Driver& driver, int number) {
  Gpu gpu;
  gpu.number = number;
  int device = 0;
  if (driver.device(&device, number) != 0) return gpu;
  char name[256] = "";
  if (driver.name(name, sizeof name, device) == 0) gpu.name = name;
  int major = 0;
  int minor = 0;
  driver.attribute(&major, kComputeMajor, device);
  driver.attribute(&minor, kComputeMinor, device);
  gpu.capability = major * 10 + minor;
  size_t bytes = 0;
  if (driver.memory != nullptr && driver.memory(&bytes, device) == 0) gpu.memory_bytes = bytes;
  return gpu;
}

}  // namespace

GpuFacts gpu_facts() {
  GpuFacts facts;
  const char* chosen = std::getenv("TGC_CUDA_DRIVER");
  facts.library = chosen != nullptr ? chosen : "libcuda.so.1";
  const Driver driver(facts.library);
  if (!driver.is_loaded()) {
    facts.problem = facts.library + " cannot be loaded: no NVIDIA driver is installed";
    return facts;
  }
  if (!driver.is_complete()) {
    facts.problem = facts.library + " lacks functions: the driver is too old";
    return facts;
  }
  driver.version(&facts.driver_version);
  if (const int result = driver.init(0); result != 0) {
    facts.problem = "the driver does not start: " + driver.error_text(result);
    return facts;
  }
  int count = 0;
  if (const int result = driver.count(&count); result != 0) {
    facts.problem = "the driver does not list its GPUs: " + driver.error_text(result);
    return facts;
  }
  for (int number = 0; number < count; ++number) facts.gpus.push_back(describe(driver, number));
  if (count == 0) facts.problem = "the driver sees no GPU";
  return facts;
}

}  // namespace tgc
