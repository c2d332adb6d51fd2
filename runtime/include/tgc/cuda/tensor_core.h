// SPDX-License-Identifier: Apache-2.0
// Contraction on the tensor cores, sums in float32. Input is tgc_half (m16n8k16) or float, which is
// rounded to tf32 (m16n8k8, sm_80 and later, only where the user allows it). Shared tiles are 64
// bytes deep in k; 16-byte chunks are permuted so that no access has bank conflicts. Operands with
// kDirect and elements of type Input on both sides stream through three stages of cp.async, others
// through registers, where they may be converted.
//
// Launch as for tgc_contraction, block.x = Tile::kThreads. Stores take packs of 1 or 2 floats.
#pragma once

#include "tgc/cuda/tile_mover.h"

// <128, 128, 64, 32> for large matrices, <64, 64, 32, 32>, <32, 64, 16, 32> for small ones.
template <int kTileM, int kTileN, int kPerWarpM, int kPerWarpN>
struct tgc_tensor_tile {
  static constexpr int kM = kTileM;
  static constexpr int kN = kTileN;
  static constexpr int kWarpM = kPerWarpM;
  static constexpr int kWarpN = kPerWarpN;
  static constexpr int kWarpsN = kN / kWarpN;
  static constexpr int kThreads = (kM / kWarpM) * (kN / kWarpN) * 32;
  static_assert(kM % kWarpM == 0 && (kWarpM == 16 || kWarpM == 32 || kWarpM == 64));
  static_assert(kN % kWarpN == 0 && (kWarpN == 16 || kWarpN == 32 || kWarpN == 64));
};

// A tile in shared memory with its memory's direction kept. Along k a row is one outer (four
// chunks), else one k.
template <class T, int kExtent, bool kAlongK>
struct tgc_chunk_layout {
  static constexpr int kChunk = 16 / int(sizeof(T));
  static constexpr int kOuter = kExtent;
  static constexpr int kDepth = 4 * kChunk;
  static constexpr int kSize = kOuter * kDepth;
  static constexpr bool kTakesPacks = true;
  TGC_METHOD static int at(int outer, int k) {
    if constexpr (kAlongK) {
      return outer * kDepth + (k / kChunk ^ (outer >> 1 & 3)) * kChunk + k % kChunk;
    } else {
      static_assert(kOuter % (4 * kChunk) == 0 && (kOuter % (8 * kChunk) == 0 || sizeof(T) == 2));
      const int turn =
          sizeof(T) == 4 ? (k & 3) * 2 : (kOuter % (8 * kChunk) == 0 ? k & 7 : k >> 1 & 3);
      return k * kOuter + (outer / kChunk ^ turn) * kChunk + outer % kChunk;
    }
  }
};

// Reads a warp's operand fragments: 16 outers by the depth of one mma, as four words a lane. Words
// 1 and 2 are, against word 0, eight outers further and half the depth further (or, where
// kSecondInK, the other way round), word 3 both. The lane's place is found once; other tiles lie a
// constant or an exclusive-or away, which holds because a warp's first outer is a multiple of its
// extent.
template <class T, class Layout, bool kAlongK, bool kSecondInK>
struct tgc_fragment_reader {
  static constexpr int kK = 32 / int(sizeof(T));  // depth of one mma
  int base;

