// SPDX-License-Identifier: Apache-2.0
// Kernels with one planted fault each, and next to them what they should have been.
#include "tgc/cuda_prelude.h"

// y = x reversed, through shared memory.
#define TGC_TEST_REVERSE(name, barrier)                                              \
  TGC_KERNEL(name, 256, 1, (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y)) {       \
    TGC_SHARED(float, tile, 256);                                                    \
    tile[threadIdx.x] = x[threadIdx.x];                                              \
    barrier;                                                                         \
    y[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];                             \
  }
TGC_TEST_REVERSE(reverse, __syncthreads())
TGC_TEST_REVERSE(reverse_without_barrier, (void)0)
TGC_TEST_REVERSE(reverse_with_warp_barrier, __syncwarp())

// Two rounds through one tile: a barrier is missing before it is written again.
TGC_KERNEL(rewrite_without_barrier, 64, 1, (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y)) {
  TGC_SHARED(float, tile, 64);
  for (int round = 0; round < 2; ++round) {
    tile[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = tile[(threadIdx.x + 40) % 64];
  }
}
TGC_KERNEL(write_same_word, 64, 1, (TGC_GLOBAL(float) y)) {
  TGC_SHARED(float, tile, 1);
  tile[0] = float(threadIdx.x);
  __syncthreads();
  y[threadIdx.x] = tile[0];
}
TGC_KERNEL(read_unwritten, 64, 1, (TGC_GLOBAL(float) y)) {
  TGC_SHARED(float, tile, 64);
  if (threadIdx.x < 63) tile[threadIdx.x] = 1.0f;
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}
TGC_KERNEL(shared_off_by_one, 64, 1, (TGC_GLOBAL(float) y)) {
  TGC_SHARED(float, tile, 64);
  tile[threadIdx.x + 1] = 1.0f;
  __syncthreads();
  y[threadIdx.x] = tile[threadIdx.x];
}

#define TGC_TEST_SHIFT(name, compare)                                                    \
  TGC_KERNEL(name, 64, 1, (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y, int64_t n)) { \
    const int64_t i = tgc_grid_index();                                                  \
    if (i compare n) y[i] = x[i];                                                        \
  }
TGC_TEST_SHIFT(copy, <)
TGC_TEST_SHIFT(copy_off_by_one, <=)
TGC_KERNEL(copy_misaligned, 64, 1, (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y)) {
  tgc_store_pack(y, 0, tgc_load_pack<4>(x, 2));
}

// Σ over a warp with the last exchange going to the wrong lane.
#define TGC_TEST_WARP_SUM(name, last)                                                  \
  TGC_KERNEL(name, 32, 1, (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y)) {          \
    float value = x[threadIdx.x];                                                      \
    for (int mask = 16; mask > 1; mask /= 2) value += tgc_shuffle_xor(value, mask);    \
    value += tgc_shuffle_xor(value, last);                                             \
    if (threadIdx.x == 0) y[0] = value;                                                \
  }
TGC_TEST_WARP_SUM(warp_sum, 1)
TGC_TEST_WARP_SUM(warp_sum_wrong_lane, 2)

// One m16n8k16 product; the faulty one exchanges the roles of lane / 4 and lane % 4 for b.
#define TGC_TEST_FRAGMENT(name, b_row, b_column)                                            \
  TGC_KERNEL(name, 32, 1,                                                                   \
             (TGC_GLOBAL(const tgc_half) a, TGC_GLOBAL(const tgc_half) b, TGC_GLOBAL(float) c)) { \
    const int g = int(threadIdx.x) / 4;                                                     \
    const int t = int(threadIdx.x) % 4;                                                     \
    uint32_t left[4];                                                                       \
    uint32_t right[2];                                                                      \
    float sum[4] = {};                                                                      \
    for (int i = 0; i < 4; ++i) {                                                           \
      const int at = (g + i % 2 * 8) * 16 + 2 * t + i / 2 * 8;                              \
      const tgc_half low = a[at];                                                           \
      const tgc_half high = a[at + 1];                                                      \
      left[i] = uint32_t(low.bits) | uint32_t(high.bits) << 16;                             \
    }                                                                                       \
    for (int i = 0; i < 2; ++i) {                                                           \
      const tgc_half low = b[(b_row + i * 8) * 8 + b_column];                               \
      const tgc_half high = b[(b_row + 1 + i * 8) * 8 + b_column];                          \
      right[i] = uint32_t(low.bits) | uint32_t(high.bits) << 16;                            \
    }                                                                                       \
    tgc_mma_f16(sum, left, right);                                                          \
    for (int i = 0; i < 4; ++i) c[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = sum[i];            \
  }
TGC_TEST_FRAGMENT(fragment, 2 * t, g)
TGC_TEST_FRAGMENT(fragment_wrong_lane, g / 2 * 2, 2 * t)

TGC_KERNEL(barrier_in_branch, 64, 1, (TGC_GLOBAL(float) y)) {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
  y[threadIdx.x] = 1.0f;
}
TGC_KERNEL(barrier_after_return, 64, 1, (TGC_GLOBAL(float) y, int64_t n)) {
  if (threadIdx.x >= n) return;
  __syncthreads();
  y[threadIdx.x] = 1.0f;
}
TGC_KERNEL(shuffle_in_branch, 32, 1, (TGC_GLOBAL(float) y)) {
  float value = 1.0f;
  if (threadIdx.x < 20) value = tgc_shuffle_xor(value, 1);
  __syncthreads();
  y[threadIdx.x] = value;
}
TGC_KERNEL(shuffle_from_outside, 32, 1, (TGC_GLOBAL(float) y)) {
  float value = 1.0f;
  if (threadIdx.x < 16) value = __shfl_sync(0xffffu, value, 16);
  y[threadIdx.x] = value;
}

#define TGC_TEST_ASYNC(name, wait)                                                  \
  TGC_KERNEL(name, 32, 1, (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y)) {       \
    TGC_SHARED(float, tile, 128);                                                   \
    tgc_copy_async(tile, threadIdx.x * 4, x, threadIdx.x * 4, threadIdx.x < 31);    \
    tgc_copy_async_commit();                                                        \
    wait;                                                                           \
    __syncthreads();                                                                \
    for (int i = 0; i < 4; ++i) y[i * 32 + threadIdx.x] = tile[i * 32 + threadIdx.x]; \
  }
TGC_TEST_ASYNC(copy_async, tgc_copy_async_wait<0>())
TGC_TEST_ASYNC(copy_async_without_wait, (void)0)

TGC_KERNEL(dynamic_shared, 64, 1, (TGC_GLOBAL(float) y)) {
  TGC_DYNAMIC_SHARED(float, tile);
  tile[threadIdx.x] = float(threadIdx.x);
  __syncthreads();
  y[threadIdx.x] = tile[63 - threadIdx.x];
}
