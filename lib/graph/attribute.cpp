// SPDX-License-Identifier: Apache-2.0
// See attribute.h.
#include "graph/attribute.h"

#include "support/text.h"

namespace tgc {
namespace {

std::string entry_text(const IndexEntry& entry) {
  if (entry.kind == IndexEntry::Kind::input) return "input " + std::to_string(entry.input);
  const std::string start = entry.start ? entry.start->text() : "";
  if (entry.kind == IndexEntry::Kind::index) return start;
  const std::string stop = entry.stop ? entry.stop->text() : "";
  return start + ":" + stop + (entry.step == 1 ? "" : ":" + std::to_string(entry.step));
}

struct TextOf {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(DType value) const { return std::string(dtype_name(value)); }
  std::string operator()(const DimExpr& value) const { return value.text(); }
  std::string operator()(const IndexEntry& value) const { return entry_text(value); }
  template <class T>
  std::string operator()(const std::vector<T>& list) const {
    std::vector<std::string> parts;
    for (const auto& item : list) parts.push_back((*this)(item));
    return "[" + join(parts, ", ") + "]";
  }
};

}  // namespace

std::string attribute_text(const AttrValue& value) {
  return std::visit(TextOf{}, value);
}

std::string attributes_text(const Attributes& attributes) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : attributes) parts.push_back(name + "=" + attribute_text(value));
  return join(parts, ", ");
}

}  // namespace tgc
