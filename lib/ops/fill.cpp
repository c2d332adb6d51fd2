// SPDX-License-Identifier: Apache-2.0
// fill(x, value): value broadcast to the shape of both; the elements of x are never read.
#include "ops/elementwise.h"

namespace tgc {
namespace {

ExprRef fill_scalar(const Apply&, const std::vector<ExprRef>& args, DType) {
  return args.at(1);
}

void lower_fill(LowerContext& context) {
  KernelBuilder builder = context.kernel();
  const auto indices = builder.outer(context.outputs.at(0).shape);
  const ExprRef value = builder.load_broadcast(context.source(1), indices);
  builder.append(builder.store(output_ref(0), indices, value));
  context.add(builder.finish());
}

// The elements of x are not used, so x stays disconnected.
void grad_fill(GradContext& context) {
  const Shape shape = context.graph.type(context.input(1)).shape;
  if (!context.wanted[1]) return;
  context.input_grads[1] = sum_to_shape(context.builder, *context.output_grads[0], shape);
}

}  // namespace

OpDef fill_op() {
  OpDef def;
  def.name = "fill";
  def.theano = "Elemwise{second}";
  def.doc = "The second input, broadcast to the shape of the first; its elements are not read.";
  def.min_inputs = def.max_inputs = 2;
  def.infer = infer_elementwise<of_second, ScalarOp::switch_>;
  def.grad = grad_fill;
  def.eval = eval_elementwise;
  def.lower = lower_fill;
  def.scalar = fill_scalar;
  def.aliases = {"second"};
  def.examples = {{R"({"op": "fill", "inputs": ["x", "value"]})",
                   R"({"x": {"dtype": "float32", "shape": [3, 4]},
                       "value": {"dtype": "float32", "shape": [4]}})"}};
  return def;
}

}  // namespace tgc
