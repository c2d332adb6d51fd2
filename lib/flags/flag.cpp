// SPDX-License-Identifier: Apache-2.0
// See flag.h. The table is flags.def.
#include "flags/flag.h"

#include <algorithm>
#include <array>

#include "support/check.h"
#include "support/text.h"

namespace tgc {
namespace {

struct ActionCell {
  FlagAction action;
  std::string_view detail;
};
// The words of the table, as they stand in it.
constexpr ActionCell honours{FlagAction::honours, ""};  // NOLINT(readability-identifier-naming)
constexpr ActionCell maps(std::string_view flag) {
  return {FlagAction::maps, flag};
}
constexpr ActionCell ignores(std::string_view reason) {
  return {FlagAction::ignores, reason};
}
constexpr ActionCell warns(std::string_view reason) {
  return {FlagAction::warns, reason};
}
constexpr ActionCell rejects(std::string_view reason) {
  return {FlagAction::rejects, reason};
}

constexpr FlagDef make_flag(std::string_view name, std::string_view group, FlagType type,
                            std::string_view values, std::string_view default_value,
                            ActionCell action, FlagScope scope, std::string_view effect) {
  return {name, group, type, values, default_value, action.action, action.detail, scope, effect};
}

#define FLAG(name, type, values, default_value, action, scope, effect)                         \
  make_flag(name, FLAG_GROUP, FlagType::type, values, default_value, action, FlagScope::scope, \
            effect),
constexpr auto kFlags = std::to_array<FlagDef>({
#include "flags/flags.def"
});
#undef FLAG

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string with_dots(std::string_view name) {
  std::string dotted;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool is_separator = i > 0 && i + 2 < name.size() && name[i] == '_' && name[i + 1] == '_';
    dotted += is_separator ? '.' : name[i];
    if (is_separator) ++i;
  }
  return dotted;
}

const FlagDef* find_exactly(std::string_view name) {
  const auto* found = std::find_if(kFlags.begin(), kFlags.end(),
                                   [&](const FlagDef& flag) { return flag.name == name; });
  return found == kFlags.end() ? nullptr : found;
}

}  // namespace

std::span<const FlagDef> flag_defs() {
  return kFlags;
}

const FlagDef* find_flag(std::string_view name) {
  const FlagDef* flag = find_exactly(name);
  return flag != nullptr ? flag : find_exactly(with_dots(name));
}

const FlagDef* find_flag_in_section(std::string_view section, std::string_view option) {
  for (const FlagDef& flag : kFlags) {
    const size_t dot = flag.name.rfind('.');
    const bool has_section = dot != std::string_view::npos;
    const std::string_view own_section = has_section ? flag.name.substr(0, dot) : "global";
    const std::string_view own_option = has_section ? flag.name.substr(dot + 1) : flag.name;
    if (own_section == section && equal_without_case(own_option, option)) return &flag;
  }
  return nullptr;
}

std::string nearest_flag(std::string_view name) {
  std::vector<std::string> names;
  for (const FlagDef& flag : kFlags) names.emplace_back(flag.name);
  return nearest_name(with_dots(name), names);
}

std::vector<std::string> flag_choices(const FlagDef& flag) {
  std::vector<std::string> choices = split(flag.values, ' ');
  std::erase(choices, "");
  return choices;
}

std::string_view flag_type_name(FlagType type) {
  switch (type) {
    case FlagType::boolean:
      return "boolean";
    case FlagType::integer:
      return "integer";
    case FlagType::number:
      return "number";
    case FlagType::choice:
      return "choice";
    case FlagType::text:
      return "text";
    case FlagType::path:
      return "path";
    case FlagType::list:
      return "list";
    case FlagType::device:
      return "device";
    case FlagType::contexts:
      return "contexts";
  }
  TGC_CHECK(false, "unknown flag type");
}

std::string_view flag_action_name(FlagAction action) {
  switch (action) {
    case FlagAction::honours:
      return "honours";
    case FlagAction::maps:
      return "maps";
    case FlagAction::ignores:
      return "ignores";
    case FlagAction::warns:
      return "warns";
    case FlagAction::rejects:
      return "rejects";
  }
  TGC_CHECK(false, "unknown flag action");
}

std::string_view flag_scope_name(FlagScope scope) {
  switch (scope) {
    case FlagScope::compile:
      return "compile";
    case FlagScope::run:
      return "run";
    case FlagScope::both:
      return "both";
  }
  TGC_CHECK(false, "unknown flag scope");
}

}  // namespace tgc
