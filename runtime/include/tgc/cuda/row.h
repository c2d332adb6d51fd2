// SPDX-License-Identifier: Apache-2.0
// Kernels that work on rows: softmax, log-softmax and what is built like layer normalisation. A row
// belongs to kThreads neighbouring threads: 1, 2, 4, 8, 16 or 32 (several rows a block) or a whole
// block of more (one row a block). Threads without a row take part with columns = 0.
#pragma once

#include "tgc/cuda/math.h"
#include "tgc/cuda/reduce.h"

// The row of this thread; a block has blockDim.x / kThreads of them.
template <int kThreads>
TGC_DEVICE int64_t tgc_row_index() {
  return int64_t(blockIdx.x) * (blockDim.x / kThreads) + threadIdx.x / kThreads;
}
template <int kThreads>
TGC_DEVICE int tgc_row_thread() {
  return int(threadIdx.x % kThreads);
}
// Reduces over the threads of a row; each gets the result.
template <class Reducer, int kThreads>
TGC_DEVICE typename Reducer::Value tgc_row_combine(typename Reducer::Value value) {
  if constexpr (kThreads <= 32) {
    return tgc_warp_reduce<Reducer, kThreads>(value);
  } else {
    return tgc_block_reduce<Reducer, kThreads>(value);
  }
}
// Reduces load(0) … load(columns - 1), each a Reducer::Value, in a streaming pass over the row.
template <class Reducer, int kThreads, class Load>
TGC_DEVICE typename Reducer::Value tgc_row_reduce(int64_t columns, Load load) {
  typename Reducer::Value value = Reducer::identity();
  TGC_UNROLL_4
  for (int64_t i = tgc_row_thread<kThreads>(); i < columns; i += kThreads) {
    value = Reducer::combine(value, load(i));
  }
  return tgc_row_combine<Reducer, kThreads>(value);
}

// A row kept in registers, read once: at most kThreads * kItems * kWidth columns, kWidth of them at
// a time (columns is a multiple of kWidth). Item i of a thread is column(i).
template <class T, int kThreads, int kItems, int kWidth>
struct tgc_row {
  static constexpr int kCapacity = kThreads * kItems * kWidth;
  static constexpr int kCount = kItems * kWidth;
  T value[kCount];
  int columns;

  TGC_METHOD int column(int i) const {
    return ((i / kWidth) * kThreads + tgc_row_thread<kThreads>()) * kWidth + i % kWidth;
  }
  TGC_METHOD bool holds(int i) const { return column(i) < columns; }

  // load(column) gives a tgc_pack<T, kWidth>.
  template <class Load>
  TGC_METHOD void load(int64_t count, Load load_pack) {
    TGC_REQUIRE(count <= kCapacity && count % kWidth == 0);
    columns = int(count);
    TGC_UNROLL
    for (int item = 0; item < kItems; ++item) {
      tgc_pack<T, kWidth> pack = {};
      if (holds(item * kWidth)) pack = load_pack(column(item * kWidth));
      TGC_UNROLL
      for (int j = 0; j < kWidth; ++j) value[item * kWidth + j] = pack[j];
    }
  }
  // Reduces map(i) over the row's items; map may look at value[i] of this row and of others.
  template <class Reducer, class Map>
  TGC_METHOD typename Reducer::Value reduce(Map map) const {
    typename Reducer::Value result = Reducer::identity();
    TGC_UNROLL
    for (int i = 0; i < kCount; ++i) {
      if (holds(i)) result = Reducer::combine(result, map(i));
    }
    return tgc_row_combine<Reducer, kThreads>(result);
  }
  // store(column, pack) with the pack of map(i).
  template <class Map, class Store>
  TGC_METHOD void store(Map map, Store store_pack) const {
    TGC_UNROLL
    for (int item = 0; item < kItems; ++item) {
      if (!holds(item * kWidth)) continue;
      tgc_pack<T, kWidth> pack;
      TGC_UNROLL
      for (int j = 0; j < kWidth; ++j) pack[j] = map(item * kWidth + j);
      store_pack(column(item * kWidth), pack);
    }
  }
};

