// SPDX-License-Identifier: Apache-2.0
// Writes JSON: members in the order they are given, numbers that read back exactly, two spaces of
// indent. The same calls give the same bytes.
//   JsonWriter json;
//   json.begin_object();
//   json.member("name", "digits");
//   json.begin_array("dims", JsonWriter::Layout::line); json.value(64); json.end_array();
//   json.end_object();
//   std::string text = json.take();
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

// `text` in double quotes with JSON's escapes; bytes that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view text);

class JsonWriter {
 public:
  enum class Layout { block, line };  // one element a line, or all on one

  explicit JsonWriter(Layout outermost = Layout::block) : outermost_(outermost) {}

  void begin_object(Layout layout = Layout::block);
  void begin_array(Layout layout = Layout::block);
  void begin_object(std::string_view key, Layout layout = Layout::block);
  void begin_array(std::string_view key, Layout layout = Layout::block);
  void end_object() { end('}'); }
  void end_array() { end(']'); }

  void key(std::string_view key);
  void value(std::string_view text) { raw(json_quoted(text)); }
  void value(const char* text) { value(std::string_view(text)); }
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(bool flag) { raw(flag ? "true" : "false"); }
  void value(double number);  // "nan", "inf", "-inf" as strings
  template <std::integral T>
  void value(T number) {
    raw(std::to_string(number));
  }
  void raw(std::string_view json);  // one JSON value as text

  template <class T>
  void member(std::string_view name, const T& member_value) {
    key(name);
    value(member_value);
  }
  template <class T>
  void array(std::string_view name, const std::vector<T>& items, Layout layout = Layout::line) {
    begin_array(name, layout);
    for (const T& item : items) value(item);
    end_array();
  }

  // The text, with a newline at its end. All that was begun must have been ended.
  std::string take();

 private:
  struct Level {
    Layout layout = Layout::block;
    bool empty = true;
  };
  void begin(char bracket, Layout layout);
  void end(char bracket);
  void separate();

  Layout outermost_;
  std::string text_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace tgc
