// SPDX-License-Identifier: Apache-2.0
// See token_cursor.h.
#include "json/token_cursor.h"

#include <algorithm>

namespace tgc {
namespace {

constexpr std::string_view kStructure = "{}[],:";
constexpr std::string_view kBlank = " \t\r\n";

size_t string_end(std::string_view text, size_t begin) {
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    } else if (text[i] == '\n') {
      return i;  // unterminated: never accepted by the parser
    }
  }
  return text.size();
}

}  // namespace

TokenCursor::TokenCursor(std::string_view text, size_t start) : text_(text), position_(start) {
  if (start == 0 && text_.starts_with("\xEF\xBB\xBF")) position_ = 3;
}

void TokenCursor::skip_blank() {
  while (position_ < text_.size()) {
    if (kBlank.find(text_[position_]) != std::string_view::npos) {
      ++position_;
    } else if (text_.substr(position_, 2) == "//") {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else if (text_.substr(position_, 2) == "/*") {
      const size_t end = text_.find("*/", position_ + 2);
      if (end == std::string_view::npos) open_comment_ = position_;
      position_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else {
      return;
    }
  }
}

Token TokenCursor::next() {
  skip_blank();
  const size_t begin = position_;
  if (begin == text_.size()) return {begin, begin};
  if (kStructure.find(text_[begin]) != std::string_view::npos) {
    position_ = begin + 1;
  } else if (text_[begin] == '"') {
    position_ = string_end(text_, begin);
  } else {
    const size_t end = text_.find_first_of("{}[],:\" \t\r\n/", begin + 1);
    position_ = std::min(end, text_.size());
  }
  return {begin, position_};
}

Token TokenCursor::next_value() {
  Token token = next();
  while (token.end == token.begin + 1 && (text_[token.begin] == ',' || text_[token.begin] == ':')) {
    token = next();
  }
  return token;
}

size_t first_invalid_utf8(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  size_t i = 0;
  while (i < text.size()) {
    const unsigned lead = byte(i);
    size_t length = 1;
    unsigned low = 0x80;  // bounds of the second byte exclude overlong forms and surrogates
    unsigned high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
      length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      length = 3;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      length = 4;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    } else if (lead >= 0x80) {
      return i;
    }
    for (size_t k = 1; k < length; ++k) {
      const unsigned next = byte(i + k);
      if (next < (k == 1 ? low : 0x80U) || next > (k == 1 ? high : 0xBFU)) return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

}  // namespace tgc
