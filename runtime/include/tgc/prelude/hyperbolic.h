// SPDX-License-Identifier: Apache-2.0
// Hyperbolic functions and their inverses, on top of exponential.h and logarithm.h.
#pragma once

#include "exponential.h"
#include "logarithm.h"

// x + x^3 P(x^2) near 0, elsewhere 1 - 2 / (e^2|x| + 1).
// Max error of tgc_tanh: 1.5 ulp in float, 2.0 ulp in double.
TGC_INLINE float tgc_tanh(float x) {
  const float magnitude = tgc_abs(x), z = x * x;
  float p = -0x1.956024p-8f;
  p = tgc_fma(p, z, 0x1.583a72p-6f);
  p = tgc_fma(p, z, -0x1.b90996p-5f);
  p = tgc_fma(p, z, 0x1.110c6cp-3f);
  p = tgc_fma(p, z, -0x1.555548p-2f);
  const float near = tgc_fma(p * z, magnitude, magnitude);
  const float twice = 20.0f < 2 * magnitude ? 20.0f : 2 * magnitude;
  const float shifted = tgc_exp_shift(twice);
  const float r = tgc_exp_rest(twice, shifted).high;
  const float power = tgc_from_bits((tgc_bits(shifted) + 127u) << 23);
  const float e = (1 + tgc_fma(r * r, tgc_exp_tail(r), r)) * power;
  const float far = 1 - 2 / (e + 1);
  return tgc_copysign(magnitude < 0.55f ? near : far, x);
}
TGC_INLINE double tgc_tanh(double x) {
  const double magnitude = tgc_abs(x);
  const double t = tgc_expm1(44.0 < 2 * magnitude ? 44.0 : 2 * magnitude);
  const double divisor = t + 2;
  const double lost = t < 2 ? t - (divisor - 2) : 2 - (divisor - t);
  const double quotient = t / divisor;
  // Puts back what rounding the divisor lost; 1 / (t + 2) = (1 - tanh) / 2.
  const double y = tgc_fma(-quotient * lost, 0.5 - 0.5 * quotient, quotient);
  return tgc_copysign(y, x);
}

// Max error of tgc_sinh: 0.51 ulp in float, 1.65 ulp in double.
TGC_INLINE double tgc_sinh(double x) {
  const double magnitude = tgc_abs(x), z = x * x;
  double p = 0x1.b5ac799ba81b8p-41;
  p = tgc_fma(p, z, 0x1.61174c5718937p-33);
  p = tgc_fma(p, z, 0x1.ae646f27d3f17p-26);
  p = tgc_fma(p, z, 0x1.71de3a3be2f6dp-19);
  p = tgc_fma(p, z, 0x1.a01a01a03655fp-13);
  p = tgc_fma(p, z, 0x1.1111111111022p-7);
  p = tgc_fma(p, z, 0x1.5555555555556p-3);
  const double near = tgc_fma(p * z, x, x);
  const double half = tgc_exp_times(magnitude, 0.5);
  const double far = tgc_copysign(half - 0.25 / half, x);
  return magnitude < 1 ? near : far;
}
// Max error of tgc_cosh: 0.51 ulp in float, 1.5 ulp in double.
TGC_INLINE double tgc_cosh(double x) {
  const double half = tgc_exp_times(tgc_abs(x), 0.5);
  return half + 0.25 / half;
}

// log(|x| + sqrt(x^2 + 1)); far out, where x^2 overflows, log(2|x|).
// Max error of tgc_arcsinh: 0.51 ulp in float, 1.8 ulp in double.
TGC_INLINE double tgc_arcsinh(double x) {
  const double magnitude = tgc_abs(x), z = x * x;
  const bool far = magnitude > 0x1p60;
  const double near_argument = magnitude + z / (1 + tgc_sqrt(z + 1));
  const double y = tgc_log1p(far ? magnitude : near_argument) + (far ? 0x1.62e42fefa39efp-1 : 0.0);
  return tgc_copysign(y, x);
}
// NaN below 1.
// Max error of tgc_arccosh: 0.51 ulp in float, 1.65 ulp in double.
TGC_INLINE double tgc_arccosh(double x) {
  const double t = x - 1;
  const bool far = x > 0x1p60;
  const double root = tgc_sqrt(tgc_fma(t, t, 2 * t));
  const double sum = t + root, lost = t - (sum - root);
  const double y =
      tgc_log1p_of(far ? x : sum, far ? 0.0 : lost) + (far ? 0x1.62e42fefa39efp-1 : 0.0);
  return x < 1 ? __builtin_nan("") : y;
}
// log((1 + x) / (1 - x)) / 2; inf at 1, NaN beyond.
// Max error of tgc_arctanh: 0.51 ulp in float, 2.0 ulp in double.
TGC_INLINE double tgc_arctanh(double x) {
  const double magnitude = tgc_abs(x), z = x * x;
  const double near = tgc_fma(0.5 * tgc_log_tail(z), x, x);
  const double far = 0.5 * tgc_log1p(2 * magnitude / (1 - magnitude));
  return magnitude < 0.17 ? near : tgc_copysign(far, x);
}

// Rarely the bottleneck: float goes through double and is correctly rounded but for near ties.
TGC_INLINE float tgc_sinh(float x) {
  return (float)tgc_sinh((double)x);
}
TGC_INLINE float tgc_cosh(float x) {
  return (float)tgc_cosh((double)x);
}
TGC_INLINE float tgc_arcsinh(float x) {
  return (float)tgc_arcsinh((double)x);
}
TGC_INLINE float tgc_arccosh(float x) {
  return (float)tgc_arccosh((double)x);
}
TGC_INLINE float tgc_arctanh(float x) {
  return (float)tgc_arctanh((double)x);
}
