// SPDX-License-Identifier: Apache-2.0
// See syntax_error.h. A JSON reader that makes nothing: tokens, a stack of open brackets, and what
// may come next.
#include "json/syntax_error.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <utility>
#include <vector>

#include "json/token_cursor.h"

namespace tgc {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string shown(std::string_view token) {
  constexpr size_t kLongest = 40;
  std::string text(token.substr(0, kLongest));
  while (!text.empty() && token.size() > kLongest &&
         (static_cast<unsigned char>(text.back()) & 0x80U) != 0) {
    text.pop_back();  // no half characters
  }
  return token.size() > kLongest ? text + "…" : text;
}

std::string quoted(std::string_view token) {
  return "'" + shown(token) + "'";
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

// Is a number that no float64 can hold large (and not tiny)? By its decimal exponent:
// 0.000123e7 = 0.123e(7-3).
bool is_large(std::string_view number) {
  constexpr int64_t kFar = int64_t{1} << 40;
  const size_t mark = number.find_first_of("eE");
  const std::string_view mantissa = number.substr(0, mark);
  int64_t exponent = 0;
  if (mark != std::string_view::npos) {
    std::string_view digits = number.substr(mark + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (result.ec != std::errc()) exponent = digits.starts_with('-') ? -kFar : kFar;
  }
  const size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return false;
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  const auto shift = static_cast<int64_t>(point) - static_cast<int64_t>(first);
  return std::clamp(exponent, -kFar, kFar) + shift > 0;
}

std::string number_hint(std::string_view number) {
  const std::string_view digits = number.substr(number.find_first_not_of("+-") == 1 ? 1 : 0);
  if (digits == "Infinity" || digits == "inf") return R"(write "-inf" or "inf" with quotes)";
  if (digits == "NaN" || digits == "nan") return R"(write "nan" with quotes)";
  if (number.starts_with('+')) return "JSON numbers have no plus sign in front";
  if (digits.starts_with('.')) return "write a digit before the point: 0.5";
  if (number.ends_with('.')) return "write a digit after the point: 1.0";
  if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) {
    return "JSON numbers have no leading zeros";
  }
  if (digits.starts_with("0x") || digits.starts_with("0X")) return "JSON numbers are decimal";
  if (number.find('_') != std::string_view::npos) return "JSON numbers have no separators";
  return "such as 3, -0.5, 1e-3";
}

// The value of four hexadecimal digits at `at`; -1: there are none.
int hex4(std::string_view text, size_t at) {
  int value = 0;
  if (at + 4 > text.size()) return -1;
  const auto result = std::from_chars(text.data() + at, text.data() + at + 4, value, 16);
  return result.ptr == text.data() + at + 4 && text[at] != '-' ? value : -1;
}

// The escape at `at` (a backslash): its length, or what is wrong with it.
size_t escape_length(std::string_view string, size_t at, SyntaxError& error) {
  constexpr int kHigh = 0xD800;  // surrogates: high, low, end
  constexpr int kLow = 0xDC00;
  constexpr int kEnd = 0xE000;
  const char kind = at + 1 < string.size() ? string[at + 1] : '\0';
  if (kind != '\0' && std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos) return 2;
  if (kind != 'u') {
    const bool is_blank = static_cast<unsigned char>(kind) < 0x20;
    error.message = is_blank ? "a backslash ends this line within a string"
                             : quoted(string.substr(at, 2)) + " is no escape of JSON";
    error.hint = "a backslash itself is written \\\\";
    error.end = is_blank ? 1 : 2;
    return 0;
  }
  const int first = hex4(string, at + 2);
  const bool pair = first >= kHigh && first < kLow && string.substr(at + 6, 2) == "\\u";
  const int second = pair ? hex4(string, at + 8) : -1;
  if (first >= 0 && (first < kHigh || first >= kEnd)) return 6;
  if (second >= kLow && second < kEnd) return 12;
  error.end = std::min<size_t>(6, string.size() - at);
  error.message = quoted(string.substr(at, error.end)) +
                  (first < 0 ? " is no escape of JSON" : " is half of a surrogate pair");
  error.hint = first < 0 ? "\\u is followed by four hexadecimal digits"
                         : "write the character itself, or both halves: \\ud83d\\ude00";
  return 0;
}

// What is wrong with a string token, if anything.
std::optional<SyntaxError> check_string(std::string_view text, const Token& token) {
  const std::string_view string = text.substr(token.begin, token.end - token.begin);
  for (size_t i = 1; i < string.size();) {
    const auto byte = static_cast<unsigned char>(string[i]);
    if (byte == '"') return std::nullopt;
    if (byte == '\\' && i + 1 == string.size()) break;  // not closed
    if (byte == '\\') {
      SyntaxError error;
      const size_t length = escape_length(string, i, error);
      if (length == 0) {
        error.begin = token.begin + i;
        error.end += error.begin;
        return error;
      }
      i += length;
    } else if (byte < 0x20) {
      std::array<char, 8> hex{};
      std::snprintf(hex.data(), hex.size(), "%04X", byte);
      const std::string code(hex.data());
      return SyntaxError{token.begin + i,
                         token.begin + i + 1,
                         "control character U+" + code + " in a string",
                         byte == '\t' ? "write it as \\t" : "write it as \\u" + code,
                         {}};
    } else {
      ++i;
    }
  }
  return SyntaxError{token.begin,
                     token.end,
                     "this string is not closed on its line",
                     "close it with \"; a line break within a string is written \\n",
                     {}};
}

std::string word_hint(std::string_view word, bool is_key) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kWords = {{
      {"NaN", R"(write "nan" with quotes)"},
      {"nan", R"(write "nan" with quotes)"},
      {"Infinity", R"(write "inf" with quotes)"},
      {"inf", R"(write "inf" with quotes)"},
      {"True", "JSON writes true"},
      {"False", "JSON writes false"},
      {"None", "leave the key out instead"},
      {"undefined", "leave the key out instead"},
  }};
  for (const auto& [known, hint] : kWords) {
    if (word == known && !is_key) return std::string(hint);
  }
  if (word.starts_with('#')) return "comments start with //";
  if (word.starts_with("\xC2\xA0")) return "this is a no-break space; JSON knows the plain one";
  const bool is_curly = word.starts_with("\xE2\x80\x9C") || word.starts_with("\xE2\x80\x9D");
  if (word.starts_with('\'') || is_curly) return "strings stand in double quotes: \"…\"";
  return is_key ? "keys stand in double quotes" : "strings, and so names, stand in double quotes";
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text), cursor_(text) {}

