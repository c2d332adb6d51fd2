// SPDX-License-Identifier: Apache-2.0
// alloc: a new tensor of a given shape filled with a value, which broadcasts.
#include "graph/builder.h"
#include "ops/strided_copy.h"
#include "ops/sum_to_shape.h"

namespace tgc {
namespace {

const Shape& shape_of(const Attributes& attributes) {
  return *find_attr<Shape>(attributes, "shape");
}

bool infer(InferContext& context) {
  const Shape& shape = shape_of(context.attributes);
  const Shape& value = context.type(0).shape;
  if (value.size() > shape.size()) {
    return context.fail("bad-rank",
                        context.name(0) + " has " + std::to_string(value.size()) +
                            " dimensions, more than the shape's " + std::to_string(shape.size()),
                        "inputs/0");
  }
  for (const DimExpr& dim : shape) {
    if (!require_dim(context, dim, "shape")) return false;
  }
  const size_t lead = shape.size() - value.size();
  for (size_t axis = 0; axis < value.size(); ++axis) {
    if (value[axis].is(1)) continue;
    const std::string message = "axis " + std::to_string(lead + axis) + " has length " +
                                shape[lead + axis].text() + " in the shape and " +
                                value[axis].text() + " in " + context.name(0);
    if (!context.require_equal(shape[lead + axis], value[axis], message, "shape")) return false;
  }
  const auto& known = context.inputs[0]->value;
  context.output(context.type(0).dtype, shape);
  if (!known) return true;
  const auto length = shape.empty() ? 1 : shape[0].constant().value_or(-1);
  if (shape.size() > 1 || length < 0 || length > 32) return true;
  context.output_value(known->size() == 1
                           ? std::vector<DimExpr>(static_cast<size_t>(length), known->front())
                           : *known);
  return true;
}

void grad(GradContext& context) {
  const Shape shape = context.graph.type(context.input(0)).shape;
  context.input_grads[0] = sum_to_shape(context.builder, *context.output_grads[0], shape);
}

void eval(EvalContext& context) {
  const Tensor& value = *context.inputs[0];
  Tensor& result = context.make_output(0);
  const auto own = contiguous_strides(value.dims());
  std::vector<int64_t> strides(result.dims().size(), 0);
  const size_t lead = strides.size() - own.size();
  for (size_t axis = 0; axis < own.size(); ++axis) {
    strides[lead + axis] = value.dims()[axis] == 1 ? 0 : own[axis];
  }
  copy_from_strided(value, 0, strides, result);
}

void lower(LowerContext& context) {
  KernelBuilder kernel = context.kernel();
  const auto indices = kernel.outer(context.outputs[0].shape);
  kernel.append(kernel.store(output_ref(0), indices, kernel.load_broadcast(input_ref(0), indices)));
  context.add(kernel.finish());
}

}  // namespace

OpDef alloc_op() {
  OpDef op;
  op.name = "alloc";
  op.theano = "Alloc";
  op.doc = "A tensor of the given shape filled with value, which broadcasts to it.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {{"shape", AttrKind::dims, true, "dims of the result"}};
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.examples = {{R"({"op": "alloc", "inputs": ["value"], "shape": [2, 3]})",
                  R"({"value": {"dtype": "float32", "shape": []}})"},
                 {R"({"op": "alloc", "inputs": ["value"], "shape": [4, 2, 3]})",
                  R"({"value": {"dtype": "float64", "shape": [2, 1]}})"},
                 {R"({"op": "alloc", "inputs": ["value"], "shape": [0, 3]})",
                  R"({"value": {"dtype": "int8", "shape": [3]}})"}};
  return op;
}

}  // namespace tgc
