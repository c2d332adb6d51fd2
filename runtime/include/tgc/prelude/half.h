// SPDX-License-Identifier: Apache-2.0
// float16 as a storage type: two bytes, converted to float for arithmetic (Theano computes float16
// in float32). Plain integer operations, so that loops over it vectorise on every instruction set.
#pragma once

#include "basic.h"

struct tgc_half {
  uint16_t bits;
};

// Exact; signalling NaNs become quiet.
TGC_INLINE float tgc_half_to_float(tgc_half h) {
  const uint32_t magnitude = (h.bits & 0x7fffu) << 13;
  // 2^112 moves the exponent bias from 15 to 127 and makes subnormals normal.
  const uint32_t scaled = tgc_bits(tgc_from_bits(magnitude) * 0x1p112f);
  const uint32_t special = (h.bits & 0x7c00u) == 0x7c00u ? 0x7f800000u : 0u;
  const uint32_t quiet = (h.bits & 0x7fffu) > 0x7c00u ? 0x00400000u : 0u;
  return tgc_from_bits(scaled | special | quiet | (h.bits & 0x8000u) << 16);
}

// Rounds to nearest, ties to even; above 65519.99 gives inf; NaN keeps its upper payload bits.
TGC_INLINE tgc_half tgc_float_to_half(float x) {
  const uint32_t bits = tgc_bits(x);
  const uint32_t magnitude = bits & 0x7fffffffu;
  const uint32_t normal = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  // Adding 0.5 puts the last kept bit of a subnormal half at the last bit of the float.
  const uint32_t small = tgc_bits(tgc_from_bits(magnitude) + 0.5f) - 0x3f000000u;
  const uint32_t nan = 0x7e00u | ((magnitude >> 13) & 0x3ffu);
  const uint32_t finite = magnitude < 0x38800000u ? small : normal;
  const uint32_t bounded = magnitude >= 0x47800000u ? 0x7c00u : finite;
  const uint32_t result = magnitude > 0x7f800000u ? nan : bounded;
  return {(uint16_t)(result | (bits >> 16 & 0x8000u))};
}
