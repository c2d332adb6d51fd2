// SPDX-License-Identifier: Apache-2.0
// libtgc_standin_cuda.so: the functions of the CUDA driver API that the runtime calls (the list in
// runtime/src/cuda/driver_api.h) and `tgc doctor` asks, over emulated kernels. For tests:
// TGC_CUDA_DRIVER names it.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>

#include "helpers/standin/driver.h"
#include "helpers/standin/fatbin_reader.h"

using namespace tgc::standin;

namespace {

std::mutex driver_mutex;
std::unique_ptr<Driver> driver;
thread_local int current_contexts = 0;

constexpr int kDriverVersion = 13000;
constexpr int kOldDriverVersion = 12020;
constexpr int kComputeMajor = 75;
constexpr int kComputeMinor = 76;
char context_place;  // the primary context is its address

// Runs a function of the API: under the lock, with an initialised driver that still works.
template <class F>
int call(const F& f) {
  const std::lock_guard lock(driver_mutex);
  if (driver == nullptr) return kNotInitialized;
  if (driver->state() != kSuccess) return driver->state();
  return f(*driver);
}

// The same for what needs a current context.
template <class F>
int call_in_context(const F& f) {
  return call([&](Driver& all) -> int {
    if (current_contexts == 0) return all.fail(kInvalidContext, "no context is current");
    return f(all);
  });
}

template <class Handle>
bool is_known(const std::set<Handle*>& handles, Handle* handle) {
  return handles.count(handle) != 0;
}

// Host memory of a device range, or null after noting why not.
void* device_range(Driver& all, DeviceAddress address, size_t bytes) {
  void* host = all.memory.host(address, bytes);
  if (host == nullptr) {
    all.fail(kInvalidValue, std::to_string(bytes) + " bytes at an address that " +
                                (DeviceMemory::is_device(address) ? "do not lie in one allocation"
                                                                  : "is not the device's"));
  }
  return host;
}

bool is_host(Driver& all, const void* place) {
  if (!DeviceMemory::is_device(reinterpret_cast<uintptr_t>(place))) return true;
  all.fail(kInvalidValue, "a device address was given for a host one");
  return false;
}

}  // namespace

