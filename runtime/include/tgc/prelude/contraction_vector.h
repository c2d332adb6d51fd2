// SPDX-License-Identifier: Apache-2.0
// Register tiles of a contraction, in GCC's vector extensions. A tile is `rows` x `vectors` vector
// accumulators: 12 x 2 with AVX-512, 6 x 2 with AVX2, smaller ones at the edges. Every output is
// one chain of fused multiply-adds in rising k, so results do not depend on the tile or the
// machine.
#pragma once

#include "rounding.h"

#if defined(__AVX512F__)
inline constexpr int kTgcVectorBytes = 64;
inline constexpr int kTgcTileRows = 12;
#else
inline constexpr int kTgcVectorBytes = 32;
inline constexpr int kTgcTileRows = 6;
#endif

template <class T>
struct tgc_vector_of {
  static constexpr int lanes = kTgcVectorBytes / (int)sizeof(T);
  typedef T type __attribute__((vector_size(kTgcVectorBytes)));
  typedef T unaligned __attribute__((vector_size(kTgcVectorBytes), aligned(alignof(T)), may_alias));
  typedef T four __attribute__((vector_size(4 * sizeof(T)), may_alias));
  typedef T four_unaligned
      __attribute__((vector_size(4 * sizeof(T)), aligned(alignof(T)), may_alias));
};
template <class T>
using tgc_vector = typename tgc_vector_of<T>::type;

template <class T>
TGC_INLINE tgc_vector<T> tgc_load(const T* from) {
  return *(const typename tgc_vector_of<T>::unaligned*)from;
}
template <class T>
TGC_INLINE void tgc_put(T* to, tgc_vector<T> value) {
  *(typename tgc_vector_of<T>::unaligned*)to = value;
}

#if defined(__AVX512F__)
TGC_INLINE tgc_vector<float> tgc_fma(tgc_vector<float> x, tgc_vector<float> y,
                                     tgc_vector<float> z) {
  return (tgc_vector<float>)__builtin_ia32_vfmaddps512_mask(x, y, z, (unsigned short)-1, 4);
}
TGC_INLINE tgc_vector<double> tgc_fma(tgc_vector<double> x, tgc_vector<double> y,
                                      tgc_vector<double> z) {
  return (tgc_vector<double>)__builtin_ia32_vfmaddpd512_mask(x, y, z, (unsigned char)-1, 4);
}
#elif defined(__FMA__)
TGC_INLINE tgc_vector<float> tgc_fma(tgc_vector<float> x, tgc_vector<float> y,
                                     tgc_vector<float> z) {
  return (tgc_vector<float>)__builtin_ia32_vfmaddps256(x, y, z);
}
TGC_INLINE tgc_vector<double> tgc_fma(tgc_vector<double> x, tgc_vector<double> y,
                                      tgc_vector<double> z) {
  return (tgc_vector<double>)__builtin_ia32_vfmaddpd256(x, y, z);
}
#else
template <class V>
TGC_INLINE V tgc_fma(V x, V y, V z) {
  for (unsigned i = 0; i < sizeof(V) / sizeof(x[0]); ++i) z[i] = tgc_fma(x[i], y[i], z[i]);
  return z;
}
#endif

// The broadcast side of a register tile: element (i, k) at from[i * across + k * along].
template <class T>
struct tgc_scalars {
  const T* from;
  int64_t across, along;
};

// c[i][j] (+)= Σ_k a(i, k) b[k][j]: rows of b lie b_stride apart, rows of c c_stride.
template <class T, int rows, int vectors>
TGC_OUTLINE void tgc_register_tile(int64_t depth, const tgc_scalars<T>& a, const T* b,
                                   int64_t b_stride, T* c, int64_t c_stride, bool accumulate) {
  constexpr int lanes = tgc_vector_of<T>::lanes;
  // A pointer for each three rows: x86 addresses two more with one stride.
  const int64_t across = a.across, along = a.along;
  const T* pointers[(rows + 2) / 3];
#pragma GCC unroll 4
  for (int i = 0; i < (rows + 2) / 3; ++i) pointers[i] = a.from + 3 * i * across;
  tgc_vector<T> sum[rows][vectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j)
      sum[i][j] = accumulate ? tgc_load(c + i * c_stride + j * lanes) : tgc_vector<T>{};
  }
  for (int64_t k = 0; k < depth; ++k) {
    tgc_vector<T> right[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) right[j] = tgc_load(b + j * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const tgc_vector<T> left = pointers[i / 3][i % 3 * across] - tgc_vector<T>{};
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) sum[i][j] = tgc_fma(left, right[j], sum[i][j]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < (rows + 2) / 3; ++i) pointers[i] += along;
      // Rows of an operand read in place may be pages apart; the second level is safe from their
      // pushing each other out.
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) __builtin_prefetch(b + 8 * b_stride + j * lanes, 0, 2);
    b += b_stride;
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) tgc_put(c + i * c_stride + j * lanes, sum[i][j]);
  }
}

// How many rows the register tile takes of the `left` that remain, and how many columns.
TGC_INLINE int64_t tgc_panel_rows(int64_t left) {
  constexpr int64_t third = kTgcTileRows / 3;
  return left > 2 * third ? 3 * third : (left > third ? 2 * third : third);
}
template <class T>
TGC_INLINE int64_t tgc_panel_columns(int64_t left) {
  constexpr int64_t lanes = tgc_vector_of<T>::lanes;
  return left > lanes ? 2 * lanes : lanes;
}

template <class T, int vectors>
TGC_INLINE void tgc_any_rows(int64_t rows, int64_t depth, const tgc_scalars<T>& a, const T* b,
                             int64_t b_stride, T* c, int64_t c_stride, bool accumulate) {
  constexpr int third = kTgcTileRows / 3;
  if (rows == 3 * third)
    tgc_register_tile<T, 3 * third, vectors>(depth, a, b, b_stride, c, c_stride, accumulate);
  else if (rows == 2 * third)
    tgc_register_tile<T, 2 * third, vectors>(depth, a, b, b_stride, c, c_stride, accumulate);
  else
    tgc_register_tile<T, third, vectors>(depth, a, b, b_stride, c, c_stride, accumulate);
}
// The register tile of a size that tgc_panel_rows and tgc_panel_columns gave.
template <class T>
TGC_INLINE void tgc_any_tile(int64_t rows, int64_t columns, int64_t depth, const tgc_scalars<T>& a,
                             const T* b, int64_t b_stride, T* c, int64_t c_stride,
                             bool accumulate) {
  if (columns > tgc_vector_of<T>::lanes)
    tgc_any_rows<T, 2>(rows, depth, a, b, b_stride, c, c_stride, accumulate);
  else
    tgc_any_rows<T, 1>(rows, depth, a, b, b_stride, c, c_stride, accumulate);
}
