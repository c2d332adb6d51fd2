// SPDX-License-Identifier: Apache-2.0
// Packing: an operand's block is copied into panels [k][width] in the order the register tile reads
// them, zeros filling the last panel. `across` counts outputs (rows of A, columns of B), `along` k.
#pragma once

#include "contraction_vector.h"

// A matrix per batch element in memory: element (batch, row, column). Strides count elements.
template <class T>
struct tgc_strided {
  const T* data;
  int64_t batch_stride, row_stride, column_stride;
  TGC_INLINE_MEMBER T operator()(int64_t batch, int64_t row, int64_t column) const {
    return data[batch * batch_stride + row * row_stride + column * column_stride];
  }
};

// Transposes four numbers of each of four rows `across` apart into four stores `width` apart.
template <class T>
TGC_INLINE void tgc_transpose_four(const T* from, int64_t across, T* to, int64_t width) {
  typedef typename tgc_vector_of<T>::four four;
  typedef typename tgc_vector_of<T>::four_unaligned memory;
  const four w = *(const memory*)from, x = *(const memory*)(from + across);
  const four y = *(const memory*)(from + 2 * across), z = *(const memory*)(from + 3 * across);
  const four wx_low = __builtin_shufflevector(w, x, 0, 4, 1, 5);
  const four wx_high = __builtin_shufflevector(w, x, 2, 6, 3, 7);
  const four yz_low = __builtin_shufflevector(y, z, 0, 4, 1, 5);
  const four yz_high = __builtin_shufflevector(y, z, 2, 6, 3, 7);
  *(memory*)to = __builtin_shufflevector(wx_low, yz_low, 0, 1, 4, 5);
  *(memory*)(to + width) = __builtin_shufflevector(wx_low, yz_low, 2, 3, 6, 7);
  *(memory*)(to + 2 * width) = __builtin_shufflevector(wx_high, yz_high, 0, 1, 4, 5);
  *(memory*)(to + 3 * width) = __builtin_shufflevector(wx_high, yz_high, 2, 3, 6, 7);
}

// One column group of a panel: `valid` of `count` <= 4 columns have a source, the rest become 0.
template <class T>
static inline void tgc_pack_group(int64_t valid, int64_t count, int64_t depth, const T* from,
                                  int64_t across, int64_t along, T* to, int64_t width) {
  int64_t k = 0;
  if (valid == 4 && along == 1)
    for (; k + 4 <= depth; k += 4) tgc_transpose_four(from + k, across, to + k * width, width);
  for (; k < depth; ++k)
    for (int64_t j = 0; j < count; ++j)
      to[k * width + j] = j < valid ? from[j * across + k * along] : (T)0;
}

template <class T, int64_t width>
static inline void tgc_pack_copy(int64_t depth, const T* from, int64_t along, T* to) {
  for (int64_t k = 0; k < depth; ++k)
    __builtin_memcpy(to + k * width, from + k * along, width * sizeof(T));
}

// One panel from memory: `valid` of `width` columns.
template <class T>
__attribute__((noinline, unused)) static void tgc_pack_panel(int64_t valid, int64_t width,
                                                             int64_t depth, const T* from,
                                                             int64_t across, int64_t along, T* to) {
  constexpr int64_t lanes = tgc_vector_of<T>::lanes;
  if (across == 1 && valid == width) {
    if (width == 2 * lanes) return tgc_pack_copy<T, 2 * lanes>(depth, from, along, to);
    if (width == lanes) return tgc_pack_copy<T, lanes>(depth, from, along, to);
    if (width == kTgcTileRows) return tgc_pack_copy<T, kTgcTileRows>(depth, from, along, to);
  }
  for (int64_t j = 0; j < width; j += 4) {
    const int64_t count = width - j < 4 ? width - j : 4;
    const int64_t left = valid - j < 0 ? 0 : valid - j;
    tgc_pack_group(left < count ? left : count, count, depth, from + j * across, across, along,
                   to + j, width);
  }
}

// Fills out[0, count) with load(batch, row, column...), by the loader's own
// load_row(batch, row, column, count, out) where it has one.
template <class T, class Load>
TGC_INLINE void tgc_load_row(const Load& load, int64_t batch, int64_t row, int64_t column,
                             int64_t count, T* out) {
  if constexpr (requires { load.load_row(batch, row, column, count, out); }) {
    load.load_row(batch, row, column, count, out);
  } else {
#pragma omp simd
    for (int64_t j = 0; j < count; ++j) out[j] = (T)load(batch, row, column + j);
  }
}
