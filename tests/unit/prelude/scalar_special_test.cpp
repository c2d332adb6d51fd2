// SPDX-License-Identifier: Apache-2.0
// NaN, infinities, signed zeros, subnormals and domain errors, against what C says.
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tgc/kernel_prelude.h"

namespace {

const double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> kSpecial = {0.0,  -0.0, 1.0,   -1.0, 0.5,   -0.5, 2.0,      -2.0,     3.0,
                                      -3.0, 1e20, -1e20, kInf, -kInf, kNan, 0x1p-149, -0x1p-149};

// Both NaN, or both zero (infinite) with the same sign, or close.
template <class T>
bool same_kind(T got, T want) {
  if (std::isnan(want)) return std::isnan(got);
  if (want == 0 || std::isinf(want)) return got == want && std::signbit(got) == std::signbit(want);
  return std::abs(got - want) <= T(4) * std::numeric_limits<T>::epsilon() * std::abs(want);
}

template <class T, class Ours, class Theirs>
void agrees(const char* name, Ours ours, Theirs theirs) {
  for (double special : kSpecial) {
    const T x = static_cast<T>(special), got = ours(x), want = theirs(x);
    INFO(name << "(" << x << ") = " << got << ", C: " << want);
    CHECK(same_kind(got, want));
  }
}
#define AGREES(ours, theirs)                                                            \
  agrees<float>(                                                                        \
      #ours, [](float x) { return tgc_##ours(x); }, [](float x) { return theirs(x); }); \
  agrees<double>(                                                                       \
      #ours, [](double x) { return tgc_##ours(x); }, [](double x) { return theirs(x); })

template <class T, class Ours, class Theirs>
void pairs_agree(const char* name, Ours ours, Theirs theirs) {
  for (double first : kSpecial)
    for (double second : kSpecial) {
      const T x = static_cast<T>(first), y = static_cast<T>(second);
      const T got = ours(x, y), want = theirs(x, y);
      INFO(name << "(" << x << ", " << y << ") = " << got << ", C: " << want);
      CHECK(same_kind(got, want));
    }
}

}  // namespace

TEST_CASE("special values give what C's functions give") {
  AGREES(exp, std::exp);
  AGREES(exp2, std::exp2);
  AGREES(expm1, std::expm1);
  AGREES(log, std::log);
  AGREES(log2, std::log2);
  AGREES(log10, std::log10);
  AGREES(log1p, std::log1p);
  AGREES(arcsin, std::asin);
  AGREES(arccos, std::acos);
  AGREES(arctan, std::atan);
  AGREES(sinh, std::sinh);
  AGREES(cosh, std::cosh);
  AGREES(tanh, std::tanh);
  AGREES(arcsinh, std::asinh);
  AGREES(arccosh, std::acosh);
  AGREES(arctanh, std::atanh);
  AGREES(sqrt, std::sqrt);
}

TEST_CASE("sine, cosine and tangent of zeros, infinities and NaN are C's") {
  for (double x : {0.0, -0.0, kInf, -kInf, kNan, 0x1p-149}) {
    CHECK(same_kind(tgc_sin(x), std::sin(x)));
    CHECK(same_kind(tgc_cos(x), std::cos(x)));
    CHECK(same_kind(tgc_tan(x), std::tan(x)));
    const float y = static_cast<float>(x);
    CHECK(same_kind(tgc_sin(y), std::sin(y)));
    CHECK(same_kind(tgc_cos(y), std::cos(y)));
    CHECK(same_kind(tgc_tan(y), std::tan(y)));
  }
}

TEST_CASE("float sine of the largest float is right") {
  const float largest = std::numeric_limits<float>::max();
  CHECK(tgc_sin(largest) == static_cast<float>(std::sin(double(largest))));
  CHECK(tgc_cos(largest) == static_cast<float>(std::cos(double(largest))));
}

TEST_CASE("double sine stays a number between -1 and 1 up to 2^50") {
  CHECK(same_kind(tgc_sin(1e15), std::sin(1e15)));
  CHECK(same_kind(tgc_cos(-1.1e15), std::cos(-1.1e15)));
}

TEST_CASE("pow has C's special cases") {
  pairs_agree<double>(
      "pow", [](double x, double y) { return tgc_pow(x, y); },
      [](double x, double y) { return std::pow(x, y); });
  pairs_agree<float>(
      "pow", [](float x, float y) { return tgc_pow(x, y); },
      [](float x, float y) { return std::pow(x, y); });
}

TEST_CASE("arctan2 has C's special cases") {
  pairs_agree<double>(
      "arctan2", [](double y, double x) { return tgc_arctan2(y, x); },
      [](double y, double x) { return std::atan2(y, x); });
  pairs_agree<float>(
      "arctan2", [](float y, float x) { return tgc_arctan2(y, x); },
      [](float y, float x) { return std::atan2(y, x); });
}

TEST_CASE("maximum and minimum propagate NaN from either side") {
  CHECK(std::isnan(tgc_maximum(kNan, 1.0)));
  CHECK(std::isnan(tgc_maximum(1.0, kNan)));
  CHECK(std::isnan(tgc_minimum(kNan, 1.0)));
  CHECK(std::isnan(tgc_minimum(1.0, kNan)));
  CHECK(tgc_maximum(-kInf, 1.0) == 1.0);
  CHECK(tgc_minimum(-kInf, 1.0) == -kInf);
}

TEST_CASE("clip keeps NaN and cuts infinities") {
  CHECK(std::isnan(tgc_clip(kNan, 0.0, 1.0)));
  CHECK(tgc_clip(kInf, 0.0, 1.0) == 1.0);
  CHECK(tgc_clip(-kInf, 0.0, 1.0) == 0.0);
  CHECK(tgc_clip(0.25f, 0.0f, 1.0f) == 0.25f);
}

TEST_CASE("the sigmoid's tails are exact and NaN stays NaN") {
  CHECK(tgc_sigmoid(kInf) == 1.0);
  CHECK(tgc_sigmoid(-kInf) == 0.0);
  CHECK(tgc_sigmoid(0.0f) == 0.5f);
  CHECK(std::isnan(tgc_sigmoid(kNan)));
  CHECK(tgc_sigmoid(-100.0f) == Approx(3.7835e-44).epsilon(0.02));
}

TEST_CASE("softplus is stable at both ends") {
  CHECK(tgc_softplus(1e4f) == 1e4f);
  CHECK(tgc_softplus(kInf) == kInf);
  CHECK(tgc_softplus(-kInf) == 0.0);
  CHECK(tgc_softplus(-50.0) == std::exp(-50.0));
  CHECK(std::isnan(tgc_softplus(kNan)));
}

TEST_CASE("xlogx and xlogy0 are 0 where the first factor is 0") {
  CHECK(tgc_xlogx(0.0) == 0.0);
  CHECK(tgc_xlogx(1.0f) == 0.0f);
  CHECK(tgc_xlogy0(0.0, 0.0) == 0.0);
  CHECK(tgc_xlogy0(0.0, kNan) == 0.0);
  CHECK(tgc_xlogy0(2.0, 0.0) == -kInf);
}

TEST_CASE("isnan and isinf tell the kinds apart") {
  CHECK(tgc_isnan(kNan));
  CHECK_FALSE(tgc_isnan(kInf));
  CHECK(tgc_isinf(-kInf));
  CHECK_FALSE(tgc_isinf(kNan));
  CHECK_FALSE(tgc_isinf(std::numeric_limits<double>::max()));
  CHECK(tgc_isnan(static_cast<float>(kNan)));
  CHECK(tgc_isinf(static_cast<float>(kInf)));
}

TEST_CASE("exp underflows gradually and overflows to infinity") {
  CHECK(tgc_exp(-103.0f) == static_cast<float>(std::exp(-103.0)));
  CHECK(tgc_exp(-745.0) == std::exp(-745.0));
  CHECK(tgc_exp(-746.0) == 0.0);
  CHECK(tgc_exp(88.8f) == std::numeric_limits<float>::infinity());
  CHECK(tgc_exp(709.8) == kInf);
}

TEST_CASE("logarithms of subnormals are as good as others") {
  CHECK(tgc_log(0x1p-1074) == Approx(-744.4400719213812).epsilon(1e-15));
  CHECK(tgc_log2(0x1p-149f) == -149.0f);
  CHECK(tgc_log2(0x1p-1074) == -1074.0);
}
