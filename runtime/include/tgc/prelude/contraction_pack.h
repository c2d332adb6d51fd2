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

// The columns of a group one by one: `valid` of `count` have a source, the rest become 0.
template <class T, int valid, int count>
static inline void tgc_pack_few(int64_t depth, const T* from, int64_t across, int64_t along, T* to,
                                int64_t width) {
  for (int64_t k = 0; k < depth; ++k, from += along, to += width) {
    typename tgc_vector_of<T>::four values = {};
#pragma GCC unroll 4
    for (int j = 0; j < valid; ++j) values[j] = from[j * across];
    __builtin_memcpy(to, &values, count * sizeof(T));
  }
}

// One column group of a panel: `valid` of `count` <= 4 columns have a source, the rest become 0.
// Panels of 6 rows end in a group of two.
template <class T>
TGC_OUTLINE void tgc_pack_group(int64_t valid, int64_t count, int64_t depth, const T* from,
                                int64_t across, int64_t along, T* to, int64_t width) {
  typedef typename tgc_vector_of<T>::four_unaligned memory;
  if constexpr (kTgcTileRows % 4 != 0) {
    if (count < 4 && valid == 2)
      return tgc_pack_few<T, 2, 2>(depth, from, across, along, to, width);
    if (count < 4 && valid == 1)
      return tgc_pack_few<T, 1, 2>(depth, from, across, along, to, width);
    if (count < 4) return tgc_pack_few<T, 0, 2>(depth, from, across, along, to, width);
  }
  if (valid == 3) return tgc_pack_few<T, 3, 4>(depth, from, across, along, to, width);
  if (valid == 2) return tgc_pack_few<T, 2, 4>(depth, from, across, along, to, width);
  if (valid == 1) return tgc_pack_few<T, 1, 4>(depth, from, across, along, to, width);
  if (valid == 0) return tgc_pack_few<T, 0, 4>(depth, from, across, along, to, width);
  int64_t k = 0;
  if (along == 1)
    for (; k + 4 <= depth; k += 4) tgc_transpose_four(from + k, across, to + k * width, width);
  if (across == 1)
    for (; k < depth; ++k) *(memory*)(to + k * width) = *(const memory*)(from + k * along);
  tgc_pack_few<T, 4, 4>(depth - k, from + k * along, across, along, to + k * width, width);
}

// One panel from memory: `valid` of `width` columns.
template <class T>
TGC_OUTLINE void tgc_pack_panel(int64_t valid, int64_t width, int64_t depth, const T* from,
                                int64_t across, int64_t along, T* to) {
  for (int64_t j = 0; j < width; j += 4) {
    const int64_t count = width - j < 4 ? width - j : 4;
    const int64_t left = valid - j < 0 ? 0 : valid - j;
    tgc_pack_group(left < count ? left : count, count, depth, from + j * across, across, along,
                   to + j, width);
  }
}

// Whole panels from memory that is contiguous across them: a row of all panels at a time.
template <class T, int64_t width>
static inline void tgc_pack_copy(int64_t panels, int64_t depth, const T* from, int64_t along,
                                 T* to) {
  constexpr int64_t line = 64 / (int64_t)sizeof(T);
  for (int64_t k = 0; k < depth; ++k, from += along) {
    for (int64_t j = 0; j < panels; ++j) {
      // Rows may be pages apart, where no hardware prefetcher looks.
      for (int64_t i = 0; i < width; i += line)
        __builtin_prefetch(from + 4 * along + j * width + i);
      __builtin_memcpy(to + (j * depth + k) * width, from + j * width, width * sizeof(T));
    }
  }
}

// A ragged last panel, read beyond its `valid` columns as long as that stays before the operand's
// last element; the rest goes by groups.
template <class T, int64_t width>
static inline void tgc_pack_ragged(int64_t valid, int64_t depth, const T* from, int64_t along,
                                   T* to) {
  const int64_t unsafe = along > 0 ? (width - valid + along - 1) / along : depth;
  const int64_t safe = unsafe < depth ? depth - unsafe : 0;
  tgc_pack_copy<T, width>(1, safe, from, along, to);
  tgc_pack_panel(valid, width, depth - safe, from + safe * along, (int64_t)1, along,
                 to + safe * width);
}

// Packs `count` columns from memory into panels for the wide or the narrow side of register tiles.
template <class T>
TGC_OUTLINE void tgc_pack(int64_t count, bool wide, int64_t depth, const T* from, int64_t across,
                          int64_t along, T* to) {
  constexpr int64_t wide_panel = 2 * tgc_vector_of<T>::lanes, narrow_panel = kTgcTileRows;
  int64_t j = 0;
  if (across == 1 && wide) {
    tgc_pack_copy<T, wide_panel>(count / wide_panel, depth, from, along, to);
    j = count / wide_panel * wide_panel;
    if (count - j > wide_panel / 2)
      return tgc_pack_ragged<T, wide_panel>(count - j, depth, from + j, along, to + j * depth);
    if (j < count)
      return tgc_pack_ragged<T, wide_panel / 2>(count - j, depth, from + j, along, to + j * depth);
  } else if (across == 1) {
    tgc_pack_copy<T, narrow_panel>(count / narrow_panel, depth, from, along, to);
    j = count / narrow_panel * narrow_panel;
  }
  while (j < count) {
    const int64_t left = count - j;
    const int64_t width = wide ? tgc_panel_columns<T>(left) : tgc_panel_rows(left);
    tgc_pack_panel(left < width ? left : width, width, depth, from + j * across, across, along,
                   to + j * depth);
    j += width;
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
