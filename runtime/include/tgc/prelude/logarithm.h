// SPDX-License-Identifier: Apache-2.0
// Logarithms. x = 2^k (1 + f), log(1 + f) = f + rest(f): from a polynomial in f for 2/3 <= 1 + f <
// 4/3 (float), or from 2 artanh(f / (2 + f)) for sqrt(1/2) <= 1 + f < sqrt(2) (double). 0 gives
// -inf, negatives NaN.
#pragma once

#include "rounding.h"

// What x > 0 is cut into.
template <class T>
struct tgc_log_parts {
  T exponent, fraction, power;  // k, f, 2^-k (0 where k is too large for it to matter)
};

TGC_INLINE tgc_log_parts<float> tgc_log_split(float x) {
  const bool tiny = x < 0x1p-126f;
  const uint32_t bits = tgc_bits(tiny ? x * 0x1p24f : x) - 0x3f2aaaabu;
  const int32_t k = (int32_t)bits >> 23;
  const float mantissa = tgc_from_bits((bits & 0x007fffffu) + 0x3f2aaaabu);
  const int32_t capped = k > 127 ? 127 : k;
  return {(float)k - (tiny ? 24.0f : 0.0f), mantissa - 1,
          tgc_from_bits((uint32_t)(127 - capped) << 23)};
}
TGC_INLINE tgc_log_parts<double> tgc_log_split(double x) {
  const bool tiny = x < 0x1p-1022;
  const uint64_t bits = tgc_bits(tiny ? x * 0x1p54 : x) - 0x3fe6a09e667f3bcdu;
  const uint64_t biased = (bits + 0x3ff0000000000000u) >> 52;  // k + 1023
  const double mantissa = tgc_from_bits((bits & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu);
  // An integer below 2^52 becomes a double by setting the exponent above it.
  const double k = tgc_from_bits(biased | 0x4330000000000000u) - (0x1p52 + 1023);
  const uint64_t capped = biased > 2046 ? 2046 : biased;
  return {k - (tiny ? 54.0 : 0.0), mantissa - 1, tgc_from_bits((2046 - capped) << 52)};
}

// z Q(z) with 2 artanh(s) = s (2 + z Q(z)), z = s^2, |s| <= 0.1716.
TGC_INLINE double tgc_log_tail(double z) {
  double q = 0x1.2f1d45610c78dp-3;
  q = tgc_fma(q, z, 0x1.399f6ef5b655bp-3);
  q = tgc_fma(q, z, 0x1.746654fafa3f7p-3);
  q = tgc_fma(q, z, 0x1.c71c51a0eebb5p-3);
  q = tgc_fma(q, z, 0x1.249249426e72cp-2);
  q = tgc_fma(q, z, 0x1.999999997f5p-2);
  q = tgc_fma(q, z, 0x1.5555555555594p-1);
  return q * z;
}

// log(1 + f) - f.
TGC_INLINE double tgc_log_rest(double f) {
  const double s = f / (2 + f);
  const double half_square = 0.5 * f * f;
  return tgc_fma(s, half_square + tgc_log_tail(s * s), -half_square);
}
TGC_INLINE float tgc_log_rest(float f) {
  float p = -0x1.0e14b6p-3f;
  p = tgc_fma(p, f, 0x1.1df0c2p-3f);
  p = tgc_fma(p, f, -0x1.f045a4p-4f);
  p = tgc_fma(p, f, 0x1.1ef236p-3f);
  p = tgc_fma(p, f, -0x1.55b794p-3f);
  p = tgc_fma(p, f, 0x1.99ce36p-3f);
  p = tgc_fma(p, f, -0x1.fffe6p-3f);
  p = tgc_fma(p, f, 0x1.55550cp-2f);
  return tgc_fma(p, f, -0.5f) * (f * f);
}

// y where 0 < x < inf, else what every logarithm gives there.
template <class T>
TGC_INLINE T tgc_log_special(T x, T y) {
  const T inf = (T)__builtin_inf(), nan = (T)__builtin_nan("");
  const T finite = x < inf ? y : x;
  const T outside = x == 0 ? -inf : nan;
  return x > 0 ? finite : outside;
}

// k ln 2 + log(1 + f + f_low).
template <class T>
TGC_INLINE T tgc_log_join(T k, T f, T f_low) {
  const T high = sizeof(T) == 4 ? (T)0x1.62e43p-1 : (T)0x1.62e42fefa39efp-1;
  const T low = sizeof(T) == 4 ? (T)-0x1.05c61p-29 : (T)0x1.abc9e3b39803fp-56;
  return tgc_fma(k, high, f + (tgc_fma(k, low, tgc_log_rest(f)) + f_low));
}
template <class T>
TGC_INLINE T tgc_log_of(T x) {
  const tgc_log_parts<T> parts = tgc_log_split(x);
  return tgc_log_special(x, tgc_log_join(parts.exponent, parts.fraction, (T)0));
}
// Max error of tgc_log: 0.9 ulp in float, 0.9 ulp in double.
TGC_INLINE float tgc_log(float x) {
  return tgc_log_of(x);
}
TGC_INLINE double tgc_log(double x) {
  return tgc_log_of(x);
}

// log(1 + x + x_low): u = 1 + x is cut, and what rounding u lost is added to f.
template <class T>
TGC_INLINE T tgc_log1p_of(T x, T x_low) {
  const T u = 1 + x;
  const T lost = (x < 1 ? x - (u - 1) : 1 - (u - x)) + x_low;
  const tgc_log_parts<T> parts = tgc_log_split(u);
  const T f = tgc_fma(lost, parts.power, parts.fraction);
  const T f_low = tgc_fma(lost, parts.power, parts.fraction - f);
  const T y = tgc_log_join(parts.exponent, f, f_low);
  return tgc_log_special(u, tgc_copysign(y, x));
}
// Max error of tgc_log1p: 1.15 ulp in float, 1.0 ulp in double.
TGC_INLINE float tgc_log1p(float x) {
  return tgc_log1p_of(x, 0.0f);
}
TGC_INLINE double tgc_log1p(double x) {
  return tgc_log1p_of(x, 0.0);
}

// k unit + log(1 + f) scale, where unit and scale are each the sum of two numbers.
template <class T>
TGC_INLINE T tgc_log_scaled(T x, T scale, T scale_low, T unit, T unit_low) {
  const tgc_log_parts<T> parts = tgc_log_split(x);
  const T k = parts.exponent, f = parts.fraction;
  const T product = f * scale;
  const T product_low = tgc_fma(f, scale_low, tgc_fma(f, scale, -product));
  const T whole = k * unit;
  const T whole_low = tgc_fma(k, unit_low, tgc_fma(k, unit, -whole));
  const T sum = whole + product;
  const T sum_low = product - (sum - whole);
  const T low = tgc_fma(tgc_log_rest(f), scale, product_low) + whole_low;
  return tgc_log_special(x, sum + (sum_low + low));
}
// Max error of tgc_log2: 1.0 ulp in float, 1.0 ulp in double.
TGC_INLINE float tgc_log2(float x) {
  return tgc_log_scaled(x, 0x1.715476p+0f, 0x1.4ae0cp-26f, 1.0f, 0.0f);
}
TGC_INLINE double tgc_log2(double x) {
  return tgc_log_scaled(x, 0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56, 1.0, 0.0);
}
// Max error of tgc_log10: 1.0 ulp in float, 1.0 ulp in double.
TGC_INLINE float tgc_log10(float x) {
  return tgc_log_scaled(x, 0x1.bcb7b2p-2f, -0x1.5b235ep-27f, 0x1.344136p-2f, -0x1.ec10cp-27f);
}
TGC_INLINE double tgc_log10(double x) {
  return tgc_log_scaled(x, 0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57, 0x1.34413509f79ffp-2,
                        -0x1.9dc1da994fd21p-59);
}
