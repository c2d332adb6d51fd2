// SPDX-License-Identifier: Apache-2.0
// Attributes of an Apply: named values with the kinds that the JSON reader accepts and checks
// against the op's AttrDef list. Dims and slices hold DimExprs, so shapes need no Variables.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "types/dim_expr.h"
#include "types/dtype.h"

namespace tgc {

// One entry of a subtensor template: an integer index known at bind, an index read at run time from
// the Apply's input number `input`, or a slice. A missing start/stop means "to the end".
struct IndexEntry {
  enum class Kind { slice, index, input };
  Kind kind = Kind::slice;
  std::optional<DimExpr> start;  // slice; for Kind::index: the index
  std::optional<DimExpr> stop;
  int64_t step = 1;  // never 0
  int input = -1;    // Kind::input: position in Apply::inputs

  friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

// What an attribute may hold. `dims` accepts in JSON integers, dim symbols and integer scalar
// variables whose value is known at bind; `axes` an integer or a list of them. `index_list` accepts
// integers, dims, slices as text ("1:-1", "::2", "n - 3:") and {"input": k} for input number k.
// `padding` accepts one of the `choices`, an integer, one integer per axis, or one pair per axis;
// it is held as text or as integers, pairs one after the other.
enum class AttrKind {
  boolean,
  integer,
  real,
  text,
  integers,
  texts,
  dtype,
  dim,
  dims,
  index_list,
  padding
};

using AttrValue =
    std::variant<bool, int64_t, double, std::string, std::vector<int64_t>, std::vector<std::string>,
                 DType, DimExpr, std::vector<DimExpr>, std::vector<IndexEntry>>;

using Attributes = std::map<std::string, AttrValue, std::less<>>;

struct AttrDef {
  std::string_view name;
  AttrKind kind = AttrKind::integer;
  bool required = false;
  std::string_view doc;                        // what it is, its default
  std::vector<std::string_view> choices = {};  // text, padding: the accepted words
};

// Typed reading; TGC_CHECKs the kind. The forms with a default return it when the name is absent.
template <class T>
const T* find_attr(const Attributes& attributes, std::string_view name) {
  const auto found = attributes.find(name);
  return found == attributes.end() ? nullptr : std::get_if<T>(&found->second);
}
template <class T>
T attr_or(const Attributes& attributes, std::string_view name, T fallback) {
  const T* value = find_attr<T>(attributes, name);
  return value != nullptr ? *value : fallback;
}

// Stable text for printers and for comparing Applies: `axis=[0, 1]`.
std::string attribute_text(const AttrValue& value);
std::string attributes_text(const Attributes& attributes);

}  // namespace tgc
