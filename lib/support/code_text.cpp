// SPDX-License-Identifier: Apache-2.0
// See code_text.h.
#include "support/code_text.h"

#include <algorithm>

#include "support/text.h"

namespace tgc {
namespace {

// The index after the string or character literal that starts at `at`.
size_t end_of_literal(const std::string& text, size_t at) {
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != quote && text[at] != '\n'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// The index after the comment that starts at `at`; a line's end is not part of it.
size_t end_of_comment(const std::string& text, size_t at) {
  const bool line = text[at + 1] == '/';
  const size_t end = line ? text.find('\n', at) : text.find("*/", at + 2);
  if (end == std::string::npos) return text.size();
  return line ? end : end + 2;
}

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

std::string text_without_comments(const std::string& text) {
  if (text.find("__LINE__") != std::string::npos) return text;
  std::string code;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    const bool slash = text[at] == '/' && end < text.size();
    // An apostrophe after a letter or digit separates digits (1'000) and opens no literal.
    const bool character = text[at] == '\'' && (at == 0 || !is_word(text[at - 1]));
    if (text[at] == '"' || character) {
      end = end_of_literal(text, at);
      code.append(text, at, end - at);
    } else if (slash && (text[end] == '/' || text[end] == '*')) {
      end = end_of_comment(text, at);
      code += ' ';
    } else {
      code += text[at];
    }
    at = end;
  }
  std::string result;
  for (const std::string& line : split(code, '\n')) {
    const size_t last = line.find_last_not_of(" \t\r");
    if (last != std::string::npos) result += line.substr(0, last + 1) + "\n";
  }
  return result;
}

}  // namespace tgc
