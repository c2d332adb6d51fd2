// SPDX-License-Identifier: Apache-2.0
// ptp: the distance from the smallest to the largest element; written as max - min.
#include <algorithm>

#include "graph/node.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  if (context.type(0).dtype == DType::boolean) {
    return context.fail("bad-dtype", context.name(0) + " is bool, which cannot be subtracted",
                        "inputs/0", "cast it to a number");
  }
  const auto axes = context.axes(context.type(0).rank());
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", *axes);
  Shape shape;
  for (int64_t axis = 0; axis < context.type(0).rank(); ++axis) {
    if (std::find(axes->begin(), axes->end(), axis) == axes->end()) {
      shape.push_back(context.type(0).shape[static_cast<size_t>(axis)]);
    }
  }
  context.output(context.type(0).dtype, std::move(shape));
  return true;
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  const Node x(builder, inputs[0]);
  const Attributes axes = {{"axis", *find_attr<std::vector<int64_t>>(attributes, "axis")}};
  return std::vector<VariableId>{(x.call("max", {}, axes) - x.call("min", {}, axes)).id()};
}

}  // namespace

OpDef ptp_op() {
  OpDef op;
  op.name = "ptp";
  op.theano = "CAReduce{maximum}, CAReduce{minimum}";
  op.doc = "The largest element minus the smallest, over the axes.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {{"axis", AttrKind::integers, false, "axes to reduce; default: all"}};
  op.infer = infer;
  op.expand = expand;
  op.examples = {{R"({"op": "ptp", "inputs": ["x"], "axis": 1})",
                  R"({"x": {"dtype": "float32", "shape": [3, 4]}})"}};
  return op;
}

}  // namespace tgc
