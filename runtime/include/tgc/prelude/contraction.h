// SPDX-License-Identifier: Apache-2.0
// The contraction kernel kind: store(b, m, n, Σ_k a(b, m, k) · b(b, k, n)) for every output. Loads
// and the store are functors, so that index maps, prologues and epilogues are inlined. The sum over
// k is one chain of fused multiply-adds in rising k.
#pragma once

#include "basic.h"
#include "contraction_tiles.h"
#include "rounding.h"

// A matrix per batch element in memory: element (batch, row, column). Strides count elements.
template <class T>
struct tgc_strided {
  const T* data;
  int64_t batch_stride, row_stride, column_stride;
  TGC_INLINE_MEMBER T operator()(int64_t batch, int64_t row, int64_t column) const {
    return data[batch * batch_stride + row * row_stride + column * column_stride];
  }
};

// Runs the tasks [task_begin, task_end) of tgc_contraction_tasks(batch, m, n). scratch is private
// to the thread, of tgc_contraction_scratch_bytes(m, n, k, sizeof(T)) bytes.
template <class T, class LoadA, class LoadB, class Store>
static void tgc_contraction(int64_t batch, int64_t m, int64_t n, int64_t k, const LoadA& a,
                            const LoadB& b, const Store& store, void* scratch, int64_t task_begin,
                            int64_t task_end) {
  (void)batch;
  (void)scratch;
  const tgc_tiling tiling = tgc_contraction_tiling(m, n);
  const int64_t per_batch = tiling.row_tasks * tiling.column_tasks;
  for (int64_t task = task_begin; task < task_end; ++task) {
    const int64_t item = task / per_batch, rest = task % per_batch;
    const int64_t row0 = rest % tiling.row_tasks * tiling.tile_rows;
    const int64_t column0 = rest / tiling.row_tasks * tiling.tile_columns;
    for (int64_t i = row0; i < m && i < row0 + tiling.tile_rows; ++i) {
      for (int64_t j = column0; j < n && j < column0 + tiling.tile_columns; ++j) {
        T sum = 0;
        for (int64_t l = 0; l < k; ++l) sum = tgc_fma((T)a(item, i, l), (T)b(item, l, j), sum);
        store(item, i, j, sum);
      }
    }
  }
}