  TGC_METHOD void start(int first_outer) {
    const int lane = int(threadIdx.x % 32);
    const int second = lane / 8 % 2;
    const int third = lane / 16;
    const int in_outer = (kSecondInK ? third : second) * 8;
    const int in_k = (kSecondInK ? second : third) * (kK / 2);
    if constexpr (kAlongK) {
      base = Layout::at(first_outer + in_outer + lane % 8, in_k);
    } else if constexpr (sizeof(T) == 2) {
      base = Layout::at(first_outer + in_outer, in_k + lane % 8);
    } else {
      base = Layout::at(first_outer + lane / 4, lane % 4);
    }
  }
  // The tile 16 · tile outers and k further.
  TGC_METHOD int at(int tile, int k) const {
    if constexpr (kAlongK) {
      return (base ^ k) + tile * 16 * Layout::kDepth;
    } else {
      return (base ^ (tile * 16)) + k * Layout::kOuter;
    }
  }
  template <class Shared>
  TGC_METHOD void read(uint32_t (&words)[4], Shared shared, int tile, int k) const {
    if constexpr (kAlongK) {
      tgc_load_matrix(words, shared, at(tile, k));
    } else if constexpr (sizeof(T) == 2) {
      tgc_load_matrix_transposed(words, shared, at(tile, k));
    } else {
      TGC_UNROLL
      for (int i = 0; i < 4; ++i) {
        const int in_outer = (kSecondInK ? i / 2 : i % 2) * 8;
        const int in_k = (kSecondInK ? i % 2 : i / 2) * 4;
        const float value = shared[(at(tile, k) ^ in_outer) + in_k * Layout::kOuter];
        words[i] = __float_as_int(value);
      }
    }
    if constexpr (sizeof(T) == 4) {
      TGC_UNROLL
      for (int i = 0; i < 4; ++i) words[i] = tgc_float_to_tf32(__int_as_float(int(words[i])));
    }
  }
};

template <class T>
TGC_DEVICE void tgc_multiply_fragments(float (&c)[4], const uint32_t (&a)[4],
                                       const uint32_t (&b)[2]) {
  if constexpr (sizeof(T) == 2) {
    tgc_mma_f16(c, a, b);
  } else {
    tgc_mma_tf32(c, a, b);
  }
}

// A warp's part of the tile: sum[i][j] is the 16x8 tile at (16 i, 8 j), in mma's C fragments.
template <class Tile, class T, class LayoutA, bool kAlongA, class LayoutB, bool kAlongB>
struct tgc_warp_tile {
  static constexpr int kRows = Tile::kWarpM / 16;
  static constexpr int kColumns = Tile::kWarpN / 8;
  float sum[kRows][kColumns][4];
  tgc_fragment_reader<T, LayoutA, kAlongA, false> read_a;
  tgc_fragment_reader<T, LayoutB, kAlongB, true> read_b;

  TGC_METHOD static int first_m() { return int(threadIdx.x / 32) / Tile::kWarpsN * Tile::kWarpM; }
  TGC_METHOD static int first_n() { return int(threadIdx.x / 32) % Tile::kWarpsN * Tile::kWarpN; }

  TGC_METHOD void start() {
    read_a.start(first_m());
    read_b.start(first_n());
  }
  template <class Shared>
  TGC_METHOD void multiply(Shared tile_a, Shared tile_b) {
    TGC_UNROLL
    for (int k = 0; k < LayoutA::kDepth; k += read_a.kK) {
      uint32_t left[kRows][4];
      TGC_UNROLL
      for (int i = 0; i < kRows; ++i) read_a.read(left[i], tile_a, i, k);
      TGC_UNROLL
      for (int j = 0; j < kColumns; j += 2) {
        uint32_t right[4];
        read_b.read(right, tile_b, j / 2, k);
        const uint32_t even[2] = {right[0], right[1]};
        const uint32_t odd[2] = {right[2], right[3]};
        TGC_UNROLL
        for (int i = 0; i < kRows; ++i) {
          tgc_multiply_fragments<T>(sum[i][j], left[i], even);
          tgc_multiply_fragments<T>(sum[i][j + 1], left[i], odd);
        }
      }
    }
  }
  template <class Store>
  TGC_METHOD void put(const tgc_tile_position& at, int m, int n, const Store& store) const {
    static_assert(Store::kPack <= 2);
    const int lane = int(threadIdx.x % 32);
    TGC_UNROLL
    for (int i = 0; i < kRows * kColumns * 4; i += Store::kPack) {
      const int row = i / 4 / kColumns;
      const int column = i / 4 % kColumns;
      const int to_m = at.m + first_m() + 16 * row + lane / 4 + i % 4 / 2 * 8;
      const int to_n = at.n + first_n() + 8 * column + lane % 4 * 2 + i % 2;
      if (to_m < m && to_n < n) {
        tgc_pack<float, Store::kPack> pack;
        TGC_UNROLL
        for (int l = 0; l < Store::kPack; ++l) pack[l] = sum[row][column][i % 4 + l];
        store(at.batch, to_m, to_n, pack);
      }
    }
  }
};

