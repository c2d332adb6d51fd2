// SPDX-License-Identifier: Apache-2.0
// See dtype.h.
#include "types/dtype.h"

#include <algorithm>
#include <array>

#include "support/check.h"

namespace tgc {
namespace {

struct Facts {
  std::string_view name;
  int64_t size;
};

constexpr std::array<Facts, 14> kFacts = {{{"bool", 1},
                                           {"int8", 1},
                                           {"int16", 2},
                                           {"int32", 4},
                                           {"int64", 8},
                                           {"uint8", 1},
                                           {"uint16", 2},
                                           {"uint32", 4},
                                           {"uint64", 8},
                                           {"float16", 2},
                                           {"float32", 4},
                                           {"float64", 8},
                                           {"complex64", 8},
                                           {"complex128", 16}}};

const Facts& facts(DType dtype) {
  return kFacts.at(static_cast<size_t>(dtype));
}

DType signed_of_size(int64_t size) {
  if (size <= 1) return DType::int8;
  if (size <= 2) return DType::int16;
  return size <= 4 ? DType::int32 : DType::int64;
}

// The float that holds every integer of `dtype` by NumPy-1's table.
DType float_for_integer(DType dtype) {
  if (dtype == DType::boolean) return DType::float16;
  if (dtype_size(dtype) == 1) return DType::float16;
  return dtype_size(dtype) == 2 ? DType::float32 : DType::float64;
}

}  // namespace

const std::vector<DType>& all_dtypes() {
  static const std::vector<DType> list = [] {
    std::vector<DType> all;
    for (size_t i = 0; i < kFacts.size(); ++i) all.push_back(static_cast<DType>(i));
    return all;
  }();
  return list;
}

const std::vector<DType>& real_dtypes() {
  static const std::vector<DType> list(all_dtypes().begin(), all_dtypes().end() - 2);
  return list;
}

std::string_view dtype_name(DType dtype) {
  return facts(dtype).name;
}

std::optional<DType> parse_dtype(std::string_view name) {
  for (const DType dtype : all_dtypes()) {
    if (dtype_name(dtype) == name) return dtype;
  }
  return std::nullopt;
}

int64_t dtype_size(DType dtype) {
  return facts(dtype).size;
}

bool is_float(DType dtype) {
  return dtype >= DType::float16 && dtype <= DType::float64;
}

bool is_complex(DType dtype) {
  return dtype >= DType::complex64;
}

DType real_dtype(DType dtype) {
  if (!is_complex(dtype)) return dtype;
  return dtype == DType::complex64 ? DType::float32 : DType::float64;
}

DType complex_dtype(DType real) {
  if (is_complex(real)) return real;
  const bool is_wide = real == DType::float64 || (is_integer(real) && dtype_size(real) >= 4);
  return is_wide ? DType::complex128 : DType::complex64;
}

bool is_signed_integer(DType dtype) {
  return dtype >= DType::int8 && dtype <= DType::int64;
}

bool is_unsigned_integer(DType dtype) {
  return dtype >= DType::uint8 && dtype <= DType::uint64;
}

bool is_integer(DType dtype) {
  return is_signed_integer(dtype) || is_unsigned_integer(dtype);
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a == DType::boolean) return b;
  if (b == DType::boolean) return a;
  if (is_complex(a) || is_complex(b)) return std::max(complex_dtype(a), complex_dtype(b));
  if (is_float(a) || is_float(b)) {
    const DType float_a = is_float(a) ? a : float_for_integer(a);
    const DType float_b = is_float(b) ? b : float_for_integer(b);
    return std::max(float_a, float_b);
  }
  if (is_signed_integer(a) == is_signed_integer(b)) return dtype_size(a) > dtype_size(b) ? a : b;
  const DType signed_one = is_signed_integer(a) ? a : b;
  const DType unsigned_one = is_signed_integer(a) ? b : a;
  if (dtype_size(signed_one) > dtype_size(unsigned_one)) return signed_one;
  if (unsigned_one == DType::uint64) return DType::float64;
  return signed_of_size(dtype_size(unsigned_one) * 2);
}

DType upgrade_to_float(DType dtype) {
  if (is_continuous(dtype)) return dtype;
  return dtype_size(dtype) <= 2 ? DType::float32 : DType::float64;
}

}  // namespace tgc
