// SPDX-License-Identifier: Apache-2.0
// Shape and TensorType: what is known of a Variable before a call. A dim that is the integer 1
// broadcasts, anything else never does (Theano's rule).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "types/dim_expr.h"
#include "types/dtype.h"

namespace tgc {

using Shape = std::vector<DimExpr>;

// Where a value lives: the host, or a named GPU context ("cuda" is the default one).
struct Place {
  std::string context;

  [[nodiscard]] bool is_host() const { return context.empty(); }
  friend bool operator==(const Place&, const Place&) = default;
};

struct TensorType {
  DType dtype = DType::float32;
  Shape shape;
  Place place;

  [[nodiscard]] int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  [[nodiscard]] bool broadcasts(size_t axis) const { return shape[axis].is(1); }
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

std::string shape_text(const Shape& shape);     // "[n, 64]"
std::string type_text(const TensorType& type);  // "float32[n, 64]", "cuda:float32[n, 64]"

// Product of all dims (1 for a scalar).
DimExpr element_count(const Shape& shape);
// Same for integers; nullopt when it, times `element_size`, does not fit int64_t or a dim is < 0.
std::optional<int64_t> element_count(const std::vector<int64_t>& dims, int64_t element_size);

// Row-major strides in elements.
std::vector<DimExpr> contiguous_strides(const Shape& shape);
std::vector<int64_t> contiguous_strides(const std::vector<int64_t>& dims);

}  // namespace tgc
