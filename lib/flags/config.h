// SPDX-License-Identifier: Apache-2.0
// The values of all flags that are in force, each with where it came from. Made by load_config();
// immutable afterwards.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flags/device_flags.h"
#include "flags/flag.h"
#include "flags/flag_value.h"

namespace tgc {

// In rising order of precedence.
enum class OriginKind {
  default_value,
  theano_file,      // .theanorc, .aesararc, .pytensorrc
  home_file,        // ~/.tgcrc
  project_file,     // tgc.toml
  theano_variable,  // THEANO_FLAGS, AESARA_FLAGS, PYTENSOR_FLAGS
  tgc_variable,     // TGC_FLAGS
  command_line,
};

struct FlagOrigin {
  OriginKind kind = OriginKind::default_value;
  std::string name;  // "THEANO_FLAGS", "tgc.toml", "~/.theanorc": the same in every folder
  std::string file;  // the path that was read; "" if it is no file
  int line = 0;
  int column = 0;
  std::string raw;  // as written there, "device=gpu0"; "" for a default

  // "default", "command line", "TGC_FLAGS", "tgc.toml:3".
  [[nodiscard]] std::string text() const;
};

struct FlagSetting {
  const FlagDef* flag = nullptr;
  FlagValue value;
  FlagOrigin origin;

  // False if the value is the default's, wherever it came from.
  [[nodiscard]] bool differs_from_default() const;
};

class Config {
 public:
  // The defaults.
  Config();
  // One setting for each flag of flag_defs(), in that order.
  Config(std::vector<FlagSetting> settings, std::vector<std::string> files);

  // The value of a flag of the type asked for; anything else is a bug of the caller. text() serves
  // choice, text, path, device and contexts.
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] int64_t integer(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name) const;
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;

  // Flags whose value has a structure of its own.
  [[nodiscard]] std::vector<DeviceContext> contexts() const;
  [[nodiscard]] Preallocation preallocation() const;

  [[nodiscard]] const FlagSetting& setting(std::string_view name) const;
  [[nodiscard]] const std::vector<FlagSetting>& settings() const { return settings_; }

  // What the manifest lists.
  [[nodiscard]] std::vector<FlagSetting> non_default() const;

  // Paths of the config files that were read, in the order they were read; what a depfile lists.
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

 private:
  std::vector<FlagSetting> settings_;
  std::vector<std::string> files_;
};

}  // namespace tgc
