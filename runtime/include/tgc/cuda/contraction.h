// SPDX-License-Identifier: Apache-2.0
// Contraction on the scalar units: a block computes a kM x kN tile of C through shared memory,
// double buffered; a thread kThreadM x kThreadN of it in registers. Each result is one chain of
// fused multiply-adds in rising k whatever the tile, so variants agree bit for bit (and with the
// CPU).
//
// Launch: grid.x = batches · ⌈m / kM⌉ · ⌈n / kN⌉, block.x = Tile::kThreads. With grid.y > 1 the k
// range is cut into grid.y parts of whole steps; the store then sees blockIdx.y, and another kernel
// adds the parts. Operands and stores: operand.h.
#pragma once

#include "tgc/cuda/tile_mover.h"

// A warp covers 4 x 8 threads. For float32: <128, 128, 8, 8, 8> for large matrices,
// <64, 64, 8, 8, 4>, <64, 64, 16, 4, 4>, <32, 32, 16, 4, 4>, <16, 64, 16, 4, 4> for small ones; for
// float64 <64, 64, 8, 4, 4> and <32, 32, 8, 4, 2>.
template <int kTileM, int kTileN, int kTileK, int kPerThreadM, int kPerThreadN>
struct tgc_tile {
  static constexpr int kM = kTileM;
  static constexpr int kN = kTileN;
  static constexpr int kK = kTileK;
  static constexpr int kThreadM = kPerThreadM;
  static constexpr int kThreadN = kPerThreadN;
  static constexpr int kWarpsN = kN / (8 * kThreadN);
  static constexpr int kThreads = (kM / kThreadM) * (kN / kThreadN);
  static_assert(kM % (4 * kThreadM) == 0 && kN % (8 * kThreadN) == 0 && kThreads <= 1024);
};

// Row k of a shared tile holds kOuter neighbours; rows written along k are padded against
// conflicts.
template <class T, int kOuter, int kDepth, bool kAlongK>
struct tgc_row_layout {
  static constexpr int kStride = kOuter + (kAlongK ? 16 / int(sizeof(T)) : 0);
  static constexpr int kSize = kStride * kDepth;
  static constexpr bool kTakesPacks = !kAlongK;
  TGC_METHOD static int at(int outer, int k) { return k * kStride + outer; }
};

// The kCount outers of one thread in a row of a shared tile: vectors of kVector, kStep apart.
template <int kCount, int kVector, int kStep, class T, class Shared>
TGC_DEVICE void tgc_read_fragment(T (&fragment)[kCount], Shared row, int first) {
  TGC_UNROLL
  for (int i = 0; i < kCount; i += kVector) {
    const tgc_pack<T, kVector> pack = tgc_load_pack<kVector>(row, first + i / kVector * kStep);
    TGC_UNROLL
    for (int j = 0; j < kVector; ++j) fragment[i + j] = pack[j];
  }
}

template <class Tile, class T, class A, class B, class Store>
TGC_DEVICE void tgc_contraction(int m, int n, int k, const A& a, const B& b, const Store& store) {
  constexpr int kVector = sizeof(T) == 8 ? 2 : 4;
  constexpr int kRows = Tile::kThreadM;
  constexpr int kColumns = Tile::kThreadN;
  static_assert(kRows % kVector == 0 && kColumns % kVector == 0);
  using LayoutA = tgc_row_layout<T, Tile::kM, Tile::kK, A::kAlongK>;
  using LayoutB = tgc_row_layout<T, Tile::kN, Tile::kK, B::kAlongK>;
  TGC_REQUIRE(blockDim.x == Tile::kThreads);
  TGC_SHARED(T, tile_a, 2 * LayoutA::kSize);
  TGC_SHARED(T, tile_b, 2 * LayoutB::kSize);

  const tgc_tile_position at = tgc_block_tile(m, n, Tile::kM, Tile::kN);
  const tgc_depth_range range = tgc_block_depth(k, Tile::kK);
  const int lane = int(threadIdx.x % 32);
  const int warp = int(threadIdx.x / 32);
  const int row = warp / Tile::kWarpsN * (4 * kRows) + lane / 8 * kVector;
  const int column = warp % Tile::kWarpsN * (8 * kColumns) + lane % 8 * kVector;

  T sum[kRows][kColumns] = {};
  tgc_tile_mover<T, A, LayoutA, Tile::kM, Tile::kK, Tile::kThreads> move_a;
  tgc_tile_mover<T, B, LayoutB, Tile::kN, Tile::kK, Tile::kThreads> move_b;
  move_a.start(a, at.batch, at.m, m);
  move_b.start(b, at.batch, at.n, n);
  move_a.fetch(a, range.begin, range.end);
  move_b.fetch(b, range.begin, range.end);
  move_a.put(tile_a + 0);
  move_b.put(tile_b + 0);
  __syncthreads();
  int buffer = 0;
  for (int step = range.begin; step < range.end; step += Tile::kK) {
    const bool more = step + Tile::kK < range.end;
    if (more) {
      move_a.fetch(a, step + Tile::kK, range.end);
      move_b.fetch(b, step + Tile::kK, range.end);
    }
    TGC_UNROLL
    for (int depth = 0; depth < Tile::kK; ++depth) {
      T left[kRows];
      T right[kColumns];
      tgc_read_fragment<kRows, kVector, 4 * kVector>(
          left, tile_a + buffer * LayoutA::kSize + LayoutA::at(0, depth), row);
      tgc_read_fragment<kColumns, kVector, 8 * kVector>(
          right, tile_b + buffer * LayoutB::kSize + LayoutB::at(0, depth), column);
      TGC_UNROLL
      for (int i = 0; i < kRows; ++i) {
        TGC_UNROLL
        for (int j = 0; j < kColumns; ++j) sum[i][j] = tgc_fma(left[i], right[j], sum[i][j]);
      }
    }
    if (more) {
      buffer ^= 1;
      move_a.put(tile_a + buffer * LayoutA::kSize);
      move_b.put(tile_b + buffer * LayoutB::kSize);
      __syncthreads();
    }
  }

  TGC_UNROLL
  for (int i = 0; i < kRows; ++i) {
    const int to_m = at.m + row + i / kVector * (4 * kVector) + i % kVector;
    TGC_UNROLL
    for (int j = 0; j < kColumns; j += Store::kPack) {
      const int to_n = at.n + column + j / kVector * (8 * kVector) + j % kVector;
      if (to_m < m && to_n < n) {
        tgc_pack<T, Store::kPack> pack;
        TGC_UNROLL
        for (int l = 0; l < Store::kPack; ++l) pack[l] = sum[i][j + l];
        store(at.batch, to_m, to_n, pack);
      }
    }
  }
}
