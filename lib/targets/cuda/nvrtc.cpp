// SPDX-License-Identifier: Apache-2.0
// See nvrtc.h. Function types as in NVRTC's manual, section "User interface".
#include "targets/cuda/nvrtc.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <utility>

#include "support/check.h"
#include "support/file.h"
#include "support/text.h"

namespace tgc {
namespace {

using Program = struct NvrtcProgram*;
constexpr int kSuccess = 0;
constexpr int kCompilationError = 6;

// The first Linux driver of each CUDA release (release notes, "CUDA toolkit driver versions").
struct Driver {
  int major;
  int minor;
  const char* version;
};
constexpr std::array<Driver, 4> kDrivers = {
    {{12, 8, "570.26"}, {12, 9, "575.51.03"}, {13, 0, "580.65.06"}, {13, 1, "590.44.01"}}};

}  // namespace

struct Nvrtc::Functions {
  int (*version)(int*, int*) = nullptr;
  int (*count_architectures)(int*) = nullptr;
  int (*list_architectures)(int*) = nullptr;
  const char* (*error_text)(int) = nullptr;
  int (*create)(Program*, const char*, const char*, int, const char* const*,
                const char* const*) = nullptr;
  int (*destroy)(Program*) = nullptr;
  int (*compile)(Program, int, const char* const*) = nullptr;
  int (*log_size)(Program, size_t*) = nullptr;
  int (*log)(Program, char*) = nullptr;
  int (*ptx_size)(Program, size_t*) = nullptr;
  int (*ptx)(Program, char*) = nullptr;
  int (*cubin_size)(Program, size_t*) = nullptr;
  int (*cubin)(Program, char*) = nullptr;
};

namespace {

template <typename Function>
bool find(const LoadedLibrary& library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(library_function(library, name));
  return function != nullptr;
}

// What a pair of size and get functions gives.
std::string text_of(Program program, int (*size_of)(Program, size_t*), int (*get)(Program, char*)) {
  size_t size = 0;
  if (size_of(program, &size) != kSuccess) return "";
  std::string text(size, '\0');
  if (size > 0 && get(program, text.data()) != kSuccess) return "";
  return text;
}

// NVRTC's texts count their final zero.
std::string without_zero(std::string text) {
  if (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

std::vector<const char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) {
    pointers.push_back(text.c_str());
  }
  return pointers;
}

}  // namespace

std::string NvrtcFacts::version_text() const {
  return "NVRTC " + std::to_string(major) + "." + std::to_string(minor);
}

void report_missing_cuda(const std::string& what, const LoadedLibrary& library,
                         Diagnostics& diagnostics) {
  Diagnostic& error = diagnostics.error("cuda-compiler-missing",
                                        "the cuda target needs " + what + ", which was not found");
  for (const std::string& complaint : library.complaints) {
    error.notes.push_back({"could not be loaded: " + complaint, {}});
  }
  error.notes.push_back({"looked in " + join(library.looked_in, ", "), {}});
  error.hint = std::string("install it with `pip install --target DIR ") + kNvrtcWheel + " " +
               kNvfatbinWheel + "` and set TGC_CUDA_PATH=DIR, or compile with `--target cpu`";
}

std::shared_ptr<const Nvrtc> Nvrtc::load(const CudaSearch& search, Diagnostics& diagnostics) {
  const LoadedLibrary library =
      load_cuda_library(search, {"libnvrtc.so.13", "libnvrtc.so.12"}, true);
  const std::shared_ptr<Nvrtc> nvrtc(new Nvrtc);
  if (library.handle == nullptr || !nvrtc->find_functions(library)) {
    report_missing_cuda("NVRTC (libnvrtc.so.13)", library, diagnostics);
    return nullptr;
  }
  nvrtc->read_facts(library);
  const NvrtcFacts& facts = nvrtc->facts_;
  if (std::pair(facts.major, facts.minor) < std::pair(12, 8)) {
    report_missing_cuda("NVRTC 12.8 or newer (" + facts.path + " is " +
                            std::to_string(facts.major) + "." + std::to_string(facts.minor) + ")",
                        library, diagnostics);
    return nullptr;
  }
  return nvrtc;
}

bool Nvrtc::find_functions(const LoadedLibrary& library) {
  auto f = std::make_shared<Functions>();
  functions_ = f;
  return find(library, "nvrtcVersion", f->version) &&
         find(library, "nvrtcGetNumSupportedArchs", f->count_architectures) &&
         find(library, "nvrtcGetSupportedArchs", f->list_architectures) &&
         find(library, "nvrtcGetErrorString", f->error_text) &&
         find(library, "nvrtcCreateProgram", f->create) &&
         find(library, "nvrtcDestroyProgram", f->destroy) &&
         find(library, "nvrtcCompileProgram", f->compile) &&
         find(library, "nvrtcGetProgramLogSize", f->log_size) &&
         find(library, "nvrtcGetProgramLog", f->log) &&
         find(library, "nvrtcGetPTXSize", f->ptx_size) && find(library, "nvrtcGetPTX", f->ptx) &&
         find(library, "nvrtcGetCUBINSize", f->cubin_size) &&
         find(library, "nvrtcGetCUBIN", f->cubin);
}

void Nvrtc::read_facts(const LoadedLibrary& library) {
  facts_.path = library.path;
  facts_.identity = library.identity;
  functions_->version(&facts_.major, &facts_.minor);
  int count = 0;
  functions_->count_architectures(&count);
  facts_.architectures.resize(static_cast<size_t>(std::max(count, 0)));
  functions_->list_architectures(facts_.architectures.data());
  std::sort(facts_.architectures.begin(), facts_.architectures.end());
  facts_.driver_api = facts_.major * 1000 + facts_.minor * 10;
  for (const Driver& driver : kDrivers) {
    if (driver.major == facts_.major && driver.minor == facts_.minor) {
      facts_.minimum_driver = driver.version;
    }
  }
  // NVRTC opens this second library by its bare name at the first compilation. Wheels are not in
  // the loader's path, so it is loaded from beside NVRTC beforehand; one already loaded is found.
  const std::string builtins =
      join_path(parent_folder(facts_.path), "libnvrtc-builtins.so." + std::to_string(facts_.major) +
                                                "." + std::to_string(facts_.minor));
  if (path_exists(builtins)) ::dlopen(builtins.c_str(), RTLD_LAZY | RTLD_LOCAL);
}

NvrtcResult Nvrtc::compile(const std::string& text, const std::string& name,
                           CudaArchitecture architecture, const HeaderTexts& headers,
                           const std::vector<std::string>& flags) const {
  std::vector<const char*> header_texts;
  std::vector<const char*> header_names;
  for (const auto& [header_name, header_text] : headers) {
    header_names.push_back(header_name.c_str());
    header_texts.push_back(header_text.c_str());
  }
  std::vector<std::string> options = {"--gpu-architecture=" + architecture.text()};
  options.insert(options.end(), flags.begin(), flags.end());
  const std::vector<const char*> option_pointers = pointers_to(options);

  NvrtcResult result;
  Program program = nullptr;
  const int created =
      functions_->create(&program, text.c_str(), name.c_str(), static_cast<int>(headers.size()),
                         header_texts.data(), header_names.data());
  if (created != kSuccess) {
    result.log = functions_->error_text(created);
    return result;
  }
  const int compiled = functions_->compile(program, static_cast<int>(option_pointers.size()),
                                           option_pointers.data());
  result.log = without_zero(text_of(program, functions_->log_size, functions_->log));
  if (compiled == kSuccess) {
    result.code = architecture.ptx
                      ? without_zero(text_of(program, functions_->ptx_size, functions_->ptx))
                      : text_of(program, functions_->cubin_size, functions_->cubin);
    result.ok = !result.code.empty();
  } else if (compiled != kCompilationError || result.log.empty()) {
    result.log = std::string(functions_->error_text(compiled)) + "\n" + result.log;
  }
  functions_->destroy(&program);
  return result;
}

}  // namespace tgc
