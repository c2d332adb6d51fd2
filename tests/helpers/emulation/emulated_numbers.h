// SPDX-License-Identifier: Apache-2.0
// Twins of the wrappers that convert and compare numbers, bit for bit as the PTX ISA manual defines
// them.
#pragma once

inline float tgc_half_to_float(tgc_half half) {
  const uint32_t sign = uint32_t{half.bits} >> 15 << 31;
  const uint32_t exponent = half.bits >> 10 & 0x1f;
  const uint32_t mantissa = half.bits & 0x3ff;
  if (exponent == 31) {
    const uint32_t quiet = mantissa != 0 ? 0x7fffffffu : 0x7f800000u;
    return std::bit_cast<float>(mantissa != 0 ? quiet : sign | quiet);
  }
  if (exponent == 0) {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

// Round to nearest even, from double so that one function serves both wrappers (a float is a
// double).
inline tgc_half tgc_double_to_half(double value) {
  const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
  const double magnitude = std::fabs(value);
  if (value != value) return {0x7fff};
  if (magnitude >= 65520.0) return {static_cast<uint16_t>(sign | 0x7c00)};
  // Units of the last place: 2^-24 below 2^-14, else 2^(exponent - 10). rint rounds half to even; a
  // carry into the exponent comes out right by itself.
  int exponent = magnitude > 0 ? std::ilogb(magnitude) : -15;
  if (exponent < -14) exponent = -15;
  const int unit = exponent < -14 ? -24 : exponent - 10;
  const auto units = static_cast<uint16_t>(std::rint(std::ldexp(magnitude, -unit)));
  const int biased = exponent < -14 ? 0 : (exponent + 14) * 1024;
  return {static_cast<uint16_t>(sign | (biased + units))};
}
inline tgc_half tgc_float_to_half(float value) {
  return tgc_double_to_half(value);
}

// cvt.rna.tf32.f32: ties away from zero, which is adding half a unit to the bits.
inline uint32_t tgc_float_to_tf32(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (value != value) return 0x7fffffffu;
  if ((bits & 0x7f800000u) == 0x7f800000u) return bits;
  return (bits + 0x1000u) & 0xffffe000u;
}

// max.NaN.f32 and min.NaN.f32: a NaN comes out canonical, +0 is more than -0.
inline float tgc_maximum(float a, float b) {
  if (a != a || b != b) return std::bit_cast<float>(0x7fffffff);
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
inline float tgc_minimum(float a, float b) {
  if (a != a || b != b) return std::bit_cast<float>(0x7fffffff);
  if (a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}
