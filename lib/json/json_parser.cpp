// SPDX-License-Identifier: Apache-2.0
// nlohmann's SAX events -> JsonDocument. The library says what was read but not where
// (Debian's 3.11 keeps no positions), so a cursor follows its events through the same bytes: after
// every event it stands behind the token the event was about.
#include "json/json_parser.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "json/syntax_error.h"
#include "json/token_cursor.h"

namespace tgc {

class JsonDocumentBuilder {
 public:
  // `accepted`: the source as the library reads it; `overflows`: where numbers beyond float64
  // begin.
  JsonDocumentBuilder(JsonDocument& document, const std::string& accepted,
                      const std::vector<size_t>& overflows, const JsonLimits& limits,
                      Diagnostics& diagnostics)
      : document_(document),
        accepted_(accepted),
        overflows_(overflows),
        limits_(limits),
        diagnostics_(diagnostics),
        cursor_(document.source_) {}

  bool add(JsonKind kind, bool flag = false) {
    const Token token = cursor_.next_value();
    if (document_.entries_.size() >= limits_.max_values) {
      return refuse("too-large", token.begin, token.end,
                    "the file holds more than " + std::to_string(limits_.max_values) + " values",
                    "put large tensors into a .npy, .npz or .safetensors file");
    }
    const auto index = static_cast<uint32_t>(document_.entries_.size());
    JsonDocument::Entry entry;
    entry.kind = kind;
    entry.boolean = flag;
    entry.begin = static_cast<uint32_t>(token.begin);
    entry.end = static_cast<uint32_t>(token.end);
    if (!open_.empty()) {
      auto& parent = document_.entries_[open_.back()];
      entry.parent = open_.back();
      entry.position = parent.count++;
      if (parent.last != JsonDocument::kNone) {
        document_.entries_[parent.last].next = index;
      } else {
        parent.first = index;
      }
      parent.last = index;
      entry.key = key_;
      entry.key_begin = key_begin_;
      entry.key_end = key_end_;
      key_ = JsonDocument::kNone;
    }
    document_.entries_.push_back(entry);
    return true;
  }

  bool add_number() {
    if (!add(JsonKind::number)) return false;
    const JsonValue value = last_value();
    const auto& entry = document_.entries_.back();
    if (!std::binary_search(overflows_.begin(), overflows_.end(), entry.begin)) return true;
    diagnostics_
        .error("bad-value", "number " + shown(value.source()) + " does not fit a float64",
               value.location())
        .hint = R"(infinity is written "inf" or "-inf")";
    return true;
  }

  bool add_string(std::string text) {
    if (!add(JsonKind::string)) return false;
    auto& entry = document_.entries_.back();
    if (!check_length(text, last_value().location())) return false;
    entry.text = static_cast<uint32_t>(document_.texts_.size());
    document_.texts_.push_back(std::move(text));
    return true;
  }

  bool set_key(std::string text) {
    const Token token = cursor_.next_value();
    if (!check_length(text, in_container(token.begin, token.end))) return false;
    key_ = static_cast<uint32_t>(document_.texts_.size());
    key_begin_ = static_cast<uint32_t>(token.begin);
    key_end_ = static_cast<uint32_t>(token.end);
    document_.texts_.push_back(std::move(text));
    return true;
  }

  bool open(JsonKind kind) {
    if (!add(kind)) return false;
    open_.push_back(static_cast<uint32_t>(document_.entries_.size() - 1));
    if (open_.size() <= static_cast<size_t>(limits_.max_depth)) return true;
    const auto& entry = document_.entries_.back();
    return refuse(
        "too-deep", entry.begin, entry.end,
        "arrays and objects are nested more than " + std::to_string(limits_.max_depth) + " deep",
        "a value needs one array for each of its dims; is a bracket not closed?");
  }

  bool close() {
    const uint32_t index = open_.back();
    document_.entries_[index].end = static_cast<uint32_t>(cursor_.next_value().end);
    open_.pop_back();
    if (document_.entries_[index].kind == JsonKind::object) check_keys(index);
    return true;
  }

