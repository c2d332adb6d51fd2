// SPDX-License-Identifier: Apache-2.0
// Short ways to write types and host tensors in tests.
#pragma once
#include <string>
#include <vector>

#include "types/tensor.h"
#include "types/tensor_type.h"

namespace tgc {

inline TensorType float64_type(Shape shape) {
  return {DType::float64, std::move(shape), {}};
}

inline Tensor make_tensor(DType dtype, std::vector<int64_t> dims,
                          const std::vector<double>& values) {
  Tensor tensor(dtype, std::move(dims));
  for (size_t i = 0; i < values.size(); ++i) {
    tensor.set_double(static_cast<int64_t>(i), values[i]);
  }
  return tensor;
}

inline Tensor vector_of(const std::vector<double>& values) {
  return make_tensor(DType::float64, {static_cast<int64_t>(values.size())}, values);
}

inline std::vector<double> numbers(const Tensor& tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.size(); ++i) values.push_back(tensor.get_double(i));
  return values;
}

}  // namespace tgc
