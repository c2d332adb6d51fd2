// SPDX-License-Identifier: Apache-2.0
// x to the y for floating point, C's special cases included: 2^(y log2 |x|) with the logarithm in
// double (for float) or as the sum of two doubles (for double).
#pragma once

#include "exponential.h"
#include "logarithm.h"

// Puts sign and special cases around magnitude = |x|^y.
template <class T>
TGC_INLINE T tgc_pow_special(T x, T y, T magnitude) {
  const T half = (T)0.5 * y;
  const bool whole = tgc_floor(y) == y;
  const bool odd = whole && tgc_floor(half) != half;
  const T nan = (T)__builtin_nan("");
  const bool undefined = x < 0 && x > -(T)__builtin_inf() && !whole;
  const T sign = odd ? tgc_copysign((T)1, x) : (T)1;
  const T number = undefined ? nan : magnitude * sign;
  const T result = x != x || y != y ? x + y : number;
  const bool one = y == 0 || x == 1 || (x == -1 && tgc_abs(y) == (T)__builtin_inf());
  return one ? (T)1 : result;
}

// Max error of tgc_pow: 0.51 ulp in float, 1.2 ulp in double.
TGC_INLINE float tgc_pow(float x, float y) {
  const double magnitude = (double)tgc_abs(x);
  const tgc_log_parts<double> parts = tgc_log_split(magnitude);
  const double s = parts.fraction / (2 + parts.fraction), z = s * s;
  double q = 0x1.e30a558aea985p-3;
  q = tgc_fma(q, z, 0x1.24385837cf059p-2);
  q = tgc_fma(q, z, 0x1.999a7c6d4f9e3p-2);
  q = tgc_fma(q, z, 0x1.555554fc9f811p-1);
  const double finite = tgc_fma(tgc_fma(q, z, 2.0) * s, 0x1.71547652b82fep+0, parts.exponent);
  const double inf = __builtin_inf();
  const double log2_x = magnitude == 0 ? -inf : (magnitude == inf ? inf : finite);
  const double exponent = tgc_bounded((double)y * log2_x, -300.0, 300.0);
  const double shifted = exponent + kTgcRoundDouble;
  const double r = (exponent - (shifted - kTgcRoundDouble)) * 0x1.62e42fefa39efp-1;
  double e = 0x1.a1714e3188a59p-13;
  e = tgc_fma(e, r, 0x1.6d75482c17f81p-10);
  e = tgc_fma(e, r, 0x1.1110b0c8e8029p-7);
  e = tgc_fma(e, r, 0x1.5554accab6ad9p-5);
  e = tgc_fma(e, r, 0x1.555555742fbe5p-3);
  e = tgc_fma(e, r, 0x1.0000002881ffcp-1);
  const double power = tgc_from_bits((tgc_bits(shifted) + 1023u) << 52);
  return tgc_pow_special(x, y, (float)((1 + tgc_fma(r * r, e, r)) * power));
}

// A number as the sum of two, the second below half a unit in the last place of the first.
struct tgc_pair {
  double high, low;
};

// log2 x for finite x > 0, relative error below 2^-64.
TGC_INLINE tgc_pair tgc_log2_pair(double x) {
  const tgc_log_parts<double> parts = tgc_log_split(x);
  const double f = parts.fraction;
  // s = f / (2 + f)
  const double divisor = 2 + f, divisor_low = f - (divisor - 2);
  const double inverse = 1 / divisor;
  const double s = f * inverse;
  const double s_low = tgc_fma(-s, divisor_low, tgc_fma(-s, divisor, f)) * inverse;
  // z = s^2
  const double z = s * s, z_low = tgc_fma(2 * s, s_low, tgc_fma(s, s, -z));
  double q = 0x1.0e57c2f23f5bcp-3;
  q = tgc_fma(q, z, 0x1.0f7db2efdb7fp-3);
  q = tgc_fma(q, z, 0x1.3b1f03b28e78dp-3);
  q = tgc_fma(q, z, 0x1.745ce963e69b7p-3);
  q = tgc_fma(q, z, 0x1.c71c722ecee4p-3);
  q = tgc_fma(q, z, 0x1.2492492456dcbp-2);
  q = tgc_fma(q, z, 0x1.9999999999b38p-2);
  // c = 2/3 + z q, p = 2 + z c, log(1 + f) = s p
  const double two_thirds = 0x1.5555555555555p-1;
  const double tail = z * q;
  const double c = two_thirds + tail;
  const double c_low = (tail - (c - two_thirds)) + 0x1.5555555555555p-55;
  const double zc = z * c;
  const double zc_low = tgc_fma(z, c_low, tgc_fma(z_low, c, tgc_fma(z, c, -zc)));
  const double p = 2 + zc, p_low = (zc - (p - 2)) + zc_low;
  const double log = s * p;
  const double log_low = tgc_fma(s, p_low, tgc_fma(s_low, p, tgc_fma(s, p, -log)));
  // log2 x = k + log(1 + f) log2 e
  const double log2_e = 0x1.71547652b82fep+0, log2_e_low = 0x1.777d0ffda0d24p-56;
  const double scaled = log * log2_e;
  const double scaled_low =
      tgc_fma(log, log2_e_low, tgc_fma(log_low, log2_e, tgc_fma(log, log2_e, -scaled)));
  const double sum = parts.exponent + scaled;
  const double sum_low = (scaled - (sum - parts.exponent)) + scaled_low;
  const double high = sum + sum_low;
  return {high, sum_low - (high - sum)};
}

TGC_INLINE double tgc_pow(double x, double y) {
  const double magnitude = tgc_abs(x), inf = __builtin_inf();
  const tgc_pair finite = tgc_log2_pair(magnitude);
  const double log2_x = magnitude == 0 ? -inf : (magnitude == inf ? inf : finite.high);
  const double product = y * log2_x;
  const double product_low = tgc_fma(y, finite.low, tgc_fma(y, finite.high, -product));
  const double exponent = tgc_bounded(product, -1100.0, 1100.0);
  const double exponent_low = exponent == product ? product_low : 0.0;
  const double shifted = exponent + kTgcRoundDouble;
  const double fraction = (exponent - (shifted - kTgcRoundDouble)) + exponent_low;
  const double r = fraction * 0x1.62e42fefa39efp-1;
  const double e = 1 + tgc_fma(r * r, tgc_exp_tail(r), r);
  return tgc_pow_special(x, y, tgc_scale(e, shifted));
}
