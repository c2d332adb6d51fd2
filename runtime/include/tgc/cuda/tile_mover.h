// SPDX-License-Identifier: Apache-2.0
// Carries tiles of an operand from global to shared memory. A layout says where element (outer, k)
// of a tile lies there: at(outer, k), in kSize elements; kTakesPacks: whether an operand's packs
// stay together.
#pragma once

#include "tgc/cuda/operand.h"

// Which packs of a kOuter x kDepth tile this thread carries: slots 0 … kSlots - 1, in the order of
// the operand's memory over the threads.
template <class Operand, int kOuter, int kDepth, int kThreads>
struct tgc_tile_slots {
  static constexpr int kPack = Operand::kPack;
  static constexpr int kPacks = kOuter * kDepth / kPack;
  static constexpr int kSlots = (kPacks + kThreads - 1) / kThreads;
  static_assert((Operand::kAlongK ? kDepth : kOuter) % kPack == 0);

  TGC_METHOD static int slot(int i) { return int(threadIdx.x) + i * kThreads; }
  TGC_METHOD static int outer(int i) {
    return Operand::kAlongK ? slot(i) / (kDepth / kPack) : slot(i) % (kOuter / kPack) * kPack;
  }
  TGC_METHOD static int depth(int i) {
    return Operand::kAlongK ? slot(i) % (kDepth / kPack) * kPack : slot(i) / (kOuter / kPack);
  }
  TGC_METHOD static bool used(int i) { return kPacks % kThreads == 0 || slot(i) < kPacks; }
};

// Through registers: fetch starts the loads, put writes them to shared memory later. T is what is
// kept there; elements outside the matrix are zero.
template <class T, class Operand, class Layout, int kOuter, int kDepth, int kThreads>
struct tgc_tile_mover : tgc_tile_slots<Operand, kOuter, kDepth, kThreads> {
  using Slots = tgc_tile_slots<Operand, kOuter, kDepth, kThreads>;
  static constexpr int kSlots = Slots::kSlots;
  static constexpr int kPack = Slots::kPack;
  decltype(tgc_some<Operand>().line(0, 0)) lines[kSlots];
  tgc_pack<T, kPack> packs[kSlots];
  int limit;  // outer extent left from the tile's first

  TGC_METHOD void start(const Operand& operand, int64_t batch, int first, int extent) {
    limit = extent - first;
    TGC_UNROLL
    for (int i = 0; i < kSlots; ++i) {
      lines[i] = operand.line(batch, first + (Slots::outer(i) < limit ? Slots::outer(i) : 0));
    }
  }
  TGC_METHOD void fetch(const Operand& operand, int k, int k_end) {
    TGC_UNROLL
    for (int i = 0; i < kSlots; ++i) {
      packs[i] = {};
      if (Slots::used(i) && Slots::outer(i) < limit && k + Slots::depth(i) < k_end) {
        const auto loaded = operand.load(lines[i], k + Slots::depth(i));
        TGC_UNROLL
        for (int j = 0; j < kPack; ++j) packs[i][j] = tgc_cast<T>(loaded[j]);
      }
    }
  }
  template <class Shared>
  TGC_METHOD void put(Shared shared) const {
    TGC_UNROLL
    for (int i = 0; i < kSlots; ++i) {
      if (!Slots::used(i)) continue;
      const int outer = Slots::outer(i);
      const int depth = Slots::depth(i);
      if constexpr (Layout::kTakesPacks && kPack > 1) {
        constexpr int kPiece = kPack * int(sizeof(T)) > 16 ? 16 / int(sizeof(T)) : kPack;
        TGC_UNROLL
        for (int j = 0; j < kPack; j += kPiece) {
          tgc_pack<T, kPiece> piece;
          TGC_UNROLL
          for (int l = 0; l < kPiece; ++l) piece[l] = packs[i][j + l];
          tgc_store_pack(
              shared,
              Operand::kAlongK ? Layout::at(outer, depth + j) : Layout::at(outer + j, depth),
              piece);
        }
      } else {
        TGC_UNROLL
        for (int j = 0; j < kPack; ++j) {
          shared[Operand::kAlongK ? Layout::at(outer, depth + j) : Layout::at(outer + j, depth)] =
              packs[i][j];
        }
      }
    }
  }
};

// Past the registers (cp.async): for operands with kDirect whose elements are kept as they are.
template <class Operand, class Layout, int kOuter, int kDepth, int kThreads>
struct tgc_tile_copier : tgc_tile_slots<Operand, kOuter, kDepth, kThreads> {
  using Slots = tgc_tile_slots<Operand, kOuter, kDepth, kThreads>;
  decltype(tgc_some<Operand>().line(0, 0)) lines[Slots::kSlots];
  int limit;

  TGC_METHOD void start(const Operand& operand, int64_t batch, int first, int extent) {
    limit = extent - first;
    TGC_UNROLL
    for (int i = 0; i < Slots::kSlots; ++i) {
      lines[i] = operand.line(batch, first + (Slots::outer(i) < limit ? Slots::outer(i) : 0));
    }
  }
  template <class Shared>
  TGC_METHOD void copy(const Operand& operand, Shared shared, int k, int k_end) const {
    TGC_UNROLL
    for (int i = 0; i < Slots::kSlots; ++i) {
      if (!Slots::used(i)) continue;
      const int outer = Slots::outer(i);
      const int depth = k + Slots::depth(i);
      const bool valid = outer < limit && depth < k_end;
      tgc_copy_async(shared, Layout::at(outer, Slots::depth(i)), operand.data,
                     operand.offset(lines[i], valid ? depth : 0), valid);
    }
  }
};
