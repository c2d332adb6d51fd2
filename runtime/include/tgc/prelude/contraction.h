// SPDX-License-Identifier: Apache-2.0
// The contraction kernel kind: store(b, m, n, Σ_k a(b, m, k) · b(b, k, n)) for every output. Loads
// and the store are functors, so that index maps, prologues and epilogues are inlined. The sum is
// one chain of fused multiply-adds in rising k (for one row or column read along k: 64 or 32
// interleaved chains). It depends on shapes and strides alone, not on threads or instructions.
//
// tgc_strided describes an operand in memory and is read directly; any other functor
//   T operator()(int64_t batch, int64_t row, int64_t column) const
// is evaluated while packing, a row at a time. It may bring
//   void load_row(int64_t batch, int64_t row, int64_t column, int64_t count, T* out) const
// to fill a run of columns faster than element by element. Elements are evaluated at most once a
// task and never outside the operand.
#pragma once

#include "contraction_gemv.h"
#include "contraction_pack.h"
#include "contraction_tiles.h"
#include "contraction_vector.h"

// One task: the outputs [row, row + rows) x [column, column + columns) of one batch element, and
// the thread's scratch cut into its parts.
template <class T>
struct tgc_task {
  int64_t batch, row, rows, column, columns, k;
  bool transposed;       // A is the operand held in vectors
  T *narrow, *wide;      // packed operands: the broadcast one and the one held in vectors
  T *stage, *sums;       // rows of functors; results
  int64_t wide_columns;  // of `sums`
};

// An operand in memory as one task sees it; from == nullptr for functors.
template <class T>
struct tgc_view {
  const T* from;
  int64_t across, along;
};
template <class T, class Load>
TGC_INLINE tgc_view<T> tgc_view_rows(const Load&, const tgc_task<T>&) {
  return {nullptr, 0, 0};
}
template <class T>
TGC_INLINE tgc_view<T> tgc_view_rows(const tgc_strided<T>& a, const tgc_task<T>& task) {
  return {a.data + task.batch * a.batch_stride + task.row * a.row_stride, a.row_stride,
          a.column_stride};
}
template <class T, class Load>
TGC_INLINE tgc_view<T> tgc_view_columns(const Load&, const tgc_task<T>&) {
  return {nullptr, 0, 0};
}
template <class T>
TGC_INLINE tgc_view<T> tgc_view_columns(const tgc_strided<T>& b, const tgc_task<T>& task) {
  return {b.data + task.batch * b.batch_stride + task.column * b.column_stride, b.column_stride,
          b.row_stride};
}

template <class T>
TGC_INLINE int64_t tgc_panel_width(bool wide, int64_t left) {
  return wide ? tgc_panel_columns<T>(left) : tgc_panel_rows(left);
}

// Packs from memory the columns from `first` on.
template <class T>
TGC_INLINE void tgc_pack_view(const tgc_view<T>& view, int64_t first, int64_t count, bool wide,
                              int64_t k, int64_t depth, T* to) {
  tgc_pack(count - first, wide, depth, view.from + first * view.across + k * view.along,
           view.across, view.along, to + first * depth);
}

