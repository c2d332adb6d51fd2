// SPDX-License-Identifier: Apache-2.0
// How a contraction is cut into tasks and how much scratch a thread needs. The planner and the
// kernels call these same formulas; they depend on the shape alone, never on threads or machine.
#pragma once

// A task is one macro tile of at most kTgcTaskRows x kTgcTaskColumns outputs of one batch element;
// all tiles of a contraction are about equally large.
inline constexpr long kTgcTaskRows = 120;
inline constexpr long kTgcTaskColumns = 256;
inline constexpr long kTgcBlockDepth = 256;

struct tgc_tiling {
  long tile_rows, tile_columns;  // of a task; the last ones may be smaller
  long row_tasks, column_tasks;  // per batch element
};

// Cuts m x n outputs. Tile heights are multiples of 12, widths multiples of 32 (vector tiles).
constexpr tgc_tiling tgc_contraction_tiling(long m, long n) {
  if (m <= 0 || n <= 0) return {12, 32, 0, 0};
  const long rows_wanted = (m + kTgcTaskRows - 1) / kTgcTaskRows;
  const long columns_wanted = (n + kTgcTaskColumns - 1) / kTgcTaskColumns;
  const long tile_rows = (m + 12 * rows_wanted - 1) / (12 * rows_wanted) * 12;
  const long tile_columns = (n + 32 * columns_wanted - 1) / (32 * columns_wanted) * 32;
  return {tile_rows, tile_columns, (m + tile_rows - 1) / tile_rows,
          (n + tile_columns - 1) / tile_columns};
}

// Number of independent tasks; 0 if there is no output.
constexpr long tgc_contraction_tasks(long batch, long m, long n) {
  const tgc_tiling tiling = tgc_contraction_tiling(m, n);
  return batch * tiling.row_tasks * tiling.column_tasks;
}

// Bytes of scratch one thread needs, for elements of element_bytes (what the sum is kept in).
constexpr long tgc_contraction_scratch_bytes(long m, long n, long k, long element_bytes) {
  const tgc_tiling tiling = tgc_contraction_tiling(m, n);
  const long depth = k < kTgcBlockDepth ? k : kTgcBlockDepth;
  const long rows = tiling.tile_rows, columns = tiling.tile_columns;
  return ((rows + columns) * depth + rows * columns) * element_bytes + 256;
}