template <class Tile, class T, class A, class B, class Store>
TGC_DEVICE void tgc_tensor_contraction(int m, int n, int k, const A& a, const B& b,
                                       const Store& store) {
  using LayoutA = tgc_chunk_layout<T, Tile::kM, A::kAlongK>;
  using LayoutB = tgc_chunk_layout<T, Tile::kN, B::kAlongK>;
  constexpr int kDepth = LayoutA::kDepth;
  constexpr bool kAsync =
      A::kDirect && tgc_same<typename A::Value, T> && B::kDirect && tgc_same<typename B::Value, T>;
  constexpr int kStages = kAsync ? 3 : 2;
  TGC_REQUIRE(blockDim.x == Tile::kThreads);
  TGC_SHARED(T, tile_a, kStages * LayoutA::kSize);
  TGC_SHARED(T, tile_b, kStages * LayoutB::kSize);
  const tgc_tile_position at = tgc_block_tile(m, n, Tile::kM, Tile::kN);
  const tgc_depth_range range = tgc_block_depth(k, kDepth);
  tgc_warp_tile<Tile, T, LayoutA, A::kAlongK, LayoutB, B::kAlongK> warp = {};
  warp.start();

  if constexpr (kAsync) {
    tgc_tile_copier<A, LayoutA, Tile::kM, kDepth, Tile::kThreads> copy_a;
    tgc_tile_copier<B, LayoutB, Tile::kN, kDepth, Tile::kThreads> copy_b;
    copy_a.start(a, at.batch, at.m, m);
    copy_b.start(b, at.batch, at.n, n);
    TGC_UNROLL
    for (int stage = 0; stage < kStages - 1; ++stage) {
      if (range.begin + stage * kDepth < range.end) {
        copy_a.copy(a, tile_a + stage * LayoutA::kSize, range.begin + stage * kDepth, range.end);
        copy_b.copy(b, tile_b + stage * LayoutB::kSize, range.begin + stage * kDepth, range.end);
      }
      tgc_copy_async_commit();
    }
    int stage = 0;
    for (int step = range.begin; step < range.end; step += kDepth) {
      tgc_copy_async_wait<kStages - 2>();
      __syncthreads();
      const int next = stage == 0 ? kStages - 1 : stage - 1;
      const int ahead = step + (kStages - 1) * kDepth;
      if (ahead < range.end) {
        copy_a.copy(a, tile_a + next * LayoutA::kSize, ahead, range.end);
        copy_b.copy(b, tile_b + next * LayoutB::kSize, ahead, range.end);
      }
      tgc_copy_async_commit();
      warp.multiply(tile_a + stage * LayoutA::kSize, tile_b + stage * LayoutB::kSize);
      stage = stage == kStages - 1 ? 0 : stage + 1;
    }
  } else {
    tgc_tile_mover<T, A, LayoutA, Tile::kM, kDepth, Tile::kThreads> move_a;
    tgc_tile_mover<T, B, LayoutB, Tile::kN, kDepth, Tile::kThreads> move_b;
    move_a.start(a, at.batch, at.m, m);
    move_b.start(b, at.batch, at.n, n);
    move_a.fetch(a, range.begin, range.end);
    move_b.fetch(b, range.begin, range.end);
    move_a.put(tile_a + 0);
    move_b.put(tile_b + 0);
    __syncthreads();
    int stage = 0;
    for (int step = range.begin; step < range.end; step += kDepth) {
      const bool more = step + kDepth < range.end;
      if (more) {
        move_a.fetch(a, step + kDepth, range.end);
        move_b.fetch(b, step + kDepth, range.end);
      }
      warp.multiply(tile_a + stage * LayoutA::kSize, tile_b + stage * LayoutB::kSize);
      if (more) {
        stage ^= 1;
        move_a.put(tile_a + stage * LayoutA::kSize);
        move_b.put(tile_b + stage * LayoutB::kSize);
        __syncthreads();
      }
    }
  }
  warp.put(at, m, n, store);
}