extern "C" {

int cuInit(unsigned) {
  const std::lock_guard lock(driver_mutex);
  Settings settings = settings_from_environment();
  if (!settings.problem.empty()) {
    std::fprintf(stderr, "stand-in driver: %s\n", settings.problem.c_str());
    return kInvalidValue;
  }
  if (settings.failure == Failure::no_device) return kNoDevice;
  if (settings.failure == Failure::driver_mismatch) return kDriverMismatch;
  // a later cuInit of the process changes nothing, unless all was released in between
  if (driver == nullptr || driver->retained == 0) driver = std::make_unique<Driver>(settings);
  return kSuccess;
}

int cuDriverGetVersion(int* version) {
  const std::lock_guard lock(driver_mutex);
  const bool is_old = driver != nullptr && driver->settings.failure == Failure::old_driver;
  *version = is_old ? kOldDriverVersion : kDriverVersion;
  return kSuccess;
}

int cuGetErrorName(int result, const char** name) {
  *name = text_of(result).name;
  return *name != nullptr ? kSuccess : kInvalidValue;
}

int cuGetErrorString(int result, const char** text) {
  const std::lock_guard lock(driver_mutex);
  *text = driver != nullptr ? driver->error_text(result) : text_of(result).text;
  return *text != nullptr ? kSuccess : kInvalidValue;
}

int cuDeviceGetCount(int* count) {
  return call([&](Driver&) {
    *count = 1;
    return kSuccess;
  });
}

int cuDeviceGet(int* device, int number) {
  return call([&](Driver& all) {
    if (number != 0) return all.fail(kInvalidDevice, "there is device 0 alone");
    *device = 0;
    return kSuccess;
  });
}

int cuDeviceGetName(char* name, int bytes, int) {
  return call([&](Driver&) {
    std::snprintf(name, static_cast<size_t>(bytes), "stand-in");
    return kSuccess;
  });
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
  return call([&](Driver& all) {
    const auto architecture = static_cast<int>(all.settings.architecture);
    if (attribute == kComputeMajor) {
      *value = architecture / 10;
    } else if (attribute == kComputeMinor) {
      *value = architecture % 10;
    } else {
      return all.fail(kInvalidValue, "attribute " + std::to_string(attribute) + " is not played");
    }
    return kSuccess;
  });
}

int cuDeviceTotalMem_v2(size_t* bytes, int) {
  return call([&](Driver& all) {
    *bytes = all.memory.total();
    return kSuccess;
  });
}

int cuDevicePrimaryCtxRetain(void** context, int) {
  return call([&](Driver& all) {
    if (all.settings.failure == Failure::busy_device) return kDeviceUnavailable;
    ++all.retained;
    *context = &context_place;
    return kSuccess;
  });
}

int cuDevicePrimaryCtxRelease_v2(int) {
  const std::lock_guard lock(driver_mutex);
  if (driver == nullptr || driver->retained == 0) return kInvalidContext;
  --driver->retained;
  return kSuccess;
}

int cuCtxPushCurrent_v2(void* context) {
  return call([&](Driver& all) {
    if (context != &context_place || all.retained == 0) {
      return all.fail(kInvalidContext, "that is no context, or it was released");
    }
    ++current_contexts;
    return kSuccess;
  });
}

int cuCtxPopCurrent_v2(void** context) {
  if (current_contexts == 0) return kInvalidContext;
  --current_contexts;
  *context = &context_place;
  return kSuccess;
}

int cuMemGetInfo_v2(size_t* available, size_t* total) {
  return call_in_context([&](Driver& all) {
    const bool is_full = all.settings.failure == Failure::out_of_memory;
    *available = is_full ? 0 : all.memory.available();
    *total = all.memory.total();
    return kSuccess;
  });
}

int cuMemAlloc_v2(DeviceAddress* address, size_t bytes) {
  return call_in_context([&](Driver& all) {
    if (bytes == 0) return all.fail(kInvalidValue, "an allocation of no bytes");
    if (all.settings.failure == Failure::out_of_memory) return kOutOfMemory;
    const auto given = all.memory.allocate(bytes);
    if (!given) return kOutOfMemory;
    *address = *given;
    return kSuccess;
  });
}

int cuMemFree_v2(DeviceAddress address) {
  return call_in_context([&](Driver& all) {
    if (const Result result = all.finish_all(); result != kSuccess) return result;
    if (all.memory.release(address)) return kSuccess;
    return all.fail(kInvalidValue, "no allocation begins there");
  });
}

// As from pageable memory: taken at once, there when the stream gets to it.
int cuMemcpyHtoDAsync_v2(DeviceAddress to, const void* from, size_t bytes, Stream* stream) {
  return call_in_context([&](Driver& all) {
    if (!is_known(all.streams, stream)) return all.fail(kInvalidHandle, "no such stream");
    void* host = device_range(all, to, bytes);
    if (host == nullptr || !is_host(all, from)) return kInvalidValue;
    const auto* first = static_cast<const unsigned char*>(from);
    stream->work.emplace_back([host, taken = std::vector<unsigned char>(first, first + bytes)] {
      if (!taken.empty()) std::memcpy(host, taken.data(), taken.size());
      return kSuccess;
    });
    return kSuccess;
  });
}

int cuMemcpyDtoHAsync_v2(void* to, DeviceAddress from, size_t bytes, Stream* stream) {
  return call_in_context([&](Driver& all) {
    if (!is_known(all.streams, stream)) return all.fail(kInvalidHandle, "no such stream");
    const void* host = device_range(all, from, bytes);
    if (host == nullptr || !is_host(all, to)) return kInvalidValue;
    stream->work.emplace_back([host, to, bytes] {
      std::memcpy(to, host, bytes);
      return kSuccess;
    });
    return kSuccess;
  });
}

int cuMemcpyDtoDAsync_v2(DeviceAddress to, DeviceAddress from, size_t bytes, Stream* stream) {
  return call_in_context([&](Driver& all) {
    if (!is_known(all.streams, stream)) return all.fail(kInvalidHandle, "no such stream");
    void* target = device_range(all, to, bytes);
    const void* source = device_range(all, from, bytes);
    if (target == nullptr || source == nullptr) return kInvalidValue;
    stream->work.emplace_back([target, source, bytes] {
      std::memmove(target, source, bytes);
      return kSuccess;
    });
    return kSuccess;
  });
}

int cuStreamCreate(Stream** stream, unsigned) {
  return call_in_context([&](Driver& all) {
    *stream = *all.streams.insert(new Stream).first;
    return kSuccess;
  });
}

int cuStreamDestroy_v2(Stream* stream) {
  const std::lock_guard lock(driver_mutex);
  if (driver == nullptr || driver->streams.erase(stream) == 0) return kInvalidHandle;
  driver->finish(*stream);
  delete stream;
  return driver->state();
}

int cuStreamSynchronize(Stream* stream) {
  return call_in_context([&](Driver& all) {
    if (!is_known(all.streams, stream)) return all.fail(kInvalidHandle, "no such stream");
    return all.finish(*stream);
  });
}

int cuModuleLoadData(Module** module, const void* image) {
  return call_in_context([&](Driver& all) {
    const FatbinContents contents = read_fatbin(image);
    if (!contents.problem.empty()) return all.fail(kInvalidImage, contents.problem);
    if (all.settings.failure == Failure::unsupported_ptx) return kUnsupportedPtx;
    if (!has_code_for(contents, all.settings.architecture)) return kNoBinary;
    *module = *all.modules.insert(new Module).first;
    return kSuccess;
  });
}

int cuModuleUnload(Module* module) {
  const std::lock_guard lock(driver_mutex);
  if (driver == nullptr || driver->modules.erase(module) == 0) return kInvalidHandle;
  driver->finish_all();
  delete module;
  return driver->state();
}

int cuModuleGetFunction(Function** function, Module* module, const char* name) {
  return call_in_context([&](Driver& all) -> int {
    if (!is_known(all.modules, module)) return all.fail(kInvalidHandle, "no such module");
    auto found = std::make_unique<Function>();
    if (const Result result = all.find_kernel(name, *found); result != kSuccess) return result;
    *function = found.get();
    module->functions.push_back(std::move(found));
    return kSuccess;
  });
}

int cuFuncSetAttribute(Function*, int, int) {
  return call_in_context([](Driver&) { return kSuccess; });
}

int cuLaunchKernel(Function* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                   Stream* stream, void** args, void**) {
  return call_in_context([&](Driver& all) {
    if (!is_known(all.streams, stream)) return all.fail(kInvalidHandle, "no such stream");
    const Geometry geometry = {{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes};
    const bool is_empty = grid_x == 0 || grid_y == 0 || grid_z == 0;
    if (is_empty) return all.fail(kInvalidValue, "a grid without blocks");
    return all.launch(*stream, *function, geometry, args);
  });
}

}  // extern "C"
