// SPDX-License-Identifier: Apache-2.0
// swapaxes: x with two axes in each other's place; written as a dimshuffle.
#include <numeric>

#include "graph/builder.h"

namespace tgc {
namespace {

std::optional<int64_t> axis_of(InferContext& context, std::string_view name) {
  const int64_t rank = context.type(0).rank();
  const int64_t axis = *find_attr<int64_t>(context.attributes, name);
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  context.fail("bad-attribute",
               std::string(name) + " " + std::to_string(axis) + " is no axis of " +
                   context.name(0) + ", which has " + std::to_string(rank) + " dimensions",
               name);
  return std::nullopt;
}

bool infer(InferContext& context) {
  Shape shape = context.type(0).shape;
  const auto first = axis_of(context, "axis1");
  const auto second = axis_of(context, "axis2");
  if (!first || !second) return false;
  context.attributes.insert_or_assign("axis1", *first);
  context.attributes.insert_or_assign("axis2", *second);
  std::swap(shape[static_cast<size_t>(*first)], shape[static_cast<size_t>(*second)]);
  context.output(context.type(0).dtype, std::move(shape));
  return true;
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  std::vector<int64_t> order(builder.graph().type(inputs[0]).shape.size());
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<size_t>(*find_attr<int64_t>(attributes, "axis1"))],
            order[static_cast<size_t>(*find_attr<int64_t>(attributes, "axis2"))]);
  return std::vector<VariableId>{builder.call("dimshuffle", inputs, {{"order", order}})};
}

}  // namespace

OpDef swapaxes_op() {
  OpDef op;
  op.name = "swapaxes";
  op.theano = "DimShuffle";
  op.doc = "x with the axes axis1 and axis2 in each other's place.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {{"axis1", AttrKind::integer, true, "an axis; negative counts from the end"},
                   {"axis2", AttrKind::integer, true, "the other one"}};
  op.infer = infer;
  op.expand = expand;
  op.examples = {{R"({"op": "swapaxes", "inputs": ["x"], "axis1": 0, "axis2": -1})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3, 4]}})"}};
  return op;
}

}  // namespace tgc
