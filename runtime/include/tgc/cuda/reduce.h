// SPDX-License-Identifier: Apache-2.0
// Reductions over groups of lanes, a block, or the rows of a block, each in one fixed order: the
// result depends on the block's size, never on timing. A reducer names the type it carries (Value),
// the neutral value and how two values combine; combining is commutative bit for bit.
#pragma once

#include "tgc/cuda/scalar.h"

template <class T>
TGC_DEVICE T tgc_highest() {
  return T(-1) < T(0) ? T((uint64_t(1) << (8 * sizeof(T) - 1)) - 1) : T(~uint64_t(0));
}
template <>
__device__ __forceinline__ float tgc_highest<float>() {
  return __int_as_float(0x7f800000);
}
template <>
__device__ __forceinline__ double tgc_highest<double>() {
  return __longlong_as_double(0x7ff0000000000000ll);
}
// -infinity for floats.
template <class T>
TGC_DEVICE T tgc_lowest() {
  if constexpr (T(0.5f) != T(0) && T(2) != T(1)) return -tgc_highest<T>();
  return T(-1) < T(0) ? T(uint64_t(1) << (8 * sizeof(T) - 1)) : T(0);
}

template <class T>
struct tgc_sum {
  using Value = T;
  TGC_METHOD static T identity() { return T(0); }
  TGC_METHOD static T combine(T a, T b) { return T(a + b); }
};
template <class T>
struct tgc_prod {
  using Value = T;
  TGC_METHOD static T identity() { return T(1); }
  TGC_METHOD static T combine(T a, T b) { return T(a * b); }
};
// A NaN wins.
template <class T>
struct tgc_max {
  using Value = T;
  TGC_METHOD static T identity() { return tgc_lowest<T>(); }
  TGC_METHOD static T combine(T a, T b) { return tgc_maximum(a, b); }
};
template <class T>
struct tgc_min {
  using Value = T;
  TGC_METHOD static T identity() { return tgc_highest<T>(); }
  TGC_METHOD static T combine(T a, T b) { return tgc_minimum(a, b); }
};
struct tgc_any {
  using Value = bool;
  TGC_METHOD static bool identity() { return false; }
  TGC_METHOD static bool combine(bool a, bool b) { return a || b; }
};
struct tgc_all {
  using Value = bool;
  TGC_METHOD static bool identity() { return true; }
  TGC_METHOD static bool combine(bool a, bool b) { return a && b; }
};
// The largest (smallest) value's first index; the first NaN where there is one.
template <class T>
struct tgc_argmax {
  using Value = tgc_indexed<T>;
  TGC_METHOD static Value identity() { return {tgc_lowest<T>(), tgc_highest<int64_t>()}; }
  TGC_METHOD static Value combine(Value a, Value b) {
    const bool a_nan = tgc_isnan(a.value);
    const bool b_nan = tgc_isnan(b.value);
    const bool tie = (a_nan && b_nan) || a.value == b.value;
    const bool a_wins = tie ? a.index < b.index : a_nan || (!b_nan && a.value > b.value);
    return a_wins ? a : b;
  }
};
template <class T>
struct tgc_argmin {
  using Value = tgc_indexed<T>;
  TGC_METHOD static Value identity() { return {tgc_highest<T>(), tgc_highest<int64_t>()}; }
  TGC_METHOD static Value combine(Value a, Value b) {
    const bool a_nan = tgc_isnan(a.value);
    const bool b_nan = tgc_isnan(b.value);
    const bool tie = (a_nan && b_nan) || a.value == b.value;
    const bool a_wins = tie ? a.index < b.index : a_nan || (!b_nan && a.value < b.value);
    return a_wins ? a : b;
  }
};

// The value of lane ^ mask; the whole warp takes part.
template <class T>
TGC_DEVICE T tgc_shuffle_xor(T value, int mask) {
  if constexpr (sizeof(T) < 4) {
    return T(__shfl_xor_sync(0xffffffffu, int(value), mask));
  } else {
    return __shfl_xor_sync(0xffffffffu, value, mask);
  }
}
template <class T>
TGC_DEVICE tgc_indexed<T> tgc_shuffle_xor(tgc_indexed<T> value, int mask) {
  return {tgc_shuffle_xor(value.value, mask), tgc_shuffle_xor(value.index, mask)};
}

// Reduces over groups of kLanes neighbouring lanes (a power of two up to 32); every lane gets its
// group's result. The whole warp takes part.
template <class Reducer, int kLanes = 32>
TGC_DEVICE typename Reducer::Value tgc_warp_reduce(typename Reducer::Value value) {
  TGC_UNROLL
  for (int mask = kLanes / 2; mask > 0; mask /= 2) {
    value = Reducer::combine(value, tgc_shuffle_xor(value, mask));
  }
  return value;
}

// Reduces over a block of kThreads threads (a multiple of 32); every thread gets the result.
template <class Reducer, int kThreads>
TGC_DEVICE typename Reducer::Value tgc_block_reduce(typename Reducer::Value value) {
  static_assert(kThreads % 32 == 0 && kThreads <= 1024);
  TGC_REQUIRE(blockDim.x == kThreads);
  using Value = typename Reducer::Value;
  value = tgc_warp_reduce<Reducer>(value);
  if constexpr (kThreads > 32) {
    TGC_SHARED(Value, partial, kThreads / 32);
    const int lane = int(threadIdx.x % 32);
    __syncthreads();
    if (lane == 0) partial[threadIdx.x / 32] = value;
    __syncthreads();
    value = Reducer::identity();
    if (lane < kThreads / 32) value = partial[lane];
    value = tgc_warp_reduce<Reducer>(value);
  }
  return value;
}

// Thread t of a block of kColumns * kRows stands in column t % kColumns; reduces over the rows in
// their order. Every thread gets its column's result.
template <class Reducer, int kColumns, int kRows>
TGC_DEVICE typename Reducer::Value tgc_block_reduce_columns(typename Reducer::Value value) {
  TGC_REQUIRE(blockDim.x == kColumns * kRows);
  using Value = typename Reducer::Value;
  if constexpr (kRows > 1) {
    TGC_SHARED(Value, partial, kColumns * kRows);
    const int column = int(threadIdx.x % kColumns);
    __syncthreads();
    partial[threadIdx.x] = value;
    __syncthreads();
    value = partial[column];
    TGC_UNROLL
    for (int row = 1; row < kRows; ++row) {
      const Value next = partial[row * kColumns + column];
      value = Reducer::combine(value, next);
    }
  }
  return value;
}
