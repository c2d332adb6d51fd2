// SPDX-License-Identifier: Apache-2.0
// Every scalar function of the CUDA prelude against the host's mathematics library in a wider type.
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "catch2/catch.hpp"
#include "helpers/emulation/kernel_launch.h"

namespace {

using tgc::KernelBuffer;
using tgc::launch_kernel;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// clang-format off
#define TGC_UNARY_FUNCTIONS(X)                                                                    \
  X(abs) \
  X(sgn) \
  X(sqr) \
  X(sqrt) \
  X(inv) \
  X(exp) \
  X(exp2) \
  X(expm1) \
  X(log) X(log2) X(log10) X(log1p) X(ceil) X(floor) X(trunc) X(round_half_to_even) \
  X(round_half_away_from_zero) X(deg2rad) X(rad2deg) X(sin) X(cos) X(tan) X(arcsin) X(arccos) \
  X(arctan) X(sinh) X(cosh) X(tanh) X(arcsinh) X(arccosh) X(arctanh) X(sigmoid) \
  X(softplus) X(ultra_fast_sigmoid) X(hard_sigmoid) X(softsign) X(xlogx)

extern "C" {
#define X(name)                        \
  void name##_float__emulated(void**); \
  void name##_double__emulated(void**);
TGC_UNARY_FUNCTIONS(X)
X(isnan)
X(isinf)
X(int_div)
X(mod)
X(pow)
X(maximum)
X(minimum)
X(arctan2)
X(xlogy0)
#undef X
#define X(type)                            \
  void int_div_##type##__emulated(void**); \
  void mod_##type##__emulated(void**);     \
  void pow_##type##__emulated(void**);     \
  void maximum_##type##__emulated(void**); \
  void minimum_##type##__emulated(void**);
X(int8_t) X(uint8_t) X(int32_t) X(int64_t) X(uint64_t)
#undef X
    // clang-format on
    void abs_int8_t__emulated(void**);
void sgn_int8_t__emulated(void**);
void sqr_int8_t__emulated(void**);
void sqr_int32_t__emulated(void**);
void sgn_uint8_t__emulated(void**);
void clip_float__emulated(void**);
void cast_float_int8_t__emulated(void**);
void cast_float_uint8_t__emulated(void**);
void cast_float_bool__emulated(void**);
void cast_double_int64_t__emulated(void**);
void cast_int64_t_int8_t__emulated(void**);
void cast_tgc_half_float__emulated(void**);
void cast_float_tgc_half__emulated(void**);
void cast_double_tgc_half__emulated(void**);
void cast_int32_t_tgc_half__emulated(void**);
void cast_tgc_half_int32_t__emulated(void**);
}

// y = f(x) by the kernel, two blocks of 128.
template <class R, class T>
std::vector<R> apply(tgc_emulated_entry entry, const std::vector<T>& values) {
  KernelBuffer<T> x("x", values);
  KernelBuffer<R> y("y", values.size());
  const std::string message = launch_kernel(entry, {{2, 1, 1}, 128}, {TGC_EMULATED_SEEDED, 1}, x, y,
                                            static_cast<int64_t>(values.size()));
  REQUIRE(message == "");
  return y.values();
}
template <class T>
T apply(tgc_emulated_entry entry, T a, T b) {
  KernelBuffer<T> left("a", std::vector<T>{a});
  KernelBuffer<T> right("b", std::vector<T>{b});
  KernelBuffer<T> y("y", 1);
  const std::string message =
      launch_kernel(entry, {{1, 1, 1}, 128}, {TGC_EMULATED_FORWARD, 0}, left, right, y, int64_t{1});
  REQUIRE(message == "");
  return y[0];
}

// |got - expected| in units of the last place of T at expected.
template <class T>
double ulps(T got, long double expected) {
  if (std::isnan(expected)) return std::isnan(got) ? 0 : 1e9;
  if (std::isnan(got)) return 1e9;
  const T rounded = static_cast<T>(expected);
  if (std::isinf(rounded)) return got == rounded ? 0 : 1e9;
  const T next = std::nextafter(std::fabs(rounded), std::numeric_limits<T>::infinity());
  const long double unit = static_cast<long double>(next) - std::fabs(rounded);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - expected) / unit);
}