  void syntax_error(size_t position) {
    const SyntaxError error = explain_syntax_error(accepted_, position);
    auto& diagnostic = report("json-syntax", error.begin, error.end, error.message, error.hint);
    if (!error.open_bracket) return;
    const size_t at = *error.open_bracket;
    const std::string bracket = std::string("the '") + document_.source_[at] + "' ";
    diagnostic.notes.push_back(
        {bracket +
             (error.is_guess ? "that lacks its end, to judge by the indentation" : "that is open"),
         document_.locate(at, at + 1)});
  }

 private:
  [[nodiscard]] JsonValue last_value() const {
    return {&document_, static_cast<uint32_t>(document_.entries_.size() - 1)};
  }

  // Digits by the hundred say no more than the first ones.
  static std::string shown(std::string_view number) {
    constexpr size_t kMost = 40;
    return number.size() <= kMost ? std::string(number)
                                  : std::string(number.substr(0, kMost)) + "…";
  }

  [[nodiscard]] Location in_container(size_t begin, size_t end) const {
    Location location = document_.locate(begin, end);
    if (!open_.empty()) location.pointer = JsonValue(&document_, open_.back()).pointer();
    return location;
  }

  Diagnostic& report(const char* code, size_t begin, size_t end, std::string message,
                     std::string hint) {
    auto& diagnostic = diagnostics_.error(code, std::move(message), in_container(begin, end));
    diagnostic.hint = std::move(hint);
    return diagnostic;
  }

  bool refuse(const char* code, size_t begin, size_t end, std::string message, std::string hint) {
    report(code, begin, end, std::move(message), std::move(hint));
    return false;
  }

  bool check_length(const std::string& text, Location location) {
    if (text.size() <= limits_.max_string) return true;
    diagnostics_
        .error("too-large",
               "this string has " + std::to_string(text.size()) + " bytes, the limit is " +
                   std::to_string(limits_.max_string),
               std::move(location))
        .hint = "names have at most 200 bytes; is a quote missing?";
    return false;
  }

  // Of a key given twice the first member stays.
  void check_keys(uint32_t object) {
    if (document_.entries_[object].count < 2) return;
    std::vector<JsonValue> members = JsonValue(&document_, object).elements();
    std::stable_sort(members.begin(), members.end(),
                     [](JsonValue a, JsonValue b) { return a.key() < b.key(); });
    std::vector<JsonValue> surplus;
    for (size_t i = 1; i < members.size(); ++i) {
      if (members[i].key() != members[i - 1].key()) continue;
      auto& diagnostic = diagnostics_.error(
          "duplicate-key", "key '" + members[i].key() + "' is given twice in one object",
          members[i].key_location());
      Location first = members[i - 1].key_location();
      first.pointer.clear();  // the same as that of the second
      diagnostic.notes.push_back({"the first one", std::move(first)});
      diagnostic.hint = "leave one of the two out";
      surplus.push_back(members[i]);
    }
    if (!surplus.empty()) drop(object, surplus);
  }

  void drop(uint32_t object, const std::vector<JsonValue>& surplus) {
    auto& entries = document_.entries_;
    std::vector<bool> is_surplus(entries.size() - object, false);
    for (const JsonValue& member : surplus) is_surplus[member.index_ - object] = true;
    entries[object].count = 0;
    uint32_t kept = JsonDocument::kNone;  // never the first: that has no earlier namesake
    for (uint32_t i = entries[object].first; i != JsonDocument::kNone; i = entries[i].next) {
      if (is_surplus[i - object]) continue;
      if (kept != JsonDocument::kNone) entries[kept].next = i;
      kept = i;
      ++entries[object].count;
    }
    entries[kept].next = JsonDocument::kNone;
    entries[object].last = kept;
  }

  JsonDocument& document_;
  const std::string& accepted_;
  const std::vector<size_t>& overflows_;
  const JsonLimits& limits_;
  Diagnostics& diagnostics_;
  TokenCursor cursor_;
  std::vector<uint32_t> open_;
  uint32_t key_ = JsonDocument::kNone;
  uint32_t key_begin_ = 0;
  uint32_t key_end_ = 0;
};

namespace {

// The events as nlohmann names them.
class Events {
 public:
  explicit Events(JsonDocumentBuilder& builder) : builder_(builder) {}

