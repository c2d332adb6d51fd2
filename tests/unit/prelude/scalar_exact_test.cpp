// SPDX-License-Identifier: Apache-2.0
// Functions whose result is exact: rounding, sign, floor division and modulo, piecewise ones.
#include <cmath>
#include <limits>
#include <random>

#include "catch2/catch.hpp"
#include "kernels.h"
#include "tgc/kernel_prelude.h"

TEST_CASE("halves round to even or away from zero") {
  CHECK(tgc_round_half_to_even(2.5f) == 2.0f);
  CHECK(tgc_round_half_to_even(-3.5) == -4.0);
  CHECK(tgc_round_half_away_from_zero(2.5f) == 3.0f);
  CHECK(tgc_round_half_away_from_zero(-2.5) == -3.0);
  CHECK(tgc_round_half_away_from_zero(0.49999997f) == 0.0f);
  CHECK(tgc_round_half_away_from_zero(8388609.0f) == 8388609.0f);
  CHECK(std::signbit(tgc_round_half_away_from_zero(-0.2)));
}

TEST_CASE("ceil, floor and trunc go up, down and towards zero") {
  CHECK(tgc_ceil(-1.5f) == -1.0f);
  CHECK(tgc_floor(-1.5f) == -2.0f);
  CHECK(tgc_trunc(-1.5) == -1.0);
}

TEST_CASE("sgn is -1, 0 or 1 and keeps NaN") {
  CHECK(tgc_sgn(-3.5f) == -1.0f);
  CHECK(tgc_sgn(0.0) == 0.0);
  CHECK(tgc_sgn(7.0) == 1.0);
  CHECK(std::isnan(tgc_sgn(std::numeric_limits<double>::quiet_NaN())));
}

TEST_CASE("floor division and modulo of floats follow Python") {
  CHECK(tgc_int_div(-7.0, 2.0) == -4.0);
  CHECK(tgc_mod(-7.0, 2.0) == 1.0);
  CHECK(tgc_mod(7.0f, -2.0f) == -1.0f);
  CHECK(tgc_int_div(1.0, 0.1) == 9.0);
  CHECK(tgc_mod(1.0, 0.1) == Approx(0.09999999999999995).epsilon(1e-15));
  CHECK(tgc_int_div(-1.0, std::numeric_limits<double>::infinity()) == -1.0);
  CHECK(tgc_mod(-1.0f, std::numeric_limits<float>::infinity()) ==
        std::numeric_limits<float>::infinity());
  CHECK(tgc_mod(3.0f, std::numeric_limits<float>::infinity()) == 3.0f);
  CHECK(std::isnan(tgc_mod(1.0f, 0.0f)));
  CHECK(std::isnan(tgc_mod(1.0, 0.0)));
  CHECK(std::isinf(tgc_int_div(1.0, 0.0)));
}

TEST_CASE("zero modulo takes the sign of the divisor") {
  CHECK(std::signbit(tgc_mod(4.0f, -2.0f)));
  CHECK_FALSE(std::signbit(tgc_mod(-4.0, 2.0)));
}

TEST_CASE("float modulo is exact for any ratio of the operands") {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> exponent(-140, 127);
  for (int i = 0; i < 20000; ++i) {
    const float x = static_cast<float>(std::exp2(exponent(random)));
    const float y = static_cast<float>(std::exp2(exponent(random)));
    CHECK(tgc_mod(x, y) == std::fmod(x, y));
  }
}

TEST_CASE("Theano's approximate sigmoids are its formulas") {
  CHECK(tgc_hard_sigmoid(-3.0f) == 0.0f);
  CHECK(tgc_hard_sigmoid(0.0) == 0.5);
  CHECK(tgc_hard_sigmoid(1.0) == Approx(0.7));
  CHECK(tgc_ultra_fast_sigmoid(0.0f) == 0.5f);
  CHECK(tgc_ultra_fast_sigmoid(2.0) == Approx(0.5 * (0.75 + 1)));
  CHECK(tgc_ultra_fast_sigmoid(-4.0) ==
        Approx(0.5 * (1 - (0.935409070603099 + 0.0458812946797165 * 0.3))));
  CHECK(tgc_ultra_fast_sigmoid(100.0) == Approx(0.5 * (0.99505475368673 + 1)));
}

TEST_CASE("softsign, squares, inverses and angles are what they say") {
  CHECK(tgc_softsign(-3.0) == -0.75);
  CHECK(tgc_sqr(-3.0f) == 9.0f);
  CHECK(tgc_inv(4.0) == 0.25);
  CHECK(tgc_deg2rad(180.0) == Approx(3.14159265358979).epsilon(1e-14));
  CHECK(tgc_rad2deg(3.14159265358979323846) == Approx(180).epsilon(1e-14));
}
