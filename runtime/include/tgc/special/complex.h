// SPDX-License-Identifier: Apache-2.0
// Complex numbers in memory: two parts side by side. Kernels make them and take them apart; their
// arithmetic is done on the parts.
#pragma once

template <class T>
struct tgc_complex_number {
  T re, im;
};
using tgc_complex64 = tgc_complex_number<float>;
using tgc_complex128 = tgc_complex_number<double>;

template <class T>
TGC_SPECIAL tgc_complex_number<T> tgc_complex(T re, T im) {
  return {re, im};
}
template <class T>
TGC_SPECIAL T tgc_real(tgc_complex_number<T> z) {
  return z.re;
}
template <class T>
TGC_SPECIAL T tgc_imag(tgc_complex_number<T> z) {
  return z.im;
}

// sqrt(x^2 + y^2) without overflow; infinite when either is, whatever the other.
TGC_SPECIAL double tgc_hypot(double x, double y) {
  const double a = tgc_abs(x), b = tgc_abs(y);
  const double large = a > b ? a : b, small = a > b ? b : a;
  const double ratio = small / (large == 0 ? 1.0 : large);
  const double length = large * tgc_sqrt(tgc_fma(ratio, ratio, 1.0));
  const double inf = TGC_INFINITY;
  return a == inf || b == inf ? inf : (x != x ? x : length);
}
TGC_SPECIAL float tgc_hypot(float x, float y) {
  const double a = (double)x, b = (double)y;
  const float inf = (float)TGC_INFINITY;
  const float length = (float)tgc_sqrt(tgc_fma(a, a, b * b));
  return tgc_abs(x) == inf || tgc_abs(y) == inf ? inf : length;
}
