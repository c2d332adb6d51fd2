// SPDX-License-Identifier: Apache-2.0
// Reads tgc.toml into flat "table.key = value" entries. Keeps toml++ out of every other file.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

enum class TomlKind { boolean, integer, number, text, list, other };

struct TomlEntry {
  std::string key;    // "gpuarray.preallocate"
  std::string value;  // as text of a flag: True, 8, 0.8, a:b
  TomlKind kind = TomlKind::other;
  int line = 0;
  int column = 0;
};

struct TomlFile {
  std::vector<TomlEntry> entries;  // in the order of the file
  std::string error;               // not empty if the text is not TOML
  int error_line = 0;
  int error_column = 0;
};

TomlFile parse_toml(std::string_view text);

}  // namespace tgc
