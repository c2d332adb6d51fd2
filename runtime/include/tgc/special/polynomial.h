// SPDX-License-Identifier: Apache-2.0
// Polynomials with their coefficients as arguments, and what several special functions need.
//
// tgc/special is written once for three users: CPU kernels, CUDA kernels and the reference
// interpreter. Each defines TGC_SPECIAL (inlined: the loop around it vectorises), TGC_SPECIAL_LOOP
// (may iterate), TGC_INFINITY, TGC_NAN and tgc_ abs, sqrt, fma, floor, exp, expm1, log, log1p, pow,
// sin, cos and arctan, then includes special.h. Values at poles and outside a domain are SciPy's.
#pragma once

inline constexpr double kTgcHalfTurn = 3.14159265358979323846;
inline constexpr double kTgcTiny = 1e-280;   // stands for 0 in a continued fraction
inline constexpr double kTgcEnough = 1e-17;  // a relative term that ends a series

template <class T>
TGC_SPECIAL T tgc_polynomial(T, T constant) {
  return constant;
}
// constant + x (next + x (… + x last)).
template <class T, class... More>
TGC_SPECIAL T tgc_polynomial(T x, T constant, T next, More... more) {
  return tgc_fma(tgc_polynomial(x, next, more...), x, constant);
}

// sin(pi x) and cos(pi x), exact at the zeros; NaN for infinities.
template <class T>
struct tgc_turn {
  T sine, cosine;
};
template <class T>
TGC_SPECIAL tgc_turn<T> tgc_turn_of(T x) {
  const T whole = tgc_floor(x + (T)0.5);
  const T angle = (T)3.14159265358979323846 * (x - whole);
  const T sign = whole - 2 * tgc_floor((T)0.5 * whole) != 0 ? (T)-1 : (T)1;
  return {sign * tgc_sin(angle), sign * tgc_cos(angle)};
}

// log(1 + x) - x without loss for small x: with s = x / (2 + x), 2 artanh(s) - x.
TGC_SPECIAL double tgc_log1p_rest(double x) {
  const double s = x / (2 + x), z = s * s;
  const double tail = tgc_polynomial(z, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13,
                                     1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23, 1.0 / 25);
  const double near = 2 * s * z * tail - x * s;
  return tgc_abs(x) < 0.3 ? near : tgc_log1p(x) - x;
}
