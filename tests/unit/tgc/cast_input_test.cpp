// SPDX-License-Identifier: Apache-2.0
// Theano's rule on what an input may be converted from.
#include "tgc/cast_input.h"

#include <limits>

#include "catch2/catch.hpp"

namespace tgc {
namespace {

std::string refusal(const Tensor& value, DType wanted) {
  std::string error;
  return cast_input(value, wanted, false, error) ? "" : error;
}

TEST_CASE("casts are exact where the wanted dtype holds every value") {
  CHECK(is_exact_cast(DType::boolean, DType::int8));
  CHECK(is_exact_cast(DType::uint8, DType::int16));
  CHECK(is_exact_cast(DType::int32, DType::float64));
  CHECK(is_exact_cast(DType::int16, DType::float32));
  CHECK(is_exact_cast(DType::uint8, DType::float16));
  CHECK(is_exact_cast(DType::float16, DType::float32));
}

TEST_CASE("casts that can lose something are not exact") {
  CHECK_FALSE(is_exact_cast(DType::int32, DType::float32));
  CHECK_FALSE(is_exact_cast(DType::int64, DType::float64));
  CHECK_FALSE(is_exact_cast(DType::uint8, DType::int8));
  CHECK_FALSE(is_exact_cast(DType::int8, DType::uint64));
  CHECK_FALSE(is_exact_cast(DType::float64, DType::float32));
  CHECK_FALSE(is_exact_cast(DType::float16, DType::int64));
  CHECK_FALSE(is_exact_cast(DType::int8, DType::boolean));
}

TEST_CASE("integers are narrowed when all of them fit") {
  std::string error;
  const auto small = cast_input(Tensor::scalar_int(DType::int64, -128), DType::int8, false, error);
  REQUIRE(small);
  CHECK(small->get_int(0) == -128);
  CHECK(small->dtype() == DType::int8);
  CHECK(refusal(Tensor::scalar_int(DType::int64, 127), DType::int8).empty());
  CHECK(refusal(Tensor::scalar_int(DType::int64, 255), DType::uint8).empty());
  CHECK(refusal(Tensor::scalar_int(DType::int64, 1), DType::boolean).empty());
}

TEST_CASE("an integer that does not fit is named with its position") {
  Tensor values(DType::int64, {3});
  values.set_int(2, 128);
  CHECK(refusal(values, DType::int8) == "int64 to int8 would change element 2, which is 128");
  CHECK(refusal(Tensor::scalar_int(DType::int64, -1), DType::uint64) ==
        "int64 to uint64 would change element 0, which is -1");
  CHECK(refusal(Tensor::scalar_int(DType::int64, -129), DType::int8) ==
        "int64 to int8 would change element 0, which is -129");
  CHECK(refusal(Tensor::scalar_int(DType::uint64, -1), DType::int64) ==
        "uint64 to int64 would change element 0, which is 18446744073709551615");
}

TEST_CASE("the ends of int64 fit it") {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  CHECK(refusal(Tensor::scalar_int(DType::int64, kLeast), DType::int64).empty());
  CHECK(refusal(Tensor::scalar_int(DType::uint64, 7), DType::int64).empty());
  CHECK_FALSE(refusal(Tensor::scalar_int(DType::int64, kLeast), DType::int32).empty());
}

TEST_CASE("floats are narrowed only when downcasting is allowed") {
  const Tensor half = Tensor::scalar(DType::float64, 0.5);
  CHECK(refusal(half, DType::float32) == "float64 to float32 would lose precision");
  std::string error;
  const auto cast = cast_input(half, DType::float32, true, error);
  REQUIRE(cast);
  CHECK(cast->get_double(0) == 0.5);
}

}  // namespace
}  // namespace tgc
