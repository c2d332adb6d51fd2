// SPDX-License-Identifier: Apache-2.0
// See json_writer.h.
#include "json/json_writer.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "json/token_cursor.h"
#include "support/check.h"
#include "support/text.h"

namespace tgc {

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const size_t valid = first_invalid_utf8(text);
    for (const char c : text.substr(0, valid)) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        quoted += '\\';
        quoted += c;
      } else if (c == '\n') {
        quoted += "\\n";
      } else if (c == '\t') {
        quoted += "\\t";
      } else if (byte < 0x20 || byte == 0x7F) {
        std::array<char, 8> escape{};
        std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
        quoted += escape.data();
      } else {
        quoted += c;
      }
    }
    if (valid == std::string_view::npos) break;
    quoted += "\xEF\xBF\xBD";
    text.remove_prefix(valid + 1);
  }
  return quoted + "\"";
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.empty) text_ += ',';
  if (level.layout == Layout::block) {
    text_ += '\n';
    text_.append(2 * levels_.size(), ' ');
  } else if (!level.empty) {
    text_ += ' ';
  }
  level.empty = false;
}

void JsonWriter::begin(char bracket, Layout layout) {
  separate();
  text_ += bracket;
  const Layout outer = levels_.empty() ? outermost_ : levels_.back().layout;
  levels_.push_back({outer == Layout::line ? Layout::line : layout, true});
}

void JsonWriter::end(char bracket) {
  TGC_CHECK(!levels_.empty() && !after_key_, "JSON value ended that was not begun");
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.layout == Layout::block && !level.empty) {
    text_ += '\n';
    text_.append(2 * levels_.size(), ' ');
  }
  text_ += bracket;
}

void JsonWriter::begin_object(Layout layout) {
  begin('{', layout);
}
void JsonWriter::begin_array(Layout layout) {
  begin('[', layout);
}

void JsonWriter::begin_object(std::string_view name, Layout layout) {
  key(name);
  begin('{', layout);
}

void JsonWriter::begin_array(std::string_view name, Layout layout) {
  key(name);
  begin('[', layout);
}

void JsonWriter::key(std::string_view key) {
  separate();
  text_ += json_quoted(key) + ": ";
  after_key_ = true;
}

void JsonWriter::value(double number) {
  raw(std::isfinite(number) ? number_text(number) : "\"" + number_text(number) + "\"");
}

void JsonWriter::raw(std::string_view json) {
  separate();
  text_ += json;
}

std::string JsonWriter::take() {
  TGC_CHECK(levels_.empty() && !after_key_, "JSON value begun that was not ended");
  text_ += '\n';
  return std::exchange(text_, {});
}

}  // namespace tgc
