// SPDX-License-Identifier: Apache-2.0
// A libnvrtc.so.13 that hands everything on to the real one (TGC_RECORDED_NVRTC names it) and keeps
// each text it is given in the folder TGC_RECORD, as TEXT_<number>.cu: what NVRTC got, for the test
// that compares it with what was emulated.
#include <dlfcn.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using Program = struct NvrtcProgram*;

template <class Function>
Function real(const char* name) {
  static void* const library = [] {
    const char* path = std::getenv("TGC_RECORDED_NVRTC");
    void* handle = path != nullptr ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (handle == nullptr) {
      std::fprintf(stderr, "recording NVRTC: TGC_RECORDED_NVRTC names no NVRTC\n");
      std::abort();
    }
    return handle;
  }();
  const auto function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) {
    std::fprintf(stderr, "recording NVRTC: the real one has no %s\n", name);
    std::abort();
  }
  return function;
}

void record(const char* text) {
  static std::atomic<int> count{0};
  const char* folder = std::getenv("TGC_RECORD");
  if (folder == nullptr) return;
  const std::string path = std::string(folder) + "/TEXT_" + std::to_string(count++) + ".cu";
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return;
  std::fputs(text, file);
  std::fclose(file);
}

}  // namespace

extern "C" {

int nvrtcVersion(int* major, int* minor) {
  return real<int (*)(int*, int*)>("nvrtcVersion")(major, minor);
}
int nvrtcGetNumSupportedArchs(int* count) {
  return real<int (*)(int*)>("nvrtcGetNumSupportedArchs")(count);
}
int nvrtcGetSupportedArchs(int* list) {
  return real<int (*)(int*)>("nvrtcGetSupportedArchs")(list);
}
const char* nvrtcGetErrorString(int result) {
  return real<const char* (*)(int)>("nvrtcGetErrorString")(result);
}
int nvrtcCreateProgram(Program* program, const char* text, const char* name, int header_count,
                       const char* const* headers, const char* const* names) {
  record(text);
  return real<int (*)(Program*, const char*, const char*, int, const char* const*,
                      const char* const*)>("nvrtcCreateProgram")(program, text, name, header_count,
                                                                 headers, names);
}
int nvrtcDestroyProgram(Program* program) {
  return real<int (*)(Program*)>("nvrtcDestroyProgram")(program);
}
int nvrtcCompileProgram(Program program, int count, const char* const* options) {
  return real<int (*)(Program, int, const char* const*)>("nvrtcCompileProgram")(program, count,
                                                                                options);
}
int nvrtcGetProgramLogSize(Program program, size_t* size) {
  return real<int (*)(Program, size_t*)>("nvrtcGetProgramLogSize")(program, size);
}
int nvrtcGetProgramLog(Program program, char* log) {
  return real<int (*)(Program, char*)>("nvrtcGetProgramLog")(program, log);
}
int nvrtcGetPTXSize(Program program, size_t* size) {
  return real<int (*)(Program, size_t*)>("nvrtcGetPTXSize")(program, size);
}
int nvrtcGetPTX(Program program, char* ptx) {
  return real<int (*)(Program, char*)>("nvrtcGetPTX")(program, ptx);
}
int nvrtcGetCUBINSize(Program program, size_t* size) {
  return real<int (*)(Program, size_t*)>("nvrtcGetCUBINSize")(program, size);
}
int nvrtcGetCUBIN(Program program, char* cubin) {
  return real<int (*)(Program, char*)>("nvrtcGetCUBIN")(program, cubin);
}

}  // extern "C"
