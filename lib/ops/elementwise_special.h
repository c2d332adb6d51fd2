// SPDX-License-Identifier: Apache-2.0
// Records of special functions: dtype, value and kernel follow from the ScalarOp, the gradient from
// one formula; and what their examples look like.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "ops/elementwise.h"

namespace tgc {

// The derivative with respect to the last input; the others are of the result's dtype.
using DerivativeOfLast = Node (*)(const Node& g, const std::vector<Node>& inputs, const Node& y);
template <DerivativeOfLast derivative>
void grad_of_last(GradContext& context) {
  Builder& builder = context.builder;
  const std::string name(context.graph.apply(context.apply).op->name);
  const size_t last = context.graph.apply(context.apply).inputs.size() - 1;
  const Node y(builder, context.output(0)), x(builder, context.input(last));
  std::vector<Node> inputs;
  for (size_t i = 0; i < last; ++i) {
    if (context.wanted[i]) {
      const std::string which =
          last == 1 ? "its first input, the order" : "input " + std::to_string(i + 1);
      context.diagnostics.error("no-gradient",
                                "grad: " + name + " has no gradient with respect to " + which,
                                context.locate ? context.locate("cost") : Location{});
      return;
    }
    inputs.push_back(Node(builder, context.input(i)).cast(y.type().dtype));
  }
  inputs.push_back(x);
  const Node slope = derivative(Node(builder, *context.output_grads[0]), inputs, y);
  context.input_grads[last] = sum_to_shape(builder, slope.id(), x.type().shape);
}

template <ScalarOp op>
OpDef special(std::string_view name, std::string_view theano, int inputs, std::string_view doc,
              std::vector<OpExample> examples) {
  OpDef def;
  def.name = name;
  def.theano = theano;
  def.doc = doc;
  def.min_inputs = def.max_inputs = inputs;
  def.infer = infer_elementwise<upgrade, op>;
  def.eval = eval_elementwise;
  def.lower = lower_elementwise;
  def.scalar = scalar_call<op>;
  def.examples = std::move(examples);
  return def;
}

template <ScalarOp op, Derivative derivative>
OpDef unary_special(std::string_view name, std::string_view theano, std::string_view doc,
                    std::vector<OpExample> examples) {
  OpDef def = special<op>(name, theano, 1, doc, std::move(examples));
  def.grad = grad_unary<derivative>;
  return def;
}

template <ScalarOp op, DerivativeOf derivative>
OpDef nary_special(std::string_view name, std::string_view theano, int inputs, std::string_view doc,
                   std::vector<OpExample> examples) {
  OpDef def = special<op>(name, theano, inputs, doc, std::move(examples));
  def.grad = grad_nary<derivative>;
  return def;
}

template <ScalarOp op, DerivativeOfLast derivative>
OpDef special_of_last(std::string_view name, std::string_view theano, int inputs,
                      std::string_view doc, std::vector<OpExample> examples) {
  OpDef def = special<op>(name, theano, inputs, doc, std::move(examples));
  def.grad = grad_of_last<derivative>;
  return def;
}

}  // namespace tgc

// The example's node; x between low and high.
#define TGC_NODE(name, inputs) R"({"op": ")" #name R"(", "inputs": )" inputs "}"
#define TGC_X(dtype, shape, low, high)                                                            \
  R"({"x": {"dtype": ")" #dtype R"(", "shape": )" shape R"(, "low": )" #low R"(, "high": )" #high \
  "}}"
#define TGC_UNARY(name, theano, doc, low, high)                           \
  unary_special<ScalarOp::name, d_##name>(                                \
      #name, "Elemwise{" theano "}", doc,                                 \
      {{TGC_NODE(name, R"(["x"])"), TGC_X(float32, "[3, 4]", low, high)}, \
       {TGC_NODE(name, R"(["x"])"), TGC_X(float64, "[33]", low, high)},   \
       {TGC_NODE(name, R"(["x"])"), TGC_X(float32, "[0, 2]", low, high)}})
