// SPDX-License-Identifier: Apache-2.0
// Says what is wrong with text that is not JSON. The JSON library tells that it refused, but
// neither where the refused token began nor what could have stood there; so the text is read again
// here, by the same grammar, up to the first token that does not fit.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tgc {

struct SyntaxError {
  size_t begin = 0;  // bytes of the text to underline
  size_t end = 0;
  std::string message;
  std::string hint;
  std::optional<size_t> open_bracket;  // the bracket that should have been closed first
  bool is_guess = false;               // it is closed, but by what looks like another's end
};

// The first mistake in `text`. `position`: where the JSON library stopped, used if it is stricter
// than this.
SyntaxError explain_syntax_error(std::string_view text, size_t position);

// Is this a JSON number, but beyond every float64? The JSON library takes that for a syntax error.
bool number_overflows(std::string_view text);

}  // namespace tgc
