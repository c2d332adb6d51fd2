// SPDX-License-Identifier: Apache-2.0
// One block reduces a whole array: every reducer, several block sizes.
#include "tgc/cuda_prelude.h"

#define TGC_TEST_REDUCE(name, Reducer, T, kThreads)                                            \
  TGC_KERNEL(name##_##kThreads, kThreads, 1,                                                   \
             (TGC_GLOBAL(const T) x, TGC_GLOBAL(Reducer::Value) y, int64_t n)) {               \
    Reducer::Value value = Reducer::identity();                                                \
    for (int64_t i = threadIdx.x; i < n; i += kThreads) value = Reducer::combine(value, x[i]); \
    value = tgc_block_reduce<Reducer, kThreads>(value);                                        \
    if (threadIdx.x == kThreads - 1) y[0] = value;                                             \
  }
#define TGC_TEST_REDUCE_SIZES(name, Reducer, T) \
  TGC_TEST_REDUCE(name, Reducer, T, 32)         \
  TGC_TEST_REDUCE(name, Reducer, T, 96)         \
  TGC_TEST_REDUCE(name, Reducer, T, 1024)
TGC_TEST_REDUCE_SIZES(sum_float, tgc_sum<float>, float)
TGC_TEST_REDUCE_SIZES(sum_double, tgc_sum<double>, double)
TGC_TEST_REDUCE_SIZES(sum_int64, tgc_sum<int64_t>, int64_t)
TGC_TEST_REDUCE_SIZES(prod_int8, tgc_prod<int8_t>, int8_t)
TGC_TEST_REDUCE_SIZES(prod_double, tgc_prod<double>, double)
TGC_TEST_REDUCE_SIZES(max_float, tgc_max<float>, float)
TGC_TEST_REDUCE_SIZES(min_double, tgc_min<double>, double)
TGC_TEST_REDUCE_SIZES(max_uint8, tgc_max<uint8_t>, uint8_t)
TGC_TEST_REDUCE_SIZES(min_int64, tgc_min<int64_t>, int64_t)
TGC_TEST_REDUCE_SIZES(any, tgc_any, bool)
TGC_TEST_REDUCE_SIZES(all, tgc_all, bool)

#define TGC_TEST_POSITION(name, Reducer, T, kThreads)                            \
  TGC_KERNEL(name##_##kThreads, kThreads, 1,                                     \
             (TGC_GLOBAL(const T) x, TGC_GLOBAL(int64_t) y, int64_t n)) {        \
    Reducer::Value best = Reducer::identity();                                   \
    for (int64_t i = threadIdx.x; i < n; i += kThreads) {                        \
      best = Reducer::combine(best, {x[i], i});                                  \
    }                                                                            \
    best = tgc_block_reduce<Reducer, kThreads>(best);                            \
    if (threadIdx.x == 0) y[0] = best.index;                                     \
  }
#define TGC_TEST_POSITION_SIZES(name, Reducer, T) \
  TGC_TEST_POSITION(name, Reducer, T, 32)         \
  TGC_TEST_POSITION(name, Reducer, T, 96)         \
  TGC_TEST_POSITION(name, Reducer, T, 1024)
TGC_TEST_POSITION_SIZES(argmax_float, tgc_argmax<float>, float)
TGC_TEST_POSITION_SIZES(argmin_float, tgc_argmin<float>, float)
TGC_TEST_POSITION_SIZES(argmax_double, tgc_argmax<double>, double)
TGC_TEST_POSITION_SIZES(argmax_int8, tgc_argmax<int8_t>, int8_t)

// Columns of a row-major matrix, 32 columns and 8 rows of threads a block.
TGC_KERNEL(sum_columns, 256, 1,
           (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y, int64_t rows, int64_t columns)) {
  const int64_t column = int64_t(blockIdx.x) * 32 + threadIdx.x % 32;
  float value = 0;
  for (int64_t row = threadIdx.x / 32; row < rows && column < columns; row += 8) {
    value += x[row * columns + column];
  }
  value = tgc_block_reduce_columns<tgc_sum<float>, 32, 8>(value);
  if (threadIdx.x < 32 && column < columns) y[column] = value;
}