// The running maximum of a row and the sum of e^(x - maximum) over what was seen
// (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018).
template <class T>
struct tgc_softmax_state {
  T maximum;
  T sum;
};
template <class T>
TGC_DEVICE tgc_softmax_state<T> tgc_shuffle_xor(tgc_softmax_state<T> state, int mask) {
  return {tgc_shuffle_xor(state.maximum, mask), tgc_shuffle_xor(state.sum, mask)};
}
template <class T>
struct tgc_softmax_normaliser {
  using Value = tgc_softmax_state<T>;
  TGC_METHOD static Value identity() { return {tgc_lowest<T>(), T(0)}; }
  TGC_METHOD static T scaled(Value a, T maximum) {
    return a.maximum == maximum ? a.sum : a.sum * tgc_exp(a.maximum - maximum);
  }
  TGC_METHOD static Value combine(Value a, Value b) {
    const T maximum = tgc_maximum(a.maximum, b.maximum);
    return {maximum, scaled(a, maximum) + scaled(b, maximum)};
  }
  // combine(a, {x, 1}) with one exponential.
  TGC_METHOD static Value add(Value a, T x) {
    const T shrink = tgc_exp(x == a.maximum ? T(0) : -tgc_abs(x - a.maximum));
    return {tgc_maximum(a.maximum, x), x > a.maximum ? a.sum * shrink + T(1) : a.sum + shrink};
  }
};

// softmax (or its logarithm) of one row. load(column) gives a tgc_pack<T, kWidth>, store(column,
// pack) takes one. kItems > 0 keeps the row in registers (columns ≤ kThreads * kItems * kWidth), 0
// reads it twice and takes any length.
template <class T, int kThreads, int kItems, int kWidth, bool kLog, class Load, class Store>
TGC_DEVICE void tgc_softmax_row(int64_t columns, Load load, Store store) {
  if constexpr (kItems > 0) {
    tgc_row<T, kThreads, kItems, kWidth> row;
    row.load(columns, load);
    const T maximum = row.template reduce<tgc_max<T>>([&](int i) { return row.value[i]; });
    if constexpr (kLog) {
      const T sum =
          row.template reduce<tgc_sum<T>>([&](int i) { return tgc_exp(row.value[i] - maximum); });
      const T log_sum = tgc_log(sum);
      row.store([&](int i) { return row.value[i] - maximum - log_sum; }, store);
    } else {
      TGC_UNROLL
      for (int i = 0; i < row.kCount; ++i) row.value[i] = tgc_exp(row.value[i] - maximum);
      const T sum = row.template reduce<tgc_sum<T>>([&](int i) { return row.value[i]; });
      const T scale = T(1) / sum;
      row.store([&](int i) { return row.value[i] * scale; }, store);
    }
  } else {
    using Normaliser = tgc_softmax_normaliser<T>;
    const int64_t first = int64_t(tgc_row_thread<kThreads>()) * kWidth;
    tgc_softmax_state<T> state = Normaliser::identity();
    TGC_UNROLL_4
    for (int64_t column = first; column < columns; column += kThreads * kWidth) {
      const tgc_pack<T, kWidth> pack = load(column);
      TGC_UNROLL
      for (int j = 0; j < kWidth; ++j) state = Normaliser::add(state, pack[j]);
    }
    state = tgc_row_combine<Normaliser, kThreads>(state);
    const T log_sum = tgc_log(state.sum);
    const T scale = T(1) / state.sum;
    TGC_UNROLL_4
    for (int64_t column = first; column < columns; column += kThreads * kWidth) {
      tgc_pack<T, kWidth> pack = load(column);
      TGC_UNROLL
      for (int j = 0; j < kWidth; ++j) {
        const T shifted = pack[j] - state.maximum;
        pack[j] = kLog ? shifted - log_sum : tgc_exp(shifted) * scale;
      }
      store(column, pack);
    }
  }
}
