// SPDX-License-Identifier: Apache-2.0
// Dims written as text: "n", "2*n + 1", "n // 2", "(n + m) % 8", "min(n, 64)".
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types/dim_expr.h"

namespace tgc {

struct DimTextError {
  std::string code;  // bad-expression, or what the lookup set
  std::string message;
  std::string hint;
  std::optional<size_t> at = {};  // the byte of the text that does not fit
};

// What a name stands for; where it stands for nothing the lookup fills the error.
using DimLookup = std::function<std::optional<DimExpr>(std::string_view name, DimTextError& error)>;

// A text that is as a whole a name the lookup knows need not be an identifier.
std::optional<DimExpr> parse_dim_text(std::string_view text, const DimLookup& lookup,
                                      DimTextError& error);

// [A-Za-z_][A-Za-z0-9_]*
bool is_identifier(std::string_view text);
// nan, inf, infinity, null, none, true or false, in any case: what a broken exporter writes for a
// dim, and so no name for one.
bool is_value_word(std::string_view text);
// All identifiers in the text, min and max left out.
std::vector<std::string> identifiers_in(std::string_view text);

}  // namespace tgc
