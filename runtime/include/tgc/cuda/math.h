// SPDX-License-Identifier: Apache-2.0
// Elementwise functions of float and double. They rest on CUDA's mathematics library, which NVRTC
// knows without headers (full precision, no fast variants); emulated, on the host's.
#pragma once

#include "tgc/cuda/scalar.h"

#define TGC_UNARY(name, of_float, of_double) \
  TGC_DEVICE float name(float x) {           \
    return of_float;                         \
  }                                          \
  TGC_DEVICE double name(double x) {         \
    return of_double;                        \
  }

TGC_UNARY(tgc_sqrt, sqrtf(x), sqrt(x))
TGC_UNARY(tgc_exp, expf(x), exp(x))
TGC_UNARY(tgc_exp2, exp2f(x), exp2(x))
TGC_UNARY(tgc_expm1, expm1f(x), expm1(x))
TGC_UNARY(tgc_log, logf(x), log(x))
TGC_UNARY(tgc_log2, log2f(x), log2(x))
TGC_UNARY(tgc_log10, log10f(x), log10(x))
TGC_UNARY(tgc_log1p, log1pf(x), log1p(x))
TGC_UNARY(tgc_ceil, ceilf(x), ceil(x))
TGC_UNARY(tgc_floor, floorf(x), floor(x))
TGC_UNARY(tgc_trunc, truncf(x), trunc(x))
TGC_UNARY(tgc_round_half_to_even, rintf(x), rint(x))
TGC_UNARY(tgc_round_half_away_from_zero, roundf(x), round(x))
TGC_UNARY(tgc_deg2rad, x * 0.017453292519943295f, x * 0.017453292519943295)
TGC_UNARY(tgc_rad2deg, x * 57.29577951308232f, x * 57.29577951308232)
TGC_UNARY(tgc_sin, sinf(x), sin(x))
TGC_UNARY(tgc_cos, cosf(x), cos(x))
TGC_UNARY(tgc_tan, tanf(x), tan(x))
TGC_UNARY(tgc_arcsin, asinf(x), asin(x))
TGC_UNARY(tgc_arccos, acosf(x), acos(x))
TGC_UNARY(tgc_arctan, atanf(x), atan(x))
TGC_UNARY(tgc_sinh, sinhf(x), sinh(x))
TGC_UNARY(tgc_cosh, coshf(x), cosh(x))
TGC_UNARY(tgc_tanh, tanhf(x), tanh(x))
TGC_UNARY(tgc_arcsinh, asinhf(x), asinh(x))
TGC_UNARY(tgc_arccosh, acoshf(x), acosh(x))
TGC_UNARY(tgc_arctanh, atanhf(x), atanh(x))
#undef TGC_UNARY

TGC_DEVICE float tgc_arctan2(float y, float x) {
  return atan2f(y, x);
}
TGC_DEVICE double tgc_arctan2(double y, double x) {
  return atan2(y, x);
}

// 1 / (1 + e^-x).
template <class T>
TGC_DEVICE T tgc_sigmoid(T x) {
  return T(1) / (T(1) + tgc_exp(-x));
}
// log(1 + e^x), written so that no intermediate overflows.
template <class T>
TGC_DEVICE T tgc_softplus(T x) {
  return x > T(0) ? x + tgc_log1p(tgc_exp(-x)) : tgc_log1p(tgc_exp(x));
}
// Theano's piecewise approximation of the sigmoid: a rational part, a line, a constant.
template <class T>
TGC_DEVICE T tgc_ultra_fast_sigmoid(T x) {
  const T half = T(0.5) * tgc_abs(x);
  const T curve = half < T(1.7) ? T(1.5) * half / (T(1) + half)
                                : T(0.935409070603099) + T(0.0458812946797165) * (half - T(1.7));
  const T bounded = half < T(3) ? curve : T(0.99505475368673);
  return T(0.5) * ((x >= T(0) ? bounded : -bounded) + T(1));
}
// clip(0.2 x + 0.5, 0, 1).
template <class T>
TGC_DEVICE T tgc_hard_sigmoid(T x) {
  return tgc_clip(T(0.2) * x + T(0.5), T(0), T(1));
}
template <class T>
TGC_DEVICE T tgc_softsign(T x) {
  return x / (T(1) + tgc_abs(x));
}
// x log x, continued by 0 at 0.
template <class T>
TGC_DEVICE T tgc_xlogx(T x) {
  return x == T(0) ? T(0) : x * tgc_log(x);
}
// x log y, 0 where x is 0.
template <class T>
TGC_DEVICE T tgc_xlogy0(T x, T y) {
  return x == T(0) ? T(0) : x * tgc_log(y);
}
