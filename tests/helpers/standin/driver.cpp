// SPDX-License-Identifier: Apache-2.0
// See driver.h.
#include "helpers/standin/driver.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace tgc::standin {
namespace {

constexpr int kLostLaunch = 3;

struct NamedResult {
  Result result;
  ResultText text;
};
constexpr NamedResult kTexts[] = {
    {kSuccess, {"CUDA_SUCCESS", "no error"}},
    {kInvalidValue, {"CUDA_ERROR_INVALID_VALUE", "invalid argument"}},
    {kOutOfMemory, {"CUDA_ERROR_OUT_OF_MEMORY", "out of memory"}},
    {kNotInitialized, {"CUDA_ERROR_NOT_INITIALIZED", "initialization error"}},
    {kDeviceUnavailable,
     {"CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"}},
    {kNoDevice, {"CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"}},
    {kInvalidDevice, {"CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"}},
    {kInvalidImage, {"CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"}},
    {kInvalidContext, {"CUDA_ERROR_INVALID_CONTEXT", "invalid device context"}},
    {kNoBinary,
     {"CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"}},
    {kUnsupportedPtx,
     {"CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
      "the provided PTX was compiled with an unsupported toolchain."}},
    {kInvalidHandle, {"CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"}},
    {kNotFound, {"CUDA_ERROR_NOT_FOUND", "named symbol not found"}},
    {kNotReady, {"CUDA_ERROR_NOT_READY", "device not ready"}},
    {kIllegalAddress, {"CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"}},
    {kLaunchOutOfResources,
     {"CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"}},
    {kLaunchFailed, {"CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"}},
    {kDriverMismatch,
     {"CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
      "system has unsupported display driver / cuda driver combination"}},
};

}  // namespace

std::string file_stem(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return name.substr(0, name.rfind('.'));
}

std::string mapped_file(const void* memory) {
  const auto address = reinterpret_cast<uintptr_t>(memory);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2) continue;
    if (address < begin || address >= end) continue;
    const bool is_fatbin = line.size() > 7 && line.rfind(".fatbin") == line.size() - 7;
    return is_fatbin ? file_stem(line) : "";
  }
  return "";
}

ResultText text_of(int result) {
  for (const NamedResult& known : kTexts) {
    if (known.result == result) return known.text;
  }
  return {nullptr, nullptr};
}

Driver::Driver(Settings chosen) : settings(std::move(chosen)), memory(settings.memory) {
  std::istringstream paths(settings.kernels);
  for (std::string path; std::getline(paths, path, ':');) {
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      details_ = dlerror();
    } else {
      libraries_.push_back({file_stem(path), library});
    }
  }
}

Driver::~Driver() {
  for (const Library& library : libraries_) dlclose(library.handle);
}

bool Driver::is_due(Failure failure, int usual) {
  if (settings.failure != failure) return false;
  const int wanted = settings.occasion > 0 ? settings.occasion : usual;
  return ++occasions_ == wanted || wanted == 0;
}

bool Driver::is_pinned(const void* place) const {
  const auto address = reinterpret_cast<uintptr_t>(place);
  return std::any_of(pinned.begin(), pinned.end(), [&](const auto& one) {
    const auto begin = reinterpret_cast<uintptr_t>(one.first);
    return address >= begin && address - begin < one.second;
  });
}

Result Driver::fail(Result result, const std::string& details) {
  last_ = result;
  details_ = details;
  return result;
}

Result Driver::fail_for_good(Result result, const std::string& details) {
  lasting_ = result;
  return fail(result, details);
}

const char* Driver::error_text(int result) {
  const char* text = text_of(result).text;
  if (text == nullptr || result != last_ || details_.empty()) return text;
  text_ = std::string(text) + "; stand-in: " + details_;
  return text_.c_str();
}

Result Driver::finish(Stream& stream) {
  // what is added meanwhile waits for the next call
  std::vector<std::function<Result()>> work;
  work.swap(stream.work);
  for (const auto& each : work) {
    if (lasting_ != kSuccess) return lasting_;
    const Result result = each();
    if (result != kSuccess) return result;
  }
  return lasting_;
}