  bool null() { return builder_.add(JsonKind::null); }
  bool boolean(bool value) { return builder_.add(JsonKind::boolean, value); }
  bool number_integer(nlohmann::json::number_integer_t) { return builder_.add_number(); }
  bool number_unsigned(nlohmann::json::number_unsigned_t) { return builder_.add_number(); }
  bool number_float(nlohmann::json::number_float_t, const std::string&) {
    return builder_.add_number();
  }
  bool string(std::string& value) { return builder_.add_string(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool key(std::string& value) { return builder_.set_key(std::move(value)); }
  bool start_object(size_t) { return builder_.open(JsonKind::object); }
  bool end_object() { return builder_.close(); }
  bool start_array(size_t) { return builder_.open(JsonKind::array); }
  bool end_array() { return builder_.close(); }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) {
    builder_.syntax_error(position);
    return false;
  }

 private:
  JsonDocumentBuilder& builder_;
};

std::vector<size_t> find_overflows(const std::string& source) {
  std::vector<size_t> places;
  TokenCursor cursor(source);
  for (Token token = cursor.next(); token.end > token.begin; token = cursor.next()) {
    const auto text = std::string_view(source).substr(token.begin, token.end - token.begin);
    if (number_overflows(text)) places.push_back(token.begin);
  }
  return places;
}

// A number that the library takes, of the same length, in each of the places.
std::string without_overflows(std::string source, const std::vector<size_t>& places) {
  for (const size_t place : places) {
    const size_t end = TokenCursor(source, place).next().end;
    source.replace(place, end - place, end - place, '0');
    source[place + 1] = '.';
  }
  return source;
}

}  // namespace

std::unique_ptr<const JsonDocument> parse_json(std::string file, std::string text,
                                               const JsonLimits& limits, Diagnostics& diagnostics) {
  const int errors_before = diagnostics.error_count();
  auto document = parse_json_with_mistakes(std::move(file), std::move(text), limits, diagnostics);
  return diagnostics.error_count() > errors_before ? nullptr : std::move(document);
}

std::unique_ptr<const JsonDocument> parse_json_with_mistakes(std::string file, std::string text,
                                                             const JsonLimits& limits,
                                                             Diagnostics& diagnostics) {
  if (text.size() > limits.max_bytes) {
    Location location;
    location.file = file;
    diagnostics
        .error("too-large",
               "the file has " + std::to_string(text.size()) + " bytes, the limit is " +
                   std::to_string(limits.max_bytes),
               location)
        .hint = "put large tensors into a .npy, .npz or .safetensors file";
    return nullptr;
  }
  auto document = std::make_unique<JsonDocument>(std::move(file), std::move(text));
  const std::string& source = document->source();
  if (const size_t bad = first_invalid_utf8(source); bad != std::string::npos) {
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), "0x%02X", static_cast<unsigned char>(source[bad]));
    const bool is_utf16 = source.starts_with("\xFF\xFE") || source.starts_with("\xFE\xFF");
    diagnostics
        .error("not-utf8",
               "the file is not UTF-8: byte " + std::string(hex.data()) +
                   " here is part of no character",
               document->locate(bad, bad + 1))
        .hint = is_utf16 ? "it looks like UTF-16: save it as UTF-8" : "save the file as UTF-8";
    return nullptr;
  }
  if (const size_t nul = source.find('\0'); nul != std::string::npos) {
    diagnostics.error("json-syntax", "the file holds a NUL byte", document->locate(nul, nul + 1))
        .hint = "text files hold none: was the file damaged, or saved as UTF-16?";
    return nullptr;
  }
  const std::vector<size_t> overflows = find_overflows(source);
  std::string replaced;
  if (!overflows.empty()) replaced = without_overflows(source, overflows);
  const std::string& accepted = overflows.empty() ? source : replaced;
  JsonDocumentBuilder builder(*document, accepted, overflows, limits, diagnostics);
  Events events(builder);
  const bool good = nlohmann::json::sax_parse(accepted.begin(), accepted.end(), &events,
                                              nlohmann::json::input_format_t::json,
                                              /*strict=*/true, /*ignore_comments=*/true);
  return good ? std::move(document) : nullptr;
}

}  // namespace tgc
