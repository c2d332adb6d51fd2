// SPDX-License-Identifier: Apache-2.0
// stack: tensors of one shape side by side along a new axis; written as a join of dimshuffles.
// Of integer scalars it makes a vector whose value is known where theirs are (Theano's MakeVector).
#include "graph/builder.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  const Shape first = context.type(0).shape;
  context.attributes.try_emplace("axis", int64_t{0});
  const auto axes = context.axes(context.type(0).rank() + 1);
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", axes->at(0));
  DType dtype = context.type(0).dtype;
  Shape shape = first;
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    const std::string part = "inputs/" + std::to_string(i);
    const Shape& other = context.type(i).shape;
    if (other.size() != first.size()) {
      return context.fail("bad-rank",
                          context.name(i) + " has " + std::to_string(other.size()) +
                              " dimensions, " + context.name(0) + " has " +
                              std::to_string(first.size()),
                          part);
    }
    for (size_t k = 0; k < first.size(); ++k) {
      const std::string message = "lengths of axis " + std::to_string(k) +
                                  " differ: " + shape[k].text() + " (" + context.name(0) +
                                  ") and " + other[k].text() + " (" + context.name(i) + ")";
      if (!context.require_equal(shape[k], other[k], message, part)) return false;
      if (other[k].is_constant()) shape[k] = other[k];
    }
    dtype = promote(dtype, context.type(i).dtype);
  }
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axes->at(0)),
               DimExpr(static_cast<int64_t>(context.inputs.size())));
  context.output(dtype, std::move(shape));
  return true;
}

std::optional<std::vector<VariableId>> expand(Builder& builder,
                                              const std::vector<VariableId>& inputs,
                                              const Attributes& attributes) {
  const int64_t axis = *find_attr<int64_t>(attributes, "axis");
  std::vector<int64_t> order;
  for (int64_t i = 0; i < builder.graph().type(inputs[0]).rank(); ++i) order.push_back(i);
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(axis), -1);
  std::vector<VariableId> parts;
  parts.reserve(inputs.size());
  for (const VariableId input : inputs) {
    parts.push_back(builder.call("dimshuffle", {input}, {{"order", order}}));
  }
  return std::vector<VariableId>{builder.call("join", parts, {{"axis", axis}})};
}

}  // namespace

OpDef stack_op() {
  OpDef op;
  op.name = "stack";
  op.theano = "Join, MakeVector";
  op.doc = "The inputs, which have one shape, along a new axis of the result.";
  op.min_inputs = 1;
  op.max_inputs = -1;
  op.attributes = {{"axis", AttrKind::integer, false, "of the result; default 0"}};
  op.infer = infer;
  op.expand = expand;
  op.examples = {{R"({"op": "stack", "inputs": ["x", "y"], "axis": 1})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3]},
                      "y": {"dtype": "float32", "shape": [2, 3]}})"},
                 {R"({"op": "stack", "inputs": ["x", "y"]})",
                  R"({"x": {"dtype": "int32", "shape": []},
                      "y": {"dtype": "int64", "shape": []}})"}};
  return op;
}

}  // namespace tgc
