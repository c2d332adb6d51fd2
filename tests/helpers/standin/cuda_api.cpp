// SPDX-License-Identifier: Apache-2.0
// libtgc_standin_cuda.so: the functions of the CUDA driver API that the runtime calls (the list in
// runtime/src/cuda/driver_api.h) and `tgc doctor` asks, over emulated kernels. For tests:
// TGC_CUDA_DRIVER names it.
#include <chrono>
#include <cstdio>
#include <cstdlib>
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
constexpr int kMostShared = 97;  // a block may opt in to
constexpr int kMostSharedBytes = 227 << 10;
constexpr int kRefusedLaunch = 3;
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
    } else if (attribute == kMostShared) {
      *value = kMostSharedBytes;
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
    const bool is_full =
        all.settings.failure == Failure::out_of_memory && all.settings.occasion == 0;
    *available = is_full ? 0 : all.memory.available();
    *total = all.memory.total();
    return kSuccess;
  });
}

int cuMemAlloc_v2(DeviceAddress* address, size_t bytes) {
  return call_in_context([&](Driver& all) {
    if (bytes == 0) return all.fail(kInvalidValue, "an allocation of no bytes");
    all.note_traffic("allocate", bytes);
    if (all.is_due(Failure::out_of_memory, 0)) return kOutOfMemory;
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

int cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
  return call_in_context([&](Driver& all) {
    all.note_traffic("allocate", bytes);
    if (all.is_due(Failure::out_of_host_memory, 0)) return kOutOfMemory;
    *memory = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (*memory == nullptr) return kOutOfMemory;
    std::memset(*memory, 0x5a, bytes);
    all.pinned[*memory] = bytes;
    return kSuccess;
  });
}

int cuMemFreeHost(void* memory) {
  const std::lock_guard lock(driver_mutex);
  if (driver == nullptr || driver->pinned.erase(memory) == 0) return kInvalidValue;
  driver->finish_all();
  std::free(memory);
  return driver->state();
}

// From pageable memory it is taken at once, from pinned memory when the stream gets to it.
int cuMemcpyHtoDAsync_v2(DeviceAddress to, const void* from, size_t bytes, Stream* stream) {
  return call_in_context([&](Driver& all) {
    if (!is_known(all.streams, stream)) return all.fail(kInvalidHandle, "no such stream");
    void* host = device_range(all, to, bytes);
    if (host == nullptr || !is_host(all, from)) return kInvalidValue;
    all.note_traffic("upload", bytes);
    if (all.is_pinned(from)) {
      stream->work.emplace_back([host, from, bytes] {
        std::memcpy(host, from, bytes);
        return kSuccess;
      });
      return kSuccess;
    }
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
    all.note_traffic("download", bytes);
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
    all.note_traffic("wait", 0);
    return all.finish(*stream);
  });
}

int cuEventCreate(Event** event, unsigned) {
  return call_in_context([&](Driver& all) {
    *event = *all.events.insert(new Event).first;
    return kSuccess;
  });
}

int cuEventDestroy_v2(Event* event) {
  const std::lock_guard lock(driver_mutex);
  if (driver == nullptr || driver->events.erase(event) == 0) return kInvalidHandle;
  driver->finish_all();
  delete event;
  return driver->state();
}

int cuEventRecord(Event* event, Stream* stream) {
  return call_in_context([&](Driver& all) {
    if (!is_known(all.streams, stream) || !is_known(all.events, event)) {
      return all.fail(kInvalidHandle, "no such stream or event");
    }
    event->is_recorded = false;
    stream->work.emplace_back([event] {
      const auto now = std::chrono::steady_clock::now().time_since_epoch();
      event->milliseconds = std::chrono::duration<double, std::milli>(now).count();
      event->is_recorded = true;
      return kSuccess;
    });
    return kSuccess;
  });
}

int cuEventElapsedTime(float* milliseconds, Event* first, Event* second) {
  return call_in_context([&](Driver& all) {
    if (!is_known(all.events, first) || !is_known(all.events, second)) {
      return all.fail(kInvalidHandle, "no such event");
    }
    if (!first->is_recorded || !second->is_recorded) {
      return all.fail(kNotReady, "an event's stream has not come to it");
    }
    *milliseconds = static_cast<float>(second->milliseconds - first->milliseconds);
    return kSuccess;
  });
}

int cuModuleLoadData(Module** module, const void* image) {
  return call_in_context([&](Driver& all) {
    const FatbinContents contents = read_fatbin(image);
    if (!contents.problem.empty()) return all.fail(kInvalidImage, contents.problem);
    if (all.is_due(Failure::full_at_load, 1)) return kOutOfMemory;
    if (all.settings.failure == Failure::unsupported_ptx) return kUnsupportedPtx;
    if (!has_code_for(contents, all.settings.architecture)) return kNoBinary;
    *module = *all.modules.insert(new Module).first;
    (*module)->file = mapped_file(image);
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
    if (all.is_due(Failure::unknown_function, 1)) return kNotFound;
    auto found = std::make_unique<Function>();
    if (const Result result = all.find_kernel(*module, name, *found); result != kSuccess)
      return result;
    *function = found.get();
    module->functions.push_back(std::move(found));
    return kSuccess;
  });
}

int cuFuncSetAttribute(Function* function, int attribute, int value) {
  return call_in_context([&](Driver& all) {
    constexpr int kMaxDynamicShared = 8;
    if (attribute != kMaxDynamicShared || value < 0 || value > kMostSharedBytes) {
      return all.fail(kInvalidValue, "no such attribute, or more than the device has");
    }
    function->most_shared = static_cast<size_t>(value);
    return kSuccess;
  });
}

int cuLaunchKernel(Function* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                   Stream* stream, void** args, void**) {
  return call_in_context([&](Driver& all) {
    if (!is_known(all.streams, stream)) return all.fail(kInvalidHandle, "no such stream");
    const Geometry geometry = {{grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes};
    const bool is_empty = grid_x == 0 || grid_y == 0 || grid_z == 0;
    if (is_empty) return all.fail(kInvalidValue, "a grid without blocks");
    if (grid_x > 0x7fffffffu || grid_y > 0xffffu || grid_z > 0xffffu) {
      return all.fail(kInvalidValue, "too many blocks");
    }
    const uint64_t threads = uint64_t{block_x} * block_y * block_z;
    if (threads == 0 || threads > 1024) return all.fail(kInvalidValue, "a block of no such size");
    if (shared_bytes > function->most_shared) {
      return all.fail(kInvalidValue, "more shared memory than the function was allowed");
    }
    if (all.is_due(Failure::launch_failure, kRefusedLaunch)) return kLaunchOutOfResources;
    return all.launch(*stream, *function, geometry, args);
  });
}

}  // extern "C"
