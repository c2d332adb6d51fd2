// SPDX-License-Identifier: Apache-2.0
// Value types both builds of a kernel text share. Included by platform.h and by its emulation twin.
#pragma once

// Storage of a float16; arithmetic is done in float32 (tgc_half_to_float, tgc_float_to_half).
struct tgc_half {
  uint16_t bits;
};

// Count elements moved by one instruction: Count * sizeof(T) is 2, 4, 8 or 16.
template <class T, int Count>
struct alignas(sizeof(T) * Count) tgc_pack {
  T value[Count];
  TGC_METHOD T& operator[](int i) { return value[i]; }
  TGC_METHOD const T& operator[](int i) const { return value[i]; }
};

// A value and where it stood: what argmax and argmin carry.
template <class T>
struct tgc_indexed {
  T value;
  int64_t index;
};

template <class T, class U>
inline constexpr bool tgc_same = false;
template <class T>
inline constexpr bool tgc_same<T, T> = true;

// A T in unevaluated places.
template <class T>
__device__ const T& tgc_some();
