// SPDX-License-Identifier: Apache-2.0
// The gamma function, its logarithm and the derivatives of that. Below 2.5 arguments are moved to
// [1.5, 2.5] (psi: [1, 2]), above Stirling's formula holds; negative ones are reflected.
#pragma once

// x >= 0 as y - shift with 1.5 <= y <= 2.5; log gamma(x) = roots R(y) - log(divisor).
template <class T>
struct tgc_gamma_parts {
  T y, roots, divisor;
};
template <class T>
TGC_SPECIAL tgc_gamma_parts<T> tgc_gamma_split(T x) {
  const T low = (x + 1) * x, mid = x * (x - 1), high = (x - 1) * (x - 2);
  const T bounded = x > 3 ? (T)3 : x;
  return {x < (T)0.5 ? bounded + 2 : (x < (T)1.5 ? bounded + 1 : bounded),
          x < (T)0.5 ? low : (x < (T)1.5 ? mid : high), x < (T)0.5 ? low : (x < (T)1.5 ? x : (T)1)};
}

// log |gamma(x)| for x >= 0.
template <class T>
TGC_SPECIAL T tgc_gammaln_positive(T x) {
  const tgc_gamma_parts<T> parts = tgc_gamma_split(x);
  const bool is_far = x >= (T)2.5;
  const T log = tgc_log(is_far ? x : parts.divisor);
  const T inverse = 1 / (is_far ? x : (T)2.5);
  const T tail = inverse * tgc_fit_stirling(inverse * inverse);
  const T far = (x - (T)0.5) * (log - 1) + ((T)0.41893853320467274178 + tail);
  return is_far ? far : tgc_fma(parts.roots, tgc_fit_lgamma(parts.y), -log);
}
// Max error of tgc_gammaln for x > 0: 6 ulp in double, 0.6 ulp in float. For x < 0 the error is
// a few units in the last place of the larger of 1 and the result.
TGC_SPECIAL double tgc_gammaln(double x) {
  const double a = tgc_abs(x);
  const double positive = tgc_gammaln_positive(a);
  const double sine = tgc_abs(tgc_turn_of(a).sine);
  const double reflected = tgc_log(3.14159265358979323846 / (a * sine)) - positive;
  const double negative = a < 0x1p52 ? reflected : (double)TGC_INFINITY;
  return x < -1e-17 ? negative : positive;
}
TGC_SPECIAL float tgc_gammaln(float x) {
  return (float)tgc_gammaln((double)x);
}

// gamma(x) for x >= 0: x^(x - 1/2) is the square of a power that does not overflow.
// Max error of tgc_gamma for x > 0: 0.6 ulp in float, 10 ulp in double.
TGC_SPECIAL double tgc_gamma_positive(double x) {
  const tgc_gamma_parts<double> parts = tgc_gamma_split(x);
  const bool is_far = x >= 2.5;
  const double bounded = is_far ? (x > 180 ? 180.0 : x) : 2.5;
  const double inverse = 1 / bounded;
  const double tail = inverse * tgc_fit_stirling(inverse * inverse);
  const double near = parts.roots * tgc_fit_lgamma(parts.y);
  const double power = tgc_pow(bounded, 0.5 * bounded - 0.25);
  const double far = power * tgc_exp(-bounded) * 2.50662827463100050242;
  const double scale = tgc_exp(is_far ? tail : near);
  const double y = is_far ? far * scale * power : scale / parts.divisor;
  return x != x ? x : y;
}
TGC_SPECIAL double tgc_gamma(double x) {
  const double a = tgc_abs(x);
  const double positive = tgc_gamma_positive(a);
  const double sine = tgc_turn_of(a).sine;
  const double reflected = -3.14159265358979323846 / (sine * (a * positive));
  const double negative = sine == 0 || sine != sine ? (double)TGC_NAN : reflected;
  const double pole = 1 / x;
  return x < 0 ? negative : (x == 0 ? pole : positive);
}
TGC_SPECIAL float tgc_gamma(float x) {
  return (float)tgc_gamma((double)x);
}

