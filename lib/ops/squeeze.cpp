// SPDX-License-Identifier: Apache-2.0
// squeeze: drops all axes of length 1; written as a dimshuffle.
#include "graph/builder.h"

namespace tgc {
namespace {

std::vector<int64_t> kept_axes(const Shape& shape) {
  std::vector<int64_t> kept;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (!shape[axis].is(1)) kept.push_back(static_cast<int64_t>(axis));
  }
  return kept;
}

bool infer(InferContext& context) {
  const Shape& shape = context.type(0).shape;
  Shape result;
  for (const int64_t axis : kept_axes(shape)) result.push_back(shape[static_cast<size_t>(axis)]);
  context.output(context.type(0).dtype, std::move(result));
  return true;
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes&) {
  const auto order = kept_axes(builder.graph().type(inputs[0]).shape);
  return std::vector<VariableId>{builder.call("dimshuffle", inputs, {{"order", order}})};
}

}  // namespace

OpDef squeeze_op() {
  OpDef op;
  op.name = "squeeze";
  op.theano = "DimShuffle";
  op.doc = "x without its axes of length 1.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.infer = infer;
  op.expand = expand;
  op.examples = {{R"({"op": "squeeze", "inputs": ["x"]})",
                  R"({"x": {"dtype": "float32", "shape": [1, 3, 1, 2]}})"}};
  return op;
}

}  // namespace tgc
