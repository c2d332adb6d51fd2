// SPDX-License-Identifier: Apache-2.0
// A recursive descent parser, bounded in depth and in the size of what it makes:
//   sum = product {(+|-) product} · product = factor {(*|//|%) factor}
//   factor = -factor | integer | name | ( sum ) | min( sum , sum ) | max( sum , sum )
#include "json/dim_text.h"

#include <algorithm>
#include <charconv>

#include "support/text.h"

namespace tgc {
namespace {

constexpr size_t kLongest = 400;  // characters
constexpr int kDeepest = 32;
constexpr size_t kMostTerms = 64;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Parser {
 public:
  Parser(std::string_view text, const DimLookup& lookup, DimTextError& error)
      : text_(text), lookup_(lookup), error_(error) {}

  std::optional<DimExpr> parse() {
    auto value = sum(0);
    skip_blank();
    if (value && at_ < text_.size()) return unexpected();
    return value;
  }

 private:
  std::nullopt_t fail(const std::string& reason, const std::string& hint = "") {
    if (error_.message.empty()) {
      error_.code = "bad-expression";
      error_.message = "'" + std::string(text_) + "' is no dim expression: " + reason;
      error_.hint = hint.empty() ? "such as n, 2*n + 1, n // 2, n % 8, min(n, 64)" : hint;
      error_.at = at_;
    }
    return std::nullopt;
  }

  std::nullopt_t unexpected() {
    const char c = text_[at_];
    const char before = at_ > 0 ? text_[at_ - 1] : ' ';
    std::string hint;
    if (c == '/') hint = "dims are integers: write // for floor division";
    if (c == '*' && before == '*') hint = "there are no powers: write n*n";
    if (is_letter(c) && is_digit(before)) hint = "a product needs its *: write 2*n";
    if (c == '(') hint = "the functions are min(a, b) and max(a, b)";
    const size_t length = (static_cast<unsigned char>(c) & 0x80U) != 0 ? 0 : 1;
    return fail(
        length == 0 ? "a character that is not ASCII" : "unexpected '" + std::string(1, c) + "'",
        hint);
  }

  void skip_blank() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  bool take(std::string_view token) {
    skip_blank();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }

  std::optional<DimExpr> sum(int depth) {
    auto value = product(depth);
    while (value) {
      const bool minus = take("-");
      if (!minus && !take("+")) break;
      const auto other = product(depth);
      if (!other) return std::nullopt;
      value = minus ? *value - *other : *value + *other;
    }
    return value;
  }

  std::optional<DimExpr> product(int depth) {
    auto value = factor(depth);
    while (value) {
      const bool divide = take("//");
      const bool mod = !divide && take("%");
      if (!divide && !mod && !take("*")) break;
      const auto other = factor(depth);
      if (!other) return std::nullopt;
      if (value->terms().size() * other->terms().size() > kMostTerms) return fail("it is too long");
      if ((divide || mod) && other->is(0)) return fail("division by zero");
      value = divide ? DimExpr::floor_div(*value, *other)
                     : (mod ? DimExpr::mod(*value, *other) : *value * *other);
    }
    return value;
  }

  std::optional<DimExpr> factor(int depth) {
    if (depth > kDeepest) return fail("it is nested too deep");
    if (take("-")) {
      const auto value = factor(depth + 1);
      return value ? std::optional(DimExpr(0) - *value) : std::nullopt;
    }
    if (take("(")) {
      const auto value = sum(depth + 1);
      if (value && !take(")")) return fail("a ')' is missing");
      return value;
    }
    skip_blank();
    if (at_ == text_.size()) return fail("it ends too early");
    if (is_digit(text_[at_])) return integer();
    if (is_letter(text_[at_])) return name(depth);
    return unexpected();
  }

  std::optional<DimExpr> integer() {
    int64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, status] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (status != std::errc()) return fail("an integer does not fit 64 bits");
    at_ += static_cast<size_t>(end - begin);
    if (at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '.')) return unexpected();
    return DimExpr(value);
  }

  std::optional<DimExpr> name(int depth) {
    const size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if ((word == "min" || word == "max") && take("(")) {
      const auto a = sum(depth + 1);
      if (!a) return std::nullopt;
      if (!take(",")) return fail("a ',' is missing");
      const auto b = sum(depth + 1);
      if (!b) return std::nullopt;
      if (!take(")")) return fail("a ')' is missing");
      return word == "min" ? DimExpr::min(*a, *b) : DimExpr::max(*a, *b);
    }
    if (text_.substr(at_).starts_with('(')) return unexpected();
    auto value = lookup_(word, error_);
    const bool is_part = word.size() < text_.size();
    if (!value && !error_.at && is_part) error_.at = begin;
    return value;
  }

  std::string_view text_;
  const DimLookup& lookup_;
  DimTextError& error_;
  size_t at_ = 0;
};

}  // namespace

std::optional<DimExpr> parse_dim_text(std::string_view text, const DimLookup& lookup,
                                      DimTextError& error) {
  if (text.size() > kLongest) {
    error = {"bad-expression",
             "a dim expression has " + std::to_string(text.size()) + " characters, the limit is " +
                 std::to_string(kLongest),
             "name the parts as nodes: integer nodes can stand in dims"};
    return std::nullopt;
  }
  const std::string_view whole = trim(text);
  DimTextError ignored;
  if (!is_identifier(whole)) {
    if (auto named = lookup(whole, ignored)) return named;
  }
  return Parser(text, lookup, error).parse();
}

bool is_value_word(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (lower.starts_with('-')) lower.erase(0, 1);
  constexpr std::string_view kWords[] = {"nan", "inf", "infinity", "null", "none", "true", "false"};
  return std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords);
}

bool is_identifier(std::string_view text) {
  return !text.empty() && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::vector<std::string> identifiers_in(std::string_view text) {
  std::vector<std::string> names;
  for (size_t i = 0; i < text.size();) {
    if (!is_letter(text[i])) {
      i += is_digit(text[i]) ? text.find_first_not_of("0123456789", i) - i : 1;
      if (i > text.size()) break;
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && (is_letter(text[i]) || is_digit(text[i]))) ++i;
    const std::string_view word = text.substr(begin, i - begin);
    if (word != "min" && word != "max") names.emplace_back(word);
  }
  return names;
}

}  // namespace tgc
