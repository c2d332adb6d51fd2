// SPDX-License-Identifier: Apache-2.0
// Reading of parsed values and their positions.
#include "json/json_value.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "support/check.h"

namespace tgc {
namespace {

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

int64_t count_characters(std::string_view bytes) {
  return std::count_if(bytes.begin(), bytes.end(), starts_character);
}

constexpr size_t kBlock = 1024;

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view json_kind_text(JsonKind kind) {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "a boolean";
    case JsonKind::number:
      return "a number";
    case JsonKind::string:
      return "a string";
    case JsonKind::array:
      return "an array";
    case JsonKind::object:
      return "an object";
  }
  return "";
}

std::string pointer_step(std::string_view key) {
  std::string step = "/";
  for (const char c : key) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

JsonDocument::JsonDocument(std::string file, std::string source)
    : file_(std::move(file)), source_(std::move(source)) {
  TGC_CHECK(source_.size() < kNone, "JSON source too large");
  const bool has_mark = source_.starts_with("\xEF\xBB\xBF");  // which no editor shows
  line_starts_.push_back(has_mark ? 3 : 0);
  for (size_t i = 0; i < source_.size(); ++i) {
    if (source_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
  }
  int64_t count = 0;
  for (size_t begin = 0; begin <= source_.size(); begin += kBlock) {
    characters_.push_back(static_cast<uint32_t>(count));
    count += count_characters(std::string_view(source_).substr(begin, kBlock));
  }
}

int64_t JsonDocument::characters_before(size_t end) const {
  const size_t block = end / kBlock;
  const std::string_view rest = std::string_view(source_).substr(block * kBlock, end % kBlock);
  return characters_[block] + count_characters(rest);
}

Location JsonDocument::locate(size_t begin, size_t end) const {
  begin =
      std::clamp<size_t>(begin, std::min<size_t>(line_starts_[0], source_.size()), source_.size());
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), begin);
  const auto line = static_cast<size_t>(after - line_starts_.begin());
  const size_t line_begin = line_starts_[line - 1];
  size_t line_end = line < line_starts_.size() ? line_starts_[line] - 1 : source_.size();
  if (line_end > begin && source_[line_end - 1] == '\r') --line_end;
  Location location;
  location.file = file_;
  location.line = static_cast<int>(line);
  const int64_t before = characters_before(begin);
  location.column = static_cast<int>(before - characters_before(std::min(line_begin, begin))) + 1;
  end = std::clamp(end, begin, std::max(begin, line_end));
  location.length = static_cast<int>(std::max<int64_t>(1, characters_before(end) - before));
  return location;
}

JsonKind JsonValue::kind() const {
  return document_->entries_[index_].kind;
}

bool JsonValue::boolean() const {
  TGC_CHECK(is(JsonKind::boolean), "not a boolean");
  return document_->entries_[index_].boolean;
}

const std::string& JsonValue::string() const {
  TGC_CHECK(is_string(), "not a string");
  return document_->texts_[document_->entries_[index_].text];
}

std::string_view JsonValue::source() const {
  const auto& entry = document_->entries_[index_];
  return std::string_view(document_->source_).substr(entry.begin, entry.end - entry.begin);
}

bool JsonValue::is_integer() const {
  return is_number() && source().find_first_of(".eE") == std::string_view::npos;
}

std::optional<int64_t> JsonValue::int64() const {
  return is_number() ? whole_number<int64_t>(source()) : std::nullopt;
}

std::optional<uint64_t> JsonValue::uint64() const {
  return is_number() ? whole_number<uint64_t>(source()) : std::nullopt;
}

double JsonValue::real() const {
  TGC_CHECK(is_number(), "not a number");
  double value = 0;  // what overflows the parser has reported; what underflows is 0
  const std::string_view text = source();
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

size_t JsonValue::size() const {
  return document_->entries_[index_].count;
}

std::vector<JsonValue> JsonValue::elements() const {
  std::vector<JsonValue> list;
  list.reserve(size());
  const auto& entries = document_->entries_;
  for (uint32_t i = entries[index_].first; i != JsonDocument::kNone; i = entries[i].next) {
    list.emplace_back(document_, i);
  }
  return list;
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  const auto& entries = document_->entries_;
  for (uint32_t i = entries[index_].first; i != JsonDocument::kNone; i = entries[i].next) {
    if (entries[i].key != JsonDocument::kNone && document_->texts_[entries[i].key] == key) {
      return JsonValue(document_, i);
    }
  }
  return std::nullopt;
}

const std::string& JsonValue::key() const {
  const uint32_t key = document_->entries_[index_].key;
  TGC_CHECK(key != JsonDocument::kNone, "not a member of an object");
  return document_->texts_[key];
}

std::string JsonValue::pointer() const {
  std::vector<std::string> steps;
  const auto& entries = document_->entries_;
  for (uint32_t i = index_; entries[i].parent != JsonDocument::kNone; i = entries[i].parent) {
    const auto& entry = entries[i];
    steps.push_back(entry.key != JsonDocument::kNone ? pointer_step(document_->texts_[entry.key])
                                                     : "/" + std::to_string(entry.position));
  }
  std::string pointer;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) pointer += *step;
  return pointer;
}

Location JsonValue::location() const {
  const auto& entry = document_->entries_[index_];
  Location location = document_->locate(entry.begin, entry.end);
  location.pointer = pointer();
  return location;
}

Location JsonValue::location_of(std::optional<size_t> at) const {
  const auto& entry = document_->entries_[index_];
  const bool is_plain = at && is_string() && source().find('\\') == std::string_view::npos;
  if (!is_plain || *at >= string().size()) return location();
  const size_t begin = entry.begin + 1 + *at;
  Location location = document_->locate(begin, begin + 1);
  location.pointer = pointer();
  return location;
}

Location JsonValue::key_location() const {
  const auto& entry = document_->entries_[index_];
  if (entry.key == JsonDocument::kNone) return location();
  Location location = document_->locate(entry.key_begin, entry.key_end);
  location.pointer = pointer();
  return location;
}

}  // namespace tgc
