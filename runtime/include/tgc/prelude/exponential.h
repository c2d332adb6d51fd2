// SPDX-License-Identifier: Apache-2.0
// Exponential functions. e^x = 2^k e^r with k = round(x / ln 2) and |r| <= ln 2 / 2; e^r comes from
// a polynomial (tests/unit/prelude/minimax.py). Overflow gives inf, underflow is gradual. The
// errors stated in units in the last place (ulp) are measured by tests/unit/prelude.
#pragma once

#include "rounding.h"

// Adding this to |x| < 2^22 (2^51) leaves round(x) in the low bits of the sum.
inline constexpr float kTgcRoundFloat = 0x1.8p23f;
inline constexpr double kTgcRoundDouble = 0x1.8p52;

// x moved into [low, high]; NaN stays NaN.
template <class T>
TGC_INLINE T tgc_bounded(T x, T low, T high) {
  const T below = high < x ? high : x;
  return low > below ? low : below;
}

// y 2^k for k = shifted - kTgcRound..., rounded once also where the result is subnormal.
TGC_INLINE float tgc_scale(float y, float shifted) {
  const float half = tgc_fma(shifted - kTgcRoundFloat, 0.5f, kTgcRoundFloat);
  const float first = tgc_from_bits((tgc_bits(half) + 127u) << 23);
  const float second = tgc_from_bits((tgc_bits(shifted) - tgc_bits(half) + 127u) << 23);
  return y * first * second;
}
TGC_INLINE double tgc_scale(double y, double shifted) {
  const double half = tgc_fma(shifted - kTgcRoundDouble, 0.5, kTgcRoundDouble);
  const double first = tgc_from_bits((tgc_bits(half) + 1023u) << 52);
  const double second = tgc_from_bits((tgc_bits(shifted) - tgc_bits(half) + 1023u) << 52);
  return y * first * second;
}
// 2^-k for k <= 127 (1023).
TGC_INLINE float tgc_power_of_minus(float shifted) {
  return tgc_from_bits((127u - tgc_bits(shifted)) << 23);
}
TGC_INLINE double tgc_power_of_minus(double shifted) {
  return tgc_from_bits((1023u - tgc_bits(shifted)) << 52);
}

// (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2.
TGC_INLINE float tgc_exp_tail(float r) {
  float q = 0x1.6d51cep-10f;
  q = tgc_fma(q, r, 0x1.12279ap-7f);
  q = tgc_fma(q, r, 0x1.5554e4p-5f);
  q = tgc_fma(q, r, 0x1.5554bp-3f);
  return tgc_fma(q, r, 0.5f);
}
TGC_INLINE double tgc_exp_tail(double r) {
  double q = 0x1.af6df68c5bfd7p-26;
  q = tgc_fma(q, r, 0x1.28a2a80fe3d5dp-22);
  q = tgc_fma(q, r, 0x1.71ddef47fed53p-19);
  q = tgc_fma(q, r, 0x1.a019a6894982fp-16);
  q = tgc_fma(q, r, 0x1.a01a01b3a1167p-13);
  q = tgc_fma(q, r, 0x1.6c16c17f36601p-10);
  q = tgc_fma(q, r, 0x1.111111110ecd3p-7);
  q = tgc_fma(q, r, 0x1.55555555520f7p-5);
  q = tgc_fma(q, r, 0x1.555555555555bp-3);
  return tgc_fma(q, r, 0x1.0000000000005p-1);
}

TGC_INLINE float tgc_exp_shift(float x) {
  return tgc_fma(x, 0x1.715476p+0f, kTgcRoundFloat);
}
TGC_INLINE double tgc_exp_shift(double x) {
  return tgc_fma(x, 0x1.71547652b82fep+0, kTgcRoundDouble);
}
// r = x - k ln 2, and what rounding r lost.
template <class T>
struct tgc_exp_rest_pair {
  T high, low;
};
template <class T>
TGC_INLINE tgc_exp_rest_pair<T> tgc_exp_rest(T x, T shifted) {
  const T k = shifted - (sizeof(T) == 4 ? (T)kTgcRoundFloat : (T)kTgcRoundDouble);
  const T ln2 = sizeof(T) == 4 ? (T)0x1.62e43p-1 : (T)0x1.62e42fefa39efp-1;
  const T ln2_low = sizeof(T) == 4 ? (T)-0x1.05c61p-29 : (T)0x1.abc9e3b39803fp-56;
  const T first = tgc_fma(-k, ln2, x);
  const T high = tgc_fma(-k, ln2_low, first);
  return {high, tgc_fma(-k, ln2_low, first - high)};
}

