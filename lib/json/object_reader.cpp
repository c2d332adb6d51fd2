// SPDX-License-Identifier: Apache-2.0
// See object_reader.h.
#include "json/object_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "support/text.h"

namespace tgc {
namespace {

// What a key that is missing may look like.
std::string example_of(std::string_view key) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kExamples = {{
      {"body", R"("body": {"nodes": [], "next": {"h": "h_new"}})"},
      {"cost", R"("cost": "loss")"},
      {"dtype", R"("dtype": "float32")"},
      {"file", R"("file": "weights.npz")"},
      {"functions", R"("functions": {"f": {"inputs": ["x"], "outputs": ["y"]}})"},
      {"init", R"("init": "zeros")"},
      {"inputs", R"("inputs": ["x"])"},
      {"learning_rate", R"("learning_rate": 0.01)"},
      {"name", R"("name": "model")"},
      {"op", R"("op": "exp")"},
      {"params", R"("params": ["w", "b"])"},
      {"rule", R"("rule": "sgd")"},
      {"seed", R"("seed": 1)"},
      {"shape", R"("shape": ["n", 3], or [] for a scalar)"},
      {"tgc", R"("tgc": 1)"},
      {"value", R"("value": 0, nested arrays, {"init": "zeros"} or {"file": "w.npy"})"},
      {"wrt", R"("wrt": ["w", "b"])"},
  }};
  for (const auto& [known, example] : kExamples) {
    if (known == key) return "such as " + std::string(example);
  }
  return "add \"" + std::string(key) + "\"";
}

// How the value could be written as one of the wanted kind.
std::string kind_hint(JsonValue value, JsonKind kind) {
  constexpr size_t kLongest = 40;
  const std::string source(value.source());
  const bool is_short = source.size() <= kLongest && source.find('\n') == std::string::npos;
  if (kind == JsonKind::array && is_short && !value.is_object()) return "write [" + source + "]";
  if (kind == JsonKind::array) return "an array is written [a, b]";
  if (kind == JsonKind::object) return "an object is written {\"key\": value}";
  if (kind == JsonKind::string && is_short && !value.is_array() && !value.is_object()) {
    return "write \"" + source + "\"";
  }
  if (kind == JsonKind::string) return "a string stands in double quotes";
  if (kind == JsonKind::boolean) return "write true or false";
  if (kind == JsonKind::number && value.is_string()) return "a number has no quotes";
  return "such as 1 or 0.5";
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

bool expect_kind(JsonValue value, JsonKind kind, const std::string& what,
                 Diagnostics& diagnostics) {
  if (value.is(kind)) return true;
  if (value.is(JsonKind::null)) {
    diagnostics.error("null-value", what + " is null", value.location()).hint =
        "null is never a value; leave the key out";
    return false;
  }
  diagnostics
      .error("wrong-kind",
             what + " must be " + std::string(json_kind_text(kind)) + ", got " +
                 std::string(json_kind_text(value.kind())),
             value.location())
      .hint = kind_hint(value, kind);
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
  ok_ = false;
  for (const JsonValue member : value_.elements()) {  // the key under a name like it?
    if (nearest_name(member.key(), {std::string(key)}).empty()) continue;
    if (std::find(known_.begin(), known_.end(), member.key()) != known_.end()) continue;
    report_unknown(member, "did you mean '" + std::string(key) + "'?");
    allow(member.key());
    return std::nullopt;
  }
  diagnostics_
      ->error("missing-key", what_ + ": key '" + std::string(key) + "' is missing",
              value_.location())
      .hint = example_of(key);
  return std::nullopt;
}

std::optional<JsonValue> ObjectReader::required(std::string_view key, JsonKind kind) {
  return value_.find(key) ? optional(key, kind) : required(key);
}

bool ObjectReader::finish() {
  for (const JsonValue member : value_.elements()) {
    if (std::find(known_.begin(), known_.end(), member.key()) != known_.end()) continue;
    report_unknown(member, suggestion(member.key(), known_,
                                      known_.size() == 1 ? "the only key is" : "the keys are"));
  }
  return ok_;
}

void ObjectReader::report_unknown(JsonValue member, std::string hint) {
  ok_ = false;
  diagnostics_
      ->error("unknown-key", what_ + ": unknown key '" + member.key() + "'", member.key_location())
      .hint = std::move(hint);
}

std::string suggestion(std::string_view name, const std::vector<std::string>& known,
                       std::string_view label) {
  constexpr size_t kMost = 16;
  constexpr size_t kShort = 2;  // bytes; all such names are near to one another
  constexpr size_t kMostCompared = 20000;
  if (known.empty() || known.size() > kMostCompared) return "";
  const auto same = std::find_if(known.begin(), known.end(), [&](const std::string& other) {
    return lower_case(other) == lower_case(name);
  });
  if (same != known.end()) return "did you mean '" + *same + "'?";
  const std::string near = name.size() > kShort ? nearest_name(name, known) : "";
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
