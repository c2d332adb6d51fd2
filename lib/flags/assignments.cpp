// SPDX-License-Identifier: Apache-2.0
// See assignments.h.
#include "flags/assignments.h"

#include <utility>

namespace tgc {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Gathers one key or value; blanks at both ends that were not quoted do not count.
class Word {
 public:
  void add(char c, bool is_quoted) {
    if (is_blank(c) && !is_quoted && text_.empty()) return;
    text_ += c;
    if (!is_blank(c) || is_quoted) kept_ = text_.size();
  }
  [[nodiscard]] std::string take() {
    text_.resize(kept_);
    kept_ = 0;
    return std::exchange(text_, {});
  }

 private:
  std::string text_;
  size_t kept_ = 0;
};

}  // namespace

std::optional<std::vector<FlagAssignment>> split_assignments(std::string_view text) {
  std::vector<FlagAssignment> items;
  FlagAssignment item;
  Word word;
  char quote = '\0';
  const auto finish = [&] {
    (item.has_value ? item.value : item.key) = word.take();
    if (item.has_value || !item.key.empty()) items.push_back(item);
    item = {};
  };
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool has_next = i + 1 < text.size();
    // Within "…" a backslash counts only before a quote or another backslash.
    const bool is_escape =
        c == '\\' && has_next &&
        (quote == '\0' || (quote == '"' && (text[i + 1] == '"' || text[i + 1] == '\\')));
    if (is_escape) {
      word.add(text[++i], true);
    } else if (quote != '\0') {
      if (c == quote) {
        quote = '\0';
      } else {
        word.add(c, true);
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ',') {
      finish();
    } else if (c == '=' && !item.has_value) {
      item.key = word.take();
      item.has_value = true;
    } else {
      word.add(c, false);
    }
  }
  if (quote != '\0') return std::nullopt;
  finish();
  return items;
}

}  // namespace tgc
