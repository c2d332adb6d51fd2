// SPDX-License-Identifier: Apache-2.0
// Bessel functions of order 0 and 1: polynomials near 0, Hankel's expansion beyond. Errors are
// relative to sqrt(2 / (pi x)) for J (its zeros are not resolved further), to the value for I.
#pragma once

// 2 y sqrt(2 / (pi x)) (P cos c - Q sin c) / (2 y), c = x - pi / 4 - n pi / 2.
TGC_SPECIAL double tgc_j0_far(double x) {
  const double inverse = 1 / x, u = 25 * inverse * inverse;
  const double sine = tgc_sin(x), cosine = tgc_cos(x);
  const double p = tgc_fit_j0_cosine(u), q = inverse * tgc_fit_j0_sine(u);
  return tgc_sqrt(0.31830988618379067154 * inverse) * (p * (cosine + sine) - q * (sine - cosine));
}
TGC_SPECIAL double tgc_j1_far(double x) {
  const double inverse = 1 / x, u = 25 * inverse * inverse;
  const double sine = tgc_sin(x), cosine = tgc_cos(x);
  const double p = tgc_fit_j1_cosine(u), q = inverse * tgc_fit_j1_sine(u);
  return tgc_sqrt(0.31830988618379067154 * inverse) * (p * (sine - cosine) + q * (sine + cosine));
}
TGC_SPECIAL double tgc_j0(double x) {
  const double a = tgc_abs(x), z = a * a;
  const double near =
      (z - 5.78318596294678452118) * (z - 30.4712623436620863991) * tgc_fit_j0_small(z);
  const double far = tgc_j0_far(a < 5 ? 5.0 : a);
  return a <= 5 || x != x ? near : far;
}
TGC_SPECIAL double tgc_j1(double x) {
  const double a = tgc_abs(x), z = a * a;
  const double near =
      a * (z - 14.6819706421238932572) * (z - 49.2184563216946036702) * tgc_fit_j1_small(z);
  const double far = tgc_j1_far(a < 5 ? 5.0 : a);
  const double y = a <= 5 || x != x ? near : far;
  return x < 0 ? -y : y;
}
TGC_SPECIAL double tgc_i0(double x) {
  const double a = tgc_abs(x);
  const double y = 0.25 * (a > 8 ? 64.0 : a * a);
  const double half = tgc_exp(0.5 * a), inverse = 1 / (a < 8 ? 8.0 : a);
  const double far = half * (tgc_sqrt(inverse) * tgc_fit_i0_large(inverse)) * half;
  return a > 8 ? far : tgc_fma(y, tgc_fit_i0_small(y), 1.0);
}
TGC_SPECIAL double tgc_i1(double x) {
  const double a = tgc_abs(x);
  const double y = 0.25 * (a > 8 ? 64.0 : a * a);
  const double half = tgc_exp(0.5 * a), inverse = 1 / (a < 8 ? 8.0 : a);
  const double far = half * (tgc_sqrt(inverse) * tgc_fit_i1_large(inverse)) * half;
  const double value = a > 8 ? far : 0.5 * a * tgc_fma(y, tgc_fit_i1_small(y), 1.0);
  return x < 0 ? -value : value;
}
TGC_SPECIAL float tgc_j0(float x) {
  return (float)tgc_j0((double)x);
}
TGC_SPECIAL float tgc_j1(float x) {
  return (float)tgc_j1((double)x);
}
TGC_SPECIAL float tgc_i0(float x) {
  return (float)tgc_i0((double)x);
}
TGC_SPECIAL float tgc_i1(float x) {
  return (float)tgc_i1((double)x);
}