// Packs A from a functor: four rows are staged, then transposed into their panel.
template <class T, class Load>
static void tgc_pack_rows(const Load& a, const tgc_task<T>& task, int64_t k, int64_t depth, T* to) {
  for (int64_t first = 0; first < task.rows;) {
    const int64_t width = tgc_panel_width<T>(task.transposed, task.rows - first);
    for (int64_t j = 0; j < width; j += 4) {
      const int64_t count = width - j < 4 ? width - j : 4;
      int64_t valid = 0;
      for (; valid < count && first + j + valid < task.rows; ++valid)
        tgc_load_row(a, task.batch, task.row + first + j + valid, k, depth,
                     task.stage + valid * depth);
      tgc_pack_group(valid, count, depth, (const T*)task.stage, depth, 1, to + first * depth + j,
                     width);
    }
    first += width;
  }
}
// Packs B from a functor: a row across all panels is staged, then dealt out.
template <class T, class Load>
static void tgc_pack_columns(const Load& b, const tgc_task<T>& task, int64_t k, int64_t depth,
                             T* to) {
  for (int64_t l = 0; l < depth; ++l) {
    tgc_load_row(b, task.batch, k + l, task.column, task.columns, task.stage);
    for (int64_t first = 0; first < task.columns;) {
      const int64_t left = task.columns - first;
      const int64_t width = tgc_panel_width<T>(!task.transposed, left);
      T* panel = to + first * depth + l * width;
      for (int64_t j = 0; j < width; ++j) panel[j] = j < left ? task.stage[first + j] : (T)0;
      first += width;
    }
  }
}

// The first output of the panel that is not full, or count.
template <class T>
TGC_INLINE int64_t tgc_first_ragged(bool wide, int64_t count) {
  const int64_t whole = wide ? 2 * tgc_vector_of<T>::lanes : kTgcTileRows;
  const int64_t rest = count % whole;
  return rest == 0 || rest == tgc_panel_width<T>(wide, rest) ? count : count - rest;
}

// What register tiles may read in place, unpacked, because it is read few times: from == nullptr if
// nothing. Only full panels are, the ragged one is packed.
template <class T>
struct tgc_in_place {
  tgc_view<T> narrow, wide;
};
template <class T>
TGC_INLINE tgc_in_place<T> tgc_choose_in_place(const tgc_view<T>& narrow, int64_t narrow_count,
                                               const tgc_view<T>& wide, int64_t wide_count,
                                               int64_t k) {
  // What lies a multiple of 4096 bytes apart pushes each other out of the first-level cache.
  const bool clash = narrow.across * (int64_t)sizeof(T) % 4096 == 0 ||
                     narrow.along * (int64_t)sizeof(T) % 4096 == 0;
  const bool narrow_direct = wide_count <= 256 && !clash;
  // From memory rather than cache, packing reads longer runs.
  const bool cached = k * wide.along * (int64_t)sizeof(T) <= 4 << 20;
  const bool wide_direct = wide.across == 1 && narrow_count <= 128 && cached;
  return {{narrow_direct ? narrow.from : nullptr, narrow.across, narrow.along},
          {wide_direct ? wide.from : nullptr, 1, wide.along}};
}

// Hands results to the store: rows x columns of them, rows `stride` apart.
template <class T, class Store>
TGC_OUTLINE void tgc_store_rows(int64_t batch, int64_t row, int64_t column, int64_t rows,
                                int64_t columns, const T* sums, int64_t stride,
                                const Store& store) {
  constexpr int64_t whole = 2 * tgc_vector_of<T>::lanes;
  for (int64_t i = 0; i < rows; ++i, sums += stride) {
    if (columns == whole) {
#pragma omp simd
      for (int64_t j = 0; j < whole; ++j) store(batch, row + i, column + j, sums[j]);
    } else {
#pragma omp simd
      for (int64_t j = 0; j < columns; ++j) store(batch, row + i, column + j, sums[j]);
    }
  }
}

// Hands the results of one register tile, sum[i][j], to the store.
template <class T, class Store>
TGC_INLINE void tgc_store_tile(const tgc_task<T>& task, const Store& store, const T* sum,
                               int64_t stride, int64_t i, int64_t j, int64_t height,
                               int64_t width) {
  if (!task.transposed)
    return tgc_store_rows(task.batch, task.row + i, task.column + j, height, width, sum, stride,
                          store);
  T turned[kTgcTileRows * 2 * tgc_vector_of<T>::lanes];
  constexpr int64_t turned_stride = kTgcTileRows;
  tgc_pack_panel(height, turned_stride, width, sum, stride, (int64_t)1, turned);
  tgc_store_rows(task.batch, task.row + j, task.column + i, width, height, (const T*)turned,
                 turned_stride, store);
}

