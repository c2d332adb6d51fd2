// SPDX-License-Identifier: Apache-2.0
// See object_reader.h.
#include "json/object_reader.h"

#include <algorithm>
#include <utility>

#include "support/text.h"

namespace tgc {

bool expect_kind(JsonValue value, JsonKind kind, const std::string& what,
                 Diagnostics& diagnostics) {
  if (value.is(kind)) return true;
  if (value.is(JsonKind::null)) {
    diagnostics.error("null-value", what + " is null", value.location()).hint =
        "null is never a value here; leave the key out";
    return false;
  }
  diagnostics.error("wrong-kind",
                    what + " must be " + std::string(json_kind_text(kind)) + ", got " +
                        std::string(json_kind_text(value.kind())),
                    value.location());
  return false;
}

std::optional<ObjectReader> ObjectReader::open(JsonValue value, std::string what,
                                               Diagnostics& diagnostics) {
  if (!expect_kind(value, JsonKind::object, what, diagnostics)) return std::nullopt;
  return ObjectReader(value, std::move(what), diagnostics);
}

std::optional<JsonValue> ObjectReader::optional(std::string_view key) {
  allow(key);
  const auto member = value_.find(key);
  if (!member || !member->is(JsonKind::null)) return member;
  ok_ =
      expect_kind(*member, JsonKind::object, what_ + ": '" + std::string(key) + "'", *diagnostics_);
  return std::nullopt;
}

std::optional<JsonValue> ObjectReader::optional(std::string_view key, JsonKind kind) {
  const auto member = optional(key);
  if (!member) return std::nullopt;
  if (expect_kind(*member, kind, what_ + ": '" + std::string(key) + "'", *diagnostics_)) {
    return member;
  }
  ok_ = false;
  return std::nullopt;
}

std::optional<JsonValue> ObjectReader::required(std::string_view key) {
  if (value_.find(key)) return optional(key);
  allow(key);
  diagnostics_->error("missing-key", what_ + ": key '" + std::string(key) + "' is missing",
                      value_.location());
  ok_ = false;
  return std::nullopt;
}

std::optional<JsonValue> ObjectReader::required(std::string_view key, JsonKind kind) {
  return value_.find(key) ? optional(key, kind) : required(key);
}

bool ObjectReader::finish() {
  for (const JsonValue member : value_.elements()) {
    if (std::find(known_.begin(), known_.end(), member.key()) != known_.end()) continue;
    ok_ = false;
    diagnostics_
        ->error("unknown-key", what_ + ": unknown key '" + member.key() + "'",
                member.key_location())
        .hint = suggestion(member.key(), known_, "the keys are");
  }
  return ok_;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& known,
                       std::string_view label) {
  constexpr size_t kMost = 12;
  if (known.empty()) return "";
  const std::string near = nearest_name(name, known);
  if (!near.empty()) return "did you mean '" + near + "'?";
  if (label.empty()) return "";
  std::vector<std::string> list = known;
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  const bool cut = list.size() > kMost;
  if (cut) list.resize(kMost);
  return std::string(label) + " " + join(list, ", ") + (cut ? ", …" : "");
}

}  // namespace tgc
