// SPDX-License-Identifier: Apache-2.0
// Integer functions of all widths: Python's floor division and modulo, wrapping, no traps.
#include <cstdint>
#include <limits>
#include <random>

#include "catch2/catch.hpp"
#include "tgc/kernel_prelude.h"

namespace {

// Python's x // y and x % y, in wider arithmetic.
template <class T>
void divides_like_python() {
  std::mt19937_64 random(9);
  for (int i = 0; i < 20000; ++i) {
    const T x = static_cast<T>(random() >> random() % 63),
            y = static_cast<T>(random() >> random() % 63);
    if (y == 0) continue;
    const __int128 wide = x, divisor = y;
    __int128 quotient = wide / divisor;
    if (wide % divisor != 0 && (wide < 0) != (divisor < 0)) --quotient;
    CHECK(tgc_int_div(x, y) == static_cast<T>(quotient));
    CHECK(tgc_mod(x, y) == static_cast<T>(wide - quotient * divisor));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("integer division floors and modulo takes the divisor's sign", "", int8_t,
                   int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t) {
  divides_like_python<TestType>();
}

TEMPLATE_TEST_CASE("integer division by zero gives 0", "", int8_t, int16_t, int32_t, int64_t,
                   uint8_t, uint16_t, uint32_t, uint64_t) {
  CHECK(tgc_int_div(TestType(7), TestType(0)) == 0);
  CHECK(tgc_mod(TestType(7), TestType(0)) == 0);
}

TEMPLATE_TEST_CASE("the smallest integer wraps", "", int8_t, int16_t, int32_t, int64_t) {
  const TestType least = std::numeric_limits<TestType>::min();
  CHECK(tgc_abs(least) == least);
  CHECK(tgc_int_div(least, TestType(-1)) == least);
  CHECK(tgc_mod(least, TestType(-1)) == 0);
}

TEMPLATE_TEST_CASE("integer helpers keep their type", "", int8_t, int16_t, int32_t, int64_t) {
  CHECK(tgc_abs(TestType(-5)) == 5);
  CHECK(tgc_sgn(TestType(-5)) == -1);
  CHECK(tgc_sqr(TestType(-5)) == 25);
  CHECK(tgc_maximum(TestType(-5), TestType(3)) == 3);
  CHECK(tgc_minimum(TestType(-5), TestType(3)) == -5);
  CHECK(tgc_clip(TestType(9), TestType(-1), TestType(4)) == 4);
  CHECK_FALSE(tgc_isnan(TestType(1)));
  CHECK_FALSE(tgc_isinf(TestType(1)));
}

TEST_CASE("integer powers are exact modulo the width, negative exponents truncate") {
  CHECK(tgc_pow(int64_t(3), int64_t(30)) == 205891132094649);
  CHECK(tgc_pow(int8_t(3), int8_t(6)) == static_cast<int8_t>(729));
  CHECK(tgc_pow(int32_t(-2), int32_t(5)) == -32);
  CHECK(tgc_pow(int32_t(-1), int32_t(-3)) == -1);
  CHECK(tgc_pow(int32_t(1), int32_t(-3)) == 1);
  CHECK(tgc_pow(int32_t(2), int32_t(-1)) == 0);
  CHECK(tgc_pow(uint8_t(5), uint8_t(0)) == 1);
}
