// SPDX-License-Identifier: Apache-2.0
// Finds JSON tokens in text that the JSON library has already accepted (or where it stopped), to
// know where they stand. Also the UTF-8 check of the whole text, comments included.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace tgc {

struct Token {
  size_t begin = 0;
  size_t end = 0;  // == begin at the end of the text
};

class TokenCursor {
 public:
  explicit TokenCursor(std::string_view text, size_t start = 0);

  [[nodiscard]] size_t position() const { return position_; }
  // Where a comment began that the end of the text cut off.
  [[nodiscard]] std::optional<size_t> open_comment() const { return open_comment_; }
  // The next token of any kind, after white space and comments.
  Token next();
  // The next token that is neither a comma nor a colon.
  Token next_value();

 private:
  void skip_blank();

  std::string_view text_;
  size_t position_ = 0;
  std::optional<size_t> open_comment_;
};

// Offset of the first byte that is not part of a valid UTF-8 character, npos when all is valid.
size_t first_invalid_utf8(std::string_view text);

}  // namespace tgc
