// SPDX-License-Identifier: Apache-2.0
// Theano's rules for the dtype of literals, and values written in the file.
#include "json/literal.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "json/json_parser.h"
#include "types/tensor_type.h"

namespace tgc {
namespace {

// "int8 5", or the message of the diagnostic.
std::string literal(const std::string& text, DType float_x) {
  Diagnostics diagnostics;
  const auto document = parse_json("t", text, {}, diagnostics);
  const auto tensor = read_literal(document->root(), float_x, diagnostics);
  if (!tensor) return diagnostics.all()[0].message;
  return std::string(dtype_name(tensor->dtype()));
}

std::string inline_value(const std::string& text, DType dtype, const std::vector<int64_t>& dims) {
  Diagnostics diagnostics;
  const auto document = parse_json("t", text, {}, diagnostics);
  const auto tensor = read_inline_tensor(document->root(), dtype, dims, "w", diagnostics);
  if (!tensor) return diagnostics.all()[0].code + ": " + diagnostics.all()[0].message;
  std::string values;
  for (int64_t i = 0; i < tensor->size(); ++i) {
    values += (i > 0 ? " " : "") + std::to_string(tensor->get_double(i));
  }
  return values;
}

}  // namespace

TEST_CASE("an integer literal takes the smallest signed dtype, else uint64") {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"0", "int8"},
      {"127", "int8"},
      {"128", "int16"},
      {"-128", "int8"},
      {"-129", "int16"},
      {"32767", "int16"},
      {"32768", "int32"},
      {"2147483647", "int32"},
      {"2147483648", "int64"},
      {"-2147483649", "int64"},
      {"9223372036854775807", "int64"},
      {"9223372036854775808", "uint64"}};
  for (const auto& [text, dtype] : expected) CHECK(literal(text, DType::float32) == dtype);
}

TEST_CASE("a float literal takes floatX, or the narrower exact one under float64") {
  CHECK(literal("1.5", DType::float32) == "float32");
  CHECK(literal("0.1", DType::float32) == "float32");
  CHECK(literal("0.1", DType::float16) == "float16");
  CHECK(literal("1.5", DType::float64) == "float32");
  CHECK(literal("0.1", DType::float64) == "float64");
  CHECK(literal("1e300", DType::float64) == "float64");
  CHECK(literal("\"nan\"", DType::float64) == "float32");
  CHECK(literal("\"-inf\"", DType::float32) == "float32");
  CHECK(literal("true", DType::float32) == "bool");
}

TEST_CASE("a float literal that floatX cannot hold is refused") {
  CHECK(literal("1e300", DType::float32) == "literal: 1e300 does not fit float32");
  CHECK(literal("18446744073709551616", DType::float32) ==
        "literal: 18446744073709551616 does not fit uint64");
}

TEST_CASE("nested arrays fill a tensor in row-major order") {
  CHECK(inline_value("[[1, 2], [3, 4]]", DType::int8, {2, 2}) ==
        "1.000000 2.000000 3.000000 4.000000");
  CHECK(inline_value("[\"nan\", 1]", DType::float32, {2}) == "nan 1.000000");
  CHECK(inline_value("[true, false]", DType::boolean, {2}) == "1.000000 0.000000");
  CHECK(inline_value("2.5", DType::float64, {}) == "2.500000");
  CHECK(inline_value("[]", DType::float64, {0, 5}).empty());
}

TEST_CASE("64-bit integers are exact") {
  Diagnostics diagnostics;
  const auto document =
      parse_json("t", "[9007199254740993, -9223372036854775808]", {}, diagnostics);
  const auto tensor = read_inline_tensor(document->root(), DType::int64, {2}, "w", diagnostics);
  REQUIRE(tensor);
  CHECK(tensor->get_int(0) == 9007199254740993);
  CHECK(tensor->get_int(1) == std::numeric_limits<int64_t>::min());
}

TEST_CASE("elements must fit the dtype") {
  CHECK(inline_value("[300]", DType::int8, {1}) == "bad-value: w: 300 does not fit int8");
  CHECK(inline_value("[-1]", DType::uint64, {1}) == "bad-value: w: -1 does not fit uint64");
  CHECK(inline_value("[1.5]", DType::int32, {1}) ==
        "bad-value: w: 1.5 is not an integer, but the dtype is int32");
  CHECK(inline_value("[1e39]", DType::float32, {1}) == "bad-value: w: 1e39 does not fit float32");
  CHECK(inline_value("[\"two\"]", DType::float32, {1}) ==
        "bad-value: w: 'two' is not \"nan\", \"inf\" or \"-inf\"");
  CHECK(inline_value("[1]", DType::boolean, {1}) ==
        "wrong-kind: w: an element must be a boolean, got a number");
}

TEST_CASE("the nesting must match the shape") {
  CHECK(inline_value("[1, 2, 3]", DType::int8, {2}) ==
        "value-shape: w: axis 0 has 3 elements here, the shape [2] says 2");
  CHECK(inline_value("[[1], 2]", DType::int8, {2, 1}) ==
        "value-shape: w: expected an array of 1 for axis 1 of the shape [2, 1], got a number");
  CHECK(inline_value("0", DType::int8, {10}) ==
        "value-shape: w: expected an array of 10 for axis 0 of the shape [10], got a number");
  CHECK(inline_value("[[1]]", DType::int8, {1}) ==
        "value-shape: w: expected a number, got an array: the shape [1] has 1 dim");
  CHECK(inline_value("[]", DType::float32, {1000000000, 1000}) ==
        "value-shape: w: axis 0 has 0 elements here, the shape [1000000000, 1000] says 1000000000");
}

}  // namespace tgc