  std::optional<SyntaxError> first_error() {
    while (true) {
      const Token token = cursor_.next();
      if (token.begin == token.end) return at_end();
      if (auto error = check(token)) return error;
      last_ = token;
    }
  }

 private:
  enum class Next { value, value_or_close, key, key_or_close, colon, comma_or_close, nothing };

  [[nodiscard]] std::string_view word(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }
  [[nodiscard]] char closer() const { return text_[open_.back()] == '{' ? '}' : ']'; }
  [[nodiscard]] int line_of(size_t at) const {
    return static_cast<int>(
               std::count(text_.begin(), text_.begin() + static_cast<long>(at), '\n')) +
           1;
  }

  std::optional<SyntaxError> fail(const Token& token, std::string message, std::string hint = "") {
    return SyntaxError{token.begin, token.end, std::move(message), std::move(hint), {}};
  }

  std::optional<SyntaxError> at_end() {
    if (const auto comment = cursor_.open_comment()) {
      return SyntaxError{
          *comment, *comment + 2, "this comment is not closed", "close it with */", {}};
    }
    if (open_.empty() && next_ == Next::nothing) return std::nullopt;
    if (open_.empty())
      return SyntaxError{
          0, 0, "the file is empty", R"(a graph file begins with {"tgc": 1, "name": …)", {}};
    SyntaxError error{last_.begin, last_.end,
                      "the file ends after this, but " + std::to_string(open_.size()) +
                          (open_.size() == 1 ? " bracket is" : " brackets are") + " still open",
                      "the next to close is '" + std::string(1, closer()) + "'", open_.back()};
    if (odd_) {
      error.open_bracket = odd_;
      error.is_guess = true;
      error.hint = std::string("close it with '") + (text_[*odd_] == '{' ? "}" : "]") +
                   "' where its part ends, on line " + std::to_string(line_of(*odd_)) + " or below";
    }
    return error;
  }

  // Blanks before the first character of the line; nothing if it is not at `at` and has to be.
  [[nodiscard]] std::optional<size_t> indentation(size_t at, bool must_be_first) const {
    const size_t line = at == 0 ? 0 : text_.rfind('\n', at - 1) + 1;  // npos + 1 is 0
    const size_t first = text_.find_first_not_of(" \t", line);
    if (must_be_first && first != at) return std::nullopt;
    return first - line;
  }

  // A bracket whose line stands further right than the one that closes it was hardly meant by that:
  // its own is missing. The first of them is remembered, for files that end too early.
  void compare_indentation(size_t opened, size_t closed) {
    if (odd_) return;
    const auto inner = indentation(closed, true);
    if (inner && *inner < *indentation(opened, false)) odd_ = opened;
  }

  std::optional<SyntaxError> check(const Token& token) {
    const char first = text_[token.begin];
    if (first == '"') {
      if (auto error = check_string(text_, token)) return error;
    }
    if (next_ == Next::nothing) {
      const bool is_closer = first == '}' || first == ']';
      return fail(token, "unexpected text after the end of the outermost value",
                  is_closer      ? "there is one closing bracket too many"
                  : first == '#' ? "comments start with //"
                                 : "a file holds one value, an object");
    }
    if (first == '}' || first == ']') return close(token);
    if (first == ',') return comma(token);
    if (first == ':') return colon(token);
    if (next_ == Next::comma_or_close || next_ == Next::colon) return missing_separator(token);
    if (next_ == Next::key || next_ == Next::key_or_close) {
      if (first != '"') return bad_key(token);
      next_ = Next::colon;
      return std::nullopt;
    }
    return value(token);
  }

