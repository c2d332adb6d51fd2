// SPDX-License-Identifier: Apache-2.0
// Reads the members of one JSON object strictly: every key that was not asked for is an error, with
// "did you mean". What is wrong is reported once, where it stands.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json_value.h"
#include "support/diagnostic.h"

namespace tgc {

// Reports "<what> must be <kind>, got <kind>" unless the value has the kind. Null is never a value.
bool expect_kind(JsonValue value, JsonKind kind, const std::string& what, Diagnostics& diagnostics);

class ObjectReader {
 public:
  // `what` names the object in messages: "function 'train'". nullopt, reported: not an object.
  static std::optional<ObjectReader> open(JsonValue value, std::string what,
                                          Diagnostics& diagnostics);

  // The member, of any kind but null; nullopt when absent or reported.
  std::optional<JsonValue> optional(std::string_view key);
  std::optional<JsonValue> optional(std::string_view key, JsonKind kind);
  std::optional<JsonValue> required(std::string_view key);
  std::optional<JsonValue> required(std::string_view key, JsonKind kind);
  // The key is allowed; somebody else reads it.
  void allow(std::string_view key) { known_.emplace_back(key); }
  // Keys that were never asked for are reported. True when nothing was reported on this object.
  bool finish();

  [[nodiscard]] JsonValue value() const { return value_; }
  [[nodiscard]] const std::string& what() const { return what_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  ObjectReader(JsonValue value, std::string what, Diagnostics& diagnostics)
      : value_(value), what_(std::move(what)), diagnostics_(&diagnostics) {}

  void report_unknown(JsonValue member, std::string hint);

  JsonValue value_;
  std::string what_;
  Diagnostics* diagnostics_;
  std::vector<std::string> known_;
  bool ok_ = true;
};

// "did you mean 'x'", or where nothing is near "<known>: a, b, c" (shortened); "" without names.
std::string suggestion(std::string_view name, const std::vector<std::string>& known,
                       std::string_view label);

}  // namespace tgc
