// SPDX-License-Identifier: Apache-2.0
// See literal.h.
#include "json/literal.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "json/object_reader.h"
#include "types/tensor_type.h"

namespace tgc {
namespace {

DType float_literal_dtype(double value, DType float_x) {
  if (float_x != DType::float64) return float_x;
  const bool exact = std::isnan(value) || static_cast<double>(static_cast<float>(value)) == value;
  return exact ? DType::float32 : DType::float64;
}

DType integer_literal_dtype(int64_t value) {
  for (const DType dtype : {DType::int8, DType::int16, DType::int32}) {
    const int64_t limit = int64_t{1} << (8 * dtype_size(dtype) - 1);
    if (value >= -limit && value < limit) return dtype;
  }
  return DType::int64;
}

bool refuse(JsonValue value, const std::string& what, const std::string& why,
            const std::string& hint, Diagnostics& diagnostics) {
  diagnostics.error("bad-value", what + ": " + why, value.location()).hint = hint;
  return false;
}

// "int8 holds -128 to 127"
std::string range_text(DType dtype) {
  const std::string name(dtype_name(dtype));
  if (is_float(dtype)) {
    const std::string_view most = dtype == DType::float16   ? "65504"
                                  : dtype == DType::float32 ? "3.4e38"
                                                            : "1.8e308";
    return name + " holds numbers up to " + std::string(most) + R"(, and "inf")";
  }
  const auto bits = static_cast<unsigned>(8 * dtype_size(dtype));
  const bool is_signed = !is_unsigned_integer(dtype);
  const uint64_t most = ~uint64_t{0} >> (64 - bits + (is_signed ? 1 : 0));
  return name + " holds " + (is_signed ? "-" + std::to_string(most + 1) : "0") + " to " +
         std::to_string(most);
}

bool fits(int64_t value, DType dtype) {
  if (dtype == DType::int64) return true;
  if (dtype == DType::uint64) return value >= 0;
  const auto bits = static_cast<int>(8 * dtype_size(dtype));
  if (is_unsigned_integer(dtype)) return value >= 0 && value < (int64_t{1} << bits);
  const int64_t limit = int64_t{1} << (bits - 1);
  return value >= -limit && value < limit;
}

bool read_integer(JsonValue value, Tensor& tensor, int64_t index, const std::string& what,
                  Diagnostics& diagnostics) {
  const std::string dtype(dtype_name(tensor.dtype()));
  if (!value.is_integer()) {
    return refuse(value, what,
                  std::string(value.source()) + " is not an integer, but the dtype is " + dtype,
                  "write it without point and exponent, or make the dtype a float", diagnostics);
  }
  if (const auto number = value.int64(); number && fits(*number, tensor.dtype())) {
    tensor.set_int(index, *number);
    return true;
  }
  if (const auto number = value.uint64(); number && tensor.dtype() == DType::uint64) {
    tensor.data<uint64_t>()[index] = *number;
    return true;
  }
  return refuse(value, what, std::string(value.source()) + " does not fit " + dtype,
                range_text(tensor.dtype()), diagnostics);
}

bool read_float(JsonValue value, Tensor& tensor, int64_t index, const std::string& what,
                Diagnostics& diagnostics) {
  tensor.set_double(index, value.real());
  if (std::isfinite(tensor.get_double(index))) return true;
  return refuse(
      value, what,
      std::string(value.source()) + " does not fit " + std::string(dtype_name(tensor.dtype())),
      range_text(tensor.dtype()), diagnostics);
}

// {"re": 1, "im": -2}, a part left out being 0, or a real number.
bool read_complex(JsonValue value, Tensor& tensor, int64_t index, const std::string& what,
                  Diagnostics& diagnostics) {
  Tensor part(real_dtype(tensor.dtype()), {});
  if (!value.is_object()) {
    if (!read_element(value, part, 0, what, diagnostics)) return false;
    tensor.set_complex(index, part.get_double(0));
    return true;
  }
  std::array<double, 2> parts{};
  size_t known = 0;
  for (const size_t i : {size_t{0}, size_t{1}}) {
    const auto number = value.find(i == 0 ? "re" : "im");
    if (!number) continue;
    ++known;
    if (!read_element(*number, part, 0, what, diagnostics)) return false;
    parts[i] = part.get_double(0);
  }
  if (known != value.size()) {
    return refuse(value, what, "a complex number has the parts re and im only",
                  R"(write {"re": 1, "im": -2})", diagnostics);
  }
  tensor.set_complex(index, {parts[0], parts[1]});
  return true;
}

std::string text_of(const std::vector<int64_t>& dims) {
  Shape shape;
  for (const int64_t dim : dims) shape.emplace_back(dim);
  return shape_text(shape);
}

// Do the nested arrays have exactly these dims? Checked before memory is taken for them. Depth is
// bounded by dims and by the parser.
bool check_nesting(JsonValue value, const std::vector<int64_t>& dims, size_t axis,
                   const std::string& what, Diagnostics& diagnostics) {
  const auto mismatch = [&](const std::string& why, const std::string& hint) {
    diagnostics.error("value-shape", what + ": " + why, value.location()).hint = hint;
    return false;  // one report a tensor
  };
  if (axis == dims.size()) {
    if (!value.is_array()) return true;
    return mismatch("expected a number, got an array: the shape " + text_of(dims) + " has " +
                        std::to_string(dims.size()) + (dims.size() == 1 ? " dim" : " dims"),
                    "each dim is one level of brackets; a scalar has none");
  }
  const std::string wanted = std::to_string(dims[axis]);
  if (!value.is_array()) {
    return mismatch("expected an array of " + wanted + " for axis " + std::to_string(axis) +
                        " of the shape " + text_of(dims) + ", got " +
                        std::string(json_kind_text(value.kind())),
                    R"({"init": "constant", "value": 0} gives all elements one value)");
  }
  if (static_cast<int64_t>(value.size()) != dims[axis]) {
    return mismatch("axis " + std::to_string(axis) + " has " + std::to_string(value.size()) +
                        (value.size() == 1 ? " element" : " elements") + " here, the shape " +
                        text_of(dims) + " says " + wanted,
                    "all arrays of one level have as many elements as the shape says");
  }
  for (const JsonValue element : value.elements()) {
    if (!check_nesting(element, dims, axis + 1, what, diagnostics)) return false;
  }
  return true;
}

bool read_nested(JsonValue value, Tensor& tensor, int64_t& next, const std::string& what,
                 Diagnostics& diagnostics) {
  if (!value.is_array()) return read_element(value, tensor, next++, what, diagnostics);
  for (const JsonValue element : value.elements()) {
    if (!read_nested(element, tensor, next, what, diagnostics)) return false;
  }
  return true;
}

}  // namespace

std::optional<double> non_finite(std::string_view text) {
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

std::optional<Tensor> read_literal(JsonValue value, DType float_x, Diagnostics& diagnostics) {
  if (value.is(JsonKind::boolean)) return Tensor::scalar(DType::boolean, value.boolean() ? 1 : 0);
  if (value.is_string()) {
    if (const auto number = non_finite(value.string())) {
      return Tensor::scalar(float_literal_dtype(*number, float_x), *number);
    }
  }
  if (!value.is_number()) {
    expect_kind(value, JsonKind::number, "a literal", diagnostics);
    return std::nullopt;
  }
  if (!value.is_integer()) {
    Tensor tensor(float_literal_dtype(value.real(), float_x), {});
    if (!read_element(value, tensor, 0, "literal", diagnostics)) return std::nullopt;
    return tensor;
  }
  if (const auto number = value.int64()) {
    return Tensor::scalar_int(integer_literal_dtype(*number), *number);
  }
  Tensor tensor(DType::uint64, {});
  if (!read_element(value, tensor, 0, "literal", diagnostics)) return std::nullopt;
  return tensor;
}

bool read_element(JsonValue value, Tensor& tensor, int64_t index, const std::string& what,
                  Diagnostics& diagnostics) {
  const DType dtype = tensor.dtype();
  if (value.is(JsonKind::boolean) && dtype == DType::boolean) {
    tensor.set_int(index, value.boolean() ? 1 : 0);
    return true;
  }
  if (dtype == DType::boolean) {
    return expect_kind(value, JsonKind::boolean, what + ": an element", diagnostics);
  }
  if (value.is_string() && is_float(dtype)) {
    const auto number = non_finite(value.string());
    if (!number) {
      return refuse(value, what, "'" + value.string() + R"(' is not "nan", "inf" or "-inf")",
                    "numbers have no quotes; these three alone are strings", diagnostics);
    }
    tensor.set_double(index, *number);
    return true;
  }
  if (value.is_string() && non_finite(value.string())) {
    return refuse(value, what,
                  "\"" + value.string() + "\" is no integer, but the dtype is " +
                      std::string(dtype_name(dtype)),
                  "only float dtypes hold it", diagnostics);
  }
  if (is_complex(dtype)) return read_complex(value, tensor, index, what, diagnostics);
  if (!expect_kind(value, JsonKind::number, what + ": an element", diagnostics)) return false;
  return is_float(dtype) ? read_float(value, tensor, index, what, diagnostics)
                         : read_integer(value, tensor, index, what, diagnostics);
}

std::optional<Tensor> read_inline_tensor(JsonValue value, DType dtype,
                                         const std::vector<int64_t>& dims, const std::string& what,
                                         Diagnostics& diagnostics) {
  if (!check_nesting(value, dims, 0, what, diagnostics)) return std::nullopt;
  Tensor tensor(dtype, dims);
  int64_t next = 0;
  if (!read_nested(value, tensor, next, what, diagnostics)) return std::nullopt;
  return tensor;
}

}  // namespace tgc
