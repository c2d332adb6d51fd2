// SPDX-License-Identifier: Apache-2.0
// See strided_copy.h.
#include "ops/strided_copy.h"

#include <algorithm>

namespace tgc {

void copy_from_strided(const Tensor& from, int64_t offset, const std::vector<int64_t>& strides,
                       Tensor& to) {
  int64_t at = 0;
  for_each_index(to.dims(), [&](const std::vector<int64_t>& index) {
    copy_element(from, offset + flat_index(index, strides), to, at++);
  });
}

void lower_to_view(LowerContext& context, int output, int input, const DimExpr& offset,
                   const std::vector<DimExpr>& strides) {
  const OperandLayout& from = context.inputs.at(static_cast<size_t>(input));
  if (!from.literal) {
    context.view(output, input, offset, strides);
    return;
  }
  KernelBuilder kernel = context.kernel();
  const auto indices = kernel.outer(context.outputs.at(static_cast<size_t>(output)).shape);
  const std::vector<IndexExpr> first(from.shape.size(), IndexExpr(0));
  kernel.append(kernel.store(output_ref(output), indices, kernel.load(input_ref(input), first)));
  context.add(kernel.finish());
}

void lower_to_copy(LowerContext& context, OperandRef from, OperandRef to, const Shape& shape) {
  KernelBuilder kernel = context.kernel();
  const auto indices = kernel.outer(shape);
  kernel.append(kernel.store(to, indices, kernel.load(from, indices)));
  context.add(kernel.finish());
}

bool is_in_place(const Apply& apply, int output, int input) {
  return std::find(apply.destroys.begin(), apply.destroys.end(), Destroy{output, input}) !=
         apply.destroys.end();
}

bool require_dim(InferContext& context, const DimExpr& dim, std::string_view attribute) {
  const auto low = dim.lower_bound();
  if (low && *low >= 0) return true;
  const std::string message = std::string(attribute) + " holds a negative dim: " + dim.text();
  if (const auto high = dim.upper_bound(); high && *high < 0) {
    return context.fail("bad-attribute", message, attribute);
  }
  return context.require_equal(DimExpr::max(dim, 0), dim, message, attribute);
}

}  // namespace tgc
