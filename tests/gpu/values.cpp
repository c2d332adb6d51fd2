// SPDX-License-Identifier: Apache-2.0
// See values.h.
#include "gpu/values.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tgc/runtime.hpp"

namespace tgc::gpu {
namespace {

template <class T>
T load(const std::string& bytes, size_t i) {
  T value;
  std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
  return value;
}

double half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  const double sign = (bits >> 15) != 0 ? -1.0 : 1.0;
  if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

bool is_float(uint32_t dtype) {
  return dtype >= TGC_FLOAT16;
}

}  // namespace

double element(uint32_t dtype, const std::string& bytes, size_t i) {
  switch (dtype) {
    case TGC_INT8:
      return load<int8_t>(bytes, i);
    case TGC_INT16:
      return load<int16_t>(bytes, i);
    case TGC_INT32:
      return load<int32_t>(bytes, i);
    case TGC_INT64:
      return static_cast<double>(load<int64_t>(bytes, i));
    case TGC_UINT16:
      return load<uint16_t>(bytes, i);
    case TGC_UINT32:
      return load<uint32_t>(bytes, i);
    case TGC_UINT64:
      return static_cast<double>(load<uint64_t>(bytes, i));
    case TGC_FLOAT16:
      return half_value(load<uint16_t>(bytes, i));
    case TGC_FLOAT32:
      return static_cast<double>(load<float>(bytes, i));
    case TGC_FLOAT64:
      return load<double>(bytes, i);
    default:
      return load<uint8_t>(bytes, i);
  }
}

std::string difference(uint32_t dtype, const std::string& got, const std::string& expected,
                       double tolerance) {
  if (got == expected) return "";
  if (dtype >= TGC_COMPLEX64) {  // the parts side by side
    return difference(dtype == TGC_COMPLEX64 ? TGC_FLOAT32 : TGC_FLOAT64, got, expected, tolerance);
  }
  const size_t size = element_bytes(dtype);
  if (size == 0 || got.size() != expected.size()) return "is of another size";
  const size_t count = expected.size() / size;
  double magnitude = 0;
  for (size_t i = 0; i < count; ++i) {
    const double value = std::abs(element(dtype, expected, i));
    if (std::isfinite(value)) magnitude = std::max(magnitude, value);
  }
  for (size_t i = 0; i < count; ++i) {
    if (got.compare(i * size, size, expected, i * size, size) == 0) continue;
    const double a = element(dtype, got, i);
    const double b = element(dtype, expected, i);
    const bool is_same = is_float(dtype) && (a == b || (std::isnan(a) && std::isnan(b)));
    const bool is_close = is_float(dtype) && std::abs(a - b) <= tolerance * (magnitude + 1e-3);
    if (is_same || is_close) continue;
    return "differs at " + std::to_string(i) + ": " + std::to_string(a) + ", expected " +
           std::to_string(b);
  }
  return "";
}

}  // namespace tgc::gpu
