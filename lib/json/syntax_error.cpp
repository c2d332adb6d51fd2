// SPDX-License-Identifier: Apache-2.0
// See syntax_error.h. The token the parser refused is found again and classified.
#include "json/syntax_error.h"

#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <utility>

#include "json/token_cursor.h"

namespace tgc {
namespace {

std::string shown(std::string_view token) {
  constexpr size_t kLongest = 40;
  std::string text(token.substr(0, kLongest));
  while (!text.empty() && token.size() > kLongest &&
         (static_cast<unsigned char>(text.back()) & 0x80U) != 0) {
    text.pop_back();  // no half characters
  }
  return token.size() > kLongest ? text + "…" : text;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The JSON grammar of numbers.
bool is_json_number(std::string_view text) {
  size_t i = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const size_t begin = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > begin;
  };
  const bool leading_zero = i + 1 < text.size() && text[i] == '0' && is_digit(text[i + 1]);
  if (leading_zero || !digits()) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

bool overflows(std::string_view number) {
  double value = 1;
  const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
  const bool tiny =
      number.find("e-") != std::string_view::npos || number.find("E-") != std::string_view::npos;
  return result.ec == std::errc::result_out_of_range && !tiny;
}

SyntaxError explain_string(std::string_view text, const Token& token, size_t position) {
  const std::string_view string = text.substr(token.begin, token.end - token.begin);
  const bool closed = string.size() >= 2 && string.back() == '"';
  const size_t at = position - 1;  // the byte that was refused
  if (!closed) return {token.begin, token.end, "this string is not closed on its line", ""};
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20) {
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), "%04X", byte);
    return {token.begin, token.end,
            "control character U+" + std::string(hex.data()) + " in a string",
            "write it as \\u" + std::string(hex.data())};
  }
  const size_t backslash = text.rfind('\\', at);
  if (backslash == std::string_view::npos || backslash < token.begin) {
    return {token.begin, token.end, "this string is malformed", ""};
  }
  return {backslash, at + 1,
          "'" + shown(text.substr(backslash, at + 1 - backslash)) + "' is no escape of JSON",
          "a backslash itself is written \\\\"};
}

SyntaxError explain_number(const Token& token, std::string_view number) {
  if (overflows(number)) {
    return {token.begin, token.end, "number " + shown(number) + " does not fit a float64",
            R"(infinity is written "inf")"};
  }
  std::string hint;
  const std::string_view digits = number.substr(number.starts_with('-') ? 1 : 0);
  if (number.starts_with('+')) hint = "JSON numbers have no plus sign in front";
  if (digits.starts_with('.')) hint = "write a digit before the point: 0.5";
  if (number.ends_with('.')) hint = "write a digit after the point: 1.0";
  if (digits.starts_with('0') && digits.size() > 1 && is_digit(digits[1])) {
    hint = "JSON numbers have no leading zeros";
  }
  if (digits == "Infinity" || digits == "inf") hint = R"(write "-inf" or "inf" with quotes)";
  return {token.begin, token.end, "'" + shown(number) + "' is not a JSON number", hint};
}

std::string word_hint(std::string_view word, bool is_key) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kWords = {{
      {"NaN", R"(write "nan" with quotes)"},
      {"nan", R"(write "nan" with quotes)"},
      {"Infinity", R"(write "inf" with quotes)"},
      {"inf", R"(write "inf" with quotes)"},
      {"True", "JSON writes true"},
      {"False", "JSON writes false"},
      {"None", "leave the key out instead"},
      {"undefined", "leave the key out instead"},
      {"#", "comments start with //"},
  }};
  for (const auto& [known, hint] : kWords) {
    if (word == known || (known == "#" && word.starts_with('#'))) return std::string(hint);
  }
  if (word.starts_with('\'')) return "strings stand in double quotes";
  if (is_key) return "keys stand in double quotes";
  return "";
}

std::string expectation(char before, char container) {
  if (before == ',' || before == '[' || before == ':') {
    return container == '{' && before == ',' ? "expected a key in double quotes"
                                             : "expected a value";
  }
  if (before == '{') return "expected a key in double quotes or '}'";
  return "";
}

}  // namespace

SyntaxError explain_syntax_error(std::string_view text, const ParseStop& stop) {
  TokenCursor cursor(text, stop.after);
  char before = stop.after > 0 && stop.after <= text.size() ? text[stop.after - 1] : '\0';
  Token token = cursor.next();
  while (token.end > token.begin && token.end < stop.position) {
    before = text[token.begin];
    token = cursor.next();
  }
  const std::string_view word = text.substr(token.begin, token.end - token.begin);
  if (word.empty()) {
    const size_t comment = text.rfind("/*");
    if (comment != std::string_view::npos && comment >= stop.after &&
        text.find("*/", comment + 2) == std::string_view::npos) {
      return {comment, comment + 2, "this comment is not closed", ""};
    }
    const bool nothing =
        text.substr(0, token.begin).find_first_not_of(" \t\r\n") == std::string_view::npos;
    return {token.begin, token.end,
            nothing ? "the file is empty" : "the file ends before its outermost value does", ""};
  }
  if (stop.complete) {
    return {token.begin, token.end, "unexpected text after the end of the outermost value", ""};
  }
  const char first = word[0];
  if (first == '"' && (stop.position < token.end || word.size() < 2 || word.back() != '"')) {
    return explain_string(text, token, stop.position);
  }
  if (is_digit(first) || first == '-' || first == '+' || first == '.') {
    if (!is_json_number(word) || overflows(word)) return explain_number(token, word);
  }
  if ((first == ']' || first == '}') && before == ',') {
    return {token.begin, token.end, "a comma stands before this closing bracket",
            "the last element has no comma after it"};
  }
  const bool starts_value = first == '"' || first == '{' || first == '[' || first == '-' ||
                            std::isalnum(static_cast<unsigned char>(first)) != 0;
  const bool after_value = before != ',' && before != ':' && before != '[' && before != '{';
  if (starts_value && after_value) {
    return {token.begin, token.end, "expected ',' or ':' or a closing bracket before this", ""};
  }
  const Token after = cursor.next();
  const bool is_key = after.end > after.begin && text[after.begin] == ':';
  std::string message = "unexpected '" + shown(word) + "'";
  if (const std::string wanted = expectation(before, is_key ? '{' : '['); !wanted.empty()) {
    message += ", " + wanted;
  }
  return {token.begin, token.end, message, word_hint(word, is_key)};
}

}  // namespace tgc
