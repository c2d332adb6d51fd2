// SPDX-License-Identifier: Apache-2.0
// See settings.h.
#include "settings.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "failure.h"
#include "flags/assignments.h"
#include "flags/ini_file.h"

namespace tgc::runtime {
namespace {

using Flags = std::map<std::string, std::string>;

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Aesara and PyTensor write "__" for each "." of a name.
std::string dotted(std::string name) {
  for (size_t at = name.find("__"); at != std::string::npos; at = name.find("__", at)) {
    name.replace(at, 2, ".");
  }
  return name;
}

Flags read_text(const std::string& source, const std::string& text) {
  const auto items = split_assignments(text);
  if (!items) fail(TGC_ERROR_ARGUMENT, source + ": no closing quotation");
  Flags flags;
  for (const FlagAssignment& item : *items) {
    if (item.has_value) flags[dotted(item.key)] = item.value;
  }
  return flags;
}

Flags read_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail(TGC_ERROR_FILE, "cannot open " + path + ", which TGC_CONFIG names");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const IniFile ini = parse_ini(text, {});
  if (!ini.problems.empty()) {
    fail(TGC_ERROR_FILE, path + ":" + std::to_string(ini.problems.front().line) + ": " +
                             ini.problems.front().message);
  }
  Flags flags;
  for (const IniEntry& entry : ini.entries) {
    const bool is_plain = entry.section == "global" || entry.section == "DEFAULT";
    flags[lower((is_plain ? "" : entry.section + ".") + entry.option)] = entry.value;
  }
  return flags;
}

[[noreturn]] void bad_value(const std::string& name, const std::string& value,
                            const std::string& expectation) {
  fail(TGC_ERROR_ARGUMENT, "invalid value (\"" + value + "\") for configuration variable \"" +
                               name + "\". " + expectation);
}

double number(const std::string& name, const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !std::isfinite(value)) {
    bad_value(name, text, "A finite number is expected");
  }
  return value;
}

int thread_count(const std::string& name, const std::string& text) {
  constexpr long kMost = 1 << 16;
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (end == text.c_str() || *end != '\0' || value < 0) {
    bad_value(name, text, "It must be an integer and not negative");
  }
  return static_cast<int>(std::min(value, kMost));
}

bool boolean(const std::string& name, const std::string& text) {
  if (text == "True" || text == "true" || text == "1") return true;
  if (text == "False" || text == "false" || text == "0") return false;
  bad_value(name, text, "Valid options are False, false, 0, True, true, 1");
}

// "cuda" is the first GPU, "gpu" the old back-end's word for it.
std::string canonical_device(const std::string& flag, const std::string& text) {
  constexpr size_t kMostDigits = 4;
  if (text == "cpu") return text;
  const bool is_gpu = text.rfind("gpu", 0) == 0;
  if (is_gpu || text.rfind("cuda", 0) == 0) {
    std::string digits = text.substr(is_gpu ? 3 : 4);
    const bool is_index =
        digits.size() <= kMostDigits && digits.find_first_not_of("0123456789") == std::string::npos;
    if (digits.empty()) digits = "0";
    if (is_index) return "cuda" + std::to_string(std::stoi(digits));
  }
  bad_value(flag, text, "Valid options start with one of \"cpu\", \"cuda\": cpu, cuda or cudaN");
}

// What one source says. A flag wins over one that maps to it.
void take_over(const Flags& flags, Settings& settings) {
  const auto with = [&](const char* name, const auto& act) {
    const auto found = flags.find(name);
    if (found != flags.end()) act(std::string(name), found->second);
  };
  const auto preallocate = [&](const std::string& name, const std::string& value) {
    settings.preallocate = number(name, value);
  };
  with("device", [&](const std::string& name, const std::string& value) {
    settings.device = canonical_device(name, value);
  });
  with("init_gpu_device", [&](const std::string& name, const std::string& value) {
    settings.init_gpu_device = value.empty() ? "" : canonical_device(name, value);
  });
  with("lib.cnmem", [&](const std::string& name, const std::string& value) {
    if (number(name, value) < 0) bad_value(name, value, "It must not be negative");
    settings.preallocate = number(name, value);
  });
  with("gpuarray.preallocate", preallocate);
  with("openmp", [&](const std::string& name, const std::string& value) {
    settings.threads = boolean(name, value) ? 0 : 1;
  });
  with("threads", [&](const std::string& name, const std::string& value) {
    settings.threads = thread_count(name, value);
  });
  with("exception_verbosity", [&](const std::string& name, const std::string& value) {
    if (value != "low" && value != "high") bad_value(name, value, "Valid options are low, high");
    settings.verbose_errors = value == "high";
  });
}

void take_over(const tgc_options& options, Settings& settings) {
  if (options.size < sizeof(tgc_options)) {
    fail(TGC_ERROR_ARGUMENT, "tgc_options.size is not set to sizeof(tgc_options)");
  }
  if (options.device != nullptr && *options.device != '\0') {
    settings.device = canonical_device("device", options.device);
  }
  if (options.threads > 0) settings.threads = options.threads;
  settings.check_digests = options.check_digests >= 0;
  if (options.preallocate != 0 && !std::isnan(options.preallocate)) {
    settings.preallocate = options.preallocate;
  }
}

}  // namespace

Settings resolve_settings(const tgc_options* options) {
  Settings settings;
  if (const char* text = std::getenv("OMP_NUM_THREADS")) {
    settings.threads = std::max(0, std::atoi(text));
  }
  if (const char* path = std::getenv("TGC_CONFIG")) {
    if (*path != '\0') take_over(read_config(path), settings);
  }
  for (const char* variable : {"THEANO_FLAGS", "TGC_FLAGS"}) {
    const char* text = std::getenv(variable);
    if (text != nullptr) take_over(read_text(variable, text), settings);
  }
  if (!settings.init_gpu_device.empty() && settings.device != "cpu") {
    fail(TGC_ERROR_ARGUMENT,
         "init_gpu_device=" + settings.init_gpu_device +
             " can be used only when device=cpu, but device=" + settings.device);
  }
  if (options != nullptr) take_over(*options, settings);
  if (settings.device != "cpu") settings.init_gpu_device.clear();  // the caller's choice
  return settings;
}

}  // namespace tgc::runtime
