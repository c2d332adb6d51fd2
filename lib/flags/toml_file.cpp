// SPDX-License-Identifier: Apache-2.0
// See toml_file.h.
#include "flags/toml_file.h"

#include <algorithm>
#include <tuple>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "flags/flag_value.h"
#include "support/text.h"

namespace tgc {
namespace {

// An array of strings is a list; its words are joined as in THEANO_FLAGS.
void read_array(const toml::array& array, TomlEntry& entry) {
  std::vector<std::string> words;
  for (const toml::node& node : array) {
    const auto* word = node.as_string();
    if (word == nullptr) return;
    words.push_back(word->get());
  }
  entry.kind = TomlKind::list;
  entry.value = join(words, ":");
}

void read_value(const toml::node& node, TomlEntry& entry) {
  if (const auto* boolean = node.as_boolean()) {
    entry.kind = TomlKind::boolean;
    entry.value = flag_value_text(boolean->get());
  } else if (const auto* integer = node.as_integer()) {
    entry.kind = TomlKind::integer;
    entry.value = flag_value_text(integer->get());
  } else if (const auto* number = node.as_floating_point()) {
    entry.kind = TomlKind::number;
    entry.value = flag_value_text(number->get());
  } else if (const auto* text = node.as_string()) {
    entry.kind = TomlKind::text;
    entry.value = text->get();
  } else if (const auto* array = node.as_array()) {
    read_array(*array, entry);
  }
}

void read_table(const toml::table& table, const std::string& prefix, TomlFile& file) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      read_table(*inner, name + ".", file);
      continue;
    }
    TomlEntry entry;
    entry.key = name;
    entry.line = static_cast<int>(key.source().begin.line);
    entry.column = static_cast<int>(key.source().begin.column);
    read_value(node, entry);
    file.entries.push_back(std::move(entry));
  }
}

}  // namespace

TomlFile parse_toml(std::string_view text) {
  TomlFile file;
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    file.error = result.error().description();
    file.error_line = static_cast<int>(result.error().source().begin.line);
    file.error_column = static_cast<int>(result.error().source().begin.column);
    return file;
  }
  read_table(result.table(), "", file);
  std::sort(file.entries.begin(), file.entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return file;
}

}  // namespace tgc