// One block of the sum for all register tiles; `last` stores.
template <class T, class Store>
static void tgc_multiply_block(const tgc_task<T>& task, const Store& store, int64_t k,
                               int64_t depth, const tgc_in_place<T>& direct, bool last) {
  const int64_t narrow = task.transposed ? task.columns : task.rows;
  const int64_t wide = task.transposed ? task.rows : task.columns;
  const bool single = k == 0 && last;
  const int64_t stride = single ? 2 * tgc_vector_of<T>::lanes : task.wide_columns;
  for (int64_t i = 0; i < narrow;) {
    const int64_t height = tgc_panel_rows(narrow - i);
    const int64_t rows = narrow - i < height ? narrow - i : height;
    tgc_scalars<T> left = {task.narrow + i * depth, 1, height};
    if (direct.narrow.from != nullptr && rows == height) {
      const tgc_view<T>& view = direct.narrow;
      left = {view.from + i * view.across + k * view.along, view.across, view.along};
    }
    for (int64_t j = 0; j < wide;) {
      const int64_t width = tgc_panel_columns<T>(wide - j);
      const int64_t columns = wide - j < width ? wide - j : width;
      const bool in_place = direct.wide.from != nullptr && columns == width;
      const int64_t along = in_place ? direct.wide.along : width;
      const T* right = in_place ? direct.wide.from + j + k * along : task.wide + j * depth;
      T* sum = single ? task.sums : task.sums + i * stride + j;
      tgc_any_tile(height, width, depth, left, right, along, sum, stride, k != 0);
      if (last) tgc_store_tile(task, store, (const T*)sum, stride, i, j, rows, columns);
      j += width;
    }
    i += height;
  }
}

// One row or one column times a matrix in memory; false where no straight way of reading it fits.
template <class T, class Store>
static bool tgc_gemv_task(const tgc_task<T>& task, const tgc_view<T>& rows,
                          const tgc_view<T>& columns, const Store& store) {
  const bool one_row = task.rows == 1;
  const tgc_view<T>& matrix = one_row ? columns : rows;
  const tgc_view<T>& vector = one_row ? rows : columns;
  const int64_t count = one_row ? task.columns : task.rows;
  if (matrix.along == 1 && vector.along == 1)
    tgc_gemv_dots(count, task.k, matrix.from, matrix.across, vector.from, task.sums);
  else if (matrix.across == 1)
    tgc_gemv_rows(count, task.k, matrix.from, matrix.along, vector.from, vector.along, task.sums);
  else
    return false;
  tgc_store_rows(task.batch, task.row, task.column, task.rows, task.columns, (const T*)task.sums,
                 (int64_t)1, store);
  return true;
}

// All blocks of one task.
template <class T, class LoadA, class LoadB, class Store>
static void tgc_multiply_task(const tgc_task<T>& task, const LoadA& a, const LoadB& b,
                              const Store& store) {
  const tgc_view<T> rows = tgc_view_rows<T>(a, task), columns = tgc_view_columns<T>(b, task);
  if ((task.rows == 1 || task.columns == 1) && rows.from != nullptr && columns.from != nullptr &&
      tgc_gemv_task(task, rows, columns, store))
    return;
  const bool turned = task.transposed;
  const tgc_in_place<T> direct =
      turned ? tgc_choose_in_place(columns, task.columns, rows, task.rows, task.k)
             : tgc_choose_in_place(rows, task.rows, columns, task.columns, task.k);
  const bool rows_direct = (turned ? direct.wide : direct.narrow).from != nullptr;
  const bool columns_direct = (turned ? direct.narrow : direct.wide).from != nullptr;
  const int64_t first_row = rows_direct ? tgc_first_ragged<T>(turned, task.rows) : 0;
  const int64_t first_column = columns_direct ? tgc_first_ragged<T>(!turned, task.columns) : 0;
  T* rows_to = turned ? task.wide : task.narrow;
  T* columns_to = turned ? task.narrow : task.wide;
  const int64_t block = tgc_contraction_depth(task.k, sizeof(T));
  int64_t k = 0;
  do {
    const int64_t depth = task.k - k < block ? task.k - k : block;
    if constexpr (requires { a.row_stride; })
      tgc_pack_view(rows, first_row, task.rows, turned, k, depth, rows_to);
    else
      tgc_pack_rows(a, task, k, depth, rows_to);
    if constexpr (requires { b.row_stride; })
      tgc_pack_view(columns, first_column, task.columns, !turned, k, depth, columns_to);
    else
      tgc_pack_columns(b, task, k, depth, columns_to);
    tgc_multiply_block(task, store, k, depth, direct, k + depth >= task.k);
    k += depth;
  } while (k < task.k);
}

