// SPDX-License-Identifier: Apache-2.0
// Contractions with one row or one column: the matrix is read once, straight from memory.
#pragma once

#include "contraction_vector.h"

// Keeps a short scalar loop as it is: vectorising it would cost compile time and gain nothing.
#define TGC_SCALAR_LOOP __asm__ volatile("")

// out[j] (+)= Σ_k vector[k] matrix[k][j] for `steps` values of k.
template <class T, int steps>
TGC_INLINE void tgc_gemv_steps(int64_t count, const T* matrix, int64_t along, const T* vector,
                               int64_t vector_along, T* out) {
  constexpr int lanes = tgc_vector_of<T>::lanes;
  T scalars[steps];
#pragma GCC unroll 8
  for (int i = 0; i < steps; ++i) scalars[i] = vector[i * vector_along];
  int64_t j = 0;
  for (; j + lanes <= count; j += lanes) {
    tgc_vector<T> sum = tgc_load(out + j);
#pragma GCC unroll 8
    for (int i = 0; i < steps; ++i)
      sum = tgc_fma(scalars[i] - tgc_vector<T>{}, tgc_load(matrix + i * along + j), sum);
    tgc_put(out + j, sum);
  }
  for (; j < count; ++j) {
    TGC_SCALAR_LOOP;
#pragma GCC unroll 8
    for (int i = 0; i < steps; ++i) out[j] = tgc_fma(scalars[i], matrix[i * along + j], out[j]);
  }
}

// out[j] = Σ_k vector[k] matrix[k][j]: the matrix is contiguous along its outputs. One chain of
// fused multiply-adds in rising k for each output, eight k at a time to touch `out` less often.
template <class T>
TGC_OUTLINE void tgc_gemv_rows(int64_t count, int64_t depth, const T* matrix, int64_t along,
                               const T* vector, int64_t vector_along, T* out) {
  for (int64_t j = 0; j < count; ++j) out[j] = 0;
  int64_t k = 0;
  for (; k + 8 <= depth; k += 8)
    tgc_gemv_steps<T, 8>(count, matrix + k * along, along, vector + k * vector_along, vector_along,
                         out);
  for (; k < depth; ++k)
    tgc_gemv_steps<T, 1>(count, matrix + k * along, along, vector + k * vector_along, vector_along,
                         out);
}

// Σ_k left[k] right[k]: k goes to lane k % 64 (32 for double) as a fused multiply-add; then lane j
// takes lane j + half, halving until one is left.
template <class T>
TGC_OUTLINE T tgc_dot(int64_t depth, const T* left, const T* right) {
  typedef typename tgc_vector_of<T>::four four;
  constexpr int lanes = tgc_vector_of<T>::lanes, sums = 256 / kTgcVectorBytes;
  constexpr int all = lanes * sums;
  tgc_vector<T> sum[sums] = {};
  int64_t k = 0;
  for (; k + all <= depth; k += all) {
#pragma GCC unroll 8
    for (int j = 0; j < sums; ++j)
      sum[j] = tgc_fma(tgc_load(left + k + j * lanes), tgc_load(right + k + j * lanes), sum[j]);
  }
  alignas(64) T lane[all];
#pragma GCC unroll 8
  for (int j = 0; j < sums; ++j) tgc_put(lane + j * lanes, sum[j]);
  T* place = lane;
  for (; k + lanes <= depth; k += lanes, place += lanes)
    tgc_put(place, tgc_fma(tgc_load(left + k), tgc_load(right + k), tgc_load((const T*)place)));
  for (; k < depth; ++k, ++place) {
    TGC_SCALAR_LOOP;
    *place = tgc_fma(left[k], right[k], *place);
  }
  four* const fours = (four*)lane;
  for (int half = all / 8; half > 0; half /= 2)
    for (int j = 0; j < half; ++j) {
      TGC_SCALAR_LOOP;
      fours[j] += fours[j + half];
    }
  return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}
// out[i] = Σ_k matrix[i][k] vector[k].
template <class T>
TGC_INLINE void tgc_gemv_dots(int64_t count, int64_t depth, const T* matrix, int64_t across,
                              const T* vector, T* out) {
  for (int64_t i = 0; i < count; ++i) {
    TGC_SCALAR_LOOP;
    out[i] = tgc_dot(depth, matrix + i * across, vector);
  }
}
