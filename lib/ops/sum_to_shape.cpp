// SPDX-License-Identifier: Apache-2.0
// See sum_to_shape.h.
#include "ops/sum_to_shape.h"

#include "support/check.h"

namespace tgc {

VariableId sum_to_shape(Builder& builder, VariableId grad, const Shape& shape) {
  const Shape wide = builder.graph().type(grad).shape;
  TGC_CHECK(wide.size() >= shape.size(), "a gradient has fewer axes than the value");
  const size_t lead = wide.size() - shape.size();
  std::vector<int64_t> summed;
  std::vector<int64_t> order;  // of the kept axes, with new axes for summed inner ones
  for (size_t axis = 0; axis < wide.size(); ++axis) {
    const bool repeated = axis < lead || (shape[axis - lead].is(1) && !wide[axis].is(1));
    if (repeated) summed.push_back(static_cast<int64_t>(axis));
    if (axis < lead) continue;
    order.push_back(repeated ? -1 : static_cast<int64_t>(axis - summed.size()));
  }
  if (summed.empty()) return grad;
  const VariableId sum = builder.call("sum", {grad}, {{"axis", summed}});
  if (order.size() == wide.size() - summed.size()) return sum;
  return builder.call("dimshuffle", {sum}, {{"order", order}});
}

}  // namespace tgc
