// SPDX-License-Identifier: Apache-2.0
// The elementwise functions of neural networks: sigmoids, softplus, softsign, relu.
#include "ops/elementwise.h"

namespace tgc {
namespace {

Node d_sigmoid(const Node& g, const Node&, const Node& y) {
  return g * y * (1 - y);
}
Node d_softplus(const Node& g, const Node& x, const Node&) {
  return g * x.call("sigmoid");
}
Node d_softsign(const Node& g, const Node& x, const Node&) {
  return g / sqr(1 + abs(x));
}

// The slope inside the unclipped part, its ends included.
Node d_hard_sigmoid(const Node& g, const Node& x, const Node&) {
  const Node line = x * 0.2 + 0.5;
  return ge(line, line.number(0)).call("and_", {le(line, line.number(1))}) * (g * 0.2);
}

template <ScalarOp op>
OpDef activation(std::string_view name, std::string_view theano, std::string_view doc,
                 std::string_view node) {
  OpDef def;
  def.name = name;
  def.theano = theano;
  def.doc = doc;
  def.min_inputs = def.max_inputs = 1;
  def.infer = infer_elementwise<upgrade, op>;
  def.eval = eval_elementwise;
  def.lower = lower_elementwise;
  def.scalar = scalar_call<op>;
  def.examples = {{node, R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -4, "high": 4}})"}};
  return def;
}

// The halves are float literals, so integers become floats.
std::optional<DType> relu_dtype(const std::vector<DType>& inputs, DType float_x) {
  return promote(*upcast(inputs, float_x), literal_dtype(float_x));
}

// Theano's forms: 0.5·(x + |x|), and 0.5·(1 + alpha)·x + 0.5·(1 - alpha)·|x|; so the gradient at 0
// is 0.5·(1 + alpha).
std::optional<std::vector<VariableId>> expand_relu(Builder& builder,
                                                   const std::vector<VariableId>& inputs,
                                                   const Attributes& attributes) {
  const Node x(builder, inputs[0]);
  const DType dtype = *relu_dtype({x.type().dtype}, builder.float_x());
  const auto number = [&](double value) { return Node(builder, builder.scalar(dtype, value)); };
  const double alpha = attr_or(attributes, "alpha", 0.0);
  if (inputs.size() == 1 && alpha == 0) return {{(number(0.5) * (x + abs(x))).id()}};
  if (inputs.size() == 1) {
    return {{(number(0.5 * (1 + alpha)) * x + number(0.5 * (1 - alpha)) * abs(x)).id()}};
  }
  // The formula's 1 is an int8, which keeps bools and small unsigned slopes from wrapping.
  const Node given(builder, inputs[1]);
  const DType slope_dtype = given.type().dtype;
  const Node slope = is_float(slope_dtype) ? given : given.cast(promote(DType::int8, slope_dtype));
  const Node up = number(0.5) * (1 + slope);
  const Node down = number(0.5) * (1 - slope);
  return {{(up * x + down * abs(x)).id()}};
}

OpDef relu_op() {
  OpDef def;
  def.name = "relu";
  def.theano = "relu";
  def.doc =
      "x where it is positive, alpha times x elsewhere; alpha is an attribute or the second input. "
      "The gradient at 0 is the mean of both slopes.";
  def.min_inputs = 1;
  def.max_inputs = 2;
  def.attributes = {{"alpha", AttrKind::real, false, "the slope below 0 (0)"}};
  def.infer = infer_elementwise<relu_dtype, ScalarOp::mul>;
  def.expand = expand_relu;
  def.examples = {{R"({"op": "relu", "inputs": ["x"]})",
                   R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -4, "high": 4}})"},
                  {R"({"op": "relu", "inputs": ["x"], "alpha": 0.25})",
                   R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -4, "high": 4}})"}};
  return def;
}

}  // namespace

std::vector<OpDef> elementwise_activation_ops() {
  using enum ScalarOp;
  OpDef sigmoid_op = activation<sigmoid>("sigmoid", "Elemwise{sigmoid}",
                                         "The logistic function 1 / (1 + exp(-x)).",
                                         R"({"op": "sigmoid", "inputs": ["x"]})");
  sigmoid_op.grad = grad_unary<d_sigmoid>;
  OpDef softplus_op =
      activation<softplus>("softplus", "Elemwise{softplus}", "log(1 + exp(x)) without overflow.",
                           R"({"op": "softplus", "inputs": ["x"]})");
  softplus_op.grad = grad_unary<d_softplus>;
  OpDef softsign_op = activation<softsign>("softsign", "Elemwise{softsign}", "x / (1 + |x|).",
                                           R"({"op": "softsign", "inputs": ["x"]})");
  softsign_op.grad = grad_unary<d_softsign>;
  OpDef hard_op =
      activation<hard_sigmoid>("hard_sigmoid", "hard_sigmoid", "0.2 x + 0.5 clipped to [0, 1].",
                               R"({"op": "hard_sigmoid", "inputs": ["x"]})");
  hard_op.grad = grad_unary<d_hard_sigmoid>;
  OpDef fast_op = activation<ultra_fast_sigmoid>(
      "ultra_fast_sigmoid", "Elemwise{ultra_fast_sigmoid}",
      "An approximation of sigmoid by a fraction and lines, off by at most 0.02.",
      R"({"op": "ultra_fast_sigmoid", "inputs": ["x"]})");
  fast_op.no_grad =
      "the pieces of the approximation do not join smoothly; use sigmoid and include the rewrite "
      "local_ultra_fast_sigmoid";
  return {sigmoid_op, softplus_op, softsign_op, hard_op, fast_op, relu_op()};
}

}  // namespace tgc
