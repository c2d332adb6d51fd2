// SPDX-License-Identifier: Apache-2.0
// Typed values of flags: reading them from text by Theano's rules and words, and printing them so
// that they read back the same.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "flags/flag.h"

namespace tgc {

// boolean; integer; number; choice, text, path, device and contexts; list.
using FlagValue = std::variant<bool, int64_t, double, std::string, std::vector<std::string>>;

struct ParsedFlagValue {
  std::optional<FlagValue> value;
  std::string error;  // not empty if there is no value
  std::string hint;   // "did you mean ..." behind an error
  std::string note;   // not empty if the spelling is an old one
};

// `home` replaces a leading "~" of a path; "" leaves it.
ParsedFlagValue parse_flag_value(const FlagDef& flag, std::string_view text, std::string_view home);

FlagValue default_flag_value(const FlagDef& flag);

// True, 8, 0.8, o4, a:b
std::string flag_value_text(const FlagValue& value);

}  // namespace tgc
