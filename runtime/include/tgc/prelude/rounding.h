// SPDX-License-Identifier: Apache-2.0
// Exact scalar functions of float and double: rounding, sign, comparison, floor division. The
// result is correctly rounded unless a comment says otherwise.
#pragma once

#include "integer.h"

TGC_INLINE float tgc_abs(float x) {
  return __builtin_fabsf(x);
}
TGC_INLINE double tgc_abs(double x) {
  return __builtin_fabs(x);
}
TGC_INLINE float tgc_sqrt(float x) {
  return __builtin_sqrtf(x);
}
TGC_INLINE double tgc_sqrt(double x) {
  return __builtin_sqrt(x);
}
TGC_INLINE float tgc_ceil(float x) {
  return __builtin_ceilf(x);
}
TGC_INLINE double tgc_ceil(double x) {
  return __builtin_ceil(x);
}
TGC_INLINE float tgc_floor(float x) {
  return __builtin_floorf(x);
}
TGC_INLINE double tgc_floor(double x) {
  return __builtin_floor(x);
}
TGC_INLINE float tgc_trunc(float x) {
  return __builtin_truncf(x);
}
TGC_INLINE double tgc_trunc(double x) {
  return __builtin_trunc(x);
}
// Assumes the default rounding mode, as everything here does.
TGC_INLINE float tgc_round_half_to_even(float x) {
  return __builtin_rintf(x);
}
TGC_INLINE double tgc_round_half_to_even(double x) {
  return __builtin_rint(x);
}
TGC_INLINE float tgc_copysign(float x, float sign) {
  return __builtin_copysignf(x, sign);
}
TGC_INLINE double tgc_copysign(double x, double sign) {
  return __builtin_copysign(x, sign);
}
TGC_INLINE float tgc_fma(float x, float y, float z) {
  return __builtin_fmaf(x, y, z);
}
TGC_INLINE double tgc_fma(double x, double y, double z) {
  return __builtin_fma(x, y, z);
}
TGC_INLINE bool tgc_isnan(float x) {
  return x != x;
}
TGC_INLINE bool tgc_isnan(double x) {
  return x != x;
}
TGC_INLINE bool tgc_isinf(float x) {
  return tgc_abs(x) == __builtin_inff();
}
TGC_INLINE bool tgc_isinf(double x) {
  return tgc_abs(x) == __builtin_inf();
}

// Halves away from zero; x - trunc(x) is exact, so 0.49999997 stays 0.
template <class T>
TGC_INLINE T tgc_round_half_away_from_zero(T x) {
  const T whole = tgc_trunc(x);
  const T away = whole + tgc_copysign((T)1, x);
  return tgc_abs(x - whole) >= (T)0.5 ? away : whole;
}

// -1, 0 or 1; NaN stays NaN.
template <class T>
TGC_INLINE T tgc_sgn(T x) {
  const T positive = x > 0 ? (T)1 : (T)0;
  const T negative = x < 0 ? (T)1 : (T)0;
  return x != x ? x : (T)(positive - negative);
}

TGC_INLINE float tgc_sqr(float x) {
  return x * x;
}
TGC_INLINE double tgc_sqr(double x) {
  return x * x;
}
template <class T>
TGC_INLINE T tgc_inv(T x) {
  return 1 / x;
}
template <class T>
TGC_INLINE T tgc_deg2rad(T x) {
  return x * (T)0.017453292519943295769;
}
template <class T>
TGC_INLINE T tgc_rad2deg(T x) {
  return x * (T)57.295779513082320877;
}

// The floor of the exact quotient x / y, as Python's and NumPy's //: one less than floor(x / y)
// where the rounded quotient reached the next integer. y == 0 gives x / y.
template <class T>
TGC_INLINE T tgc_floor_div(T x, T y, T exact_below) {
  const T inf = (T)__builtin_inf();
  const T q = tgc_floor(x / y);
  const T rest = tgc_fma(-q, y, x);
  const bool above = (rest < 0 && y > 0) || (rest > 0 && y < 0);
  const T floored = above && tgc_abs(q) < exact_below ? q - 1 : q;
  const bool below_zero = (x < 0 && y > 0) || (x > 0 && y < 0);
  return tgc_abs(y) == inf && tgc_abs(x) < inf && below_zero ? (T)-1 : floored;
}
TGC_INLINE float tgc_int_div(float x, float y) {
  return tgc_floor_div(x, y, 0x1p24f);
}
TGC_INLINE double tgc_int_div(double x, double y) {
  return tgc_floor_div(x, y, 0x1p53);
}

// Python's modulo: the exact remainder, moved to the sign of y; zero takes the sign of y. y == 0
// gives NaN. float takes off multiples of y in double, 2^51 y each time, until the largest quotient
// (2^277) is used up; each step is exact. double calls fmod and keeps its loop from vectorising.
TGC_INLINE float tgc_mod(float x, float y) {
  const double divisor = (double)tgc_abs(y), inverse = 1 / divisor;
  double rest = (double)tgc_abs(x);
  rest = tgc_fma(-tgc_trunc(rest * inverse), divisor, rest);
  rest = tgc_fma(-tgc_trunc(rest * inverse), divisor, rest);
  rest = tgc_fma(-tgc_trunc(rest * inverse), divisor, rest);
  rest = tgc_fma(-tgc_trunc(rest * inverse), divisor, rest);
  rest = tgc_fma(-tgc_trunc(rest * inverse), divisor, rest);
  rest = tgc_fma(-tgc_trunc(rest * inverse), divisor, rest);
  // The last quotient may be one too large or too small.
  const double raised = rest < 0 ? rest + divisor : rest;
  const double magnitude = raised >= divisor ? raised - divisor : raised;
  const float inf = __builtin_inff();
  const float small = tgc_abs(y) == inf && tgc_abs(x) < inf ? tgc_abs(x) : (float)magnitude;
  const bool opposite = (x < 0) != (y < 0) && small != 0;
  return tgc_copysign(opposite ? tgc_abs(y) - small : small, y);
}
TGC_INLINE double tgc_mod(double x, double y) {
  const double r = __builtin_fmod(x, y);
  const double moved = (r < 0) != (y < 0) ? r + y : r;
  return r != 0 ? moved : tgc_copysign(0.0, y);
}

// The larger; NaN when either is NaN (Theano's and NumPy's maximum). Integers too.
template <class T>
TGC_INLINE T tgc_maximum(T x, T y) {
  const T larger = x > y ? x : y;
  return x != x ? x : larger;
}
template <class T>
TGC_INLINE T tgc_minimum(T x, T y) {
  const T smaller = x < y ? x : y;
  return x != x ? x : smaller;
}

// x below low gives low, else above high gives high, NaN stays NaN; integers too.
template <class T>
TGC_INLINE T tgc_clip(T x, T low, T high) {
  const T lowered = x > high ? high : x;
  return x < low ? low : lowered;
}
