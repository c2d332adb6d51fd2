// SPDX-License-Identifier: Apache-2.0
// Tensors as the bytes of .npy, .npz (stored) and .safetensors files.
#pragma once
#include <string>
#include <vector>

#include "types/tensor.h"

namespace tgc {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

std::string npy_bytes(const Tensor& tensor);
std::string npz_bytes(const std::vector<NamedTensor>& tensors);
std::string safetensors_bytes(const std::vector<NamedTensor>& tensors);

}  // namespace tgc
