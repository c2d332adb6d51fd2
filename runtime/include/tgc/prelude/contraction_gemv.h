// SPDX-License-Identifier: Apache-2.0
// Contractions with one row or one column: the matrix is read once, straight from memory.
#pragma once

#include "contraction_vector.h"

// out[j] = Σ_k vector[k] matrix[k][j]: the matrix is contiguous along its outputs. One chain of
// fused multiply-adds in rising k for each output, eight k at a time to keep the sums in registers
// longer.
template <class T>
TGC_OUTLINE void tgc_gemv_rows(int64_t count, int64_t depth, const T* matrix, int64_t along,
                               const T* vector, int64_t vector_along, T* out) {
  for (int64_t j = 0; j < count; ++j) out[j] = 0;
  int64_t k = 0;
  for (; k + 8 <= depth; k += 8) {
    const T* m = matrix + k * along;
    T v[8];
    for (int64_t i = 0; i < 8; ++i) v[i] = vector[(k + i) * vector_along];
#pragma omp simd
    for (int64_t j = 0; j < count; ++j) {
      T sum = out[j];
#pragma GCC unroll 8
      for (int64_t i = 0; i < 8; ++i) sum = tgc_fma(v[i], m[i * along + j], sum);
      out[j] = sum;
    }
  }
  for (; k < depth; ++k) {
    const T v = vector[k * vector_along];
    const T* m = matrix + k * along;
#pragma omp simd
    for (int64_t j = 0; j < count; ++j) out[j] = tgc_fma(v, m[j], out[j]);
  }
}

// Adds the last `rest` products to the lanes, then the lanes in halves.
template <class T>
TGC_OUTLINE T tgc_finish_dot(T* lane, int64_t rest, const T* left, const T* right) {
  for (int64_t j = 0; j < rest; ++j) lane[j] = tgc_fma(left[j], right[j], lane[j]);
  for (int64_t half = 64 / (int64_t)sizeof(T); half > 0; half /= 2)
    for (int64_t j = 0; j < half; ++j) lane[j] += lane[j + half];
  return lane[0];
}

// Σ_k matrix[i][k] vector[k] for `rows` rows, all contiguous along k. Element k goes to lane k % 32
// (16 for double) as a fused multiply-add; then lanes are added in halves.
template <class T, int rows>
TGC_INLINE void tgc_dot_rows(int64_t depth, const T* matrix, int64_t across, const T* vector,
                             T* out) {
  constexpr int lanes = tgc_vector_of<T>::lanes, sums = 128 / kTgcVectorBytes;
  constexpr int all = lanes * sums;
  tgc_vector<T> sum[rows][sums];
#pragma GCC unroll 4
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < sums; ++j) sum[i][j] = tgc_vector<T>{};
  }
  int64_t k = 0;
  for (; k + all <= depth; k += all) {
#pragma GCC unroll 4
    for (int j = 0; j < sums; ++j) {
      const tgc_vector<T> right = tgc_load(vector + k + j * lanes);
#pragma GCC unroll 4
      for (int i = 0; i < rows; ++i)
        sum[i][j] = tgc_fma(tgc_load(matrix + i * across + k + j * lanes), right, sum[i][j]);
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < rows; ++i) {
    T lane[all];
#pragma GCC unroll 4
    for (int j = 0; j < sums; ++j) tgc_put(lane + j * lanes, sum[i][j]);
    out[i] = tgc_finish_dot(lane, depth - k, matrix + i * across + k, vector + k);
  }
}
// out[i] = Σ_k matrix[i][k] vector[k].
template <class T>
TGC_OUTLINE void tgc_gemv_dots(int64_t count, int64_t depth, const T* matrix, int64_t across,
                               const T* vector, T* out) {
  constexpr int rows = kTgcVectorBytes / 16;
  int64_t i = 0;
  for (; i + rows <= count; i += rows)
    tgc_dot_rows<T, rows>(depth, matrix + i * across, across, vector, out + i);
  for (; i < count; ++i) tgc_dot_rows<T, 1>(depth, matrix + i * across, across, vector, out + i);
}
