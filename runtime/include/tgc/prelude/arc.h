// SPDX-License-Identifier: Apache-2.0
// Inverse circular functions. The double versions carry the mathematics; float goes through them
// and is correctly rounded but for near ties.
#pragma once

#include "rounding.h"

inline constexpr double kTgcPi = 0x1.921fb54442d18p+1, kTgcPiLow = 0x1.1a62633145c07p-53;

// (arctan t - t) / t for t^2 = z, |t| <= tan(pi/8).
TGC_INLINE double tgc_arctan_tail(double z) {
  double p = 0x1.ecce432479f3ap-7;
  p = tgc_fma(p, z, -0x1.10e5f4085ec62p-5);
  p = tgc_fma(p, z, 0x1.70547b73e78cep-5);
  p = tgc_fma(p, z, -0x1.ab55d101c7ebap-5);
  p = tgc_fma(p, z, 0x1.e16b782b7b784p-5);
  p = tgc_fma(p, z, -0x1.110c1812eba98p-4);
  p = tgc_fma(p, z, 0x1.3b13679ff795bp-4);
  p = tgc_fma(p, z, -0x1.745d146a470a5p-4);
  p = tgc_fma(p, z, 0x1.c71c71b4ec695p-4);
  p = tgc_fma(p, z, -0x1.24924924702ecp-3);
  p = tgc_fma(p, z, 0x1.9999999999592p-3);
  p = tgc_fma(p, z, -0x1.5555555555554p-2);
  return p * z;
}

// arctan(y / x) for x, y >= 0, not both 0 or both inf: multiples of pi/4 plus arctan t, where t is
// y / x, (y - x) / (y + x) or -x / y.
TGC_INLINE double tgc_arctan_quotient(double y, double x) {
  const bool low = y <= 0x1.a827999fcef32p-2 * x, mid = y <= 0x1.3504f333f9de6p+1 * x;
  const double numerator = low ? y : (mid ? y - x : -x);
  const double divisor = low ? x : (mid ? y + x : y);
  const double eighths = low ? 0.0 : (mid ? 0.25 : 0.5);
  const double t = numerator / divisor;
  const double rest = tgc_fma(t, tgc_arctan_tail(t * t), eighths * kTgcPiLow);
  return eighths * kTgcPi + (t + rest);
}
// Max error of tgc_arctan: 0.51 ulp in float, 1.8 ulp in double.
TGC_INLINE double tgc_arctan(double x) {
  return tgc_copysign(tgc_arctan_quotient(tgc_abs(x), 1.0), x);
}

// The angle of (x, y) in [-pi, pi], with C's special cases for zeros and infinities.
// Max error of tgc_arctan2: 0.51 ulp in float, 1.8 ulp in double.
TGC_INLINE double tgc_arctan2(double y, double x) {
  const double inf = __builtin_inf();
  const double huge = 0x1p1020;
  const double scale = tgc_abs(x) > huge || tgc_abs(y) > huge ? 0.25 : 1.0;
  const double a = tgc_abs(y) * scale, b = tgc_abs(x) * scale;
  const double quotient = tgc_arctan_quotient(a, b);
  const double diagonal = a == inf && b == inf ? kTgcPi / 4 : quotient;
  const double acute = a == 0 && b == 0 ? 0.0 : diagonal;
  const bool left = tgc_copysign(1.0, x) < 0;
  const double angle = left ? kTgcPi - (acute - kTgcPiLow) : acute;
  return x != x || y != y ? x + y : tgc_copysign(angle, y);
}

// (arcsin s - s) / s for s^2 = z <= 1/4.
TGC_INLINE double tgc_arcsin_tail(double z) {
  double p = 0x1.0b417628493e9p-5;
  p = tgc_fma(p, z, -0x1.57ed41caca53cp-6);
  p = tgc_fma(p, z, 0x1.639171f3a2f49p-6);
  p = tgc_fma(p, z, 0x1.e6182bb9fd914p-9);
  p = tgc_fma(p, z, 0x1.613a5b4cd7bbap-7);
  p = tgc_fma(p, z, 0x1.7585e935dda11p-7);
  p = tgc_fma(p, z, 0x1.ca1f8252cefacp-7);
  p = tgc_fma(p, z, 0x1.1c49f0cd24323p-6);
  p = tgc_fma(p, z, 0x1.6e8bdeda6a395p-6);
  p = tgc_fma(p, z, 0x1.f1c71a9522e76p-6);
  p = tgc_fma(p, z, 0x1.6db6db7211fc9p-5);
  p = tgc_fma(p, z, 0x1.333333332e137p-4);
  p = tgc_fma(p, z, 0x1.5555555555577p-3);
  return p * z;
}

// Above 1/2: arcsin x = pi/2 - 2 arcsin sqrt((1 - x) / 2). NaN outside [-1, 1].
// Max error of tgc_arcsin: 0.51 ulp in float, 1.15 ulp in double.
TGC_INLINE double tgc_arcsin(double x) {
  const double magnitude = tgc_abs(x);
  const bool near = magnitude <= 0.5;
  const double z = near ? x * x : 0.5 - 0.5 * magnitude;
  const double s = near ? magnitude : tgc_sqrt(z);
  const double tail = tgc_arcsin_tail(z);
  const double angle = tgc_fma(s, tail, s);
  const double difference = kTgcPi / 2 - 2 * s;
  const double lost = (kTgcPi / 2 - difference) - 2 * s + kTgcPiLow / 2;
  const double far = difference + tgc_fma(-2 * s, tail, lost);
  return tgc_copysign(near ? angle : far, x);
}
// Max error of tgc_arccos: 0.51 ulp in float, 1.15 ulp in double.
TGC_INLINE double tgc_arccos(double x) {
  const double magnitude = tgc_abs(x);
  const bool near = magnitude <= 0.5;
  const double z = near ? x * x : 0.5 - 0.5 * magnitude;
  const double s = near ? x : tgc_sqrt(z);
  const double angle = tgc_fma(s, tgc_arcsin_tail(z), s);
  const double mid = kTgcPi / 2 - (angle - kTgcPiLow / 2);
  const double far = x < 0 ? kTgcPi - (2 * angle - kTgcPiLow) : 2 * angle;
  return near ? mid : far;
}

TGC_INLINE float tgc_arctan(float x) {
  return (float)tgc_arctan((double)x);
}
TGC_INLINE float tgc_arctan2(float y, float x) {
  return (float)tgc_arctan2((double)y, (double)x);
}
TGC_INLINE float tgc_arcsin(float x) {
  return (float)tgc_arcsin((double)x);
}
TGC_INLINE float tgc_arccos(float x) {
  return (float)tgc_arccos((double)x);
}
