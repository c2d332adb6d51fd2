// SPDX-License-Identifier: Apache-2.0
// JsonDocument: a parsed JSON file that remembers where everything stood; JsonValue: a handle on
// one value of it. Numbers stay as written, so that 64-bit integers and doubles are exact. All the
// rest of lib/json reads this; only json_parser.cpp sees the JSON library.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/diagnostic.h"

namespace tgc {

enum class JsonKind : uint8_t { null, boolean, number, string, array, object };

// "a number", "an object", …
std::string_view json_kind_text(JsonKind kind);

class JsonDocument;

// Cheap to copy; valid while its JsonDocument lives.
class JsonValue {
 public:
  JsonValue(const JsonDocument* document, uint32_t index) : document_(document), index_(index) {}

  [[nodiscard]] JsonKind kind() const;
  [[nodiscard]] bool is(JsonKind wanted) const { return kind() == wanted; }
  [[nodiscard]] bool is_object() const { return is(JsonKind::object); }
  [[nodiscard]] bool is_array() const { return is(JsonKind::array); }
  [[nodiscard]] bool is_string() const { return is(JsonKind::string); }
  [[nodiscard]] bool is_number() const { return is(JsonKind::number); }

  [[nodiscard]] bool boolean() const;
  [[nodiscard]] const std::string& string() const;
  [[nodiscard]] std::string_view source() const;  // as written in the file
  // Numbers: written without fraction and exponent?
  [[nodiscard]] bool is_integer() const;
  [[nodiscard]] std::optional<int64_t> int64() const;  // nullopt: not an integer, or too big
  [[nodiscard]] std::optional<uint64_t> uint64() const;
  [[nodiscard]] double real() const;  // nearest double

  [[nodiscard]] size_t size() const;                      // elements or members
  [[nodiscard]] std::vector<JsonValue> elements() const;  // also the members' values
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;
  [[nodiscard]] const std::string& key() const;  // of a member

  [[nodiscard]] std::string pointer() const;    // "/nodes/3/inputs/1"
  [[nodiscard]] Location location() const;      // underlines the first line of the value
  [[nodiscard]] Location key_location() const;  // of a member: underlines its key
  // Of one character of a string, `at` bytes behind its opening quote; the whole string where that
  // cannot be told (escapes) or `at` is absent.
  [[nodiscard]] Location location_of(std::optional<size_t> at) const;
  [[nodiscard]] JsonValue root() const { return {document_, 0}; }  // of the document

  friend bool operator==(const JsonValue&, const JsonValue&) = default;

 private:
  friend class JsonDocumentBuilder;

  const JsonDocument* document_;
  uint32_t index_;
};

class JsonDocument {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Entry {
    JsonKind kind = JsonKind::null;
    bool boolean = false;
    uint32_t begin = 0;  // bytes in the source
    uint32_t end = 0;
    uint32_t parent = kNone;
    uint32_t position = 0;   // among its siblings
    uint32_t first = kNone;  // child
    uint32_t last = kNone;   // child
    uint32_t next = kNone;   // sibling
    uint32_t count = 0;      // children
    uint32_t text = kNone;   // string: index into texts
    uint32_t key = kNone;    // member: index into texts
    uint32_t key_begin = 0;
    uint32_t key_end = 0;
  };

  JsonDocument(std::string file, std::string source);

  [[nodiscard]] JsonValue root() const { return {this, 0}; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& source() const { return source_; }
  // Line and column (both from 1, columns in characters) of the bytes [begin, end).
  [[nodiscard]] Location locate(size_t begin, size_t end) const;

 private:
  friend class JsonValue;
  friend class JsonDocumentBuilder;

  std::string file_;
  std::string source_;
  // Characters in the first `end` bytes.
  [[nodiscard]] int64_t characters_before(size_t end) const;

  std::vector<uint32_t> line_starts_;
  std::vector<uint32_t> characters_;  // before every kBlock bytes: lines may be long
  std::vector<Entry> entries_;
  std::vector<std::string> texts_;
};

// "/a~1b" for "a/b": one step of a JSON pointer.
std::string pointer_step(std::string_view key);

}  // namespace tgc