// psi(x) for x > 0; the root is taken off in two parts.
TGC_SPECIAL double tgc_psi_positive(double x) {
  const double up = x < 1 ? x + 1 : (x > 2 ? 2.0 : x);
  const double inverse = 1 / x, square = inverse * inverse;
  const double root = 0x1.762d86356be3fp+0, root_low = 0x1.b86a722197829p-54;
  const double near = ((up - root) - root_low) * tgc_fit_psi(up);
  const double bounded = x >= 2 ? square : 0.25;
  const double far = tgc_log(x) - (0.5 * inverse + square * tgc_fit_psi_tail(bounded));
  return x >= 2 ? far : (x < 1 ? near - inverse : near);
}
// Max error of tgc_psi for x > 0: 0.6 ulp in float, 6 ulp in double; for x < 0 relative to
// the larger of 1 and the result.
TGC_SPECIAL double tgc_psi(double x) {
  const double a = tgc_abs(x);
  const double positive = tgc_psi_positive(x < 0 ? 1 + a : a);
  const tgc_turn<double> turn = tgc_turn_of(a);
  const double pole = 3.14159265358979323846 * turn.cosine / turn.sine;
  const double negative = turn.sine == 0 ? (double)TGC_NAN : positive + pole;
  return x < 0 ? negative : (x == 0 ? -1 / x : positive);
}
TGC_SPECIAL float tgc_psi(float x) {
  return (float)tgc_psi((double)x);
}

TGC_SPECIAL double tgc_tri_gamma_positive(double x) {
  const double up = x < 1 ? x + 1 : (x > 2 ? 2.0 : x);
  const double inverse = 1 / x, square = inverse * inverse;
  const double near = tgc_fit_trigamma(up);
  const double bounded = x >= 2 ? square : 0.25;
  const double far = inverse + square * tgc_fma(inverse, tgc_fit_trigamma_tail(bounded), 0.5);
  return x >= 2 ? far : (x < 1 ? near + square : near);
}
// Max error of tgc_tri_gamma: 0.6 ulp in float, 6 ulp in double.
TGC_SPECIAL double tgc_tri_gamma(double x) {
  const double a = tgc_abs(x);
  const double positive = tgc_tri_gamma_positive(x < 0 ? 1 + a : a);
  const double ratio = 3.14159265358979323846 / tgc_turn_of(a).sine;
  return x < 0 ? ratio * ratio - positive : positive;
}
TGC_SPECIAL float tgc_tri_gamma(float x) {
  return (float)tgc_tri_gamma((double)x);
}

// The n-th derivative of psi: (-1)^(n+1) n! zeta(n + 1, x), Hurwitz's zeta by summing up to x >= 12
// and then by the Euler-Maclaurin formula. NaN unless n is a whole number >= 0, and below -2^20.
TGC_SPECIAL_LOOP double tgc_polygamma(double n, double x) {
  if (!(n >= 0) || tgc_floor(n) != n || x != x || x < -0x1p20) return TGC_NAN;
  if (n == 0) return tgc_psi(x);
  if (n == 1) return tgc_tri_gamma(x);
  const double s = n + 1;
  const double sign = n - 2 * tgc_floor(0.5 * n) == 0 ? -1.0 : 1.0;
  if (x <= 0 && tgc_floor(x) == x) return sign * TGC_INFINITY;
  if (tgc_isinf(x)) return sign * 0.0;
  double sum = 0, at = x;
  const double enough = 12 > s ? 12.0 : s;
  for (; at < enough; at += 1) sum += tgc_pow(at, -s);
  const double power = tgc_pow(at, -s);
  sum += power * (at / n + 0.5);
  // Bernoulli numbers B_2k / (2k)!
  const double factors[] = {1.0 / 12,
                            -1.0 / 720,
                            1.0 / 30240,
                            -1.0 / 1209600,
                            1.0 / 47900160,
                            -691.0 / 1307674368000.0,
                            1.0 / 74724249600.0,
                            -3617.0 / 10670622842880000.0};
  double term = power * s / at;
  for (int k = 0; k < 8; ++k) {
    sum += factors[k] * term;
    term *= (s + 2 * k + 1) * (s + 2 * k + 2) / (at * at);
  }
  return sign * tgc_gamma_positive(s) * sum;
}
TGC_SPECIAL_LOOP float tgc_polygamma(float n, float x) {
  return (float)tgc_polygamma((double)n, (double)x);
}
