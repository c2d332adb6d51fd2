// SPDX-License-Identifier: Apache-2.0
// See config_schema.h. Editors that complete TOML by a JSON Schema read it.
#include "flags/config_schema.h"

#include <map>
#include <memory>
#include <vector>

#include "flags/flag.h"
#include "flags/flag_report.h"
#include "flags/flag_value.h"
#include "support/check.h"
#include "support/text.h"

namespace tgc {
namespace {

// A table of the TOML file: its flags and its tables, in alphabetical order.
struct Table {
  std::map<std::string, const FlagDef*> flags;
  std::map<std::string, std::unique_ptr<Table>> tables;
};

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

// The words of a choice that TOML can also write as true, false or an integer.
std::string choice_schema(const FlagDef& flag) {
  std::vector<std::string> words = flag_choices(flag);
  std::vector<std::string> items;
  if (flag.name == "floatX") words.insert(words.end(), {"64", "32", "16"});
  for (const std::string& word : words) {
    items.push_back(quoted(word));
    if (word == "True") items.emplace_back("true");
    if (word == "False") items.emplace_back("false");
    const bool is_integer = word.find_first_not_of("0123456789") == std::string::npos;
    if (is_integer) items.push_back(word);
  }
  return "\"enum\": [" + join(items, ", ") + "]";
}

std::string type_schema(const FlagDef& flag) {
  switch (flag.type) {
    case FlagType::boolean:
      return "\"type\": \"boolean\"";
    case FlagType::integer:
      return "\"type\": \"integer\"";
    case FlagType::number:
      return "\"type\": \"number\"";
    case FlagType::choice:
      return choice_schema(flag);
    case FlagType::list:
      return "\"type\": [\"string\", \"array\"], \"items\": {\"type\": \"string\"}";
    case FlagType::device:
      return "\"type\": \"string\", \"pattern\": \"^(cpu|(cuda|gpu)[0-9]{0,4})" +
             std::string(flag.default_value.empty() ? "?" : "") + "$\"";
    case FlagType::text:
    case FlagType::path:
    case FlagType::contexts:
      return "\"type\": \"string\"";
  }
  TGC_CHECK(false, "unknown flag type");
}

// "" for a default that JSON cannot say (TOML's inf).
std::string default_schema(const FlagDef& flag) {
  const FlagValue value = default_flag_value(flag);
  const std::string text = flag_value_text(value);
  if (const bool* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (std::holds_alternative<std::vector<std::string>>(value)) return "[]";
  if (std::holds_alternative<std::string>(value)) return quoted(text);
  return text == "inf" ? "" : text;
}

std::string flag_schema(const FlagDef& flag, const std::string& indent) {
  const std::string separator = ",\n" + indent + "  ";
  const std::string description =
      quoted(std::string(flag.effect) + " (" + flag_action_text(flag) + ")");
  const std::string default_text = default_schema(flag);
  return "{\n" + indent + "  \"description\": " + description + separator + type_schema(flag) +
         (default_text.empty() ? "" : separator + "\"default\": " + default_text) + "\n" + indent +
         "}";
}

std::string table_schema(const Table& table, const std::string& indent) {
  const std::string inner = indent + "    ";
  std::map<std::string, std::string> properties;
  for (const auto& [name, flag] : table.flags) properties[name] = flag_schema(*flag, inner);
  for (const auto& [name, child] : table.tables) {
    TGC_CHECK(!properties.contains(name), "flag and section share the name " + name);
    properties[name] = "{\n" + inner + table_schema(*child, inner) + "\n" + inner + "}";
  }
  std::vector<std::string> lines;
  for (const auto& [name, text] : properties) lines.push_back(inner + quoted(name) + ": " + text);
  return "  \"type\": \"object\",\n" + indent + "  \"additionalProperties\": false,\n" + indent +
         "  \"properties\": {\n" + join(lines, ",\n") + "\n" + indent + "  }";
}

Table flag_tables() {
  Table root;
  for (const FlagDef& flag : flag_defs()) {
    Table* table = &root;
    std::vector<std::string> path = split(flag.name, '.');
    for (size_t i = 0; i + 1 < path.size(); ++i) {
      auto& child = table->tables[path[i]];
      if (!child) child = std::make_unique<Table>();
      table = child.get();
    }
    table->flags[path.back()] = &flag;
  }
  return root;
}

}  // namespace

std::string config_schema_text() {
  return "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
         "  \"title\": \"tgc.toml\",\n"
         "  \"description\": \"Flags of tgc in a project's folder; printed from the registry of "
         "flags\",\n" +
         table_schema(flag_tables(), "") + "\n}\n";
}

}  // namespace tgc
