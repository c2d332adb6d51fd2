// SPDX-License-Identifier: Apache-2.0
// See driver_api.h.
#include "cuda/driver_api.h"

#include <dlfcn.h>

#include <cstdlib>

#include "failure.h"

namespace tgc::runtime {
namespace {

constexpr CuResult kOutOfMemory = 2;

}  // namespace

DriverApi::DriverApi() {
  const char* chosen = std::getenv("TGC_CUDA_DRIVER");
  const std::string path = chosen != nullptr ? chosen : "libcuda.so.1";
  library_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) {
    fail(TGC_ERROR_ENVIRONMENT, "no CUDA driver: " + path +
                                    " cannot be loaded; install the NVIDIA driver, or run with "
                                    "device=cpu");
  }
  const char* missing = nullptr;
#define TGC_LOAD(name, symbol, params)                                  \
  name = reinterpret_cast<CuResult(*) params>(dlsym(library_, symbol)); \
  if (name == nullptr) missing = symbol;
  TGC_DRIVER_FUNCTIONS(TGC_LOAD)
#undef TGC_LOAD
  if (missing != nullptr) {
    dlclose(library_);
    fail(TGC_ERROR_ENVIRONMENT, std::string("the CUDA driver is too old: it has no ") + missing);
  }
}

DriverApi::~DriverApi() {
  dlclose(library_);
}

std::string DriverApi::error_message(CuResult result) const {
  const char* name = nullptr;
  const char* text = nullptr;
  error_name(result, &name);
  error_text(result, &text);
  return std::string(name != nullptr ? name : "CUDA error " + std::to_string(result)) +
         (text != nullptr ? std::string(" (") + text + ")" : "");
}

void DriverApi::check(CuResult result, const std::string& what) const {
  if (result == 0) return;
  fail(result == kOutOfMemory ? TGC_ERROR_MEMORY : TGC_ERROR_ENVIRONMENT,
       what + ": " + error_message(result));
}

}  // namespace tgc::runtime
