// SPDX-License-Identifier: Apache-2.0
// What lib/kernel/scalar_value promises, one behaviour a test.
#include "kernel/scalar_value.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace tgc {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

double real(ScalarOp op, std::vector<double> args, DType dtype = DType::float64) {
  std::vector<ScalarValue> values;
  for (const double arg : args) values.push_back(scalar_value(dtype, arg));
  return evaluate(op, values, dtype).real;
}

int64_t integer(ScalarOp op, std::vector<int64_t> args, DType dtype = DType::int64) {
  std::vector<ScalarValue> values;
  for (const int64_t arg : args) values.push_back(scalar_value_int(dtype, arg));
  return evaluate(op, values, dtype).integer;
}

}  // namespace

TEST_CASE("integer division and modulo follow Python") {
  CHECK(integer(ScalarOp::int_div, {-7, 2}) == -4);
  CHECK(integer(ScalarOp::mod, {-7, 2}) == 1);
  CHECK(integer(ScalarOp::mod, {7, -2}) == -1);
  CHECK(integer(ScalarOp::int_div, {7, -2}) == -4);
  CHECK(integer(ScalarOp::int_div, {1, 0}) == 0);
  CHECK(integer(ScalarOp::mod, {1, 0}) == 0);
}

TEST_CASE("float division and modulo follow Python") {
  CHECK(real(ScalarOp::int_div, {-7, 2}) == -4);
  CHECK(real(ScalarOp::mod, {-7, 2}) == 1);
  CHECK(real(ScalarOp::mod, {7, -2}) == -1);
  CHECK(std::signbit(real(ScalarOp::mod, {4, -2})));
  CHECK(std::isnan(real(ScalarOp::mod, {1, 0})));
}

TEST_CASE("integers wrap at their width") {
  CHECK(integer(ScalarOp::add, {127, 1}, DType::int8) == -128);
  CHECK(integer(ScalarOp::sub, {0, 1}, DType::uint8) == 255);
  CHECK(integer(ScalarOp::neg, {-128}, DType::int8) == -128);
  CHECK(integer(ScalarOp::mul, {1 << 20, 1 << 20}, DType::int32) == 0);
  const int64_t lowest = std::numeric_limits<int64_t>::min();
  CHECK(integer(ScalarOp::int_div, {lowest, -1}) == lowest);
  CHECK(integer(ScalarOp::abs, {lowest}) == lowest);
}

TEST_CASE("integer powers are exact and negative exponents give the cut quotient") {
  CHECK(integer(ScalarOp::pow, {3, 13}) == 1594323);
  CHECK(integer(ScalarOp::pow, {2, -1}) == 0);
  CHECK(integer(ScalarOp::pow, {-1, -3}) == -1);
  CHECK(integer(ScalarOp::pow, {0, 0}) == 1);
}

TEST_CASE("uint64 compares and divides as unsigned") {
  const ScalarValue large = scalar_value_int(DType::uint64, -1);
  const ScalarValue one = scalar_value_int(DType::uint64, 1);
  CHECK(evaluate(ScalarOp::gt, {large, one}, DType::boolean).is_true());
  CHECK(evaluate(ScalarOp::maximum, {large, one}, DType::uint64).integer == -1);
  const ScalarValue two = scalar_value_int(DType::uint64, 2);
  CHECK(evaluate(ScalarOp::int_div, {large, two}, DType::uint64).integer ==
        std::numeric_limits<int64_t>::max());
}

TEST_CASE("maximum and minimum give NaN when either is NaN") {
  CHECK(std::isnan(real(ScalarOp::maximum, {kNan, 1})));
  CHECK(std::isnan(real(ScalarOp::maximum, {1, kNan})));
  CHECK(std::isnan(real(ScalarOp::minimum, {kNan, 1})));
  CHECK(real(ScalarOp::maximum, {1, 2}) == 2);
}

TEST_CASE("clip prefers the lower bound, and NaN stays") {
  CHECK(real(ScalarOp::clip, {5, 10, 3}) == 10);
  CHECK(real(ScalarOp::clip, {5, 0, 3}) == 3);
  CHECK(std::isnan(real(ScalarOp::clip, {kNan, 0, 3})));
}

TEST_CASE("activations are safe at the ends of the range") {
  CHECK(real(ScalarOp::softplus, {kInf}) == kInf);
  CHECK(real(ScalarOp::softplus, {-kInf}) == 0);
  CHECK(real(ScalarOp::softplus, {800}) == 800);
  CHECK(std::isnan(real(ScalarOp::softplus, {kNan})));
  CHECK(real(ScalarOp::sigmoid, {-kInf}) == 0);
  CHECK(real(ScalarOp::hard_sigmoid, {100}) == 1);
  CHECK(real(ScalarOp::xlogx, {0}) == 0);
  CHECK(real(ScalarOp::xlogy0, {0, -1}) == 0);
}

TEST_CASE("rounding chooses the even or the further neighbour") {
  CHECK(real(ScalarOp::round_half_to_even, {2.5}) == 2);
  CHECK(real(ScalarOp::round_half_to_even, {3.5}) == 4);
  CHECK(real(ScalarOp::round_half_away_from_zero, {2.5}) == 3);
  CHECK(real(ScalarOp::round_half_away_from_zero, {-2.5}) == -3);
}

TEST_CASE("float32 results are rounded to float32") {
  CHECK(real(ScalarOp::add, {1, 0x1p-30}, DType::float32) == 1);
  CHECK(real(ScalarOp::add, {1, 0x1p-30}) > 1);
}

TEST_CASE("casts to float16 round and casts to integers cut") {
  CHECK(cast(scalar_value(DType::float64, 2049), DType::float16).real == 2048);
  CHECK(cast(scalar_value(DType::float64, -2.9), DType::int32).integer == -2);
  CHECK(cast(scalar_value(DType::float64, kNan), DType::int32).integer == 0);
  CHECK(cast(scalar_value(DType::float64, kNan), DType::boolean).is_true());
  CHECK(cast(scalar_value(DType::float64, 1e30), DType::uint64).integer == -1);
}

TEST_CASE("switch evaluates only the operand it selects") {
  const ExprRef condition = integer_constant(DType::boolean, 1);
  const ExprRef one = real_constant(DType::float64, 1);
  const ExprRef load = std::make_shared<const Expr>(Expr{DType::float64, Load{0, 99}});
  const ScalarValue value = evaluate(call(ScalarOp::switch_, {condition, one, load}), {});
  CHECK(value.real == 1);
}

}  // namespace tgc