// Integers: plain loops, arithmetic modulo 2^bits.
template <class T, class LoadA, class LoadB, class Store>
static void tgc_multiply_plain(const tgc_task<T>& task, const LoadA& a, const LoadB& b,
                               const Store& store) {
  for (int64_t i = task.row; i < task.row + task.rows; ++i) {
    for (int64_t j = 0; j < task.columns; ++j) task.sums[j] = 0;
    for (int64_t k = 0; k < task.k; ++k) {
      const T left = (T)a(task.batch, i, k);
#pragma omp simd
      for (int64_t j = 0; j < task.columns; ++j) {
        const T right = (T)b(task.batch, k, task.column + j);
        task.sums[j] = (T)((uint64_t)task.sums[j] + (uint64_t)left * (uint64_t)right);
      }
    }
    for (int64_t j = 0; j < task.columns; ++j) store(task.batch, i, task.column + j, task.sums[j]);
  }
}

// Runs the tasks [task_begin, task_end) of tgc_contraction_tasks(batch, m, n). T is what the sum is
// kept in. scratch is private to the thread: tgc_contraction_scratch_bytes(m, n, k, sizeof(T)).
template <class T, class LoadA, class LoadB, class Store>
static void tgc_contraction(int64_t batch, int64_t m, int64_t n, int64_t k, const LoadA& a,
                            const LoadB& b, const Store& store, void* scratch, int64_t task_begin,
                            int64_t task_end) {
  (void)batch;  // how many tasks there are follows from it; which ones to run is given
  const tgc_tiling tiling = tgc_contraction_tiling(m, n);
  const int64_t depth = tgc_contraction_depth(k, sizeof(T));
  tgc_task<T> task;
  task.transposed = tiling.transposed;
  task.k = k;
  task.wide_columns = tiling.transposed ? tiling.rows : tiling.columns;
  const int64_t narrow_columns = tiling.transposed ? tiling.columns : tiling.rows;
  task.narrow = (T*)(((uintptr_t)scratch + 63) / 64 * 64);
  task.wide = task.narrow + tgc_round_up(narrow_columns * depth, 16);
  task.sums = task.wide + task.wide_columns * depth;
  task.stage = task.sums + tiling.rows * tiling.columns;
  const int64_t per_batch = tiling.row_tasks * tiling.column_tasks;
  for (int64_t i = task_begin; i < task_end; ++i) {
    task.batch = i / per_batch;
    task.row = i % per_batch % tiling.row_tasks * tiling.rows;
    task.column = i % per_batch / tiling.row_tasks * tiling.columns;
    task.rows = m - task.row < tiling.rows ? m - task.row : tiling.rows;
    task.columns = n - task.column < tiling.columns ? n - task.column : tiling.columns;
    if constexpr ((T)0.5 != (T)0)
      tgc_multiply_task(task, a, b, store);
    else
      tgc_multiply_plain(task, a, b, store);
  }
}