Result Driver::finish_all() {
  for (Stream* stream : streams) {
    if (const Result result = finish(*stream); result != kSuccess) return result;
  }
  return lasting_;
}

Result Driver::find_kernel(const Module& module, const std::string& name, Function& function) {
  if (libraries_.empty()) {
    return fail(kNotFound, "TGC_STANDIN_KERNELS names no library of emulated kernels " + details_);
  }
  function.name = name;
  tgc_emulated_parameters parameters = nullptr;
  const bool has_own = std::any_of(libraries_.begin(), libraries_.end(),
                                   [&](const Library& one) { return one.file == module.file; });
  for (const Library& library : libraries_) {
    if (has_own && library.file != module.file) continue;
    void* const handle = library.handle;
    function.entry =
        reinterpret_cast<tgc_emulated_entry>(dlsym(handle, (name + "__emulated").c_str()));
    parameters =
        reinterpret_cast<tgc_emulated_parameters>(dlsym(handle, (name + "__parameters").c_str()));
    if (function.entry != nullptr && parameters != nullptr) break;
  }
  if (function.entry == nullptr || parameters == nullptr) {
    return fail(kNotFound, settings.kernels + " has no kernel " + name);
  }
  function.parameters = parameters();
  note_load(function);
  return kSuccess;
}

Result Driver::launch(Stream& stream, const Function& function, const Geometry& geometry,
                      void** args) {
  std::vector<uint64_t> values;
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    if (args[i] == nullptr) {
      return fail(kInvalidValue, "kernel " + function.name + " takes " +
                                     std::to_string(function.parameters.size()) + " parameters");
    }
    const char letter = function.parameters[i];
    uint64_t value = 0;
    std::memcpy(&value, args[i], letter == 'p' ? 8 : static_cast<size_t>(letter - '0'));
    values.push_back(value);
  }
  stream.work.emplace_back(
      [this, &function, geometry, values] { return run(function, geometry, values); });
  return kSuccess;
}

// Device addresses to those of the host memory behind them.
Result Driver::translate(const Function& function, std::vector<uint64_t>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    const bool is_device = DeviceMemory::is_device(values[i]);
    const std::string which = "parameter " + std::to_string(i) + " of kernel " + function.name;
    if (function.parameters[i] != 'p') {
      if (is_device) return fail_for_good(kIllegalAddress, which + " is a number, got an address");
      continue;
    }
    if (values[i] == 0) continue;
    void* host = is_device ? memory.host(values[i], 0) : nullptr;
    if (host == nullptr) {
      return fail_for_good(kIllegalAddress, which + (is_device ? " points to memory that is not "
                                                                 "allocated"
                                                               : " is no device address"));
    }
    values[i] = reinterpret_cast<uintptr_t>(host);
  }
  return kSuccess;
}

Result Driver::run(const Function& function, const Geometry& geometry,
                   std::vector<uint64_t> values) {
  if (is_due(Failure::lost_device, kLostLaunch)) return fail_for_good(kLaunchFailed, "");
  note_launch(function, geometry);
  if (const Result result = translate(function, values); result != kSuccess) return result;
  std::vector<void*> args;
  for (uint64_t& value : values) args.push_back(&value);
  const char* message = tgc_emulated_launch(function.entry, geometry.grid, geometry.block,
                                            geometry.shared_bytes, args.data(), &settings.mode);
  return message == nullptr ? kSuccess : fail_for_good(kIllegalAddress, message);
}

void Driver::note(const std::string& path, const std::string& line) {
  if (!path.empty()) std::ofstream(path, std::ios::app) << line << "\n";
}

void Driver::note_load(const Function& function) const {
  note(settings.loads, function.name);
}

void Driver::note_launch(const Function& function, const Geometry& geometry) const {
  std::string line = function.name + " grid";
  for (const unsigned blocks : geometry.grid) line += " " + std::to_string(blocks);
  line += " block";
  for (const unsigned threads : geometry.block) line += " " + std::to_string(threads);
  note(settings.log, line);
}

}  // namespace tgc::standin