  std::optional<SyntaxError> value(const Token& token) {
    const std::string_view text = word(token);
    const char first = text[0];
    if (first == '{' || first == '[') {
      open_.push_back(token.begin);
      next_ = first == '{' ? Next::key_or_close : Next::value_or_close;
      return std::nullopt;
    }
    if (is_digit(first) || first == '-' || first == '+' || first == '.') {
      if (!is_json_number(text)) {
        return fail(token, quoted(text) + " is not a JSON number", number_hint(text));
      }
    } else if (first != '"' && text != "true" && text != "false" && text != "null") {
      return fail(token, "unexpected " + quoted(text) + ", expected a value",
                  word_hint(text, false));
    }
    after_value();
    return std::nullopt;
  }

  void after_value() { next_ = open_.empty() ? Next::nothing : Next::comma_or_close; }

  std::optional<SyntaxError> close(const Token& token) {
    const std::string bracket(word(token));
    if (open_.empty()) {
      return fail(token, "unexpected '" + bracket + "', expected a value",
                  "nothing was opened before");
    }
    if (text_[token.begin] != closer()) {
      auto error =
          fail(token,
               "unexpected '" + bracket + "': the '" + std::string(1, text_[open_.back()]) +
                   "' of line " + std::to_string(line_of(open_.back())) + " is still open",
               "close it with '" + std::string(1, closer()) + "' first");
      error->open_bracket = open_.back();
      return error;
    }
    const bool after_comma = last_.end > 0 && text_[last_.begin] == ',';
    if (after_comma) {
      return fail(last_, "no value follows this comma before '" + bracket + "'",
                  "the last element has no comma after it");
    }
    if (next_ == Next::value || next_ == Next::colon) {
      return fail(token,
                  "unexpected '" + bracket + "', expected " +
                      (next_ == Next::colon ? "':' and a value" : "a value") +
                      " for the key before it",
                  "a member is written \"key\": value");
    }
    compare_indentation(open_.back(), token.begin);
    open_.pop_back();
    after_value();
    return std::nullopt;
  }

  std::optional<SyntaxError> comma(const Token& token) {
    if (next_ != Next::comma_or_close) {
      return fail(token, "unexpected ',', expected " + std::string(expected()),
                  "one comma stands between two elements, none before the first");
    }
    next_ = closer() == '}' ? Next::key : Next::value;
    return std::nullopt;
  }

  std::optional<SyntaxError> colon(const Token& token) {
    if (next_ == Next::colon) {
      next_ = Next::value;
      return std::nullopt;
    }
    const bool in_array = next_ == Next::comma_or_close && closer() == ']';
    return fail(token, "unexpected ':', expected " + std::string(expected()),
                in_array ? "members with keys stand in braces: {\"key\": value}"
                         : "a member is written \"key\": value");
  }

  // A value or key directly after another one.
  std::optional<SyntaxError> missing_separator(const Token& token) {
    const std::string message = "expected " + std::string(expected()) + " before this";
    const bool touches = last_.end == token.begin && text_[last_.begin] == '"';
    if (next_ == Next::colon && !touches) {
      return fail(token, message, "a member is written \"key\": value");
    }
    return fail(token, message,
                touches ? "a quote within a string is written \\\""
                        : "elements and members are separated by commas");
  }

  std::optional<SyntaxError> bad_key(const Token& token) {
    return fail(token,
                "unexpected " + quoted(word(token)) + ", expected " + std::string(expected()),
                word_hint(word(token), true));
  }

  [[nodiscard]] std::string_view expected() const {
    switch (next_) {
      case Next::value:
      case Next::value_or_close:
        return "a value";
      case Next::key:
        return "a key in double quotes";
      case Next::key_or_close:
        return "a key in double quotes or '}'";
      case Next::colon:
        return "':'";
      case Next::comma_or_close:
        return closer() == '}' ? "',' or '}'" : "',' or ']'";
      case Next::nothing:
        return "nothing";
    }
    return "";
  }

  std::string_view text_;
  TokenCursor cursor_;
  std::vector<size_t> open_;  // positions of the brackets
  Next next_ = Next::value;
  Token last_;
  std::optional<size_t> odd_;  // a bracket that one further left closes
};

}  // namespace

SyntaxError explain_syntax_error(std::string_view text, size_t position) {
  if (auto error = Scanner(text).first_error()) return *error;
  const size_t at = position > 0 ? position - 1 : 0;
  return {at, at + 1, "this is not JSON", "is a character here that does not show?", {}};
}

bool number_overflows(std::string_view text) {
  constexpr size_t kShortest = 5;  // 2e308
  if (text.size() < kShortest || !is_json_number(text)) return false;
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc::result_out_of_range && is_large(text);
}

}  // namespace tgc
