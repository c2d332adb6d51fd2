// SPDX-License-Identifier: Apache-2.0
// Gathers what the user wrote, in every place where a flag may stand, as one list in rising order
// of precedence. Which of them win and what they mean is decided later.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "flags/config.h"
#include "support/diagnostic.h"

namespace tgc {

struct ConfigRequest {
  std::vector<std::string> assignments;  // of the command line, each "key=value[,key=value ...]"
  bool is_isolated = false;              // environment and home do not count
  bool is_verbose = false;               // notes also on what is silently ignored otherwise
  bool tells_mappings = true;            // notes on old words outside the command line
  std::string project_folder = ".";      // where tgc.toml lies; "" if it is not to be read
  std::map<std::string, std::string> environment;
  int64_t process_id = 0;  // %(PID)s of .theanorc
};

// The variables of this process, for ConfigRequest::environment.
std::map<std::string, std::string> environment_variables();

// A value somebody wrote for a known flag.
struct WrittenFlag {
  const FlagDef* flag = nullptr;
  std::string value;
  FlagOrigin origin;
  int source = 0;          // counts the places; equal for two values of one variable or file
  bool is_mapped = false;  // written for another flag that maps to this one
};

struct WrittenFlags {
  std::vector<WrittenFlag> flags;
  std::vector<std::string> files;  // those that were read
};

WrittenFlags gather_flags(const ConfigRequest& request, Diagnostics& diagnostics);

// Adds to `diagnostic` where the flag was written.
void locate(Diagnostic& diagnostic, const FlagOrigin& origin);

}  // namespace tgc
