// SPDX-License-Identifier: Apache-2.0
// Reads the INI dialect of .theanorc (Python's ConfigParser): sections, "option = value" or
// "option: value", continuation lines, comments on lines of their own, and %(NAME)s. The runtime
// compiles it too, so it depends on text helpers alone.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

struct IniEntry {
  std::string section;
  std::string option;  // as written; options do not distinguish case
  std::string value;
  int line = 0;
};

struct IniProblem {
  std::string message;
  int line = 0;
};

struct IniFile {
  std::vector<IniEntry> entries;  // in the order of the file; those of [DEFAULT] too
  std::vector<IniProblem> problems;
};

// %(NAME)s stands for an option of the same section, of [DEFAULT], or one of `variables`; %% for a
// single %. Where that fails the raw text is the value, as in Theano.
IniFile parse_ini(std::string_view text, const std::map<std::string, std::string>& variables);

}  // namespace tgc
