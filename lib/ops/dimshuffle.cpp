// SPDX-License-Identifier: Apache-2.0
// dimshuffle: reorders axes, drops axes of length 1, inserts axes of length 1. Never moves memory.
#include <algorithm>

#include "graph/builder.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

constexpr int64_t kNewAxis = -1;

const std::vector<int64_t>& order_of(const Attributes& attributes) {
  return *find_attr<std::vector<int64_t>>(attributes, "order");
}

bool check_order(const InferContext& context, const std::vector<int64_t>& order) {
  const Shape& shape = context.type(0).shape;
  std::vector<bool> used(shape.size(), false);
  for (const int64_t axis : order) {
    if (axis == kNewAxis) continue;
    if (axis < 0 || axis >= context.type(0).rank()) {
      return context.fail("bad-attribute",
                          "order names axis " + std::to_string(axis) + ", but " + context.name(0) +
                              " has " + std::to_string(shape.size()) + " dimensions",
                          "order");
    }
    if (used[static_cast<size_t>(axis)]) {
      return context.fail("bad-attribute", "order names axis " + std::to_string(axis) + " twice",
                          "order");
    }
    used[static_cast<size_t>(axis)] = true;
  }
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (used[axis] || shape[axis].is(1)) continue;
    return context.fail("bad-attribute",
                        "order drops axis " + std::to_string(axis) + " of length " +
                            shape[axis].text() + "; only a dim that is 1 can be dropped",
                        "order");
  }
  return true;
}

bool infer(InferContext& context) {
  const std::vector<int64_t>& order = order_of(context.attributes);
  if (!check_order(context, order)) return false;
  Shape shape;
  for (const int64_t axis : order) {
    shape.push_back(axis == kNewAxis ? DimExpr(1)
                                     : context.type(0).shape[static_cast<size_t>(axis)]);
  }
  context.output(context.type(0).dtype, std::move(shape));
  if (context.inputs[0]->value && order.size() <= 1)
    context.output_value(*context.inputs[0]->value);
  return true;
}

void grad(GradContext& context) {
  const std::vector<int64_t>& order = order_of(context.attributes());
  const auto rank = context.graph.type(context.input(0)).rank();
  std::vector<int64_t> back(static_cast<size_t>(rank), kNewAxis);
  for (size_t i = 0; i < order.size(); ++i) {
    if (order[i] != kNewAxis) back[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  }
  context.input_grads[0] =
      context.builder.call("dimshuffle", {*context.output_grads[0]}, {{"order", back}});
}

// Strides of the result; an inserted axis has stride 0.
template <class T>
std::vector<T> shuffled(const std::vector<T>& strides, const std::vector<int64_t>& order) {
  std::vector<T> result;
  for (const int64_t axis : order) {
    result.push_back(axis == kNewAxis ? T(0) : strides[static_cast<size_t>(axis)]);
  }
  return result;
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  const auto strides = shuffled(contiguous_strides(x.dims()), order_of(context.apply.attributes));
  copy_from_strided(x, 0, strides, context.make_output(0));
}

void lower(LowerContext& context) {
  const OperandLayout& x = context.inputs[0];
  lower_to_view(context, 0, 0, x.offset, shuffled(x.strides, order_of(context.apply.attributes)));
}

}  // namespace

OpDef dimshuffle_op() {
  OpDef op;
  op.name = "dimshuffle";
  op.theano = "DimShuffle";
  op.doc =
      "Axis i of the result is axis order[i] of x, or a new axis of length 1 where order[i] is "
      "\"x\". Axes that order leaves out must have length 1.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {{"order",
                    AttrKind::integers,
                    true,
                    "axes of x in their new order; \"x\" (or -1) inserts an axis of length 1",
                    {"x"}}};
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.examples = {{R"({"op": "dimshuffle", "inputs": ["x"], "order": [1, "x", 0]})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3]}})"},
                 {R"({"op": "dimshuffle", "inputs": ["x"], "order": ["x", 2, 0]})",
                  R"({"x": {"dtype": "float64", "shape": [3, 1, 2]}})"},
                 {R"({"op": "dimshuffle", "inputs": ["x"], "order": [1, 0]})",
                  R"({"x": {"dtype": "int16", "shape": [4, 0]}})"}};
  return op;
}

}  // namespace tgc
