// SPDX-License-Identifier: Apache-2.0
// Values on their way between the interpreter's Tensors and the runtime's Arrays.
#pragma once
#include <algorithm>

#include "tgc/runtime.hpp"
#include "types/tensor.h"

namespace tgc {

inline Array to_array(const Tensor& tensor) {
  Array array = Array::zeros(static_cast<uint32_t>(tensor.dtype()), tensor.dims());
  std::copy_n(reinterpret_cast<const unsigned char*>(tensor.bytes()), array.byte_count(),
              static_cast<unsigned char*>(array.bytes()));
  return array;
}

inline Tensor to_tensor(const Array& array) {
  Tensor tensor(static_cast<DType>(array.dtype()), array.dims());
  std::copy_n(static_cast<const unsigned char*>(array.bytes()), array.byte_count(),
              reinterpret_cast<unsigned char*>(tensor.bytes()));
  return tensor;
}

}  // namespace tgc
