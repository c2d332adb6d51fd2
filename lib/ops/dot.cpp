// SPDX-License-Identifier: Apache-2.0
// dot: the product of matrices and vectors. As in Theano a scalar operand makes it mul, and more
// than two dimensions make it tensordot.
#include <algorithm>

#include "ops/contraction.h"
#include "ops/tensordot.h"

namespace tgc {
namespace {

bool infer_dot(InferContext& context) {
  const Shape a = context.type(0).shape;
  const Shape b = context.type(1).shape;
  if (a.empty() || b.empty()) {
    auto shape = context.broadcast({0, 1});
    if (!shape) return false;
    context.output(product_dtype(context), std::move(*shape));
    return true;
  }
  const size_t b_axis = b.size() == 1 ? 0 : b.size() - 2;
  if (!context.require_equal(
          a.back(), b[b_axis],
          differ("inner dimensions", a.back(), context.name(0), b[b_axis], context.name(1)),
          "inputs/1")) {
    return false;
  }
  Shape result(a.begin(), a.end() - 1);
  for (size_t axis = 0; axis < b.size(); ++axis) {
    if (axis != b_axis) result.push_back(b[axis]);
  }
  context.output(product_dtype(context), std::move(result));
  return true;
}

std::optional<std::vector<VariableId>> expand_dot(Builder& builder,
                                                  const std::vector<VariableId>& inputs,
                                                  const Attributes&) {
  const int64_t a = builder.graph().type(inputs[0]).rank();
  const int64_t b = builder.graph().type(inputs[1]).rank();
  if (a == 0 || b == 0) return {{builder.call("mul", inputs)}};
  if (a <= 2 && b <= 2) return std::nullopt;
  return {
      {builder.call("tensordot", inputs, tensordot_axes({a - 1}, {std::max<int64_t>(0, b - 2)}))}};
}

Node transposed(const Node& x) {
  if (x.type().rank() < 2) return x;
  return x.call("dimshuffle", {}, {{"order", std::vector<int64_t>{1, 0}}});
}

Node outer(const Node& x, const Node& y) {
  const Node column = x.call("dimshuffle", {}, {{"order", std::vector<int64_t>{0, -1}}});
  const Node row = y.call("dimshuffle", {}, {{"order", std::vector<int64_t>{-1, 0}}});
  return column.call("dot", {row});
}

void grad_dot(GradContext& context) {
  const Node x(context.builder, context.input(0));
  const Node y(context.builder, context.input(1));
  const Node g(context.builder, *context.output_grads[0]);
  const bool x_vector = x.type().rank() == 1;
  const bool y_vector = y.type().rank() == 1;
  if (context.wanted[0]) {
    // x·y: g yᵀ, where a missing axis makes the product outer or a scaling
    const Node gx = y_vector ? (x_vector ? g * y : outer(g, y)) : g.call("dot", {transposed(y)});
    context.input_grads[0] = gx.id();
  }
  if (context.wanted[1]) {
    const Node gy = x_vector ? (y_vector ? x * g : outer(x, g)) : transposed(x).call("dot", {g});
    context.input_grads[1] = gy.id();
  }
}

void eval(EvalContext& context) {
  eval_product(*context.inputs[0], *context.inputs[1], false, context.make_output(0));
}

void lower(LowerContext& context) {
  Product product;
  product.a = input_ref(0);
  product.b = input_ref(1);
  product.result = output_ref(0);
  product.dtype = context.outputs.at(0).dtype;
  lower_product(context, product);
}

}  // namespace

OpDef dot_op() {
  OpDef dot;
  dot.name = "dot";
  dot.theano = "Dot";
  dot.doc =
      "The matrix product: sums over the last axis of a and the last but one of b (the only one of "
      "a vector). A scalar multiplies.";
  dot.min_inputs = dot.max_inputs = 2;
  dot.infer = infer_dot;
  dot.grad = grad_dot;
  dot.eval = eval;
  dot.lower = lower;
  dot.expand = expand_dot;
  dot.examples = {
      {R"({"op": "dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float32", "shape": [3, 4]}, "b": {"dtype": "float32", "shape": [4, 5]}})"},
      {R"({"op": "dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float32", "shape": [4]}, "b": {"dtype": "float32", "shape": [4, 5]}})"},
      {R"({"op": "dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float16", "shape": [3, 4]}, "b": {"dtype": "float16", "shape": [4]}})"},
      {R"({"op": "dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "int8", "shape": [4], "low": -99, "high": 99},
           "b": {"dtype": "uint8", "shape": [4], "low": 0, "high": 99}})"},
      {R"({"op": "dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float64", "shape": [2, 3, 4]},
           "b": {"dtype": "float64", "shape": [5, 4, 2]}})"},
      {R"({"op": "dot", "inputs": ["a", "b"]})",
       R"({"a": {"dtype": "float64", "shape": []}, "b": {"dtype": "float64", "shape": [2, 3]}})"}};
  return dot;
}

}  // namespace tgc
