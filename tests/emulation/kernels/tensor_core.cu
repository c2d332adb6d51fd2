// SPDX-License-Identifier: Apache-2.0
// Matrix instructions alone, then matrix products through them.
#include "tgc/cuda_prelude.h"

// c[16][8] = a[16][kDepth] b[kDepth][8] by one warp, fragments filled as the PTX manual says.
TGC_KERNEL(fragment_f16, 32, 1,
           (TGC_GLOBAL(const tgc_half) a, TGC_GLOBAL(const tgc_half) b, TGC_GLOBAL(float) c)) {
  const int g = int(threadIdx.x) / 4;
  const int t = int(threadIdx.x) % 4;
  uint32_t left[4];
  uint32_t right[2];
  float sum[4] = {};
  for (int i = 0; i < 4; ++i) {
    const int row = g + i % 2 * 8;
    const int column = 2 * t + i / 2 * 8;
    const tgc_half low = a[row * 16 + column];
    const tgc_half high = a[row * 16 + column + 1];
    left[i] = uint32_t(low.bits) | uint32_t(high.bits) << 16;
  }
  for (int i = 0; i < 2; ++i) {
    const tgc_half low = b[(2 * t + i * 8) * 8 + g];
    const tgc_half high = b[(2 * t + i * 8 + 1) * 8 + g];
    right[i] = uint32_t(low.bits) | uint32_t(high.bits) << 16;
  }
  tgc_mma_f16(sum, left, right);
  for (int i = 0; i < 4; ++i) c[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = sum[i];
}
TGC_KERNEL(fragment_tf32, 32, 1,
           (TGC_GLOBAL(const float) a, TGC_GLOBAL(const float) b, TGC_GLOBAL(float) c)) {
  const int g = int(threadIdx.x) / 4;
  const int t = int(threadIdx.x) % 4;
  uint32_t left[4];
  uint32_t right[2];
  float sum[4] = {};
  for (int i = 0; i < 4; ++i) {
    left[i] = tgc_float_to_tf32(a[(g + i % 2 * 8) * 8 + t + i / 2 * 4]);
  }
  for (int i = 0; i < 2; ++i) right[i] = tgc_float_to_tf32(b[(t + i * 4) * 8 + g]);
  tgc_mma_tf32(sum, left, right);
  for (int i = 0; i < 4; ++i) c[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = sum[i];
}
// y[matrix][row][column]: four 8x8 matrices through ldmatrix, plain and transposed.
TGC_KERNEL(load_matrix, 32, 1,
           (TGC_GLOBAL(const tgc_half) x, TGC_GLOBAL(tgc_half) y, TGC_GLOBAL(tgc_half) z)) {
  TGC_SHARED(tgc_half, tile, 256);
  const int lane = int(threadIdx.x);
  for (int i = lane; i < 256; i += 32) tile[i] = x[i];
  __syncwarp();
  uint32_t words[4];
  tgc_load_matrix(words, tile, lane * 8);
  for (int i = 0; i < 4; ++i) {
    y[i * 64 + lane / 4 * 8 + lane % 4 * 2] = tgc_half{uint16_t(words[i])};
    y[i * 64 + lane / 4 * 8 + lane % 4 * 2 + 1] = tgc_half{uint16_t(words[i] >> 16)};
  }
  tgc_load_matrix_transposed(words, tile, lane * 8);
  for (int i = 0; i < 4; ++i) {
    z[i * 64 + lane / 4 * 8 + lane % 4 * 2] = tgc_half{uint16_t(words[i])};
    z[i * 64 + lane / 4 * 8 + lane % 4 * 2 + 1] = tgc_half{uint16_t(words[i] >> 16)};
  }
}

#define TGC_TEST_TENSOR(name, T, Tile, blocks, along_a, along_b, width, store) \
  TGC_TEST_TENSOR_OF(name, T, T, Tile, blocks, along_a, along_b, width, store)
#define TGC_TEST_TENSOR_OF(name, From, T, Tile, blocks, along_a, along_b, width, store)         \
  TGC_KERNEL(name, Tile::kThreads, blocks,                                                      \
             (TGC_GLOBAL(const From) a, TGC_GLOBAL(const From) b, TGC_GLOBAL(float) c, int64_t m, \
              int64_t n, int64_t k)) {                                                          \
    tgc_tensor_contraction<Tile, T>(                                                            \
        int(m), int(n), int(k),                                                                 \
        tgc_make_matrix<width, along_a>(a, m * k, along_a ? k : 1, along_a ? 1 : m),            \
        tgc_make_matrix<width, along_b>(b, k * n, along_b ? k : 1, along_b ? 1 : n),            \
        tgc_make_matrix_store<store>(c, m * n, n));                                             \
  }
using tensor_large = tgc_tensor_tile<128, 128, 64, 32>;
using tensor_wide = tgc_tensor_tile<128, 128, 64, 64>;
using tensor_middle = tgc_tensor_tile<64, 64, 32, 32>;
using tensor_small = tgc_tensor_tile<32, 64, 16, 32>;
TGC_TEST_TENSOR(tensor_f16_nn, tgc_half, tensor_large, 2, true, false, 8, 2)
TGC_TEST_TENSOR(tensor_f16_nt, tgc_half, tensor_large, 2, true, true, 8, 2)
TGC_TEST_TENSOR(tensor_f16_wide_nn, tgc_half, tensor_wide, 2, true, false, 8, 2)
TGC_TEST_TENSOR(tensor_f16_wide_tn, tgc_half, tensor_wide, 2, false, false, 8, 2)
TGC_TEST_TENSOR(tensor_f16_tn, tgc_half, tensor_middle, 1, false, false, 8, 2)
TGC_TEST_TENSOR(tensor_f16_tt, tgc_half, tensor_small, 1, false, true, 8, 2)
TGC_TEST_TENSOR(tensor_f16_any, tgc_half, tensor_middle, 1, true, false, 1, 1)
TGC_TEST_TENSOR_OF(tensor_f16_rounded_nn, float, tgc_half, tensor_middle, 1, true, false, 4, 2)
TGC_TEST_TENSOR(tensor_tf32_nn, float, tensor_large, 2, true, false, 4, 2)
TGC_TEST_TENSOR(tensor_tf32_wide_tn, float, tensor_wide, 2, false, false, 4, 2)
TGC_TEST_TENSOR(tensor_tf32_nt, float, tensor_middle, 1, true, true, 4, 2)
TGC_TEST_TENSOR(tensor_tf32_tt, float, tensor_small, 1, false, true, 4, 2)
TGC_TEST_TENSOR(tensor_tf32_any, float, tensor_middle, 1, false, false, 1, 1)
