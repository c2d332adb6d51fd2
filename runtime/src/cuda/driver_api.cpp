// SPDX-License-Identifier: Apache-2.0
// See driver_api.h.
#include "cuda/driver_api.h"

#include <dlfcn.h>

#include <cstdlib>

#include "failure.h"

namespace tgc::runtime {
namespace {

constexpr CuResult kOutOfMemory = 2;

struct NextStep {
  CuResult first;
  CuResult last;
  const char* text;
};
constexpr const char* kLostContext =
    "no GPU call of this process will succeed any more: start it again from the last saved state; "
    "compute-sanitizer names a faulty kernel, the system's log (Xid) faulty hardware";
// CUresult numbers, from the CUDA driver API's documentation.
constexpr NextStep kNextSteps[] = {
    {2, 2,
     "give smaller inputs, lower gpuarray.preallocate, or see in nvidia-smi who holds the memory"},
    {46, 46, "another process holds the GPU alone: nvidia-smi lists processes and compute modes"},
    {100, 100,
     "see what nvidia-smi lists and CUDA_VISIBLE_DEVICES hides; a container must be given its "
     "GPUs"},
    {101, 101, "see what nvidia-smi lists and CUDA_VISIBLE_DEVICES hides"},
    {200, 200, "compile the bundle again"},
    {214, 214, kLostContext},
    {218, 218, "compile the bundle again"},
    {222, 222,
     "install a newer driver, or compile the bundle with --target cuda:sm_NN for this GPU, which "
     "needs none of the PTX"},
    {500, 500, "compile the bundle again"},
    {700, 700, kLostContext},
    {701, 701,
     "the kernel wants more registers or shared memory than this GPU has: compile the bundle for "
     "it with --target cuda:sm_NN"},
    {702, 702, kLostContext},
    {710, 719, kLostContext},
    {802, 802, "start the system's nvidia-fabricmanager service"},
    {803, 803, "the driver was updated while it ran: restart the machine"},
    {804, 804, "this GPU cannot run under the compatibility driver: install the driver itself"},
    {999, 999, kLostContext},
};

const char* next_step(CuResult result) {
  for (const NextStep& known : kNextSteps) {
    if (result >= known.first && result <= known.last) return known.text;
  }
  return nullptr;
}

}  // namespace

std::string driver_path() {
  const char* chosen = std::getenv("TGC_CUDA_DRIVER");
  return chosen != nullptr ? chosen : "libcuda.so.1";
}

DriverApi::DriverApi() {
  const std::string path = driver_path();
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
    fail(TGC_ERROR_ENVIRONMENT, std::string("the CUDA driver is too old: it has no ") + missing +
                                    "; install a newer driver");
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
  const char* hint = next_step(result);
  return std::string(name != nullptr ? name : "CUDA error " + std::to_string(result)) +
         (text != nullptr ? std::string(" (") + text + ")" : "") +
         (hint != nullptr ? std::string("; ") + hint : "");
}

void DriverApi::check(CuResult result, const std::string& what) const {
  if (result == 0) return;
  fail(result == kOutOfMemory ? TGC_ERROR_MEMORY : TGC_ERROR_ENVIRONMENT,
       what + ": " + error_message(result));
}

}  // namespace tgc::runtime
