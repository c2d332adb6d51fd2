// SPDX-License-Identifier: Apache-2.0
// See strided.h.
#include "strided.h"

#include <cstring>

#include "plan_file.h"

namespace tgc::runtime {

bool is_contiguous(const tgc_tensor& tensor) {
  const int64_t size = dtype_bytes(tensor.dtype);
  if (size == 0 || reinterpret_cast<uintptr_t>(tensor.data) % static_cast<uintptr_t>(size) != 0) {
    return false;
  }
  if (tensor.has_strides == 0) return true;
  int64_t expected = size;
  for (uint32_t i = tensor.rank; i-- > 0;) {
    if (tensor.dims[i] == 0) return true;
    if (tensor.dims[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.dims[i];
  }
  return true;
}

void copy_contiguous(const tgc_tensor& tensor, void* to) {
  const auto size = static_cast<size_t>(dtype_bytes(tensor.dtype));
  int64_t strides[TGC_MAX_RANK];
  int64_t index[TGC_MAX_RANK] = {};
  int64_t count = 1;
  int64_t contiguous = static_cast<int64_t>(size);
  for (uint32_t i = tensor.rank; i-- > 0;) {
    strides[i] = tensor.has_strides != 0 ? tensor.strides[i] : contiguous;
    contiguous *= tensor.dims[i];
    count *= tensor.dims[i];
  }
  const auto* from = static_cast<const char*>(tensor.data);
  auto* out = static_cast<char*>(to);
  for (int64_t done = 0; done < count; ++done) {
    std::memcpy(out, from, size);
    out += size;
    for (uint32_t axis = tensor.rank; axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < tensor.dims[axis]) break;
      from -= strides[axis] * tensor.dims[axis];
      index[axis] = 0;
    }
  }
}

std::string dims_text(const std::vector<int64_t>& dims) {
  std::string text = "[";
  for (size_t i = 0; i < dims.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(dims[i]);
  return text + "]";
}

}  // namespace tgc::runtime
