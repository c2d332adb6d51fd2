// SPDX-License-Identifier: Apache-2.0
// See device_flags.h.
#include "flags/device_flags.h"

#include <algorithm>

#include "support/text.h"

namespace tgc {
namespace {

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

bool is_number(std::string_view text) {
  constexpr size_t kMaxDigits = 4;
  return !text.empty() && text.size() <= kMaxDigits &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "", or a number behind the device's kind.
bool is_index(std::string_view text) {
  return text.empty() || is_number(text);
}

std::string without_leading_zeros(std::string_view digits) {
  const size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  return std::string(digits.substr(digits.empty() ? 0 : first));
}

}  // namespace

DeviceText read_device(std::string_view flag, std::string_view text) {
  constexpr std::string_view kCuda = "cuda";
  constexpr std::string_view kGpu = "gpu";
  const std::string setting = std::string(flag) + "=" + std::string(text);
  DeviceText result;
  const bool is_none = text.empty() && flag == "init_gpu_device";
  if (text == "cpu" || is_none) {
    result.name = text;
  } else if (text.starts_with(kCuda) && is_index(text.substr(kCuda.size()))) {
    const std::string_view index = text.substr(kCuda.size());
    result.name = kCuda;
    if (!index.empty()) result.name += without_leading_zeros(index);
  } else if (text.starts_with(kGpu) && is_index(text.substr(kGpu.size()))) {
    const std::string_view index = text.substr(kGpu.size());
    result.name = kCuda;
    if (!index.empty()) result.name += without_leading_zeros(index);
    result.note =
        quoted(setting) +
        " names the old GPU back-end, which Theano 1.0 removed (its wiki page \"Converting "
        "to the new gpu back end(gpuarray)\" says device=cuda*); taken as " +
        quoted(std::string(flag) + "=" + result.name);
  } else if (text.starts_with("opencl")) {
    result.error = setting + ": there is no OpenCL target; valid options are cpu, cuda and cudaN";
  } else {
    result.error = "invalid value (\"" + std::string(text) + "\") for configuration variable \"" +
                   std::string(flag) +
                   "\". Valid options start with one of \"cpu\", \"cuda\": cpu, cuda or cudaN";
  }
  return result;
}

ContextsText read_contexts(std::string_view text) {
  ContextsText result;
  if (trim(text).empty()) return result;
  for (const std::string& item : split(text, ';')) {
    const size_t arrow = item.find("->");
    if (arrow == std::string::npos || item.find("->", arrow + 2) != std::string::npos) {
      result.error = "contexts: malformed context map " + quoted(trim(item)) +
                     "; the form is name->cudaN;name->cudaM";
      return result;
    }
    const std::string name(trim(std::string_view(item).substr(0, arrow)));
    const std::string_view device_text = trim(std::string_view(item).substr(arrow + 2));
    const bool is_device_name = name == "cpu" || name.starts_with("cuda") ||
                                name.starts_with("gpu") || name.starts_with("opencl");
    if (name.empty() || is_device_name) {
      result.error = "contexts: cannot use " + quoted(name) +
                     " as context name; it must not be empty or look like a device";
      return result;
    }
    if (std::any_of(result.contexts.begin(), result.contexts.end(),
                    [&](const DeviceContext& other) { return other.name == name; })) {
      result.error = "contexts: " + quoted(name) + " is given twice";
      return result;
    }
    const DeviceText device = read_device("contexts", device_text);
    if (!device.error.empty()) {
      result.error = device.error;
      return result;
    }
    if (!device.name.starts_with("cuda") || device.name == "cuda") {
      result.error = "contexts: the device of " + quoted(name) + " is " + quoted(device_text) +
                     "; it must be cudaN";
      return result;
    }
    if (!device.note.empty()) result.note = device.note;
    result.contexts.push_back({name, device.name});
  }
  return result;
}

std::string contexts_text(const std::vector<DeviceContext>& contexts) {
  std::vector<std::string> items;
  for (const DeviceContext& context : contexts)
    items.push_back(context.name + "->" + context.device);
  return join(items, ";");
}

Preallocation read_preallocation(double value) {
  constexpr double kMaxFraction = 0.95;
  if (value < 0) return {Preallocation::Kind::uncached, 0};
  if (value == 0) return {Preallocation::Kind::cached, 0};
  if (value <= 1) return {Preallocation::Kind::fraction, std::min(value, kMaxFraction)};
  return {Preallocation::Kind::megabytes, value};
}

}  // namespace tgc
