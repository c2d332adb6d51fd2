// SPDX-License-Identifier: Apache-2.0
// One kernel for each scalar function and type, elementwise.
#include "tgc/cuda_prelude.h"

#define TGC_TEST_UNARY(function, T, R)                                                          \
  TGC_KERNEL(function##_##T, 128, 1, (TGC_GLOBAL(const T) x, TGC_GLOBAL(R) y, int64_t n)) {     \
    for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) y[i] = tgc_##function(x[i]); \
  }
#define TGC_TEST_BINARY(function, T)                                                        \
  TGC_KERNEL(function##_##T, 128, 1,                                                        \
             (TGC_GLOBAL(const T) a, TGC_GLOBAL(const T) b, TGC_GLOBAL(T) y, int64_t n)) {  \
    for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) {                    \
      y[i] = tgc_##function(a[i], b[i]);                                                    \
    }                                                                                       \
  }
#define TGC_TEST_FLOAT(function)         \
  TGC_TEST_UNARY(function, float, float) \
  TGC_TEST_UNARY(function, double, double)

TGC_TEST_FLOAT(abs)
TGC_TEST_FLOAT(sgn)
TGC_TEST_FLOAT(sqr)
TGC_TEST_FLOAT(sqrt)
TGC_TEST_FLOAT(inv)
TGC_TEST_FLOAT(exp)
TGC_TEST_FLOAT(exp2)
TGC_TEST_FLOAT(expm1)
TGC_TEST_FLOAT(log)
TGC_TEST_FLOAT(log2)
TGC_TEST_FLOAT(log10)
TGC_TEST_FLOAT(log1p)
TGC_TEST_FLOAT(ceil)
TGC_TEST_FLOAT(floor)
TGC_TEST_FLOAT(trunc)
TGC_TEST_FLOAT(round_half_to_even)
TGC_TEST_FLOAT(round_half_away_from_zero)
TGC_TEST_FLOAT(deg2rad)
TGC_TEST_FLOAT(rad2deg)
TGC_TEST_FLOAT(sin)
TGC_TEST_FLOAT(cos)
TGC_TEST_FLOAT(tan)
TGC_TEST_FLOAT(arcsin)
TGC_TEST_FLOAT(arccos)
TGC_TEST_FLOAT(arctan)
TGC_TEST_FLOAT(sinh)
TGC_TEST_FLOAT(cosh)
TGC_TEST_FLOAT(tanh)
TGC_TEST_FLOAT(arcsinh)
TGC_TEST_FLOAT(arccosh)
TGC_TEST_FLOAT(arctanh)
TGC_TEST_FLOAT(sigmoid)
TGC_TEST_FLOAT(softplus)
TGC_TEST_FLOAT(ultra_fast_sigmoid)
TGC_TEST_FLOAT(hard_sigmoid)
TGC_TEST_FLOAT(softsign)
TGC_TEST_FLOAT(xlogx)
TGC_TEST_UNARY(isnan, float, bool)
TGC_TEST_UNARY(isnan, double, bool)
TGC_TEST_UNARY(isinf, float, bool)
TGC_TEST_UNARY(isinf, double, bool)

#define TGC_TEST_ARITHMETIC(T) \
  TGC_TEST_BINARY(int_div, T)  \
  TGC_TEST_BINARY(mod, T)      \
  TGC_TEST_BINARY(pow, T)      \
  TGC_TEST_BINARY(maximum, T)  \
  TGC_TEST_BINARY(minimum, T)
TGC_TEST_ARITHMETIC(float)
TGC_TEST_ARITHMETIC(double)
TGC_TEST_ARITHMETIC(int8_t)
TGC_TEST_ARITHMETIC(uint8_t)
TGC_TEST_ARITHMETIC(int32_t)
TGC_TEST_ARITHMETIC(int64_t)
TGC_TEST_ARITHMETIC(uint64_t)
TGC_TEST_BINARY(arctan2, float)
TGC_TEST_BINARY(arctan2, double)
TGC_TEST_BINARY(xlogy0, float)
TGC_TEST_BINARY(xlogy0, double)
TGC_TEST_UNARY(abs, int8_t, int8_t)
TGC_TEST_UNARY(sgn, int8_t, int8_t)
TGC_TEST_UNARY(sqr, int8_t, int8_t)
TGC_TEST_UNARY(sqr, int32_t, int32_t)
TGC_TEST_UNARY(sgn, uint8_t, uint8_t)

TGC_KERNEL(clip_float, 128, 1,
           (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y, float low, float high, int64_t n)) {
  for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) {
    y[i] = tgc_clip<float>(x[i], low, high);
  }
}

#define TGC_TEST_CAST(From, To)                                                                    \
  TGC_KERNEL(cast_##From##_##To, 128, 1, (TGC_GLOBAL(const From) x, TGC_GLOBAL(To) y, int64_t n)) { \
    for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) {                           \
      const From value = x[i];                                                                     \
      y[i] = tgc_cast<To>(value);                                                                  \
    }                                                                                              \
  }
TGC_TEST_CAST(float, int8_t)
TGC_TEST_CAST(float, uint8_t)
TGC_TEST_CAST(float, bool)
TGC_TEST_CAST(double, int64_t)
TGC_TEST_CAST(int64_t, int8_t)
TGC_TEST_CAST(tgc_half, float)
TGC_TEST_CAST(float, tgc_half)
TGC_TEST_CAST(double, tgc_half)
TGC_TEST_CAST(int32_t, tgc_half)
TGC_TEST_CAST(tgc_half, int32_t)
