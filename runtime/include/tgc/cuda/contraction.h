// SPDX-License-Identifier: Apache-2.0
// Contraction on the scalar units: a block computes a kM x kN tile of C through shared memory, double
// buffered; a thread kThreadM x kThreadN of it in registers. Each result is one chain of fused
// multiply-adds in rising k whatever the tile, so variants agree bit for bit (and with the CPU).
//
// Launch: grid.x = batches · ⌈m / kM⌉ · ⌈n / kN⌉, block.x = Tile::kThreads. With grid.y > 1 the k
// range is cut into grid.y parts of whole steps; the store then sees blockIdx.y, and another kernel
// adds the parts. Operands and stores: operand.h.
#pragma once

#include "tgc/cuda/operand.h"
#include "tgc/cuda/scalar.h"

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

// Carries a kOuter x kDepth tile of an operand from global memory through registers to shared
// memory, where row k holds kOuter neighbours. kStride is a row's length there.
template <class T, class Operand, int kOuter, int kDepth, int kThreads>
struct tgc_tile_mover {
  static constexpr int kPack = Operand::kPack;
  static constexpr int kPacks = kOuter * kDepth / kPack;
  static constexpr int kSlots = (kPacks + kThreads - 1) / kThreads;
  static constexpr int kStride = kOuter + (Operand::kAlongK ? 16 / int(sizeof(T)) : 0);
  static_assert((Operand::kAlongK ? kDepth : kOuter) % kPack == 0);
  using Line = decltype(static_cast<const Operand*>(nullptr)->line(0, 0));
  Line lines[kSlots];
  tgc_pack<T, kPack> packs[kSlots];
  int limit;  // outer extent left from the tile's first

  TGC_METHOD static int slot(int i) { return int(threadIdx.x) + i * kThreads; }
  TGC_METHOD static int outer(int i) {
    return Operand::kAlongK ? slot(i) / (kDepth / kPack) : slot(i) % (kOuter / kPack) * kPack;
  }
  TGC_METHOD static int depth(int i) {
    return Operand::kAlongK ? slot(i) % (kDepth / kPack) * kPack : slot(i) / (kOuter / kPack);
  }
  TGC_METHOD static bool used(int i) { return kPacks % kThreads == 0 || slot(i) < kPacks; }

  TGC_METHOD void start(const Operand& operand, int64_t batch, int first, int extent) {
    limit = extent - first;
    TGC_UNROLL
    for (int i = 0; i < kSlots; ++i) {
      lines[i] = operand.line(batch, first + (outer(i) < limit ? outer(i) : 0));
    }
  }
  TGC_METHOD void fetch(const Operand& operand, int k, int k_end) {
    TGC_UNROLL
    for (int i = 0; i < kSlots; ++i) {
      packs[i] = {};
      if (used(i) && outer(i) < limit && k + depth(i) < k_end) {
        const auto loaded = operand.load(lines[i], k + depth(i));
        TGC_UNROLL
        for (int j = 0; j < kPack; ++j) packs[i][j] = tgc_cast<T>(loaded[j]);
      }
    }
  }
  template <class Shared>
  TGC_METHOD void put(Shared shared) const {
    TGC_UNROLL
    for (int i = 0; i < kSlots; ++i) {
      if (!used(i)) continue;
      if constexpr (Operand::kAlongK || kPack == 1) {
        TGC_UNROLL
        for (int j = 0; j < kPack; ++j) {
          shared[(depth(i) + (Operand::kAlongK ? j : 0)) * kStride + outer(i)] = packs[i][j];
        }
      } else {
        tgc_store_pack(shared, depth(i) * kStride + outer(i), packs[i]);
      }
    }
  }
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
  constexpr int kVector = 16 / int(sizeof(T));
  constexpr int kRows = Tile::kThreadM;
  constexpr int kColumns = Tile::kThreadN;
  static_assert(kRows % kVector == 0 && kColumns % kVector == 0);
  using MoveA = tgc_tile_mover<T, A, Tile::kM, Tile::kK, Tile::kThreads>;
  using MoveB = tgc_tile_mover<T, B, Tile::kN, Tile::kK, Tile::kThreads>;
  TGC_REQUIRE(blockDim.x == Tile::kThreads);
  TGC_SHARED(T, tile_a, 2 * Tile::kK* MoveA::kStride);
  TGC_SHARED(T, tile_b, 2 * Tile::kK* MoveB::kStride);

  const tgc_tile_position at = tgc_block_tile(m, n, Tile::kM, Tile::kN);
  const int steps_all = (k + Tile::kK - 1) / Tile::kK;
  const int steps_part = (steps_all + int(gridDim.y) - 1) / int(gridDim.y);
  const int k_begin = int(blockIdx.y) * steps_part * Tile::kK;
  const int k_end = k - k_begin < steps_part * Tile::kK ? k : k_begin + steps_part * Tile::kK;

  const int lane = int(threadIdx.x % 32);
  const int warp = int(threadIdx.x / 32);
  const int row = warp / Tile::kWarpsN * (4 * kRows) + lane / 8 * kVector;
  const int column = warp % Tile::kWarpsN * (8 * kColumns) + lane % 8 * kVector;

  T sum[kRows][kColumns] = {};
  MoveA move_a;
  MoveB move_b;
  move_a.start(a, at.batch, at.m, m);
  move_b.start(b, at.batch, at.n, n);
  move_a.fetch(a, k_begin, k_end);
  move_b.fetch(b, k_begin, k_end);
  move_a.put(tile_a + 0);
  move_b.put(tile_b + 0);
  __syncthreads();
  int buffer = 0;
  for (int step = k_begin; step < k_end; step += Tile::kK) {
    const bool more = step + Tile::kK < k_end;
    if (more) {
      move_a.fetch(a, step + Tile::kK, k_end);
      move_b.fetch(b, step + Tile::kK, k_end);
    }
    TGC_UNROLL
    for (int depth = 0; depth < Tile::kK; ++depth) {
      T left[kRows];
      T right[kColumns];
      const int line = buffer * Tile::kK + depth;
      tgc_read_fragment<kRows, kVector, 4 * kVector>(left, tile_a + line * MoveA::kStride, row);
      tgc_read_fragment<kColumns, kVector, 8 * kVector>(right, tile_b + line * MoveB::kStride,
                                                        column);
      TGC_UNROLL
      for (int i = 0; i < kRows; ++i) {
        TGC_UNROLL
        for (int j = 0; j < kColumns; ++j) sum[i][j] = tgc_fma(left[i], right[j], sum[i][j]);
      }
    }
    if (more) {
      buffer ^= 1;
      move_a.put(tile_a + buffer * Tile::kK * MoveA::kStride);
      move_b.put(tile_b + buffer * Tile::kK * MoveB::kStride);
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
