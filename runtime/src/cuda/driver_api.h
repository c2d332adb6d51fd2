// SPDX-License-Identifier: Apache-2.0
// The part of the CUDA driver API the runtime calls, loaded from libcuda.so.1 when asked for. The
// few types and numbers are declared here, so that the runtime builds without a toolkit.
#pragma once
#include <cstddef>
#include <string>

namespace tgc::runtime {

using CuResult = int;
using CuDevice = int;
using CuPointer = unsigned long long;
struct CuContextTag;
struct CuModuleTag;
struct CuFunctionTag;
struct CuStreamTag;
struct CuEventTag;
using CuContext = CuContextTag*;
using CuModule = CuModuleTag*;
using CuFunction = CuFunctionTag*;
using CuStream = CuStreamTag*;
using CuEvent = CuEventTag*;

// Every entry is loaded by its symbol; a missing one means a driver too old.
#define TGC_DRIVER_FUNCTIONS(F)                                                                  \
  F(init, "cuInit", (unsigned))                                                                  \
  F(driver_version, "cuDriverGetVersion", (int*))                                                \
  F(error_name, "cuGetErrorName", (CuResult, const char**))                                      \
  F(error_text, "cuGetErrorString", (CuResult, const char**))                                    \
  F(device_count, "cuDeviceGetCount", (int*))                                                    \
  F(device_get, "cuDeviceGet", (CuDevice*, int))                                                 \
  F(device_name, "cuDeviceGetName", (char*, int, CuDevice))                                      \
  F(device_attribute, "cuDeviceGetAttribute", (int*, int, CuDevice))                             \
  F(context_retain, "cuDevicePrimaryCtxRetain", (CuContext*, CuDevice))                          \
  F(context_release, "cuDevicePrimaryCtxRelease_v2", (CuDevice))                                 \
  F(context_push, "cuCtxPushCurrent_v2", (CuContext))                                            \
  F(context_pop, "cuCtxPopCurrent_v2", (CuContext*))                                             \
  F(memory_info, "cuMemGetInfo_v2", (size_t*, size_t*))                                          \
  F(memory_allocate, "cuMemAlloc_v2", (CuPointer*, size_t))                                      \
  F(memory_free, "cuMemFree_v2", (CuPointer))                                                    \
  F(host_allocate, "cuMemHostAlloc", (void**, size_t, unsigned))                                 \
  F(host_free, "cuMemFreeHost", (void*))                                                         \
  F(upload, "cuMemcpyHtoDAsync_v2", (CuPointer, const void*, size_t, CuStream))                  \
  F(download, "cuMemcpyDtoHAsync_v2", (void*, CuPointer, size_t, CuStream))                      \
  F(copy, "cuMemcpyDtoDAsync_v2", (CuPointer, CuPointer, size_t, CuStream))                      \
  F(stream_create, "cuStreamCreate", (CuStream*, unsigned))                                      \
  F(stream_destroy, "cuStreamDestroy_v2", (CuStream))                                            \
  F(stream_synchronize, "cuStreamSynchronize", (CuStream))                                       \
  F(event_create, "cuEventCreate", (CuEvent*, unsigned))                                         \
  F(event_destroy, "cuEventDestroy_v2", (CuEvent))                                               \
  F(event_record, "cuEventRecord", (CuEvent, CuStream))                                          \
  F(event_elapsed, "cuEventElapsedTime", (float*, CuEvent, CuEvent))                             \
  F(module_load, "cuModuleLoadData", (CuModule*, const void*))                                   \
  F(module_unload, "cuModuleUnload", (CuModule))                                                 \
  F(module_function, "cuModuleGetFunction", (CuFunction*, CuModule, const char*))                \
  F(function_attribute, "cuFuncSetAttribute", (CuFunction, int, int))                            \
  F(launch, "cuLaunchKernel",                                                                    \
    (CuFunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CuStream, \
     void**, void**))

// What is loaded: $TGC_CUDA_DRIVER, else libcuda.so.1.
std::string driver_path();

class DriverApi {
 public:
  // Loads the library; fails with ENVIRONMENT and what to do.
  DriverApi();
  ~DriverApi();
  DriverApi(const DriverApi&) = delete;
  DriverApi& operator=(const DriverApi&) = delete;

  // Fails with `what`, the driver's name and text of the error and what to do about it. Out of
  // memory is MEMORY, all else ENVIRONMENT.
  void check(CuResult result, const std::string& what) const;
  // As check() says it, after `what`.
  [[nodiscard]] std::string error_message(CuResult result) const;

#define TGC_DECLARE(name, symbol, params) CuResult(*name) params = nullptr;
  TGC_DRIVER_FUNCTIONS(TGC_DECLARE)
#undef TGC_DECLARE

 private:
  void* library_ = nullptr;
};

}  // namespace tgc::runtime
