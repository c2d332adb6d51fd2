// SPDX-License-Identifier: Apache-2.0
// What all elementwise ops share: Theano's result dtypes, inference with broadcasting and known
// integer values, evaluation and lowering from the op's `scalar`, and the shape of gradients.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "graph/node.h"
#include "graph/op_def.h"
#include "kernel/scalar_value.h"
#include "ops/sum_to_shape.h"

namespace tgc {

// Result dtype from the inputs' dtypes; nullopt where Theano refuses them.
using ResultRule = std::optional<DType> (*)(const std::vector<DType>& inputs, DType float_x);

std::optional<DType> upcast(const std::vector<DType>& inputs, DType float_x);
std::optional<DType> upcast_no_bool(const std::vector<DType>& inputs, DType float_x);
std::optional<DType> upcast_at_least_int8(const std::vector<DType>& inputs, DType float_x);
std::optional<DType> upgrade(const std::vector<DType>& inputs, DType float_x);  // to a float
std::optional<DType> floats_only(const std::vector<DType>& inputs, DType float_x);
std::optional<DType> bits_only(const std::vector<DType>& inputs, DType float_x);
std::optional<DType> true_division(const std::vector<DType>& inputs, DType float_x);
std::optional<DType> truth(const std::vector<DType>& inputs, DType float_x);        // bool
std::optional<DType> of_branches(const std::vector<DType>& inputs, DType float_x);  // switch
std::optional<DType> of_second(const std::vector<DType>& inputs, DType float_x);    // fill

// The dtype of a number written in a formula (0.5, 1.0) by Theano's rule for Python floats: floatX,
// but float32 where floatX is float64, since it holds such a number exactly.
DType literal_dtype(DType float_x);

// float16 is computed in float32.
DType compute_dtype(DType dtype);

// Broadcasts all inputs and adds the output; `op` tells how known integer values combine.
bool infer_broadcast(InferContext& context, std::optional<DType> result,
                     std::optional<ScalarOp> op);
template <ResultRule rule, ScalarOp op>
bool infer_elementwise(InferContext& context) {
  std::vector<DType> dtypes;
  for (const Variable* input : context.inputs) dtypes.push_back(input->type.dtype);
  return infer_broadcast(context, rule(dtypes, context.float_x), op);
}

// Calls f(position, values) for each element of the outputs, in order; values holds the element of
// every input and may be extended by f. Ends when f sets the context's failure.
using ElementFunction = std::function<void(int64_t position, std::vector<ScalarValue>& values)>;
void for_each_broadcast(EvalContext& context, const ElementFunction& f);

void eval_elementwise(EvalContext& context);
void lower_elementwise(LowerContext& context);

// `op` in the dtype to compute `result` in, arguments cast to it; more than two are folded from the
// left. add and mul of bools are or and and.
ExprRef scalar_nary(ScalarOp op, const std::vector<ExprRef>& args, DType result);
ExprRef scalar_comparison(ScalarOp op, const std::vector<ExprRef>& args);  // in the promoted dtype
template <ScalarOp op>
ExprRef scalar_call(const Apply&, const std::vector<ExprRef>& args, DType result) {
  return scalar_nary(op, args, result);
}
template <ScalarOp op>
ExprRef comparison_call(const Apply&, const std::vector<ExprRef>& args, DType) {
  return scalar_comparison(op, args);
}

// A derivative as a formula of the output's gradient g, the input x and the output y. The axes that
// x was broadcast over are summed afterwards.
using Derivative = Node (*)(const Node& g, const Node& x, const Node& y);
template <Derivative derivative>
void grad_unary(GradContext& context) {
  if (!context.wanted[0]) return;
  Builder& builder = context.builder;
  const Node g(builder, *context.output_grads[0]);
  const Node x(builder, context.input(0));
  const Node y(builder, context.output(0));
  context.input_grads[0] = sum_to_shape(builder, derivative(g, x, y).id(), x.type().shape);
}

// The same for an op of several inputs; all of them are passed.
using DerivativeOf = Node (*)(const Node& g, const std::vector<Node>& x, const Node& y, size_t of);
template <DerivativeOf derivative>
void grad_nary(GradContext& context) {
  Builder& builder = context.builder;
  const Node g(builder, *context.output_grads[0]);
  const Node y(builder, context.output(0));
  std::vector<Node> x;
  for (size_t i = 0; i < context.wanted.size(); ++i) x.emplace_back(builder, context.input(i));
  for (size_t i = 0; i < x.size(); ++i) {
    if (!context.wanted[i]) continue;
    const Shape shape = x[i].type().shape;
    context.input_grads[i] = sum_to_shape(builder, derivative(g, x, y, i).id(), shape);
  }
}

// The gradient of a step function: 0 everywhere, but connected.
void grad_zero(GradContext& context);

}  // namespace tgc
