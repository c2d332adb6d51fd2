// SPDX-License-Identifier: Apache-2.0
// The error function's family. erfc(a) = e^(-a^2) R(a) / (1 + 2 a) for a >= 0 with one polynomial
// for R in (a - 4) / (a + 4), which covers all a; a^2 is kept with what rounding it lost.
#pragma once

// erfcx(a) = e^(a^2) erfc(a) for a >= 0.
template <class T>
TGC_SPECIAL T tgc_erfcx_positive(T a) {
  const T bounded = a > (T)1e18 ? (T)1e18 : a;
  return (T)0.5 * tgc_fit_erfcx((bounded - 4) / (bounded + 4)) / ((T)0.5 + a);
}
// erfc(a) for a >= 0.
template <class T>
TGC_SPECIAL T tgc_erfc_positive(T a) {
  const T bounded = a > 30 ? (T)30 : a;
  const T square = bounded * bounded;
  const T lost = tgc_fma(bounded, bounded, -square);
  const T y = tgc_exp(-square);
  return tgc_fma(-lost, y, y) * tgc_erfcx_positive(bounded);
}

// Max error of tgc_erf: 3 ulp in float, 2.5 ulp in double.
template <class T>
TGC_SPECIAL T tgc_erf(T x) {
  const T a = tgc_abs(x);
  const T near = x * tgc_fit_erf(x * x);
  const T rest = tgc_erfc_positive(a);
  return a < 1 ? near : (x < 0 ? rest - 1 : 1 - rest);
}
// Max error of tgc_erfc where it is not subnormal: 6 ulp in float, 6 ulp in double.
template <class T>
TGC_SPECIAL T tgc_erfc(T x) {
  const T y = tgc_erfc_positive(tgc_abs(x));
  return x < 0 ? 2 - y : y;
}
// Max error of tgc_erfcx: 6 ulp in float, 6 ulp in double.
template <class T>
TGC_SPECIAL T tgc_erfcx(T x) {
  const T a = tgc_abs(x);
  const T y = tgc_erfcx_positive(a);
  const T bounded = a > 30 ? (T)30 : a;
  const T square = bounded * bounded;
  const T lost = tgc_fma(bounded, bounded, -square);
  return x < 0 ? 2 * (tgc_exp(square) * (1 + lost)) - y : y;
}

// erfinv(x) / x from 1 - x^2.
TGC_SPECIAL double tgc_erfinv_ratio(double rest) {
  const double w = -tgc_log(rest);
  const double s = tgc_sqrt(w < 5 ? 5.0 : w);
  const double far = s > 4.25 ? s * tgc_fit_erfinv_far(1 / s) : tgc_fit_erfinv_mid(s);
  return w < 5 ? tgc_fit_erfinv_near(w) : far;
}
// Max error of tgc_erfinv: 0.6 ulp in float, 6 ulp in double.
TGC_SPECIAL double tgc_erfinv(double x) {
  return x * tgc_erfinv_ratio((1 - x) * (1 + x));
}
TGC_SPECIAL float tgc_erfinv(float x) {
  return (float)tgc_erfinv((double)x);
}
// Max error of tgc_erfcinv: 0.6 ulp in float, 6 ulp in double.
TGC_SPECIAL double tgc_erfcinv(double x) {
  return (1 - x) * tgc_erfinv_ratio(x * (2 - x));
}
TGC_SPECIAL float tgc_erfcinv(float x) {
  return (float)tgc_erfcinv((double)x);
}

// log(1 - e^x) for x <= 0, without loss at either end.
template <class T>
TGC_SPECIAL T tgc_log1mexp(T x) {
  const T far = tgc_log1p(-tgc_exp(x)), near = tgc_log(-tgc_expm1(x));
  return x < (T)-0.69314718055994530942 ? far : near;
}
