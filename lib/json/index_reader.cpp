// SPDX-License-Identifier: Apache-2.0
// See index_reader.h.
#include "json/index_reader.h"

#include <charconv>
#include <utility>

#include "support/text.h"

namespace tgc {
namespace {

class IndexReader {
 public:
  IndexReader(GraphReader& reader, const std::string& what, std::vector<VariableId>& inputs)
      : reader_(reader), what_(what), inputs_(inputs) {}

  std::optional<IndexEntry> read(JsonValue value) {
    if (value.is_string()) {
      return value.string().find(':') == std::string::npos ? index_text(value) : slice_text(value);
    }
    if (value.is_object()) return input_number(value);
    if (value.is(JsonKind::null)) {
      diagnostics().error("null-value", what_ + ": an index is null", value.location()).hint =
          "a new axis, NumPy's None, is made with dimshuffle; null is never a value";
      return std::nullopt;
    }
    if (!value.is_number()) {
      return fail(value, "an index must be an integer or a text, got " +
                             std::string(json_kind_text(value.kind())));
    }
    const auto number = value.int64();
    if (!number) {
      return fail(value, "index " + std::string(value.source()) +
                             (value.is_integer() ? " does not fit 64 bits" : " is not an integer"));
    }
    IndexEntry entry;
    entry.kind = IndexEntry::Kind::index;
    entry.start = DimExpr(*number);
    return entry;
  }

 private:
  Diagnostics& diagnostics() { return reader_.context().diagnostics; }

  std::nullopt_t fail(JsonValue value, const std::string& message, const std::string& hint = "") {
    diagnostics().error("bad-index", what_ + ": " + message, value.location()).hint =
        hint.empty()
            ? R"(such as 0, -1, "1:-1", "::2", "n - 3:", or the name of an integer variable)"
            : hint;
    return std::nullopt;
  }

  std::optional<IndexEntry> input_number(JsonValue value) {
    auto object = ObjectReader::open(value, what_ + ": index", diagnostics());
    const auto number = object->required("input", JsonKind::number);
    if (!object->finish() || !number) return std::nullopt;
    const auto position = number->int64();
    if (!position || *position < 0 || *position >= static_cast<int64_t>(inputs_.size())) {
      const size_t count = inputs_.size();
      return fail(*number,
                  "the node has no input number " + std::string(number->source()) + ", it has " +
                      std::to_string(count) + (count == 1 ? " input" : " inputs"),
                  "inputs are numbered from 0");
    }
    IndexEntry entry;
    entry.kind = IndexEntry::Kind::input;
    entry.input = static_cast<int>(*position);
    return entry;
  }

  // `at`: where the text begins in the value.
  std::optional<DimExpr> part(JsonValue value, std::string_view text, size_t at) {
    DimTextError error;
    auto dim = parse_dim_text(text, reader_.dims(), error);
    if (dim) return dim;
    const auto place = error.at ? std::optional<size_t>(at + *error.at) : std::nullopt;
    diagnostics().error(error.code, what_ + ": " + error.message, value.location_of(place)).hint =
        error.hint;
    return std::nullopt;
  }

  std::optional<IndexEntry> slice_text(JsonValue value) {
    const std::vector<std::string> parts = split(value.string(), ':');
    if (parts.size() > 3) {
      return fail(value, "'" + value.string() + "' has more than two colons",
                  "a slice is start:stop:step; each may be left out");
    }
    IndexEntry entry;
    size_t end = 0;  // of the part in the value
    for (size_t i = 0; i < parts.size(); ++i) {
      const size_t begin = end;
      end += parts[i].size() + 1;
      const std::string_view text = trim(parts[i]);
      if (text.empty()) continue;
      auto number = part(value, text, begin + parts[i].find(text[0]));
      if (!number) return std::nullopt;
      if (i == 0) entry.start = std::move(number);
      if (i == 1) entry.stop = std::move(number);
      if (i < 2) continue;
      if (!number->is_constant() || number->is(0)) {
        return fail(
            value,
            "the step of a slice must be an integer other than 0, got '" + std::string(text) + "'",
            "a step is written as a number, such as \"::2\" or \"::-1\"");
      }
      entry.step = *number->constant();
    }
    return entry;
  }

  std::optional<IndexEntry> index_text(JsonValue value) {
    const std::string name(trim(value.string()));
    if (name.empty() || name == "..." || name == "None" || name == "newaxis") {
      return fail(value, "'" + name + "' is no index",
                  name == "..." || name.empty()
                      ? "\":\" takes a whole axis; axes at the end need not be named"
                      : "a new axis is made with dimshuffle");
    }
    IndexEntry entry;
    const Variable* variable = reader_.peek(name);
    if (variable != nullptr && (variable->type.rank() > 0 || !variable->value)) {
      if (!is_integer(variable->type.dtype)) {
        return fail(
            value,
            "'" + name + "' (" + type_text(variable->type) + ") is no integer and cannot index",
            "a cast node makes it an integer");
      }
      entry.kind = IndexEntry::Kind::input;
      entry.input = static_cast<int>(inputs_.size());
      inputs_.push_back(reader_.find(name)->variable);
      return entry;
    }
    entry.kind = IndexEntry::Kind::index;
    entry.start = part(value, name, value.string().find(name[0]));
    if (!entry.start) return std::nullopt;
    return entry;
  }

  GraphReader& reader_;
  const std::string& what_;
  std::vector<VariableId>& inputs_;
};

}  // namespace

std::optional<std::vector<IndexEntry>> read_index_list(GraphReader& reader, JsonValue list,
                                                       const std::string& what,
                                                       std::vector<VariableId>& inputs) {
  IndexReader entry_reader(reader, what, inputs);
  std::vector<IndexEntry> entries;
  bool good = true;
  for (const JsonValue element : list.elements()) {
    auto entry = entry_reader.read(element);
    good = good && entry;
    if (entry) entries.push_back(std::move(*entry));
  }
  if (!good) return std::nullopt;
  return entries;
}

}  // namespace tgc