// factor e^x; factor is a power of two that keeps e^x / 2 of sinh and cosh from overflowing.
template <class T>
TGC_INLINE T tgc_exp_times(T x, T factor) {
  const T low = sizeof(T) == 4 ? (T)-104 : (T)-746, high = sizeof(T) == 4 ? (T)90 : (T)712;
  const T bounded = tgc_bounded(x, low, high);
  const T shifted = tgc_exp_shift(bounded);
  const T r = tgc_exp_rest(bounded, shifted).high;
  return tgc_scale((1 + tgc_fma(r * r, tgc_exp_tail(r), r)) * factor, shifted);
}
// Max error of tgc_exp: 1.05 ulp in float, 1.05 ulp in double.
TGC_INLINE float tgc_exp(float x) {
  return tgc_exp_times(x, 1.0f);
}
TGC_INLINE double tgc_exp(double x) {
  return tgc_exp_times(x, 1.0);
}

template <class T>
TGC_INLINE T tgc_exp2_of(T x, T low, T high, T round, T ln2) {
  const T bounded = tgc_bounded(x, low, high);
  const T shifted = bounded + round;
  const T r = (bounded - (shifted - round)) * ln2;
  return tgc_scale(1 + tgc_fma(r * r, tgc_exp_tail(r), r), shifted);
}
// Max error of tgc_exp2: 1.1 ulp in float, 1.1 ulp in double.
TGC_INLINE float tgc_exp2(float x) {
  return tgc_exp2_of(x, -151.0f, 129.0f, kTgcRoundFloat, 0x1.62e43p-1f);
}
TGC_INLINE double tgc_exp2(double x) {
  return tgc_exp2_of(x, -1076.0, 1025.0, kTgcRoundDouble, 0x1.62e42fefa39efp-1);
}

// 2^k ((1 - 2^-k) + (e^r - 1)); 1 - 2^-k is exact or one of the two terms does not matter.
template <class T>
TGC_INLINE T tgc_expm1_of(T x, T low, T high) {
  const T bounded = tgc_bounded(x, low, high);
  const T shifted = tgc_exp_shift(bounded);
  const tgc_exp_rest_pair<T> rest = tgc_exp_rest(bounded, shifted);
  const T r = rest.high;
  const T one = bounded > 64 ? (T)1 : 1 - tgc_power_of_minus(shifted);
  const T sum = one + r;
  const T lost = r - (sum - one) + rest.low;
  const T y = sum + tgc_fma(r * r, tgc_exp_tail(r), lost);
  return tgc_copysign(tgc_scale(y, shifted), x);
}
// Max error of tgc_expm1: 1.1 ulp in float, 1.2 ulp in double.
TGC_INLINE float tgc_expm1(float x) {
  return tgc_expm1_of(x, -18.0f, 90.0f);
}
TGC_INLINE double tgc_expm1(double x) {
  return tgc_expm1_of(x, -38.0, 712.0);
}

// 1 / (1 + e^-x), written with e^-|x| so that nothing overflows and small results keep their
// digits.
// Max error of tgc_sigmoid: 1.7 ulp in float, 1.7 ulp in double.
template <class T>
TGC_INLINE T tgc_sigmoid(T x) {
  const T z = tgc_exp(-tgc_abs(x));
  const T quotient = (x < 0 ? z : (T)1) / (1 + z);
  // z / (1 + z) = z - z (z / (1 + z)) does not suffer from rounding 1 + z where z is small.
  const T small = tgc_fma(-z, quotient, z);
  return x < 0 ? small : quotient;
}
