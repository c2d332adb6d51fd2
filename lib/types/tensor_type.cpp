// SPDX-License-Identifier: Apache-2.0
// See tensor_type.h.
#include "types/tensor_type.h"

namespace tgc {
namespace {

template <class T>
std::vector<T> row_major(const std::vector<T>& dims) {
  std::vector<T> strides(dims.size(), T(1));
  for (size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return strides;
}

}  // namespace

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + shape[i].text();
  return text + "]";
}

std::string type_text(const TensorType& type) {
  std::string text = type.place.is_host() ? "" : type.place.context + ":";
  return text + std::string(dtype_name(type.dtype)) + shape_text(type.shape);
}

DimExpr element_count(const Shape& shape) {
  DimExpr count = 1;
  for (const DimExpr& dim : shape) count = count * dim;
  return count;
}

std::optional<int64_t> element_count(const std::vector<int64_t>& dims, int64_t element_size) {
  int64_t bytes = element_size;
  int64_t count = 1;
  bool empty = false;
  for (const int64_t dim : dims) {
    if (dim < 0) return std::nullopt;
    if (dim == 0) {
      empty = true;
      continue;
    }
    if (__builtin_mul_overflow(bytes, dim, &bytes)) return std::nullopt;
    count *= dim;
  }
  return empty ? 0 : count;
}

std::vector<DimExpr> contiguous_strides(const Shape& shape) {
  return row_major(shape);
}

std::vector<int64_t> contiguous_strides(const std::vector<int64_t>& dims) {
  return row_major(dims);
}

}  // namespace tgc
