// SPDX-License-Identifier: Apache-2.0
// Sine, cosine and tangent. x = k pi/2 + r with |r| <= pi/4, polynomials in r. float is reduced in
// double with as many digits of 2/pi as the argument's exponent asks for, and is good for every x.
// double is reduced by three parts of pi/2 and is good for |x| <= 2^50 (1.1e15); beyond that the
// results are no sine any more (the slow reduction would keep loops from vectorising).
#pragma once

#include "exponential.h"

// r as a sum and k; the low two bits of `quadrant` are those of k.
struct tgc_reduced {
  double rest, rest_low;
  uint64_t quadrant;
};

// Each pair of constants is 2/pi less the digits whose product with x is a multiple of 4.
TGC_INLINE tgc_reduced tgc_reduce_quarter(float argument) {
  const double x = (double)argument, magnitude = tgc_abs(x);
  const bool to46 = magnitude < 0x1p46, to67 = magnitude < 0x1p67;
  const bool to88 = magnitude < 0x1p88, to109 = magnitude < 0x1p109;
  const double far = to109 ? 0x1.fc2757d1f534ep-64 : 0x1.f47d4d377036ep-86;
  const double far_low = to109 ? -0x1.1f924eb53361ep-119 : -0x1.d6a66c3bc6fbep-140;
  const double mid = to88 ? 0x1.054a7f09d5f48p-46 : far;
  const double mid_low = to88 ? -0x1.596447e493ad5p-101 : far_low;
  const double near = to67 ? 0x1.b727220a94fe1p-23 : mid;
  const double near_low = to67 ? 0x1.d5f47d4d37703p-78 : mid_low;
  const double high = to46 ? 0x1.45f306dc9c883p-1 : near;
  const double low = to46 ? -0x1.6b01ec5417056p-55 : near_low;
  const double turns = x * high;
  const double turns_low = tgc_fma(x, low, tgc_fma(x, high, -turns));
  const double shifted = turns + kTgcRoundDouble;
  const double fraction = (turns - (shifted - kTgcRoundDouble)) + turns_low;
  return {fraction * 0x1.921fb54442d18p+0, 0.0, tgc_bits(shifted)};
}
TGC_INLINE tgc_reduced tgc_reduce_quarter(double x) {
  const double shifted = tgc_fma(x, 0x1.45f306dc9c883p-1, kTgcRoundDouble);
  const double k = shifted - kTgcRoundDouble;
  const double first = tgc_fma(-k, 0x1.921fb54442d18p+0, x);
  const double product = k * 0x1.1a62633145c07p-54;
  const double product_low = tgc_fma(k, 0x1.1a62633145c07p-54, -product);
  const double second = first - product;
  const double lost = ((first - second) - product) - product_low;
  return {second, tgc_fma(-k, -0x1.f1976b7ed8fbcp-110, lost), tgc_bits(shifted)};
}

// sin r - r and cos r - 1 for z = r^2, for results in float.
TGC_INLINE double tgc_sine_rest(double r, double z, float) {
  double p = 0x1.6ccf389d5944dp-19;
  p = tgc_fma(p, z, -0x1.a00f73b457a1p-13);
  p = tgc_fma(p, z, 0x1.1111085c238afp-7);
  p = tgc_fma(p, z, -0x1.5555554c5e4f7p-3);
  return p * z * r;
}
TGC_INLINE double tgc_cosine_rest(double z, float) {
  double p = 0x1.99e836801ef84p-16;
  p = tgc_fma(p, z, -0x1.6c0c27e2947e8p-10);
  p = tgc_fma(p, z, 0x1.555549fe2ef0bp-5);
  return tgc_fma(p, z, -0.5) * z;
}
// The same for results in double.
TGC_INLINE double tgc_sine_rest(double r, double z, double) {
  double p = 0x1.5d1e3cc0ce9dfp-33;
  p = tgc_fma(p, z, -0x1.ae5cc631b1934p-26);
  p = tgc_fma(p, z, 0x1.71de3353695b6p-19);
  p = tgc_fma(p, z, -0x1.a01a0199860dep-13);
  p = tgc_fma(p, z, 0x1.111111110e389p-7);
  p = tgc_fma(p, z, -0x1.555555555553bp-3);
  return p * z * r;
}
TGC_INLINE double tgc_cosine_rest(double z, double) {
  double p = -0x1.8fa56ab7d4307p-37;
  p = tgc_fma(p, z, 0x1.1ee9d9f269e4ap-29);
  p = tgc_fma(p, z, -0x1.27e4f7ef4a47bp-22);
  p = tgc_fma(p, z, 0x1.a01a019c8cc6ap-16);
  p = tgc_fma(p, z, -0x1.6c16c16c15007p-10);
  p = tgc_fma(p, z, 0x1.555555555554bp-5);
  return tgc_fma(p, z, -0.5) * z;
}

