// SPDX-License-Identifier: Apache-2.0
// The registry of flags: every flag of Theano, Aesara and PyTensor and tgc's own, with what tgc
// does with it. Pure data (flags.def); config.h has the values in force.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

enum class FlagType { boolean, integer, number, choice, text, path, list, device, contexts };

// honours: acts on it; maps: acts on it under another name; ignores: nothing is lost; warns: has no
// effect and says so; rejects: any value but the default is an error.
enum class FlagAction { honours, maps, ignores, warns, rejects };

// When the value is read: by the compiler, by a running bundle, or by both.
enum class FlagScope { compile, run, both };

struct FlagDef {
  std::string_view name;   // Theano's, "gpuarray.preallocate"
  std::string_view group;  // precision, device, cuda09, gpuarray, optimizer, ...
  FlagType type;
  std::string_view values;         // of a choice, separated by spaces
  std::string_view default_value;  // as text
  FlagAction action;
  std::string_view detail;  // maps: the flag it becomes; ignores, warns, rejects: why
  FlagScope scope;
  std::string_view effect;

  friend bool operator==(const FlagDef& a, const FlagDef& b) { return a.name == b.name; }
};

// All flags in the order of the table.
std::span<const FlagDef> flag_defs();

// By exact name, or with "__" for each "." as Aesara and PyTensor write it; null if there is none.
const FlagDef* find_flag(std::string_view name);

// By section and option of an INI file, whose options do not distinguish case; `[global]` holds the
// flags without a section.
const FlagDef* find_flag_in_section(std::string_view section, std::string_view option);

// The flag name nearest to `name`, or "".
std::string nearest_flag(std::string_view name);

// The allowed values of a choice.
std::vector<std::string> flag_choices(const FlagDef& flag);

std::string_view flag_type_name(FlagType type);
std::string_view flag_action_name(FlagAction action);
std::string_view flag_scope_name(FlagScope scope);

}  // namespace tgc
