// SPDX-License-Identifier: Apache-2.0
// Element types by Theano's names, with NumPy-1 promotion (Theano's upcast).
// The numeric values are part of the bundle format (bundle_abi.h): append only.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tgc {

enum class DType : uint8_t {
  boolean = 0,
  int8 = 1,
  int16 = 2,
  int32 = 3,
  int64 = 4,
  uint8 = 5,
  uint16 = 6,
  uint32 = 7,
  uint64 = 8,
  float16 = 9,
  float32 = 10,
  float64 = 11,
  complex64 = 12,   // two float32: real, imaginary
  complex128 = 13,  // two float64
};

// All dtypes in the order of their values.
const std::vector<DType>& all_dtypes();
const std::vector<DType>& real_dtypes();  // without the complex ones

std::string_view dtype_name(DType dtype);  // "float32"
std::optional<DType> parse_dtype(std::string_view name);
int64_t dtype_size(DType dtype);  // bytes of one element
bool is_float(DType dtype);       // float16, float32, float64
bool is_complex(DType dtype);
bool is_signed_integer(DType dtype);
bool is_unsigned_integer(DType dtype);
bool is_integer(DType dtype);  // signed or unsigned, not bool
inline bool is_discrete(DType dtype) {
  return !is_float(dtype) && !is_complex(dtype);
}

// What gradients flow through.
inline bool is_continuous(DType dtype) {
  return is_float(dtype) || is_complex(dtype);
}
// The dtype of the parts of a complex one; others as they are.
DType real_dtype(DType dtype);
DType complex_dtype(DType real);  // float64 and integers of 32 bits and more: complex128

// The smallest dtype both convert to without loss by NumPy-1 rules: int32 and float32 give float64.
DType promote(DType a, DType b);

// Theano's "upgrade to float" of transcendental functions: bool and 8/16-bit integers give float32,
// wider integers float64; floats and complex ones stay.
DType upgrade_to_float(DType dtype);

}  // namespace tgc
