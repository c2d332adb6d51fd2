// SPDX-License-Identifier: Apache-2.0
// What lib/types/tensor promises, one behaviour a test.
#include "types/tensor.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace tgc {

TEST_CASE("every half converts to float and back unchanged") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = half_to_float(static_cast<uint16_t>(bits));
    if (std::isnan(value)) continue;
    REQUIRE(float_to_half(value) == bits);
  }
}

TEST_CASE("conversion to half rounds to nearest even") {
  CHECK(float_to_half(1.0F) == 0x3c00);
  CHECK(float_to_half(1.0F + 0x1p-11F) == 0x3c00);  // a tie goes to the even one below
  CHECK(float_to_half(1.0F + 0x3p-11F) == 0x3c02);  // and to the even one above
  CHECK(float_to_half(65504.0F) == 0x7bff);
  CHECK(float_to_half(65520.0F) == 0x7c00);  // the first that rounds to infinity
  CHECK(float_to_half(0x1p-24F) == 0x0001);
  CHECK(float_to_half(0x1p-25F) == 0x0000);
  CHECK(float_to_half(-0.0F) == 0x8000);
}

TEST_CASE("NaN stays NaN through half") {
  CHECK(std::isnan(half_to_float(float_to_half(std::numeric_limits<float>::quiet_NaN()))));
}

TEST_CASE("a tensor starts as zeros of its size") {
  const Tensor tensor(DType::float32, {2, 3});
  CHECK(tensor.size() == 6);
  CHECK(tensor.byte_size() == 24);
  CHECK(tensor.get_double(5) == 0);
}

TEST_CASE("a dim of zero makes an empty tensor") {
  CHECK(Tensor(DType::float64, {3, 0, 2}).size() == 0);
}

TEST_CASE("an impossible size is refused") {
  CHECK_THROWS_AS(Tensor(DType::float64, {int64_t{1} << 40, int64_t{1} << 40}), InternalError);
  CHECK_THROWS_AS(Tensor(DType::float64, {-1}), InternalError);
}

TEST_CASE("casts convert values") {
  Tensor tensor(DType::float64, {3});
  tensor.set_double(0, 2.9);
  tensor.set_double(1, -2.9);
  tensor.set_double(2, 0);
  const Tensor whole = tensor.cast_to(DType::int32);
  CHECK(whole.get_int(0) == 2);
  CHECK(whole.get_int(1) == -2);
  const Tensor truth = tensor.cast_to(DType::boolean);
  CHECK(truth.get_int(1) == 1);
  CHECK(truth.get_int(2) == 0);
}

TEST_CASE("64-bit integers keep all their bits") {
  const int64_t value = (int64_t{1} << 62) + 1;
  const Tensor tensor = Tensor::scalar_int(DType::int64, value);
  CHECK(tensor.get_int(0) == value);
  CHECK(tensor.cast_to(DType::uint64).cast_to(DType::int64).get_int(0) == value);
}

TEST_CASE("a large uint64 is positive as a float") {
  const Tensor tensor = Tensor::scalar_int(DType::uint64, -1);
  CHECK(tensor.get_double(0) == 0x1p64);
  CHECK(tensor.cast_to(DType::float64).get_double(0) == 0x1p64);
}

TEST_CASE("reshaping keeps the elements") {
  Tensor tensor(DType::int32, {6});
  for (int64_t i = 0; i < 6; ++i) tensor.set_int(i, i);
  CHECK(tensor.reshaped({2, 3}).get_int(4) == 4);
  CHECK_THROWS_AS(tensor.reshaped({4}), InternalError);
}

}  // namespace tgc
