// SPDX-License-Identifier: Apache-2.0
// See settings.h.
#include "settings.h"

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "failure.h"

namespace tgc::runtime {
namespace {

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

void add_assignment(const std::string& item, std::map<std::string, std::string>& flags) {
  const size_t equals = item.find('=');
  if (equals == std::string::npos) return;
  flags[trimmed(item.substr(0, equals))] = trimmed(item.substr(equals + 1));
}

std::map<std::string, std::string> read_config(const std::string& path) {
  std::map<std::string, std::string> flags;
  std::ifstream file(path);
  if (!file) fail(TGC_ERROR_FILE, "cannot open " + path + ", which TGC_CONFIG names");
  std::string section;
  for (std::string line; std::getline(file, line);) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[' && line.back() == ']') {
      section = line.substr(1, line.size() - 2);
      if (section == "global") section.clear();
      continue;
    }
    add_assignment((section.empty() ? "" : section + ".") + line, flags);
  }
  return flags;
}

std::string canonical_device(const std::string& name) {
  if (name.rfind("gpu", 0) == 0) return "cuda" + name.substr(3);  // the old back-end's word
  const bool is_known =
      name == "cpu" || name == "cuda" ||
      (name.rfind("cuda", 0) == 0 && name.find_first_not_of("0123456789", 4) == std::string::npos);
  if (!is_known) {
    fail(TGC_ERROR_ARGUMENT, "Invalid value for configuration variable \"device\": '" + name +
                                 "'. Valid options are cpu, cuda and cudaN");
  }
  return name == "cuda" ? "cuda0" : name;
}

double number(const std::string& name, const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || std::isnan(value)) {
    fail(TGC_ERROR_ARGUMENT, "flag " + name + " is '" + text + "', which is not a number");
  }
  return value;
}

}  // namespace

std::map<std::string, std::string> parse_flags(const std::string& text) {
  std::map<std::string, std::string> flags;
  std::string item;
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        item += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ',') {
      add_assignment(item, flags);
      item.clear();
    } else {
      item += c;
    }
  }
  add_assignment(item, flags);
  return flags;
}

Settings resolve_settings(const tgc_options* options) {
  std::map<std::string, std::string> flags;
  if (const char* path = std::getenv("TGC_CONFIG")) flags = read_config(path);
  for (const char* variable : {"THEANO_FLAGS", "TGC_FLAGS"}) {
    const char* text = std::getenv(variable);
    if (text == nullptr) continue;
    for (const auto& [name, value] : parse_flags(text)) flags[name] = value;
  }
  const auto flag = [&](const char* name) -> const std::string* {
    const auto found = flags.find(name);
    return found == flags.end() ? nullptr : &found->second;
  };
  Settings settings;
  std::string device = "cpu";
  if (const std::string* value = flag("device")) device = *value;
  if (const std::string* value = flag("lib.cnmem"))
    settings.preallocate = number("lib.cnmem", *value);
  if (const std::string* value = flag("gpuarray.preallocate")) {
    settings.preallocate = number("gpuarray.preallocate", *value);
  }
  if (const std::string* value = flag("exception_verbosity")) {
    settings.verbose_errors = *value == "high";
  }
  if (const char* text = std::getenv("OMP_NUM_THREADS")) {
    settings.threads = std::max(0, std::atoi(text));
  }
  if (options != nullptr) {
    if (options->size < sizeof(tgc_options)) {
      fail(TGC_ERROR_ARGUMENT, "tgc_options.size is not set to sizeof(tgc_options)");
    }
    if (options->device != nullptr && *options->device != '\0') device = options->device;
    if (options->threads > 0) settings.threads = options->threads;
    settings.check_digests = options->check_digests >= 0;
    if (options->preallocate != 0 && !std::isnan(options->preallocate)) {
      settings.preallocate = options->preallocate;
    }
  }
  settings.device = canonical_device(device);
  return settings;
}

}  // namespace tgc::runtime
