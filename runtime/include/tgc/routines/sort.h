// SPDX-License-Identifier: Apache-2.0
// Sorting rows: a stable merge sort of positions, so that equal elements keep their order and NaNs
// come last, as NumPy's. Each task is a row of n elements.
#pragma once

#include "../kernel_prelude.h"

template <class T>
TGC_INLINE bool tgc_comes_before(T a, T b) {
  return a < b || (b != b && a == a);
}
TGC_INLINE bool tgc_comes_before(tgc_half a, tgc_half b) {
  return tgc_comes_before(tgc_half_to_float(a), tgc_half_to_float(b));
}

// Runs of up to 16 are sorted by insertion, then merged in pairs between the two buffers.
template <class T>
TGC_OUTLINE void tgc_sort_positions(const T* row, int64_t n, int64_t* positions, int64_t* spare) {
  constexpr int64_t kRun = 16;
  for (int64_t first = 0; first < n; first += kRun) {
    const int64_t last = first + kRun < n ? first + kRun : n;
    for (int64_t i = first; i < last; ++i) {
      int64_t at = i;
      for (; at > first && tgc_comes_before(row[i], row[positions[at - 1]]); --at) {
        positions[at] = positions[at - 1];
      }
      positions[at] = i;
    }
  }
  int64_t* from = positions;
  int64_t* to = spare;
  for (int64_t width = kRun; width < n; width *= 2) {
    for (int64_t first = 0; first < n; first += 2 * width) {
      const int64_t middle = first + width < n ? first + width : n;
      const int64_t last = first + 2 * width < n ? first + 2 * width : n;
      int64_t a = first;
      int64_t b = middle;
      for (int64_t k = first; k < last; ++k) {
        const bool takes_b =
            b < last && (a >= middle || tgc_comes_before(row[from[b]], row[from[a]]));
        to[k] = takes_b ? from[b++] : from[a++];
      }
    }
    int64_t* const other = from;
    from = to;
    to = other;
  }
  if (from != positions) {
    for (int64_t i = 0; i < n; ++i) positions[i] = from[i];
  }
}

// order[rows, n] = the positions that sort each row; spare[rows, n] is overwritten.
template <class T>
TGC_INLINE void tgc_argsort(const tgc_kernel_call*, int64_t begin, int64_t end, const T* x,
                            int64_t* order, int64_t* spare, int64_t n) {
  for (int64_t row = begin; row < end; ++row) {
    tgc_sort_positions(x + row * n, n, order + row * n, spare + row * n);
  }
}
