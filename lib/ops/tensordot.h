// SPDX-License-Identifier: Apache-2.0
// Products over several axes as one dot: shared by dot, batched_dot and tensordot.
#pragma once
#include <string>
#include <vector>

#include "graph/node.h"
#include "graph/op_def.h"

namespace tgc {

// "inner dimensions differ: 784 (x) and 512 (w)"
std::string differ(const std::string& what, const DimExpr& a, const std::string& a_name,
                   const DimExpr& b, const std::string& b_name);

// Theano's upcast of both inputs.
DType product_dtype(const InferContext& context);

Attributes tensordot_axes(std::vector<int64_t> a, std::vector<int64_t> b);

// Sums products over a_axes of a and b_axes of b, pairwise: dimshuffle, reshape, then dot, or
// batched_dot over the first axis of both. The result has the other axes of a, then those of b.
Node as_product(const Node& a, const Node& b, const std::vector<int64_t>& a_axes,
                const std::vector<int64_t>& b_axes, bool batched);

// The axes from `first` on that are not in `axes`.
std::vector<int64_t> other_axes(int64_t rank, int64_t first, const std::vector<int64_t>& axes);

}  // namespace tgc
