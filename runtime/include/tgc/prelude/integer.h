// SPDX-License-Identifier: Apache-2.0
// Integer meanings of scalar functions. Arithmetic wraps and never traps: division by zero gives 0
// (a kernel that must report it tests the divisor first), the smallest integer divided by -1 wraps.
#pragma once

#include "basic.h"

// |x|, and the smallest integer for itself.
template <class T>
TGC_INLINE T tgc_abs(T x) {
  return x < 0 ? (T)(0 - (uint64_t)x) : x;
}
template <class T>
TGC_INLINE bool tgc_isnan(T) {
  return false;
}
template <class T>
TGC_INLINE bool tgc_isinf(T) {
  return false;
}
template <class T>
TGC_INLINE T tgc_sqr(T x) {
  return (T)((uint64_t)x * (uint64_t)x);
}

// Floor division. Up to 32 bits it goes through floating point, which vectorises: the rounded
// quotient x / y lies on the right side of each integer because |x| is below 2^24 (float) or 2^53.
template <class T>
TGC_INLINE T tgc_int_div(T x, T y) {
  if constexpr (sizeof(T) <= 2) {
    const float q = __builtin_floorf((float)x / (float)(y == 0 ? (T)1 : y));
    return y == 0 ? (T)0 : (T)(int32_t)q;
  } else if constexpr (sizeof(T) == 4) {
    const double q = __builtin_floor((double)x / (double)(y == 0 ? (T)1 : y));
    const double wrapped = (T)-1 < (T)0 && q > 2147483647.0 ? q - 4294967296.0 : q;
    return y == 0 ? (T)0 : (T)wrapped;
  } else if constexpr ((T)-1 > (T)0) {
    return y == 0 ? (T)0 : x / (y == 0 ? (T)1 : y);
  } else {
    const T safe = y == 0 || y == -1 ? (T)1 : y;
    const T q = x / safe, r = x % safe;
    const T floored = r != 0 && (r < 0) != (safe < 0) ? q - 1 : q;
    const T negated = (T)(0 - (uint64_t)x);
    return y == 0 ? (T)0 : (y == -1 ? negated : floored);
  }
}

// x - y * floor(x / y): the sign of y, as in Python.
template <class T>
TGC_INLINE T tgc_mod(T x, T y) {
  const T multiple = (T)((uint64_t)tgc_int_div(x, y) * (uint64_t)y);
  return y == 0 ? (T)0 : (T)((uint64_t)x - (uint64_t)multiple);
}

// Of numbers that are not negative; by zero gives 0.
TGC_INLINE int64_t tgc_index_div(int64_t x, int64_t y) {
  if (y == 0) return 0;
  if (((x | y) >> 32) == 0) return (int64_t)((uint32_t)x / (uint32_t)y);
  return (int64_t)((uint64_t)x / (uint64_t)y);
}
TGC_INLINE int64_t tgc_index_mod(int64_t x, int64_t y) {
  if (y == 0) return 0;
  if (((x | y) >> 32) == 0) return (int64_t)((uint32_t)x % (uint32_t)y);
  return (int64_t)((uint64_t)x % (uint64_t)y);
}

// x to the y by squaring, modulo 2^bits; a negative y gives the truncated quotient 1 / x^-y, and 0
// for x == 0.
template <class T>
TGC_INLINE T tgc_pow(T x, T y) {
  const T base = y < 0 && x != 1 && x != (T)-1 ? (T)0 : x;
  uint64_t exponent = y < 0 ? 0 - (uint64_t)y : (uint64_t)y;
  uint64_t factor = (uint64_t)base, product = 1;
  for (; exponent != 0; exponent >>= 1) {
    product *= (exponent & 1) != 0 ? factor : 1;
    factor *= factor;
  }
  return (T)product;
}
