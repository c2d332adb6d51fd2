// SPDX-License-Identifier: Apache-2.0
// A chain of ten operations, plain and four elements at a time; scatters; the error word.
#include "tgc/cuda_prelude.h"

TGC_DEVICE float chain_of(float x, float y) {
  const float a = x * y + 0.5f;
  const float b = tgc_tanh(a) - tgc_sqr(x);
  const float c = tgc_maximum(b, -1.0f) / (1.0f + tgc_abs(y));
  return tgc_sigmoid(c) * tgc_exp(-tgc_sqr(a)) + (x > y ? c : a);
}
TGC_KERNEL(chain, 256, 1,
           (TGC_GLOBAL(const float) x, TGC_GLOBAL(const float) y, TGC_GLOBAL(float) z, int64_t n)) {
  for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) z[i] = chain_of(x[i], y[i]);
}
TGC_KERNEL(chain_packed, 256, 1,
           (TGC_GLOBAL(const float) x, TGC_GLOBAL(const float) y, TGC_GLOBAL(float) z, int64_t n)) {
  for (int64_t i = tgc_grid_index(); i < n / 4; i += tgc_grid_threads()) {
    tgc_pack<float, 4> left = tgc_load_pack<4>(x, i * 4);
    const tgc_pack<float, 4> right = tgc_load_pack<4>(y, i * 4);
    TGC_UNROLL
    for (int j = 0; j < 4; ++j) left[j] = chain_of(left[j], right[j]);
    tgc_store_pack(z, i * 4, left);
  }
}
// In place, which TGC_POINTER allows.
TGC_KERNEL(add_in_place, 256, 1, (TGC_POINTER(const float) x, TGC_POINTER(float) y, int64_t n)) {
  for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) y[i] = x[i] + 1.0f;
}

#define TGC_TEST_SCATTER(name, T)                                                          \
  TGC_KERNEL(name, 128, 1,                                                                 \
             (TGC_GLOBAL(const int64_t) index, TGC_GLOBAL(const T) x, TGC_GLOBAL(T) y, int64_t n)) { \
    for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) {                   \
      const T value = x[i];                                                                \
      tgc_atomic_add(y, index[i], value);                                                  \
    }                                                                                      \
  }
TGC_TEST_SCATTER(scatter_float, float)
TGC_TEST_SCATTER(scatter_double, double)
TGC_TEST_SCATTER(scatter_half, tgc_half)
TGC_TEST_SCATTER(scatter_int8, int8_t)
TGC_TEST_SCATTER(scatter_int16, int16_t)
TGC_TEST_SCATTER(scatter_int32, int32_t)
TGC_TEST_SCATTER(scatter_uint32, uint32_t)
TGC_TEST_SCATTER(scatter_int64, int64_t)
TGC_TEST_SCATTER(scatter_uint64, uint64_t)
TGC_KERNEL(scatter_max, 128, 1,
           (TGC_GLOBAL(const int64_t) index, TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y,
            int64_t n)) {
  for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) {
    const float value = x[i];
    tgc_atomic_combine<tgc_max<float>>(y, index[i], value);
  }
}

// Raises 7 with the first negative element's index seen; then nothing is written.
TGC_KERNEL(check_positive, 128, 1,
           (TGC_GLOBAL(const float) x, TGC_POINTER(int64_t) error, int64_t n)) {
  for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) {
    if (x[i] < 0.0f) tgc_raise(error, 7, i);
  }
}
TGC_KERNEL(write_unless_raised, 128, 1,
           (TGC_POINTER(const int64_t) error, TGC_GLOBAL(float) y, int64_t n)) {
  if (tgc_raised(error)) return;
  for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) y[i] = 1.0f;
}