using Real = long double;
struct UnaryCase {
  const char* name;
  tgc_emulated_entry of_float;
  tgc_emulated_entry of_double;
  std::function<Real(Real)> reference;
  double ulp;  // the host library's error and that of one or two roundings more
};

Real ultra_fast_sigmoid(Real x) {
  const Real half = std::fabs(x) / 2;
  Real z = 0.99505475368673L;
  if (half < 1.7L) {
    z = 1.5L * half / (1 + half);
  } else if (half < 3) {
    z = 0.935409070603099L + 0.0458812946797165L * (half - 1.7L);
  }
  return ((x >= 0 ? z : -z) + 1) / 2;
}

std::vector<UnaryCase> unary_cases() {
  const Real pi = 3.14159265358979323846264338327950288L;
#define CASE(name, ulp, expression)                         \
  UnaryCase {                                               \
#name, name##_float__emulated, name##_double__emulated, \
        [=](Real x) -> Real { return expression; }, ulp     \
  }
  return {
      CASE(abs, 0, std::fabs(x)),
      CASE(sgn, 0, std::isnan(x) ? x : Real((x > 0) - (x < 0))),
      CASE(sqr, 0.5, x * x),
      CASE(sqrt, 0.5, std::sqrt(x)),
      CASE(inv, 0.5, 1 / x),
      CASE(exp, 1, std::exp(x)),
      CASE(exp2, 1, std::exp2(x)),
      CASE(expm1, 1.5, std::expm1(x)),
      CASE(log, 1, std::log(x)),
      CASE(log2, 1.5, std::log2(x)),
      CASE(log10, 2, std::log10(x)),
      CASE(log1p, 1.5, std::log1p(x)),
      CASE(ceil, 0, std::ceil(x)),
      CASE(floor, 0, std::floor(x)),
      CASE(trunc, 0, std::trunc(x)),
      CASE(round_half_to_even, 0, std::rint(x)),
      CASE(round_half_away_from_zero, 0, std::round(x)),
      CASE(deg2rad, 1.5, x * pi / 180),
      CASE(rad2deg, 1.5, x * 180 / pi),
      CASE(sin, 1, std::sin(x)),
      CASE(cos, 1, std::cos(x)),
      CASE(tan, 1.5, std::tan(x)),
      CASE(arcsin, 1.5, std::asin(x)),
      CASE(arccos, 1.5, std::acos(x)),
      CASE(arctan, 1.5, std::atan(x)),
      CASE(sinh, 2.5, std::sinh(x)),
      CASE(cosh, 2, std::cosh(x)),
      CASE(tanh, 2.5, std::tanh(x)),
      CASE(arcsinh, 2.5, std::asinh(x)),
      CASE(arccosh, 2.5, std::acosh(x)),
      CASE(arctanh, 2.5, std::atanh(x)),
      CASE(sigmoid, 3, 1 / (1 + std::exp(-x))),
      CASE(softplus, 3, x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x))),
      CASE(ultra_fast_sigmoid, 16, ultra_fast_sigmoid(x)),
      CASE(hard_sigmoid, 4, std::fmin(std::fmax(0.2L * x + 0.5L, 0), 1)),
      CASE(softsign, 2, x / (1 + std::fabs(x))),
      CASE(xlogx, 2.5, x == 0 ? 0 : x * std::log(x)),
  };
#undef CASE
}

// Values all over the range, around the pieces' ends and at round numbers.
template <class T>
std::vector<T> sample_values() {
  std::vector<T> values = {
      0,       1,  -1,     2,      -2,        0.5, -0.5,  1.5,           2.5, -2.5,
      3.5,     10, -10,    T(0.1), -100,      100, 20,    -20,           6,   T(3.41),
      T(3.39), -6, T(1e3), 1e-5,   T(-1e-12), 700, T(88), T(0.49999997), 5,   T(-3.41)};
  for (int i = -200; i <= 200; ++i) values.push_back(T(i) / T(17) + T(i * i) / T(9000));
  return values;
}

