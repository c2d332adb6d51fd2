// SPDX-License-Identifier: Apache-2.0
// Scalar arithmetic with Theano's meaning: Python's floor division and modulo, maxima that hand NaN
// on, casts. Integers wrap around; a zero divisor gives 0 (the caller reports it where that
// matters).
#pragma once

#include "tgc/cuda/types.h"

TGC_DEVICE bool tgc_isnan(float x) {
  return x != x;
}
TGC_DEVICE bool tgc_isnan(double x) {
  return x != x;
}
TGC_DEVICE bool tgc_isinf(float x) {
  return fabsf(x) > 3.402823466e38f;
}
TGC_DEVICE bool tgc_isinf(double x) {
  return fabs(x) > 1.7976931348623157e308;
}
template <class T>
TGC_DEVICE bool tgc_isnan(T) {
  return false;
}
template <class T>
TGC_DEVICE bool tgc_isinf(T) {
  return false;
}

TGC_DEVICE double tgc_maximum(double a, double b) {
  return a >= b || a != a ? a : b;
}
TGC_DEVICE double tgc_minimum(double a, double b) {
  return a <= b || a != a ? a : b;
}
template <class T>
TGC_DEVICE T tgc_maximum(T a, T b) {
  return a < b ? b : a;
}
template <class T>
TGC_DEVICE T tgc_minimum(T a, T b) {
  return b < a ? b : a;
}
// A NaN is handed on.
template <class T>
TGC_DEVICE T tgc_clip(T x, T low, T high) {
  return x < low ? low : (x > high ? high : x);
}

TGC_DEVICE float tgc_abs(float x) {
  return fabsf(x);
}
TGC_DEVICE double tgc_abs(double x) {
  return fabs(x);
}
template <class T>
TGC_DEVICE T tgc_abs(T x) {
  return x < T(0) ? T(uint64_t(0) - uint64_t(x)) : x;
}
// -1, 0 or 1; NaN for NaN.
template <class T>
TGC_DEVICE T tgc_sgn(T x) {
  if constexpr (T(-1) < T(0)) {
    if (x < T(0)) return T(-1);
  }
  return x > T(0) ? T(1) : (x == T(0) ? T(0) : x);
}
template <class T>
TGC_DEVICE T tgc_sqr(T x) {
  return T(uint64_t(x) * uint64_t(x));
}
TGC_DEVICE float tgc_sqr(float x) {
  return x * x;
}
TGC_DEVICE double tgc_sqr(double x) {
  return x * x;
}
// a · b + c, rounded once.
TGC_DEVICE float tgc_fma(float a, float b, float c) {
  return fmaf(a, b, c);
}
TGC_DEVICE double tgc_fma(double a, double b, double c) {
  return fma(a, b, c);
}
template <class T>
TGC_DEVICE T tgc_fma(T a, T b, T c) {
  return T(uint64_t(a) * uint64_t(b) + uint64_t(c));
}
template <class T>
TGC_DEVICE T tgc_inv(T x) {
  return T(1) / x;
}

// Integers: the quotient rounded to minus infinity and the remainder with the divisor's sign.
template <class T>
TGC_DEVICE T tgc_int_div(T a, T b) {
  if (b == T(0)) return T(0);
  if constexpr (T(-1) < T(0)) {
    if (b == T(-1)) return T(uint64_t(0) - uint64_t(a));
    const T quotient = T(a / b);
    return a % b != T(0) && (a < T(0)) != (b < T(0)) ? T(quotient - T(1)) : quotient;
  } else {
    return T(a / b);
  }
}
template <class T>
TGC_DEVICE T tgc_mod(T a, T b) {
  if (b == T(0)) return T(0);
  if constexpr (T(-1) < T(0)) {
    if (b == T(-1)) return T(0);
    const T rest = T(a % b);
    return rest != T(0) && (rest < T(0)) != (b < T(0)) ? T(rest + b) : rest;
  } else {
    return T(a % b);
  }
}
// Of numbers that are not negative; by zero gives 0.
TGC_DEVICE int64_t tgc_index_div(int64_t x, int64_t y) {
  if (y == 0) return 0;
  if (((x | y) >> 32) == 0) return (int64_t)((uint32_t)x / (uint32_t)y);
  return (int64_t)((uint64_t)x / (uint64_t)y);
}
TGC_DEVICE int64_t tgc_index_mod(int64_t x, int64_t y) {
  if (y == 0) return 0;
  if (((x | y) >> 32) == 0) return (int64_t)((uint32_t)x % (uint32_t)y);
  return (int64_t)((uint64_t)x % (uint64_t)y);
}
// Floats: mod has the divisor's sign (a zero too), int_div is the integer nearest to (a - mod) / b.
TGC_DEVICE float tgc_mod(float a, float b) {
  const float rest = fmodf(a, b);
  if (rest == 0.0f) return copysignf(0.0f, b);
  return (rest < 0.0f) != (b < 0.0f) ? rest + b : rest;
}
TGC_DEVICE double tgc_mod(double a, double b) {
  const double rest = fmod(a, b);
  if (rest == 0.0) return copysign(0.0, b);
  return (rest < 0.0) != (b < 0.0) ? rest + b : rest;
}
TGC_DEVICE float tgc_int_div(float a, float b) {
  if (b == 0.0f) return a / b;
  return rintf((a - tgc_mod(a, b)) / b);
}
TGC_DEVICE double tgc_int_div(double a, double b) {
  if (b == 0.0) return a / b;
  return rint((a - tgc_mod(a, b)) / b);
}

TGC_DEVICE float tgc_pow(float x, float y) {
  return powf(x, y);
}
TGC_DEVICE double tgc_pow(double x, double y) {
  return pow(x, y);
}
// Integers: by squaring, modulo 2^bits; a negative exponent gives the truncated 1 / x^-y.
template <class T>
TGC_DEVICE T tgc_pow(T x, T y) {
  if constexpr (T(-1) < T(0)) {
    if (y < T(0))
      return x == T(1) || (x == T(-1) && y % T(2) == T(0)) ? T(1) : T(x == T(-1) ? -1 : 0);
  }
  uint64_t base = uint64_t(x);
  uint64_t result = 1;
  for (uint64_t exponent = uint64_t(y); exponent != 0; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return T(result);
}

// Theano's cast: floats to integers by truncation, to bool by x != 0, through float32 for float16.
template <class To, class From>
TGC_DEVICE To tgc_cast_number(From x) {
  if constexpr (To(2) == To(1)) {
    return To(x != From(0));
  } else if constexpr (To(0.5f) == To(0) && From(0.5f) != From(0) && !(To(-1) < To(0))) {
    return x < From(0) ? To(int64_t(x)) : To(x);
  } else {
    return To(x);
  }
}
template <class To>
struct tgc_caster {
  template <class From>
  TGC_METHOD static To from(From x) {
    return tgc_cast_number<To>(x);
  }
  TGC_METHOD static To from(tgc_half x) { return tgc_cast_number<To>(tgc_half_to_float(x)); }
};
template <>
struct tgc_caster<tgc_half> {
  template <class From>
  TGC_METHOD static tgc_half from(From x) {
    return tgc_double_to_half(double(x));
  }
  TGC_METHOD static tgc_half from(float x) { return tgc_float_to_half(x); }
  TGC_METHOD static tgc_half from(tgc_half x) { return x; }
};
template <class To, class From>
TGC_DEVICE To tgc_cast(From x) {
  return tgc_caster<To>::from(x);
}
