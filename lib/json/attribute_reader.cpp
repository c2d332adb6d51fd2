// SPDX-License-Identifier: Apache-2.0
// See attribute_reader.h.
#include "json/attribute_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "json/index_reader.h"
#include "json/literal.h"
#include "support/text.h"

namespace tgc {
namespace {

class AttributeReader {
 public:
  AttributeReader(GraphReader& reader, JsonValue value, const AttrDef& def, const std::string& what,
                  std::vector<VariableId>& inputs)
      : reader_(reader),
        value_(value),
        def_(def),
        node_(what),
        inputs_(inputs),
        what_(what + ": '" + std::string(def.name) + "'") {}

  std::optional<AttrValue> read() {
    switch (def_.kind) {
      case AttrKind::boolean:
        if (!expect(value_, JsonKind::boolean)) return std::nullopt;
        return value_.boolean();
      case AttrKind::integer:
        return wrap(integer(value_));
      case AttrKind::real:
        return wrap(real());
      case AttrKind::text:
        return wrap(word(value_));
      case AttrKind::integers:
        return wrap(integers());
      case AttrKind::texts:
        return wrap(texts());
      case AttrKind::dtype:
        return wrap(read_dtype(value_, node_, reader_.context()));
      case AttrKind::dim:
        return wrap(dim(value_));
      case AttrKind::dims:
        return wrap(dims());
      case AttrKind::index_list:
        if (!expect(value_, JsonKind::array)) return std::nullopt;
        return wrap(read_index_list(reader_, value_, node_, inputs_));
      case AttrKind::padding:
        return padding();
    }
    return std::nullopt;
  }

 private:
  template <class T>
  static std::optional<AttrValue> wrap(std::optional<T> value) {
    if (!value) return std::nullopt;
    return AttrValue(std::move(*value));
  }

  Diagnostics& diagnostics() { return reader_.context().diagnostics; }
  bool expect(JsonValue value, JsonKind kind) {
    return expect_kind(value, kind, what_, diagnostics());
  }
  std::nullopt_t fail(JsonValue value, const std::string& message, const std::string& hint) {
    diagnostics().error("bad-attribute", what_ + " " + message, value.location()).hint = hint;
    return std::nullopt;
  }

  std::optional<int64_t> integer(JsonValue value) {
    if (!expect(value, JsonKind::number)) return std::nullopt;
    if (const auto number = value.int64()) return number;
    return fail(value, "must be an integer, got " + std::string(value.source()),
                "write it without point and exponent");
  }

  std::optional<double> real() {
    if (value_.is_string()) {
      if (const auto number = non_finite(value_.string())) return number;
    }
    if (!expect(value_, JsonKind::number)) return std::nullopt;
    return value_.real();
  }

  std::optional<std::string> word(JsonValue value) {
    if (!expect(value, JsonKind::string)) return std::nullopt;
    const std::string& text = value.string();
    if (def_.choices.empty() ||
        std::find(def_.choices.begin(), def_.choices.end(), text) != def_.choices.end()) {
      return text;
    }
    const std::vector<std::string> choices(def_.choices.begin(), def_.choices.end());
    const std::string near = suggestion(text, choices, "");
    const bool is_same = text == "same" && def_.name == "border_mode";
    return fail(value, "is '" + text + "', which is none of its values",
                !near.empty() ? near
                              : "it may be " + join(choices, ", ") +
                                    (is_same ? "; half is what others call same" : ""));
  }

  // One or several; the word "x" among the choices stands for -1.
  std::optional<std::vector<int64_t>> integers() {
    if (value_.is_number()) {
      const auto one = integer(value_);
      if (!one) return std::nullopt;
      return std::vector<int64_t>{*one};
    }
    if (value_.is_string() && def_.choices.empty()) {
      diagnostics()
          .error("wrong-kind", what_ + " must be an integer or an array of integers, got a string",
                 value_.location())
          .hint = "axes and sizes are numbers, such as 0, -1 or [0, 1]";
      return std::nullopt;
    }
    if (!expect(value_, JsonKind::array)) return std::nullopt;
    std::vector<int64_t> list;
    for (const JsonValue element : value_.elements()) {
      if (element.is_string() && !def_.choices.empty()) {
        if (!word(element)) return std::nullopt;
        list.push_back(-1);
        continue;
      }
      const auto number = integer(element);
      if (!number) return std::nullopt;
      list.push_back(*number);
    }
    return list;
  }

  std::optional<std::vector<std::string>> texts() {
    if (!expect(value_, JsonKind::array)) return std::nullopt;
    std::vector<std::string> list;
    for (const JsonValue element : value_.elements()) {
      auto text = word(element);
      if (!text) return std::nullopt;
      list.push_back(std::move(*text));
    }
    return list;
  }

  std::optional<DimExpr> dim(JsonValue value) {
    return read_dim(value, std::numeric_limits<int64_t>::min(), node_, reader_.dims(),
                    diagnostics());
  }

  // An array, or the name of an integer vector whose elements are known.
  std::optional<std::vector<DimExpr>> dims() {
    if (value_.is_string()) return vector_value();
    if (!expect(value_, JsonKind::array)) return std::nullopt;
    std::vector<DimExpr> list;
    for (const JsonValue element : value_.elements()) {
      auto one = dim(element);
      if (!one) return std::nullopt;
      list.push_back(std::move(*one));
    }
    return list;
  }

  // The elements of the integer vector that is named.
  std::optional<std::vector<DimExpr>> vector_value() {
    const std::string& name = value_.string();
    const Variable* variable = reader_.peek(name);
    if (variable != nullptr && variable->type.rank() == 1 && variable->value) {
      return variable->value;
    }
    const std::string message =
        variable == nullptr ? " is '" + name + "', but there is no variable of this name"
                            : ": '" + name + "' (" + type_text(variable->type) +
                                  ") is no integer vector whose value is known before the call";
    diagnostics()
        .error(variable == nullptr ? "unknown-name" : "unknown-value", what_ + message,
               value_.location())
        .hint = "write the dims one by one, such as [\"n\", 3]";
    return std::nullopt;
  }

  // A word, an integer, one integer per axis, or one pair per axis.
  std::optional<AttrValue> padding() {
    if (value_.is_string()) return wrap(word(value_));
    if (value_.is_number()) {
      const auto all = integer(value_);
      if (!all) return std::nullopt;
      return AttrValue(std::vector<int64_t>{*all});
    }
    if (!expect(value_, JsonKind::array)) return std::nullopt;
    std::vector<int64_t> list;
    for (const JsonValue element : value_.elements()) {
      if (element.is_array() && element.size() != 2) {
        return fail(element,
                    "must be a pair of integers for each axis, got an array of " +
                        std::to_string(element.size()),
                    "such as [[1, 2], [0, 0]]: before and behind");
      }
      const std::vector<JsonValue> pair =
          element.is_array() ? element.elements() : std::vector<JsonValue>{element, element};
      for (const JsonValue side : pair) {
        const auto number = integer(side);
        if (!number) return std::nullopt;
        list.push_back(*number);
      }
    }
    return AttrValue(std::move(list));
  }

  GraphReader& reader_;
  JsonValue value_;
  const AttrDef& def_;
  const std::string& node_;
  std::vector<VariableId>& inputs_;
  std::string what_;
};

}  // namespace

std::optional<AttrValue> read_attribute(GraphReader& reader, JsonValue value, const AttrDef& def,
                                        const std::string& what, std::vector<VariableId>& inputs) {
  return AttributeReader(reader, value, def, what, inputs).read();
}

}  // namespace tgc
