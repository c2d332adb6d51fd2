// SPDX-License-Identifier: Apache-2.0
// See type_reader.h.
#include "json/type_reader.h"

#include <array>
#include <utility>

#include "json/literal.h"
#include "support/text.h"

namespace tgc {
namespace {

std::vector<std::string> dtype_names() {
  std::vector<std::string> names{"floatX"};
  for (const DType dtype : all_dtypes()) names.emplace_back(dtype_name(dtype));
  return names;
}

// What other libraries call a dtype, and what has none here.
std::string dtype_hint(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kOthers = {{
      {"double", "float64"},
      {"single", "float32"},
      {"half", "float16"},
      {"float", "float32"},
      {"int", "int64"},
      {"long", "int64"},
      {"short", "int16"},
      {"byte", "int8"},
      {"boolean", "bool"},
  }};
  for (const auto& [other, dtype] : kOthers) {
    if (name == other) return "did you mean '" + std::string(dtype) + "'?";
  }
  return suggestion(name, dtype_names(), "the dtypes are");
}

std::nullopt_t refuse(JsonValue value, const char* code, const std::string& message,
                      const std::string& hint, Diagnostics& diagnostics) {
  diagnostics.error(code, message, value.location()).hint = hint;
  return std::nullopt;
}

// False, reported, when the bytes of a shape of integers do not fit 63 bits.
bool check_size(const TensorType& type, JsonValue shape, const std::string& what,
                Diagnostics& diagnostics) {
  std::vector<int64_t> dims;
  for (const DimExpr& dim : type.shape) dims.push_back(dim.constant().value_or(1));
  if (element_count(dims, dtype_size(type.dtype))) return true;
  diagnostics
      .error("shape-overflow", what + ": the size of " + type_text(type) + " does not fit 63 bits",
             shape.location())
      .hint = "is a dim larger than was meant?";
  return false;
}

}  // namespace

std::optional<DType> read_dtype(JsonValue value, const std::string& what, ReadContext& context) {
  if (!expect_kind(value, JsonKind::string, what + ": 'dtype'", context.diagnostics)) {
    return std::nullopt;
  }
  if (value.string() == "floatX") return context.options.float_x;
  if (const auto dtype = parse_dtype(value.string())) return dtype;
  return refuse(value, "bad-dtype", what + ": unknown dtype '" + value.string() + "'",
                dtype_hint(value.string()), context.diagnostics);
}

std::optional<DimExpr> read_dim(JsonValue value, int64_t lowest, const std::string& what,
                                const DimLookup& lookup, Diagnostics& diagnostics) {
  const std::string open_size = "a size that is known in the call only is a name, such as \"n\"";
  if (value.is_number()) {
    const auto number = value.int64();
    if (!number) {
      return refuse(value, "bad-dim",
                    what + ": dim " + std::string(value.source()) +
                        (value.is_integer() ? " does not fit 64 bits" : " is not an integer"),
                    "dims are integers from 0 to 9223372036854775807, or names", diagnostics);
    }
    if (*number >= lowest) return DimExpr(*number);
    return refuse(value, "bad-dim", what + ": dim " + std::to_string(*number) + " is negative",
                  open_size, diagnostics);
  }
  if (!value.is_string()) {
    return refuse(value, value.is(JsonKind::null) ? "null-value" : "bad-dim",
                  what + ": a dim must be an integer or a text, got " +
                      std::string(json_kind_text(value.kind())),
                  open_size, diagnostics);
  }
  if (is_value_word(value.string())) {
    return refuse(value, "bad-dim", what + ": dim \"" + value.string() + "\" is not an integer",
                  open_size, diagnostics);
  }
  DimTextError error;
  auto dim = parse_dim_text(value.string(), lookup, error);
  if (dim) return dim;
  auto& diagnostic =
      diagnostics.error(error.code, what + ": " + error.message, value.location_of(error.at));
  diagnostic.hint = error.hint;
  return std::nullopt;
}

bool may_agree(const Shape& a, const Shape& b) {
  bool agree = a.size() == b.size();
  for (size_t i = 0; agree && i < a.size(); ++i) {
    const DimExpr difference = a[i] - b[i];
    agree = difference.is(0) || !difference.is_constant();
  }
  return agree;
}

std::optional<TensorType> read_type(ObjectReader& object, const DimLookup& lookup,
                                    ReadContext& context) {
  const auto dtype_value = object.required("dtype", JsonKind::string);
  const auto shape_value = object.required("shape", JsonKind::array);
  TensorType type;
  bool good = dtype_value && shape_value;
  if (dtype_value) {
    const auto dtype = read_dtype(*dtype_value, object.what(), context);
    good = good && dtype;
    type.dtype = dtype.value_or(DType::float32);
  }
  if (!shape_value) return std::nullopt;
  if (shape_value->size() > kMaxRank) {
    context.diagnostics
        .error("bad-rank",
               object.what() + ": shape has " + std::to_string(shape_value->size()) +
                   " dims, the limit is " + std::to_string(kMaxRank),
               shape_value->location())
        .hint = "is this the value instead of its shape? Merge dims with reshape";
    return std::nullopt;
  }
  for (const JsonValue element : shape_value->elements()) {
    auto dim = read_dim(element, 0, object.what(), lookup, context.diagnostics);
    good = good && dim;
    type.shape.push_back(dim.value_or(DimExpr(0)));
  }
  if (!good || !check_size(type, *shape_value, object.what(), context.diagnostics)) {
    return std::nullopt;
  }
  return type;
}

}  // namespace tgc
