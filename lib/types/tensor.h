// SPDX-License-Identifier: Apache-2.0
// Tensor: a value on the host, contiguous row-major bytes. Used for constants, initial values and
// by the interpreter; compiled code never sees it.
#pragma once
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "support/check.h"
#include "types/dtype.h"

namespace tgc {

// IEEE half as raw bits; arithmetic is done in float32.
uint16_t float_to_half(float value);  // round to nearest even
float half_to_float(uint16_t bits);

class Tensor {
 public:
  Tensor() = default;
  Tensor(DType dtype, std::vector<int64_t> dims);  // zeros; TGC_CHECKs that the size fits

  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] const std::vector<int64_t>& dims() const { return dims_; }
  [[nodiscard]] int64_t rank() const { return static_cast<int64_t>(dims_.size()); }
  [[nodiscard]] int64_t size() const { return size_; }  // elements
  [[nodiscard]] int64_t byte_size() const { return static_cast<int64_t>(bytes_.size()); }
  [[nodiscard]] const std::byte* bytes() const { return bytes_.data(); }
  [[nodiscard]] std::byte* bytes() { return bytes_.data(); }

  // T must be the C++ type of dtype(): bool as uint8_t, float16 as uint16_t.
  template <class T>
  [[nodiscard]] const T* data() const {
    return reinterpret_cast<const T*>(bytes_.data());
  }
  template <class T>
  [[nodiscard]] T* data() {
    return reinterpret_cast<T*>(bytes_.data());
  }

  // One element by flat index, converted. Integers go through the int64 (uint64 wraps) form.
  [[nodiscard]] double get_double(int64_t index) const;
  [[nodiscard]] int64_t get_int(int64_t index) const;  // floats truncate
  void set_double(int64_t index, double value);        // converts as C does, bool: value != 0
  void set_int(int64_t index, int64_t value);

  // Complex elements; get_double and set_double see the real part, the other is 0.
  [[nodiscard]] std::complex<double> get_complex(int64_t index) const;
  void set_complex(int64_t index, std::complex<double> value);

  [[nodiscard]] Tensor cast_to(DType dtype) const;
  [[nodiscard]] Tensor reshaped(std::vector<int64_t> dims) const;  // same element count

  static Tensor scalar(DType dtype, double value);
  static Tensor scalar_int(DType dtype, int64_t value);

  // Same dtype, dims and bits.
  friend bool operator==(const Tensor&, const Tensor&) = default;

 private:
  DType dtype_ = DType::float32;
  std::vector<int64_t> dims_;
  int64_t size_ = 0;
  std::vector<std::byte> bytes_;
};

// Calls f with a value of the C++ type of `dtype`, not a complex one (bool: uint8_t, float16:
// uint16_t).
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::boolean:
    case DType::uint8:
      return f(uint8_t{});
    case DType::int8:
      return f(int8_t{});
    case DType::int16:
      return f(int16_t{});
    case DType::int32:
      return f(int32_t{});
    case DType::int64:
      return f(int64_t{});
    case DType::uint16:
    case DType::float16:
      return f(uint16_t{});
    case DType::uint32:
      return f(uint32_t{});
    case DType::uint64:
      return f(uint64_t{});
    case DType::float32:
      return f(float{});
    case DType::float64:
      return f(double{});
    case DType::complex64:
    case DType::complex128:
      break;
  }
  throw InternalError("no plain type for this dtype");
}

}  // namespace tgc
