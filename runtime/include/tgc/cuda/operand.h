// SPDX-License-Identifier: Apache-2.0
// What a contraction reads and writes. C(b, m, n) = store(Σ_k A(b, m, k) · B(b, k, n)); "outer" is
// m for A and n for B. A generated kernel may bring operands of its own (prologues, convolution
// maps):
//   struct Operand {
//     using Value = float;                  // what load delivers
//     static constexpr int kPack = 4;       // elements a load delivers
//     static constexpr bool kAlongK = true; // they run along k (else along outer); if kPack is 1:
//     the
//                                           // direction in which neighbours lie closer in memory
//     static constexpr bool kDirect = false;  // true: like tgc_matrix (a tensor core copies it
//     raw) TGC_METHOD auto line(int64_t batch, int outer) const;  // all that does not depend on k,
//     a struct TGC_METHOD tgc_pack<Value, kPack> load(const Line& line, int k) const;
//   };
//   struct Store {
//     static constexpr int kPack = 2;       // neighbours in n it takes at a time: 1, 2 or 4
//     TGC_METHOD void operator()(int64_t batch, int m, int n, const tgc_pack<Value, kPack>&) const;
//   };
// A load and a store always lie wholly inside the matrix: extents are multiples of kPack.
#pragma once

#include "tgc/cuda/scalar.h"

template <class Index>
struct tgc_matrix_line {
  Index offset;
};

// A matrix in memory, strides in elements; kWidth > 1 asks for stride 1 in that direction and for
// packs aligned to their size. Index is int32_t where every offset fits.
template <class Pointer, int kWidth, bool kRunsAlongK, class Index = int64_t>
struct tgc_matrix {
  using Value = tgc_element<Pointer>;
  static constexpr int kPack = kWidth;
  static constexpr bool kAlongK = kRunsAlongK;
  static constexpr bool kDirect = kWidth * sizeof(Value) == 16;
  Pointer data;
  Index batch_stride;
  Index outer_stride;
  Index k_stride;

  TGC_METHOD tgc_matrix_line<Index> line(int64_t batch, int outer) const {
    return {Index(Index(batch) * batch_stride + Index(outer) * outer_stride)};
  }
  TGC_METHOD Index offset(const tgc_matrix_line<Index>& line, int k) const {
    return line.offset + Index(k) * k_stride;
  }
  TGC_METHOD tgc_pack<Value, kPack> load(const tgc_matrix_line<Index>& line, int k) const {
    if constexpr (kPack == 1) {
      return {{data[offset(line, k)]}};
    } else {
      return tgc_load_pack<kPack>(data, offset(line, k));
    }
  }
};

template <int kWidth, bool kRunsAlongK, class Index, class Pointer>
TGC_DEVICE tgc_matrix<Pointer, kWidth, kRunsAlongK, Index> tgc_make_matrix(Pointer data,
                                                                           Index batch_stride,
                                                                           Index outer_stride,
                                                                           Index k_stride) {
  return {data, batch_stride, outer_stride, k_stride};
}

// A row-major result in memory, n_stride 1.
template <class Pointer, int kWidth, class Index = int64_t>
struct tgc_matrix_store {
  static constexpr int kPack = kWidth;
  Pointer data;
  Index batch_stride;
  Index m_stride;

  template <class T>
  TGC_METHOD void operator()(int64_t batch, int m, int n, const tgc_pack<T, kPack>& value) const {
    const Index at = Index(batch) * batch_stride + Index(m) * m_stride + n;
    tgc_pack<tgc_element<Pointer>, kPack> pack;
    TGC_UNROLL
    for (int i = 0; i < kPack; ++i) pack[i] = tgc_cast<tgc_element<Pointer>>(value[i]);
    if constexpr (kPack == 1) {
      data[at] = pack[0];
    } else {
      tgc_store_pack(data, at, pack);
    }
  }
};

template <int kWidth, class Index, class Pointer>
TGC_DEVICE tgc_matrix_store<Pointer, kWidth, Index> tgc_make_matrix_store(Pointer data,
                                                                          Index batch_stride,
                                                                          Index m_stride) {
  return {data, batch_stride, m_stride};
}

// The tile a block works on. Tiles are dealt out in bands of 8 rows of tiles, so that blocks
// running at the same time share operands in the L2 cache.
struct tgc_tile_position {
  int64_t batch;
  int m;
  int n;
};
TGC_DEVICE tgc_tile_position tgc_block_tile(int m, int n, int tile_m, int tile_n) {
  const unsigned rows = unsigned((m + tile_m - 1) / tile_m);
  const unsigned columns = unsigned((n + tile_n - 1) / tile_n);
  const unsigned batch = blockIdx.x / (rows * columns);
  const unsigned rest = blockIdx.x - batch * (rows * columns);
  const unsigned band = rest / (8 * columns);
  const unsigned in_band = rest - band * (8 * columns);
  const unsigned height = rows - band * 8 < 8 ? rows - band * 8 : 8;
  return {int64_t(batch), int(band * 8 + in_band % height) * tile_m,
          int(in_band / height) * tile_n};
}

// The part of k the blocks of one blockIdx.y sum over: whole steps.
struct tgc_depth_range {
  int begin;
  int end;
};
TGC_DEVICE tgc_depth_range tgc_block_depth(int k, int step) {
  const int steps = (k + step - 1) / step;
  const int part = (steps + int(gridDim.y) - 1) / int(gridDim.y) * step;
  const int begin = int(blockIdx.y) * part;
  return {begin, k - begin < part ? k : begin + part};
}
