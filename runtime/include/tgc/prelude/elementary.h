// SPDX-License-Identifier: Apache-2.0
// Exponentials, logarithms, circular and hyperbolic functions and what neural networks make of them.
#pragma once

#include "basic.h"
#include "rounding.h"

TGC_INLINE float tgc_exp(float x) { return __builtin_expf(x); }
TGC_INLINE double tgc_exp(double x) { return __builtin_exp(x); }
TGC_INLINE float tgc_exp2(float x) { return __builtin_exp2f(x); }
TGC_INLINE double tgc_exp2(double x) { return __builtin_exp2(x); }
TGC_INLINE float tgc_expm1(float x) { return __builtin_expm1f(x); }
TGC_INLINE double tgc_expm1(double x) { return __builtin_expm1(x); }
TGC_INLINE float tgc_log(float x) { return __builtin_logf(x); }
TGC_INLINE double tgc_log(double x) { return __builtin_log(x); }
TGC_INLINE float tgc_log2(float x) { return __builtin_log2f(x); }
TGC_INLINE double tgc_log2(double x) { return __builtin_log2(x); }
TGC_INLINE float tgc_log10(float x) { return __builtin_log10f(x); }
TGC_INLINE double tgc_log10(double x) { return __builtin_log10(x); }
TGC_INLINE float tgc_log1p(float x) { return __builtin_log1pf(x); }
TGC_INLINE double tgc_log1p(double x) { return __builtin_log1p(x); }
TGC_INLINE float tgc_sin(float x) { return __builtin_sinf(x); }
TGC_INLINE double tgc_sin(double x) { return __builtin_sin(x); }
TGC_INLINE float tgc_cos(float x) { return __builtin_cosf(x); }
TGC_INLINE double tgc_cos(double x) { return __builtin_cos(x); }
TGC_INLINE float tgc_tan(float x) { return __builtin_tanf(x); }
TGC_INLINE double tgc_tan(double x) { return __builtin_tan(x); }
TGC_INLINE float tgc_sinh(float x) { return __builtin_sinhf(x); }
TGC_INLINE double tgc_sinh(double x) { return __builtin_sinh(x); }
TGC_INLINE float tgc_cosh(float x) { return __builtin_coshf(x); }
TGC_INLINE double tgc_cosh(double x) { return __builtin_cosh(x); }
TGC_INLINE float tgc_tanh(float x) { return __builtin_tanhf(x); }
TGC_INLINE double tgc_tanh(double x) { return __builtin_tanh(x); }
TGC_INLINE float tgc_arcsin(float x) { return __builtin_asinf(x); }
TGC_INLINE double tgc_arcsin(double x) { return __builtin_asin(x); }
TGC_INLINE float tgc_arccos(float x) { return __builtin_acosf(x); }
TGC_INLINE double tgc_arccos(double x) { return __builtin_acos(x); }
TGC_INLINE float tgc_arctan(float x) { return __builtin_atanf(x); }
TGC_INLINE double tgc_arctan(double x) { return __builtin_atan(x); }
TGC_INLINE float tgc_arcsinh(float x) { return __builtin_asinhf(x); }
TGC_INLINE double tgc_arcsinh(double x) { return __builtin_asinh(x); }
TGC_INLINE float tgc_arccosh(float x) { return __builtin_acoshf(x); }
TGC_INLINE double tgc_arccosh(double x) { return __builtin_acosh(x); }
TGC_INLINE float tgc_arctanh(float x) { return __builtin_atanhf(x); }
TGC_INLINE double tgc_arctanh(double x) { return __builtin_atanh(x); }
TGC_INLINE float tgc_arctan2(float y, float x) { return __builtin_atan2f(y, x); }
TGC_INLINE double tgc_arctan2(double y, double x) { return __builtin_atan2(y, x); }
TGC_INLINE float tgc_pow(float x, float y) { return __builtin_powf(x, y); }
TGC_INLINE double tgc_pow(double x, double y) { return __builtin_pow(x, y); }
TGC_INLINE float tgc_sigmoid(float x) { return 1 / (1 + tgc_exp(-x)); }
TGC_INLINE double tgc_sigmoid(double x) { return 1 / (1 + tgc_exp(-x)); }
TGC_INLINE float tgc_softplus(float x) { return x != x ? x : (x > 0 ? x : 0) + tgc_log1p(tgc_exp(-tgc_abs(x))); }
TGC_INLINE double tgc_softplus(double x) { return x != x ? x : (x > 0 ? x : 0) + tgc_log1p(tgc_exp(-tgc_abs(x))); }
TGC_INLINE float tgc_hard_sigmoid(float x) { return tgc_clip((float)0.2 * x + (float)0.5, (float)0, (float)1); }
TGC_INLINE double tgc_hard_sigmoid(double x) { return tgc_clip((double)0.2 * x + (double)0.5, (double)0, (double)1); }
TGC_INLINE float tgc_softsign(float x) { return x / (1 + tgc_abs(x)); }
TGC_INLINE double tgc_softsign(double x) { return x / (1 + tgc_abs(x)); }
TGC_INLINE float tgc_xlogx(float x) { return x == 0 ? 0 : x * tgc_log(x); }
TGC_INLINE double tgc_xlogx(double x) { return x == 0 ? 0 : x * tgc_log(x); }
TGC_INLINE float tgc_xlogy0(float x, float y) { return x == 0 ? 0 : x * tgc_log(y); }
TGC_INLINE double tgc_xlogy0(double x, double y) { return x == 0 ? 0 : x * tgc_log(y); }

// Theano's ultra_fast_sigmoid: a rational approximation of the sigmoid in three pieces.
template <class T>
TGC_INLINE T tgc_ultra_fast_sigmoid(T v) {
  const T x = (T)0.5 * v;
  const T a = tgc_abs(x);
  const T near = (T)1.5 * a / (1 + a);
  const T mid = (T)0.935409070603099 + (T)0.0458812946797165 * (a - (T)1.7);
  const T z = a < (T)1.7 ? near : (a < 3 ? mid : (T)0.99505475368673);
  return (T)0.5 * ((x >= 0 ? z : -z) + 1);
}
