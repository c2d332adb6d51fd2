// SPDX-License-Identifier: Apache-2.0
// Softmax of rows in every shape of kernel, its gradient, and a layer normalisation.
#include "tgc/cuda_prelude.h"

#define TGC_TEST_SOFTMAX(name, T, block, kThreads, kItems, kWidth, kLog)                          \
  TGC_KERNEL(name, block, 1,                                                                      \
             (TGC_GLOBAL(const T) x, TGC_GLOBAL(T) y, int64_t rows, int64_t columns)) {           \
    const int64_t row = tgc_row_index<kThreads>();                                                \
    tgc_softmax_row<T, kThreads, kItems, kWidth, kLog>(                                           \
        row < rows ? columns : 0,                                                                 \
        [&](int64_t column) { return tgc_load_pack<kWidth>(x, row * columns + column); },         \
        [&](int64_t column, const tgc_pack<T, kWidth>& pack) {                                    \
          tgc_store_pack(y, row * columns + column, pack);                                        \
        });                                                                                       \
  }
TGC_TEST_SOFTMAX(softmax_lane, float, 128, 1, 0, 1, false)
TGC_TEST_SOFTMAX(softmax_group, float, 128, 8, 2, 1, false)
TGC_TEST_SOFTMAX(softmax_warp, float, 128, 32, 4, 4, false)
TGC_TEST_SOFTMAX(softmax_warp_stream, double, 128, 32, 0, 1, false)
TGC_TEST_SOFTMAX(softmax_block, float, 256, 256, 4, 4, false)
TGC_TEST_SOFTMAX(softmax_block_stream, float, 256, 256, 0, 1, false)
TGC_TEST_SOFTMAX(log_softmax_warp, float, 128, 32, 4, 1, true)
TGC_TEST_SOFTMAX(log_softmax_block, double, 256, 256, 0, 2, true)

// dx = (dy - Σ dy y) y: two rows in registers.
TGC_KERNEL(softmax_grad, 128, 1,
           (TGC_GLOBAL(const float) dy, TGC_GLOBAL(const float) y, TGC_GLOBAL(float) dx, int64_t rows,
            int64_t columns)) {
  const int64_t row = tgc_row_index<32>();
  const int64_t count = row < rows ? columns : 0;
  tgc_row<float, 32, 8, 1> gradient;
  tgc_row<float, 32, 8, 1> result;
  gradient.load(count, [&](int64_t i) { return tgc_load_pack<1>(dy, row * columns + i); });
  result.load(count, [&](int64_t i) { return tgc_load_pack<1>(y, row * columns + i); });
  const float dot =
      gradient.reduce<tgc_sum<float>>([&](int i) { return gradient.value[i] * result.value[i]; });
  gradient.store([&](int i) { return (gradient.value[i] - dot) * result.value[i]; },
                 [&](int64_t i, const tgc_pack<float, 1>& pack) {
                   tgc_store_pack(dx, row * columns + i, pack);
                 });
}

TGC_KERNEL(layer_norm, 256, 1,
           (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y, int64_t columns)) {
  const int64_t first = int64_t(blockIdx.x) * columns;
  tgc_row<float, 256, 4, 1> row;
  row.load(columns, [&](int64_t i) { return tgc_load_pack<1>(x, first + i); });
  const float mean =
      row.reduce<tgc_sum<float>>([&](int i) { return row.value[i]; }) / float(columns);
  const float variance = row.reduce<tgc_sum<float>>([&](int i) {
    return tgc_sqr(row.value[i] - mean);
  }) / float(columns);
  const float scale = tgc_inv(tgc_sqrt(variance + 1e-5f));
  row.store([&](int i) { return (row.value[i] - mean) * scale; },
            [&](int64_t i, const tgc_pack<float, 1>& pack) { tgc_store_pack(y, first + i, pack); });
}

TGC_KERNEL(row_maximum, 256, 1,
           (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y, int64_t columns)) {
  const int64_t first = int64_t(blockIdx.x) * columns;
  const float value = tgc_row_reduce<tgc_max<float>, 256>(columns, [&](int64_t i) -> float {
    return x[first + i];
  });
  if (threadIdx.x == 0) y[blockIdx.x] = value;
}