template <class T>
void check_unary(const UnaryCase& test, tgc_emulated_entry entry) {
  const std::vector<T> values = sample_values<T>();
  const std::vector<T> results = apply<T>(entry, values);
  for (size_t i = 0; i < values.size(); ++i) {
    const Real expected = test.reference(static_cast<Real>(values[i]));
    // Values that leave the type or become subnormal have their own tests.
    const Real size = std::fabs(expected);
    if (size > 0 &&
        (size < std::numeric_limits<T>::min() || size > std::numeric_limits<T>::max())) {
      continue;
    }
    INFO(test.name << "(" << values[i] << ") = " << results[i] << ", not " << expected);
    // hard_sigmoid and ultra_fast_sigmoid cancel near their zeros: compared absolutely.
    const bool cancels = test.ulp >= 4;
    const double allowed = cancels ? test.ulp * std::numeric_limits<T>::epsilon() : test.ulp;
    const double error = cancels ? static_cast<double>(std::fabs(Real(results[i]) - expected))
                                 : ulps(results[i], expected);
    CHECK(error <= allowed + 1e-3);
  }
}

}  // namespace

TEST_CASE("unary functions of float32 are within their error of the wider result") {
  for (const UnaryCase& test : unary_cases()) check_unary<float>(test, test.of_float);
}

TEST_CASE("unary functions of float64 are within their error of the wider result") {
  for (const UnaryCase& test : unary_cases()) check_unary<double>(test, test.of_double);
}

TEST_CASE("unary functions hand NaN on and know their limits") {
  const std::vector<float> edges = {kNan, kInfinity, -kInfinity, -200.0f, 200.0f};
  const std::vector<float> sigmoid = apply<float>(sigmoid_float__emulated, edges);
  CHECK(std::isnan(sigmoid[0]));
  CHECK(sigmoid[1] == 1.0f);
  CHECK(sigmoid[2] == 0.0f);
  CHECK(sigmoid[4] == 1.0f);
  const std::vector<float> softplus = apply<float>(softplus_float__emulated, edges);
  CHECK(std::isnan(softplus[0]));
  CHECK(softplus[1] == kInfinity);
  CHECK(softplus[2] == 0.0f);
  CHECK(softplus[4] == 200.0f);
  CHECK(std::isnan(apply<float>(sgn_float__emulated, edges)[0]));
  CHECK(std::isnan(apply<float>(hard_sigmoid_float__emulated, edges)[0]));
}

TEST_CASE("isnan and isinf tell special values apart") {
  const std::vector<float> values = {kNan, kInfinity, -kInfinity, 3.4e38f, 0.0f};
  CHECK(apply<uint8_t>(isnan_float__emulated, values) == std::vector<uint8_t>{1, 0, 0, 0, 0});
  CHECK(apply<uint8_t>(isinf_float__emulated, values) == std::vector<uint8_t>{0, 1, 1, 0, 0});
  const std::vector<double> wide(values.begin(), values.end());
  CHECK(apply<uint8_t>(isnan_double__emulated, wide) == std::vector<uint8_t>{1, 0, 0, 0, 0});
  CHECK(apply<uint8_t>(isinf_double__emulated, wide) == std::vector<uint8_t>{0, 1, 1, 0, 0});
}

TEST_CASE("integer division rounds down and modulo takes the divisor's sign") {
  for (int a = -128; a < 128; ++a) {
    for (const int b : {-128, -7, -2, -1, 1, 2, 3, 127}) {
      const int quotient = static_cast<int>(std::floor(double(a) / double(b)));
      CAPTURE(a, b);
      CHECK(apply<int8_t>(int_div_int8_t__emulated, int8_t(a), int8_t(b)) == int8_t(quotient));
      CHECK(apply<int8_t>(mod_int8_t__emulated, int8_t(a), int8_t(b)) == int8_t(a - quotient * b));
    }
  }
  CHECK(apply<uint8_t>(int_div_uint8_t__emulated, 250, 255) == 0);
  CHECK(apply<uint8_t>(mod_uint8_t__emulated, 250, 255) == 250);
  const int64_t lowest = std::numeric_limits<int64_t>::min();
  CHECK(apply<int64_t>(int_div_int64_t__emulated, lowest, -1) == lowest);
  CHECK(apply<int64_t>(mod_int64_t__emulated, lowest, -1) == 0);
  CHECK(apply<int64_t>(int_div_int64_t__emulated, -7, 2) == -4);
  CHECK(apply<int32_t>(mod_int32_t__emulated, 7, -2) == -1);
}

TEST_CASE("a zero divisor gives 0 for integers, and infinity or NaN for floats") {
  CHECK(apply<int32_t>(int_div_int32_t__emulated, 5, 0) == 0);
  CHECK(apply<uint64_t>(mod_uint64_t__emulated, uint64_t{5}, uint64_t{0}) == 0);
  CHECK(apply<float>(int_div_float__emulated, 5.0f, 0.0f) == kInfinity);
  CHECK(std::isnan(apply<float>(mod_float__emulated, 5.0f, 0.0f)));
}

