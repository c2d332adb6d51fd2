// SPDX-License-Identifier: Apache-2.0
// How a contraction is cut into tasks and how much scratch a thread needs. The planner and the
// kernels call these same formulas; they depend on the shape alone, never on threads or machine.
// Functions are static: a library may hold kernels for several instruction sets, whose inline
// functions the linker must not merge.
#pragma once

// The register tile is at most 12 x 32; a task is a macro tile made of register tiles: at most
// kTgcTileNarrow (for many outputs kTgcTileNarrowLarge) along the side whose elements are
// broadcast, kTgcTileWide along the side held in vectors. The sum is taken in blocks of at most
// kTgcBlockDepth. A block of both operands and the results fit 1 MiB of L2.
inline constexpr long kTgcTileNarrow = 120;
inline constexpr long kTgcTileNarrowLarge = 240;
inline constexpr long kTgcManyOutputs = 512 * 512;
inline constexpr long kTgcTileWide = 256;
inline constexpr long kTgcBlockDepth = 256;

struct tgc_tiling {
  long rows, columns;            // outputs of one task; the last ones may have fewer
  long row_tasks, column_tasks;  // per batch element
  bool transposed;               // rows, not columns, lie along the vectors
};

static constexpr long tgc_round_up(long value, long unit) {
  return (value + unit - 1) / unit * unit;
}

// Cuts `count` into equal parts of at most `limit`, each but the last a multiple of `unit`.
static constexpr long tgc_even_part(long count, long limit, long unit) {
  const long parts = (count + limit - 1) / limit;
  return tgc_round_up((count + parts - 1) / parts, unit);
}

// Cuts m x n outputs. Rows lie along the vectors where that wastes clearly fewer of their lanes.
static constexpr tgc_tiling tgc_contraction_tiling(long m, long n) {
  if (m <= 0 || n <= 0) return {12, 32, 0, 0, false};
  const long upright = tgc_round_up(m, 4) * tgc_round_up(n, 16);
  const bool transposed = 20 * tgc_round_up(n, 4) * tgc_round_up(m, 16) < 17 * upright;
  const long narrow = m >= kTgcManyOutputs / n ? kTgcTileNarrowLarge : kTgcTileNarrow;
  const long rows = transposed ? tgc_even_part(m, kTgcTileWide, 32) : tgc_even_part(m, narrow, 12);
  const long columns =
      transposed ? tgc_even_part(n, narrow, 12) : tgc_even_part(n, kTgcTileWide, 32);
  return {rows, columns, (m + rows - 1) / rows, (n + columns - 1) / columns, transposed};
}

// Number of independent tasks; 0 if there is no output.
static constexpr long tgc_contraction_tasks(long batch, long m, long n) {
  const tgc_tiling tiling = tgc_contraction_tiling(m, n);
  return batch * tiling.row_tasks * tiling.column_tasks;
}

// How many terms of the sum one block takes: half as many where elements are twice as large.
static constexpr long tgc_contraction_depth(long k, long element_bytes) {
  return k <= 0 ? 1 : tgc_even_part(k, element_bytes == 8 ? kTgcBlockDepth / 2 : kTgcBlockDepth, 1);
}

// Bytes of scratch one thread needs, for sums kept in elements of element_bytes. Never less for a
// larger m or n unless it is 1, and most for k = kTgcBlockDepth, so that bounds give bounds.
static constexpr long tgc_contraction_scratch_bytes(long m, long n, long k, long element_bytes) {
  const long m_rounded = tgc_round_up(m, 32) + 12, n_rounded = tgc_round_up(n, 32) + 12;
  const long rows = m_rounded < kTgcTileWide ? m_rounded : kTgcTileWide;
  const long columns = n_rounded < kTgcTileWide ? n_rounded : kTgcTileWide;
  const long depth = tgc_contraction_depth(k, element_bytes);
  const long packed = (rows + columns) * depth + 16;
  const long staged = 4 * depth + 2 * kTgcTileWide;
  return (packed + staged + rows * columns) * element_bytes + 64;
}
