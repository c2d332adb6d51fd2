// SPDX-License-Identifier: Apache-2.0
// See ini_file.h.
#include "flags/ini_file.h"

#include <algorithm>
#include <optional>

#include "support/text.h"

namespace tgc {
namespace {

// Theano's limit on %(NAME)s inside the text that replaced another.
constexpr int kMaxDepth = 10;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

class Interpolator {
 public:
  Interpolator(const std::vector<IniEntry>& entries,
               const std::map<std::string, std::string>& variables)
      : entries_(entries) {
    for (const auto& [name, value] : variables) variables_[lower(name)] = value;
  }

  // Nothing if a name is unknown or a % stands alone.
  [[nodiscard]] std::optional<std::string> expand(const std::string& section,
                                                  const std::string& text, int depth = 0) const {
    if (depth > kMaxDepth) return std::nullopt;
    std::string result;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        result += text[i];
        continue;
      }
      const bool is_percent = i + 1 < text.size() && text[i + 1] == '%';
      if (is_percent) {
        result += '%';
        ++i;
        continue;
      }
      const size_t close = text.find(")s", i);
      if (i + 1 >= text.size() || text[i + 1] != '(' || close == std::string::npos) {
        return std::nullopt;
      }
      const auto found = find(section, lower(text.substr(i + 2, close - i - 2)));
      if (!found) return std::nullopt;
      const auto inner = expand(section, *found, depth + 1);
      if (!inner) return std::nullopt;
      result += *inner;
      i = close + 1;
    }
    return result;
  }

 private:
  [[nodiscard]] std::optional<std::string> find(const std::string& section,
                                                const std::string& name) const {
    for (const std::string& place : {section, std::string("DEFAULT")}) {
      const auto entry = std::find_if(entries_.rbegin(), entries_.rend(), [&](const IniEntry& e) {
        return e.section == place && lower(e.option) == name;
      });
      if (entry != entries_.rend()) return entry->value;
    }
    const auto variable = variables_.find(name);
    if (variable == variables_.end()) return std::nullopt;
    return variable->second;
  }

  const std::vector<IniEntry>& entries_;
  std::map<std::string, std::string> variables_;
};

bool is_indented(const std::string& line) {
  return !line.empty() && (line[0] == ' ' || line[0] == '\t');
}

}  // namespace

IniFile parse_ini(std::string_view text, const std::map<std::string, std::string>& variables) {
  IniFile file;
  std::string section;
  bool has_section = false;
  bool may_continue = false;
  int line_number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++line_number;
    const std::string line(trim(raw));
    if (line.empty()) {
      may_continue = false;
      continue;
    }
    if (line[0] == '#' || line[0] == ';') continue;
    if (is_indented(raw) && may_continue) {
      std::string& value = file.entries.back().value;
      value += (value.empty() ? "" : "\n") + line;
      continue;
    }
    may_continue = false;
    if (line[0] == '[' && line.find(']') != std::string::npos) {
      section = line.substr(1, line.find(']') - 1);
      has_section = true;
      continue;
    }
    const size_t separator = line.find_first_of("=:");
    if (separator == std::string::npos || separator == 0) {
      file.problems.push_back({"this line is neither [section] nor option = value", line_number});
    } else if (!has_section) {
      file.problems.push_back(
          {"no [section] stands above this line; flags without a dot go below [global]",
           line_number});
    } else {
      file.entries.push_back({section, std::string(trim(line.substr(0, separator))),
                              std::string(trim(line.substr(separator + 1))), line_number});
      may_continue = true;
    }
  }
  const std::vector<IniEntry> raw_entries = file.entries;
  const Interpolator interpolator(raw_entries, variables);
  for (IniEntry& entry : file.entries) {
    if (auto expanded = interpolator.expand(entry.section, entry.value)) {
      entry.value = std::move(*expanded);
    }
  }
  return file;
}

}  // namespace tgc