TEST_CASE("floor division and modulo of floats follow Python") {
  CHECK(apply<float>(mod_float__emulated, -7.5f, 2.0f) == 0.5f);
  CHECK(apply<float>(mod_float__emulated, 7.5f, -2.0f) == -0.5f);
  CHECK(std::signbit(apply<float>(mod_float__emulated, 4.0f, -2.0f)));
  CHECK(apply<double>(int_div_double__emulated, -7.5, 2.0) == -4.0);
  CHECK(apply<double>(int_div_double__emulated, 1.0, 0.1) == 9.0);
  CHECK(apply<double>(mod_double__emulated, 1.0, 0.1) == Approx(0.1).epsilon(1e-12));
  CHECK(apply<double>(mod_double__emulated, -1e-20, 1.0) == 1.0);
}

TEST_CASE("integer powers are exact modulo the type and invert where the exponent is negative") {
  CHECK(apply<int32_t>(pow_int32_t__emulated, -3, 5) == -243);
  CHECK(apply<int8_t>(pow_int8_t__emulated, 2, 7) == -128);
  CHECK(apply<uint64_t>(pow_uint64_t__emulated, uint64_t{3}, uint64_t{40}) ==
        12157665459056928801u);
  CHECK(apply<int32_t>(pow_int32_t__emulated, 0, 0) == 1);
  CHECK(apply<int32_t>(pow_int32_t__emulated, 2, -1) == 0);
  CHECK(apply<int32_t>(pow_int32_t__emulated, -1, -3) == -1);
  CHECK(apply<int32_t>(pow_int32_t__emulated, -1, -4) == 1);
  CHECK(apply<float>(pow_float__emulated, 2.0f, 0.5f) == std::sqrt(2.0f));
  CHECK(apply<double>(pow_double__emulated, 2.0, -1074.0) == 0x1p-1074);
}

TEST_CASE("maximum and minimum hand NaN on from either side") {
  CHECK(apply<float>(maximum_float__emulated, 1.0f, 2.0f) == 2.0f);
  CHECK(apply<float>(minimum_float__emulated, 1.0f, 2.0f) == 1.0f);
  for (const bool swapped : {false, true}) {
    const float a = swapped ? 1.0f : kNan;
    const float b = swapped ? kNan : 1.0f;
    CHECK(std::isnan(apply<float>(maximum_float__emulated, a, b)));
    CHECK(std::isnan(apply<float>(minimum_float__emulated, a, b)));
    CHECK(std::isnan(apply<double>(maximum_double__emulated, a, b)));
    CHECK(std::isnan(apply<double>(minimum_double__emulated, a, b)));
  }
  CHECK(apply<uint64_t>(maximum_uint64_t__emulated, ~uint64_t{0}, uint64_t{1}) == ~uint64_t{0});
  CHECK(apply<int8_t>(minimum_int8_t__emulated, -128, 127) == -128);
}

TEST_CASE("clip bounds on both sides and hands NaN on") {
  const std::vector<float> values = {-5.0f, 0.25f, 5.0f, kNan};
  KernelBuffer<float> x("x", values);
  KernelBuffer<float> y("y", 4);
  CHECK(launch_kernel(clip_float__emulated, {{1, 1, 1}, 128}, {TGC_EMULATED_FORWARD, 0}, x, y,
                      -1.0f, 1.0f, int64_t{4}) == "");
  CHECK(y[0] == -1.0f);
  CHECK(y[1] == 0.25f);
  CHECK(y[2] == 1.0f);
  CHECK(std::isnan(y[3]));
}

TEST_CASE("two-argument functions agree with their definition") {
  for (const double y : {-2.5, -0.0, 0.0, 1.0, 3.0}) {
    for (const double x : {-1.5, 0.0, 0.5, 4.0}) {
      CHECK(apply<double>(arctan2_double__emulated, y, x) == std::atan2(y, x));
      CHECK(ulps(apply<float>(arctan2_float__emulated, float(y), float(x)), std::atan2(y, x)) <=
            1.5);
    }
  }
  CHECK(apply<float>(xlogy0_float__emulated, 0.0f, 0.0f) == 0.0f);
  CHECK(apply<float>(xlogy0_float__emulated, 2.0f, 0.0f) == -kInfinity);
  CHECK(apply<double>(xlogy0_double__emulated, 2.0, 3.0) == 2.0 * std::log(3.0));
}

