// SPDX-License-Identifier: Apache-2.0
// Where a thread stands in the grid, scatters with a combiner, and the error word of a launch.
#pragma once

#include "tgc/cuda/types.h"

// The thread's number in a one-dimensional grid and the grid's size: a grid-stride loop is
//   for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads())
TGC_DEVICE int64_t tgc_grid_index() {
  return int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
}
TGC_DEVICE int64_t tgc_grid_threads() {
  return int64_t(gridDim.x) * blockDim.x;
}
// The same where the plan has checked that n plus the grid's size fits 32 bits.
TGC_DEVICE int tgc_grid_index32() {
  return int(blockIdx.x * blockDim.x + threadIdx.x);
}
TGC_DEVICE int tgc_grid_threads32() {
  return int(gridDim.x * blockDim.x);
}

// A pack of which only the first `left` elements are there; the others read as zero.
template <int Count, class Pointer>
TGC_DEVICE tgc_pack<tgc_element<Pointer>, Count> tgc_load_part(Pointer pointer, int64_t index,
                                                               int64_t left) {
  if (left >= Count) return tgc_load_pack<Count>(pointer, index);
  tgc_pack<tgc_element<Pointer>, Count> pack = {};
  TGC_UNROLL
  for (int i = 0; i < Count; ++i) {
    if (i < left) pack[i] = pointer[index + i];
  }
  return pack;
}
template <int Count, class Pointer>
TGC_DEVICE void tgc_store_part(Pointer pointer, int64_t index,
                               const tgc_pack<tgc_element<Pointer>, Count>& pack, int64_t left) {
  if (left >= Count) {
    tgc_store_pack(pointer, index, pack);
    return;
  }
  TGC_UNROLL
  for (int i = 0; i < Count; ++i) {
    if (i < left) pointer[index + i] = pack[i];
  }
}

// pointer[index] = Reducer::combine(pointer[index], value) as one atomic step, for any type of 1,
// 2, 4 or 8 bytes. The order of combinations is not fixed: float sums differ from run to run.
template <class Reducer, class Pointer, class Index, class T>
TGC_DEVICE void tgc_atomic_combine(Pointer pointer, Index index, T value) {
  T* const address = tgc_address(pointer, index);
  T old = *address;
  while (!tgc_compare_and_swap(address, old, Reducer::combine(old, value))) {
  }
}

template <class T>
struct tgc_atomic_sum {
  TGC_METHOD static T combine(T a, T b) { return T(a + b); }
};
template <>
struct tgc_atomic_sum<tgc_half> {
  TGC_METHOD static tgc_half combine(tgc_half a, tgc_half b) {
    return tgc_float_to_half(tgc_half_to_float(a) + tgc_half_to_float(b));
  }
};

// pointer[index] += value; in hardware for 32- and 64-bit numbers, else by compare and swap.
template <class Pointer, class Index, class T>
TGC_DEVICE void tgc_atomic_add(Pointer pointer, Index index, T value) {
  tgc_atomic_combine<tgc_atomic_sum<T>>(pointer, index, value);
}
template <class Pointer, class Index>
TGC_DEVICE void tgc_atomic_add(Pointer pointer, Index index, float value) {
  atomicAdd(tgc_address(pointer, index), value);
}
template <class Pointer, class Index>
TGC_DEVICE void tgc_atomic_add(Pointer pointer, Index index, double value) {
  atomicAdd(tgc_address(pointer, index), value);
}
template <class Pointer, class Index>
TGC_DEVICE void tgc_atomic_add(Pointer pointer, Index index, int32_t value) {
  atomicAdd(tgc_address(pointer, index), value);
}
template <class Pointer, class Index>
TGC_DEVICE void tgc_atomic_add(Pointer pointer, Index index, uint32_t value) {
  atomicAdd(tgc_address(pointer, index), value);
}
template <class Pointer, class Index>
TGC_DEVICE void tgc_atomic_add(Pointer pointer, Index index, int64_t value) {
  atomicAdd(reinterpret_cast<unsigned long long*>(tgc_address(pointer, index)),
            static_cast<unsigned long long>(value));
}
template <class Pointer, class Index>
TGC_DEVICE void tgc_atomic_add(Pointer pointer, Index index, uint64_t value) {
  atomicAdd(reinterpret_cast<unsigned long long*>(tgc_address(pointer, index)),
            static_cast<unsigned long long>(value));
}

// The error word of a context is int64_t error[2]: a code (0: none) and the value that was wrong.
// The first to raise wins; kernels that write state do nothing once tgc_raised().
template <class Pointer>
TGC_DEVICE void tgc_raise(Pointer error, int64_t code, int64_t value) {
  int64_t none = 0;
  if (tgc_compare_and_swap(tgc_address(error, 0), none, code)) error[1] = value;
}
template <class Pointer>
TGC_DEVICE bool tgc_raised(Pointer error) {
  return error[0] != 0;
}
