// SPDX-License-Identifier: Apache-2.0
// See cast_input.h.
#include "tgc/cast_input.h"

#include <limits>

namespace tgc {
namespace {

// Bits of an integer's magnitude, or of a float's significand.
int value_bits(DType dtype) {
  if (dtype == DType::boolean) return 1;
  if (dtype == DType::float16) return 11;
  if (dtype == DType::float32) return 24;
  if (dtype == DType::float64) return 53;
  const int bits = static_cast<int>(dtype_size(dtype)) * 8;
  return is_signed_integer(dtype) ? bits - 1 : bits;
}

// Does element `index`, of an integer or bool tensor, fit `wanted`, which is one too?
bool fits(const Tensor& value, int64_t index, DType wanted) {
  const int64_t element = value.get_int(index);
  if (value.dtype() == DType::uint64 && element < 0) return wanted == DType::uint64;
  if (element < 0) {
    return is_signed_integer(wanted) && element >= -(int64_t{1} << (value_bits(wanted) - 1)) * 2;
  }
  return value_bits(wanted) >= 63 || element < (int64_t{1} << value_bits(wanted));
}

}  // namespace

bool is_exact_cast(DType from, DType to) {
  if (from == to) return true;
  if (is_complex(from)) return to == DType::complex128;
  if (is_complex(to)) return is_exact_cast(from, real_dtype(to));
  if (is_float(from)) return is_float(to) && value_bits(from) <= value_bits(to);
  if (is_signed_integer(from) && !is_signed_integer(to) && !is_float(to)) return false;
  return to != DType::boolean && value_bits(from) <= value_bits(to);
}

std::optional<Tensor> cast_input(const Tensor& value, DType wanted, bool allow_downcast,
                                 std::string& error) {
  if (value.dtype() == wanted) return value;
  const std::string kinds =
      std::string(dtype_name(value.dtype())) + " to " + std::string(dtype_name(wanted));
  if (is_complex(value.dtype()) && !is_complex(wanted)) {
    error = kinds + " would lose the imaginary part";
    return std::nullopt;
  }
  if (allow_downcast || is_exact_cast(value.dtype(), wanted)) return value.cast_to(wanted);
  if (is_continuous(value.dtype()) || is_continuous(wanted)) {
    error = kinds + " would lose precision";
    return std::nullopt;
  }
  for (int64_t i = 0; i < value.size(); ++i) {
    if (fits(value, i, wanted)) continue;
    const std::string element = value.dtype() == DType::uint64
                                    ? std::to_string(static_cast<uint64_t>(value.get_int(i)))
                                    : std::to_string(value.get_int(i));
    error = kinds + " would change element " + std::to_string(i) + ", which is " + element;
    return std::nullopt;
  }
  return value.cast_to(wanted);
}

}  // namespace tgc
