// SPDX-License-Identifier: Apache-2.0
// See values.h.
#include "check/values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "interp/bindings.h"
#include "support/text.h"

namespace tgc {
namespace {

Tolerance exact_tolerance(DType dtype) {
  switch (dtype) {
    case DType::float16:
      return {1e-2, 1e-3};
    case DType::float32:
    case DType::complex64:
      return {1e-4, 1e-5};
    case DType::float64:
    case DType::complex128:
      return {1e-7, 1e-10};
    default:
      return {};
  }
}

std::complex<double> element(const Tensor& tensor, int64_t index) {
  if (is_complex(tensor.dtype())) return tensor.get_complex(index);
  return {tensor.get_double(index), 0};
}

bool is_finite(std::complex<double> value) {
  return std::isfinite(value.real()) && std::isfinite(value.imag());
}

bool differs(const Tensor& before, const Tensor& after, int64_t index, double absolute,
             double relative) {
  if (is_discrete(before.dtype())) return before.get_int(index) != after.get_int(index);
  const std::complex<double> a = element(before, index);
  const std::complex<double> b = element(after, index);
  if (!is_finite(a)) return false;
  return !is_finite(b) || std::abs(a - b) > absolute + relative * std::abs(a);
}

double largest(const Tensor& tensor) {
  double most = 0;
  if (is_discrete(tensor.dtype())) return most;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    const std::complex<double> value = element(tensor, i);
    if (is_finite(value)) most = std::max(most, std::abs(value));
  }
  return most;
}

std::string element_text(const Tensor& tensor, int64_t index) {
  if (is_discrete(tensor.dtype())) return std::to_string(tensor.get_int(index));
  if (tensor.dtype() == DType::float64) return number_text(tensor.get_double(index));
  if (!is_complex(tensor.dtype())) {
    constexpr int kDigits = 9;  // tell any two float32 apart
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*g", kDigits, tensor.get_double(index));
    return text.data();
  }
  const std::complex<double> value = tensor.get_complex(index);
  return number_text(value.real()) + (std::signbit(value.imag()) ? "" : "+") +
         number_text(value.imag()) + "i";
}

// "[1, 2]"; "the value" of a scalar.
std::string place_text(const Tensor& tensor, int64_t index) {
  if (tensor.rank() == 0) return "the value";
  std::vector<std::string> parts(tensor.dims().size());
  for (size_t axis = parts.size(); axis-- > 0;) {
    parts[axis] = std::to_string(index % tensor.dims()[axis]);
    index /= tensor.dims()[axis];
  }
  return "[" + join(parts, ", ") + "]";
}

}  // namespace

Tolerance tolerance_of(DType dtype, DType coarsest, int sloppiness) {
  Tolerance tolerance = exact_tolerance(dtype);
  if (is_discrete(dtype)) return tolerance;
  const Tolerance other = exact_tolerance(coarsest);
  const double factor = std::pow(10.0, sloppiness);
  tolerance.relative = std::max(tolerance.relative, other.relative) * factor;
  tolerance.absolute = std::max(tolerance.absolute, other.absolute) * factor;
  return tolerance;
}

std::optional<Difference> difference_of(const Tensor& before, const Tensor& after,
                                        const Tolerance& tolerance) {
  Difference difference;
  difference.total = before.size();
  if (before.dtype() != after.dtype() || before.dims() != after.dims()) {
    difference.text = "it was " + tensor_text(before) + ", it is " + tensor_text(after);
    return difference;
  }
  const double absolute = tolerance.absolute * (1 + largest(before));
  int64_t first = -1;
  for (int64_t i = 0; i < before.size(); ++i) {
    if (!differs(before, after, i, absolute, tolerance.relative)) continue;
    if (first < 0) first = i;
    ++difference.count;
  }
  if (first < 0) return std::nullopt;
  difference.text = place_text(before, first) + " was " + element_text(before, first) + ", is " +
                    element_text(after, first);
  if (before.rank() > 0) {
    difference.text += "; " + std::to_string(difference.count) + " of " +
                       std::to_string(difference.total) + " elements differ";
  }
  return difference;
}

bool is_all_finite(const Tensor& tensor) {
  if (is_discrete(tensor.dtype())) return true;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    if (!is_finite(element(tensor, i))) return false;
  }
  return true;
}

}  // namespace tgc
