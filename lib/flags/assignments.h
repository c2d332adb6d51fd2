// SPDX-License-Identifier: Apache-2.0
// Splits the text of THEANO_FLAGS and TGC_FLAGS, "key=value,key=value", by shell-like rules: a
// comma between single or double quotes, or behind a backslash, belongs to the value. The runtime
// compiles it too, so it depends on nothing but the standard library.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

// One item of the list, in order. `has_value` is false for an item without "=". Blanks around key
// and value are gone, unless they were quoted.
struct FlagAssignment {
  std::string key;
  std::string value;
  bool has_value = false;
};

// Nothing if a quote is not closed.
std::optional<std::vector<FlagAssignment>> split_assignments(std::string_view text);

}  // namespace tgc
