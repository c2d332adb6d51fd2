// SPDX-License-Identifier: Apache-2.0
// c(b, m, n) = Σ_k a(b, m, k) · b(b, k, n) with every tile, operand direction and width.
#include "tgc/cuda_prelude.h"

#define TGC_TEST_MATMUL(name, T, Tile, blocks, along_a, along_b, width) \
  TGC_TEST_MATMUL_OF(name, T, T, Tile, blocks, along_a, along_b, width, width)
#define TGC_TEST_MATMUL_OF(name, From, T, Tile, blocks, along_a, along_b, width, store)           \
  TGC_KERNEL(name, Tile::kThreads, blocks,                                                       \
             (TGC_GLOBAL(const From) a, TGC_GLOBAL(const From) b, TGC_GLOBAL(T) c, int64_t m, int64_t n, \
              int64_t k)) {                                                                      \
    tgc_contraction<Tile, T>(                                                                    \
        int(m), int(n), int(k),                                                                  \
        tgc_make_matrix<width, along_a>(a, m * k, along_a ? k : 1, along_a ? 1 : m),             \
        tgc_make_matrix<width, along_b>(b, k * n, along_b ? k : 1, along_b ? 1 : n),             \
        tgc_make_matrix_store<store>(c, m * n, n));                                              \
  }

using matmul_large = tgc_tile<128, 128, 8, 8, 8>;
using matmul_deep = tgc_tile<128, 128, 16, 8, 8>;
using matmul_middle = tgc_tile<64, 64, 8, 8, 4>;
using matmul_square = tgc_tile<64, 64, 16, 4, 4>;
using matmul_small = tgc_tile<32, 32, 16, 4, 4>;
using matmul_flat = tgc_tile<16, 64, 16, 4, 4>;
using matmul_double = tgc_tile<64, 64, 8, 4, 4>;
using matmul_double_small = tgc_tile<32, 32, 8, 4, 2>;

TGC_TEST_MATMUL(matmul_large_nn, float, matmul_large, 2, true, false, 4)
TGC_TEST_MATMUL(matmul_large_nt, float, matmul_large, 2, true, true, 4)
TGC_TEST_MATMUL(matmul_large_tn, float, matmul_large, 2, false, false, 4)
TGC_TEST_MATMUL(matmul_large_any, float, matmul_large, 1, true, false, 1)
TGC_TEST_MATMUL(matmul_deep_nn, float, matmul_deep, 2, true, false, 4)
TGC_TEST_MATMUL(matmul_middle_nn, float, matmul_middle, 1, true, false, 4)
TGC_TEST_MATMUL(matmul_square_any, float, matmul_square, 1, true, true, 1)
TGC_TEST_MATMUL(matmul_small_any, float, matmul_small, 1, true, false, 1)
TGC_TEST_MATMUL(matmul_small_tn, float, matmul_small, 1, false, false, 4)
TGC_TEST_MATMUL(matmul_flat_any, float, matmul_flat, 1, true, false, 1)
TGC_TEST_MATMUL(matmul_double_nn, double, matmul_double, 2, true, false, 2)
TGC_TEST_MATMUL(matmul_double_any, double, matmul_double, 1, false, true, 1)
TGC_TEST_MATMUL(matmul_double_small_any, double, matmul_double_small, 1, true, false, 1)
// float16 in memory, float32 in between.
TGC_TEST_MATMUL_OF(matmul_half_nn, tgc_half, float, matmul_large, 1, true, false, 8, 4)
TGC_TEST_MATMUL_OF(matmul_half_any, tgc_half, float, matmul_small, 1, false, true, 1, 1)
TGC_TEST_MATMUL(matmul_int8_any, int8_t, matmul_small, 1, true, false, 1)
TGC_TEST_MATMUL(matmul_int8_nn, int8_t, matmul_square, 1, true, false, 4)
TGC_TEST_MATMUL(matmul_int64_any, int64_t, matmul_double_small, 1, false, true, 1)

// An operand, a store and a cut in k of its own: relu(Σ_k (a + 1) b + bias) in parts.
struct matmul_parts_a {
  using Value = float;
  static constexpr int kPack = 1;
  static constexpr bool kAlongK = true;
  static constexpr bool kDirect = false;
  struct Line {
    int64_t first;
  };
  TGC_POINTER(const float) data;
  int64_t k;
  TGC_METHOD Line line(int64_t, int outer) const { return {outer * k}; }
  TGC_METHOD tgc_pack<float, 1> load(const Line& line, int at) const {
    return {{data[line.first + at] + 1.0f}};
  }
};
struct matmul_parts_store {
  static constexpr int kPack = 1;
  TGC_POINTER(float) data;
  int64_t m;
  int64_t n;
  TGC_METHOD void operator()(int64_t, int row, int column, const tgc_pack<float, 1>& sum) const {
    data[(blockIdx.y * m + row) * n + column] = sum[0];
  }
};
TGC_KERNEL(matmul_parts, matmul_small::kThreads, 1,
           (TGC_GLOBAL(const float) a, TGC_GLOBAL(const float) b, TGC_GLOBAL(float) parts, int64_t m,
            int64_t n, int64_t k)) {
  tgc_contraction<matmul_small, float>(
      int(m), int(n), int(k), matmul_parts_a{a, k},
      tgc_make_matrix<1, false>(b, int64_t(0), int64_t(1), n), matmul_parts_store{parts, m, n});
}
TGC_KERNEL(matmul_join, 256, 1,
           (TGC_GLOBAL(const float) parts, TGC_GLOBAL(const float) bias, TGC_GLOBAL(float) c,
            int64_t count, int64_t m, int64_t n)) {
  for (int64_t i = tgc_grid_index(); i < m * n; i += tgc_grid_threads()) {
    float sum = 0;
    for (int64_t part = 0; part < count; ++part) sum += parts[part * m * n + i];
    c[i] = tgc_maximum(sum + bias[i % n], 0.0f);
  }
}