TEST_CASE("integer abs, sgn and sqr wrap") {
  const std::vector<int8_t> values = {-128, -3, 0, 3, 127};
  CHECK(apply<int8_t>(abs_int8_t__emulated, values) == std::vector<int8_t>{-128, 3, 0, 3, 127});
  CHECK(apply<int8_t>(sgn_int8_t__emulated, values) == std::vector<int8_t>{-1, -1, 0, 1, 1});
  CHECK(apply<int8_t>(sqr_int8_t__emulated, values) == std::vector<int8_t>{0, 9, 0, 9, 1});
  CHECK(apply<int32_t>(sqr_int32_t__emulated, std::vector<int32_t>{65536, -46341}) ==
        std::vector<int32_t>{0, static_cast<int32_t>(2147488281u)});
  CHECK(apply<uint8_t>(sgn_uint8_t__emulated, std::vector<uint8_t>{0, 200}) ==
        std::vector<uint8_t>{0, 1});
}

TEST_CASE("casts truncate, wrap between integers and test for zero") {
  const std::vector<float> values = {-1.9f, 1.9f, 0.0f, 0.5f, 100.7f};
  CHECK(apply<int8_t>(cast_float_int8_t__emulated, values) ==
        std::vector<int8_t>{-1, 1, 0, 0, 100});
  CHECK(apply<uint8_t>(cast_float_uint8_t__emulated, values) ==
        std::vector<uint8_t>{255, 1, 0, 0, 100});
  CHECK(apply<uint8_t>(cast_float_bool__emulated, values) == std::vector<uint8_t>{1, 1, 0, 1, 1});
  CHECK(apply<int64_t>(cast_double_int64_t__emulated, std::vector<double>{-1e15 - 0.5, 9e18}) ==
        std::vector<int64_t>{-1000000000000000, 9000000000000000000});
  CHECK(apply<int8_t>(cast_int64_t_int8_t__emulated, std::vector<int64_t>{257, -129}) ==
        std::vector<int8_t>{1, 127});
}

TEST_CASE("float16 conversions round to nearest even and keep special values") {
  // Every float16 is exact in float32 and comes back.
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  const std::vector<float> floats = apply<float>(cast_tgc_half_float__emulated, all);
  const std::vector<uint16_t> back = apply<uint16_t>(cast_float_tgc_half__emulated, floats);
  for (size_t i = 0; i < all.size(); ++i) {
    const bool is_nan = (i & 0x7fff) > 0x7c00;
    if (is_nan) {
      CHECK(std::isnan(floats[i]));
    } else {
      const double exponent = double(i >> 10 & 31);
      const double mantissa = double(i & 1023);
      const double magnitude = exponent == 31  ? double(kInfinity)
                               : exponent == 0 ? mantissa * 0x1p-24
                                               : std::ldexp(1024 + mantissa, int(exponent) - 25);
      REQUIRE(std::fabs(double(floats[i])) == magnitude);
      REQUIRE(back[i] == i);
    }
  }
  const std::vector<float> rounded = {65519.996f, 65520.0f,   2049.0f,  2051.0f,
                                      0x1p-25f,   0x1.8p-25f, 0x1p-14f, 0x1.ff8p-15f};
  CHECK(apply<uint16_t>(cast_float_tgc_half__emulated, rounded) ==
        std::vector<uint16_t>{0x7bff, 0x7c00, 0x6800, 0x6802, 0, 1, 0x0400, 0x03ff});
  // A double is rounded once: through float32 this would come out even.
  CHECK(apply<uint16_t>(cast_double_tgc_half__emulated, std::vector<double>{2049 + 0x1p-30}) ==
        std::vector<uint16_t>{0x6801});
  CHECK(apply<uint16_t>(cast_int32_t_tgc_half__emulated, std::vector<int32_t>{-3, 70000}) ==
        std::vector<uint16_t>{0xc200, 0x7c00});
  CHECK(apply<int32_t>(cast_tgc_half_int32_t__emulated, std::vector<uint16_t>{0xc200, 0x3e00}) ==
        std::vector<int32_t>{-3, 1});
}
