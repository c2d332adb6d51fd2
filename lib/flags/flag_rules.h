// SPDX-License-Identifier: Apache-2.0
// The few flags with rules of their own: which value of which other flag an old flag stands for,
// and values that have no effect although the flag has one.
#pragma once
#include <string>
#include <string_view>

#include "flags/flag.h"
#include "flags/flag_value.h"

namespace tgc {

// What a value of a flag means for another flag.
struct FlagMapping {
  std::string_view target;        // "" if it means nothing for any
  std::string value;              // to set, or to append if the target is a list
  bool wins_over_target = false;  // also over a value the target was given in the same place
};

FlagMapping map_flag(const FlagDef& flag, const FlagValue& value);

// Why this value has no effect: the flag's own reason if tgc warns of it, or one of the value; ""
// if it has its effect, or if nothing is lost.
std::string reason_of_no_effect(const FlagDef& flag, const FlagValue& value);

}  // namespace tgc
