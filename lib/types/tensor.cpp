// SPDX-License-Identifier: Apache-2.0
// See tensor.h.
#include "types/tensor.h"

#include <bit>
#include <utility>

#include "types/tensor_type.h"

namespace tgc {

uint16_t float_to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000u;
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) return static_cast<uint16_t>(sign | 0x7c00u);
  uint32_t half = 0;
  if (magnitude < 0x38800000u) {  // subnormal half: let float addition do the rounding
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    half = std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(0.5F);
  } else {
    const uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u);
    half = (rounded - 0x38000000u) >> 13;
  }
  return static_cast<uint16_t>(sign | half);
}

float half_to_float(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  const uint32_t magnitude = bits & 0x7fffu;
  if (magnitude >= 0x7c00u) {
    return std::bit_cast<float>(sign | 0x7f800000u | ((magnitude & 0x3ffu) << 13));
  }
  // place the half's bits in a float and scale by 2^112: exact for subnormals too
  const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112F;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(scaled) | sign);
}

Tensor::Tensor(DType dtype, std::vector<int64_t> dims) : dtype_(dtype), dims_(std::move(dims)) {
  const auto count = element_count(dims_, dtype_size(dtype));
  TGC_CHECK(count.has_value(), "tensor size overflows");
  size_ = *count;
  bytes_.resize(static_cast<size_t>(size_ * dtype_size(dtype)));
}

std::complex<double> Tensor::get_complex(int64_t index) const {
  if (dtype_ == DType::complex64) return data<std::complex<float>>()[index];
  if (dtype_ == DType::complex128) return data<std::complex<double>>()[index];
  return get_double(index);
}

void Tensor::set_complex(int64_t index, std::complex<double> value) {
  if (dtype_ == DType::complex64) {
    data<std::complex<float>>()[index] = std::complex<float>(value);
  } else if (dtype_ == DType::complex128) {
    data<std::complex<double>>()[index] = value;
  } else {
    set_double(index, value.real());
  }
}

double Tensor::get_double(int64_t index) const {
  if (is_complex(dtype_)) return get_complex(index).real();
  if (dtype_ == DType::float16) return half_to_float(data<uint16_t>()[index]);
  return visit_dtype(
      dtype_, [&](auto sample) { return static_cast<double>(data<decltype(sample)>()[index]); });
}

int64_t Tensor::get_int(int64_t index) const {
  if (is_complex(dtype_)) return static_cast<int64_t>(get_double(index));
  if (dtype_ == DType::float16) return static_cast<int64_t>(get_double(index));
  return visit_dtype(
      dtype_, [&](auto sample) { return static_cast<int64_t>(data<decltype(sample)>()[index]); });
}

void Tensor::set_double(int64_t index, double value) {
  if (is_complex(dtype_)) {
    set_complex(index, value);
  } else if (dtype_ == DType::float16) {
    data<uint16_t>()[index] = float_to_half(static_cast<float>(value));
  } else if (dtype_ == DType::boolean) {
    data<uint8_t>()[index] = value != 0 ? 1 : 0;
  } else {
    visit_dtype(dtype_, [&](auto sample) {
      data<decltype(sample)>()[index] = static_cast<decltype(sample)>(value);
    });
  }
}

void Tensor::set_int(int64_t index, int64_t value) {
  if (is_continuous(dtype_)) {
    set_double(index, static_cast<double>(value));
  } else if (dtype_ == DType::boolean) {
    data<uint8_t>()[index] = value != 0 ? 1 : 0;
  } else {
    visit_dtype(dtype_, [&](auto sample) {
      data<decltype(sample)>()[index] = static_cast<decltype(sample)>(value);
    });
  }
}

Tensor Tensor::cast_to(DType dtype) const {
  if (dtype == dtype_) return *this;
  Tensor result(dtype, dims_);
  const bool through_int = is_discrete(dtype_) && !(dtype_ == DType::uint64 && is_float(dtype));
  for (int64_t i = 0; i < size_; ++i) {
    if (is_complex(dtype_) || is_complex(dtype)) {
      result.set_complex(i, get_complex(i));
    } else if (through_int) {
      result.set_int(i, get_int(i));
    } else {
      result.set_double(i, get_double(i));
    }
  }
  return result;
}

Tensor Tensor::reshaped(std::vector<int64_t> dims) const {
  Tensor result = *this;
  const auto count = element_count(dims, 1);
  TGC_CHECK(count == size_, "reshape changes the element count");
  result.dims_ = std::move(dims);
  return result;
}

Tensor Tensor::scalar(DType dtype, double value) {
  Tensor result(dtype, {});
  result.set_double(0, value);
  return result;
}

Tensor Tensor::scalar_int(DType dtype, int64_t value) {
  Tensor result(dtype, {});
  result.set_int(0, value);
  return result;
}

}  // namespace tgc