// sin(x + turn pi/2); T says how many digits are wanted.
template <class T>
TGC_INLINE T tgc_sine(T x, uint64_t turn) {
  const tgc_reduced reduced = tgc_reduce_quarter(x);
  const double r = reduced.rest, low = reduced.rest_low, z = r * r;
  const double sine = r + (tgc_sine_rest(r, z, x) + low);
  const double cosine = 1 + tgc_fma(-r, low, tgc_cosine_rest(z, x));
  const uint64_t quadrant = reduced.quadrant + turn;
  const double chosen = (quadrant & 1) != 0 ? cosine : sine;
  return (T)tgc_from_bits(tgc_bits(chosen) ^ ((quadrant & 2) << 62));
}
// Max error of tgc_sin: 0.51 ulp in float, 1.4 ulp in double.
TGC_INLINE float tgc_sin(float x) {
  const float y = tgc_sine(x, 0);
  return x == 0 ? x : y;
}
TGC_INLINE double tgc_sin(double x) {
  const double y = tgc_sine(x, 0);
  return x == 0 ? x : y;
}
// Max error of tgc_cos: 0.51 ulp in float, 1.4 ulp in double.
TGC_INLINE float tgc_cos(float x) {
  return tgc_sine(x, 1);
}
TGC_INLINE double tgc_cos(double x) {
  return tgc_sine(x, 1);
}

// sin r / cos r or -cos r / sin r.
// Max error of tgc_tan: 0.51 ulp in float, 1.7 ulp in double.
TGC_INLINE float tgc_tan(float x) {
  const tgc_reduced reduced = tgc_reduce_quarter(x);
  const double r = reduced.rest, z = r * r;
  const double sine = r + tgc_sine_rest(r, z, x);
  const double cosine = 1 + tgc_cosine_rest(z, x);
  const bool odd = (reduced.quadrant & 1) != 0;
  const double y = (odd ? -cosine : sine) / (odd ? sine : cosine);
  return x == 0 ? x : (float)y;
}
// The same with the digits that rounding sine and cosine lost put back into the quotient.
TGC_INLINE double tgc_tan(double x) {
  const tgc_reduced reduced = tgc_reduce_quarter(x);
  const double r = reduced.rest, low = reduced.rest_low, z = r * r;
  const double cosine_rest = tgc_fma(-r, low, tgc_cosine_rest(z, x));
  const double sine_rest = tgc_fma(low, 1 + cosine_rest, tgc_sine_rest(r, z, x));
  const double sine = r + sine_rest, sine_low = sine_rest - (sine - r);
  const double cosine = 1 + cosine_rest, cosine_low = cosine_rest - (cosine - 1);
  const bool odd = (reduced.quadrant & 1) != 0;
  const double divisor = odd ? sine : cosine, divisor_low = odd ? sine_low : cosine_low;
  const double dividend = odd ? -cosine : sine, dividend_low = odd ? -cosine_low : sine_low;
  const double quotient = dividend / divisor;
  const double error = tgc_fma(-quotient, divisor, dividend) + dividend_low;
  const double corrected = quotient + tgc_fma(-quotient, divisor_low, error) / divisor;
  return x == 0 ? x : corrected;
}
