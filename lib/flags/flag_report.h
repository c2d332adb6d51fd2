// SPDX-License-Identifier: Apache-2.0
// Plain records of all flags with their values in force, for `tgc flags`, its JSON and the
// manifest. How they are laid out is the command's business.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "flags/config.h"

namespace tgc {

struct FlagRow {
  std::string name;
  std::string group;
  std::string type;                  // boolean, integer, number, choice, text, path, list, ...
  std::vector<std::string> choices;  // of a choice
  std::string default_value;
  std::string value;    // in force
  std::string origin;   // "default", "TGC_FLAGS", "tgc.toml:3"
  std::string written;  // as written there, "device=gpu0"
  std::string action;   // honours, maps, ignores, warns, rejects
  std::string detail;   // maps: to which flag; else the reason
  std::string scope;    // compile, run, both
  std::string effect;
  bool is_default = true;
};

// In the order of the registry.
std::vector<FlagRow> flag_rows(const Config& config);

// Of one flag, by any spelling find_flag() knows.
std::optional<FlagRow> flag_row(const Config& config, std::string_view name);

// For people: "tgc acts on it", "becomes gpuarray.preallocate", "accepted and ignored: ...".
std::string flag_action_text(const FlagDef& flag);

}  // namespace tgc
