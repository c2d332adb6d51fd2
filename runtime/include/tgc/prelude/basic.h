// SPDX-License-Identifier: Apache-2.0
// Names every other prelude header uses: integer types without <stdint.h>, the inline mark, bit
// casts.
#pragma once

typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __UINTPTR_TYPE__ uintptr_t;

// Vectorisation of the calling loop needs the body, so scalar functions are always inlined.
#define TGC_INLINE static inline __attribute__((always_inline, unused))
// Compiled once however often it is called: keeps kernels small and their compilation short.
#if defined(__clang__)
#define TGC_OUTLINE __attribute__((noinline, unused)) static
#else
#define TGC_OUTLINE __attribute__((noinline, noclone, unused)) static
#endif
#define TGC_INLINE_MEMBER inline __attribute__((always_inline))

TGC_INLINE uint32_t tgc_bits(float x) {
  return __builtin_bit_cast(uint32_t, x);
}
TGC_INLINE uint64_t tgc_bits(double x) {
  return __builtin_bit_cast(uint64_t, x);
}
TGC_INLINE float tgc_from_bits(uint32_t x) {
  return __builtin_bit_cast(float, x);
}
TGC_INLINE double tgc_from_bits(uint64_t x) {
  return __builtin_bit_cast(double, x);
}
