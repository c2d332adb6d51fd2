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

#include "json/syntax_error.h"
#include "json/token_cursor.h"

namespace tgc {

class JsonDocumentBuilder {
 public:
  JsonDocumentBuilder(JsonDocument& document, const JsonLimits& limits, Diagnostics& diagnostics)
      : document_(document),
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

  bool add_string(std::string text) {
    if (!add(JsonKind::string)) return false;
    auto& entry = document_.entries_.back();
    if (!check_length(text, entry.begin, entry.end)) return false;
    entry.text = static_cast<uint32_t>(document_.texts_.size());
    document_.texts_.push_back(std::move(text));
    return true;
  }

  bool set_key(std::string text) {
    const Token token = cursor_.next_value();
    if (!check_length(text, token.begin, token.end)) return false;
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
    if (document_.entries_[index].kind == JsonKind::object)
      check_keys(JsonValue(&document_, index));
    return true;
  }

  void syntax_error(size_t position) {
    const SyntaxError error = explain_syntax_error(document_.source_, position);
    auto& diagnostic = report("json-syntax", error.begin, error.end, error.message, error.hint);
    if (!error.open_bracket) return;
    const size_t at = *error.open_bracket;
    diagnostic.notes.push_back({std::string("the '") + document_.source_[at] + "' that is open",
                                document_.locate(at, at + 1)});
  }

 private:
  Diagnostic& report(const char* code, size_t begin, size_t end, std::string message,
                     std::string hint) {
    Location location = document_.locate(begin, end);
    if (!open_.empty()) location.pointer = JsonValue(&document_, open_.back()).pointer();
    auto& diagnostic = diagnostics_.error(code, std::move(message), std::move(location));
    diagnostic.hint = std::move(hint);
    return diagnostic;
  }

  bool refuse(const char* code, size_t begin, size_t end, std::string message, std::string hint) {
    report(code, begin, end, std::move(message), std::move(hint));
    return false;
  }

  bool check_length(const std::string& text, size_t begin, size_t end) {
    if (text.size() <= limits_.max_string) return true;
    return refuse("too-large", begin, end,
                  "this string has " + std::to_string(text.size()) + " bytes, the limit is " +
                      std::to_string(limits_.max_string),
                  "names have at most 200 bytes; is a quote missing?");
  }

  void check_keys(JsonValue object) {
    if (object.size() < 2) return;
    std::vector<JsonValue> members = object.elements();
    std::stable_sort(members.begin(), members.end(),
                     [](JsonValue a, JsonValue b) { return a.key() < b.key(); });
    for (size_t i = 1; i < members.size(); ++i) {
      if (members[i].key() != members[i - 1].key()) continue;
      auto& diagnostic = diagnostics_.error(
          "duplicate-key", "key '" + members[i].key() + "' is given twice in one object",
          members[i].key_location());
      Location first = members[i - 1].key_location();
      first.pointer.clear();  // the same as that of the second
      diagnostic.notes.push_back({"the first one", std::move(first)});
      diagnostic.hint = "leave one of the two out";
    }
  }

  JsonDocument& document_;
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
  bool number_integer(nlohmann::json::number_integer_t) { return builder_.add(JsonKind::number); }
  bool number_unsigned(nlohmann::json::number_unsigned_t) { return builder_.add(JsonKind::number); }
  bool number_float(nlohmann::json::number_float_t, const std::string&) {
    return builder_.add(JsonKind::number);
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

}  // namespace

std::unique_ptr<const JsonDocument> parse_json(std::string file, std::string text,
                                               const JsonLimits& limits, Diagnostics& diagnostics) {
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
  const int errors_before = diagnostics.error_count();
  JsonDocumentBuilder builder(*document, limits, diagnostics);
  Events events(builder);
  const bool good = nlohmann::json::sax_parse(source.begin(), source.end(), &events,
                                              nlohmann::json::input_format_t::json,
                                              /*strict=*/true, /*ignore_comments=*/true);
  if (!good || diagnostics.error_count() > errors_before) return nullptr;
  return document;
}

}  // namespace tgc
