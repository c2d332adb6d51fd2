// SPDX-License-Identifier: Apache-2.0
// max, min and their positions. NaN wins over every number; of equal elements argmax and argmin
// give the first, and the gradient of max and min goes to all of them.
#include "ops/elementwise.h"
#include "ops/reduction.h"

namespace tgc {
namespace {

bool is_position(ReduceKind kind) {
  return kind == ReduceKind::argmax || kind == ReduceKind::argmin;
}

template <ReduceKind kind>
bool infer(InferContext& context) {
  take_no_axes_as_all(context.attributes);
  const DType dtype = is_position(kind) ? DType::int64 : context.type(0).dtype;
  return infer_reduction(context, dtype) && require_elements(context);
}

template <ReduceKind kind>
void eval(EvalContext& context) {
  eval_reduction(context, kind, context.inputs[0]->dtype());
}

template <ReduceKind kind>
void lower(LowerContext& context) {
  lower_reduction(context, kind, context.inputs.at(0).dtype);
}

std::optional<std::vector<VariableId>> expand_max(Builder& builder,
                                                  const std::vector<VariableId>& inputs,
                                                  const Attributes& attributes) {
  return expand_keepdims(builder, "max", inputs, attributes);
}
std::optional<std::vector<VariableId>> expand_min(Builder& builder,
                                                  const std::vector<VariableId>& inputs,
                                                  const Attributes& attributes) {
  return expand_keepdims(builder, "min", inputs, attributes);
}
std::optional<std::vector<VariableId>> expand_argmax(Builder& builder,
                                                     const std::vector<VariableId>& inputs,
                                                     const Attributes& attributes) {
  return expand_keepdims(builder, "argmax", inputs, attributes);
}
std::optional<std::vector<VariableId>> expand_argmin(Builder& builder,
                                                     const std::vector<VariableId>& inputs,
                                                     const Attributes& attributes) {
  return expand_keepdims(builder, "argmin", inputs, attributes);
}

void grad_extreme(GradContext& context) {
  if (!context.wanted[0]) return;
  const Attributes attributes = context.attributes();
  const Node x(context.builder, context.input(0));
  const Node y = keep_axes({context.builder, context.output(0)}, x, attributes);
  const Node g = keep_axes({context.builder, *context.output_grads[0]}, x, attributes);
  context.input_grads[0] = (eq(y, x) * g).id();
}

template <ReduceKind kind>
OpDef record(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.attributes = reduction_attributes();
  op.infer = infer<kind>;
  op.eval = eval<kind>;
  op.lower = lower<kind>;
  return op;
}

bool infer_both(InferContext& context) {
  if (!infer<ReduceKind::max>(context)) return false;
  const Shape shape = context.outputs[0].shape;
  context.output(DType::int64, shape);
  return true;
}

std::optional<std::vector<VariableId>> expand_both(Builder& builder,
                                                   const std::vector<VariableId>& inputs,
                                                   const Attributes& attributes) {
  const VariableId largest = builder.call("max", inputs, attributes);
  return {{largest, builder.call("argmax", inputs, attributes)}};
}

}  // namespace

std::vector<OpDef> extreme_ops() {
  OpDef max = record<ReduceKind::max>("max", "MaxAndArgmax, CAReduce{maximum}",
                                      "The largest element over axes.");
  max.grad = grad_extreme;
  max.expand = expand_max;
  max.examples = {{R"({"op": "max", "inputs": ["x"], "axis": 1})",
                   R"({"x": {"dtype": "float32", "shape": [2, 3]}})"},
                  {R"({"op": "max", "inputs": ["x"], "keepdims": true})",
                   R"({"x": {"dtype": "uint8", "shape": [2, 3], "low": 0, "high": 9}})"}};
  OpDef min =
      record<ReduceKind::min>("min", "CAReduce{minimum}", "The smallest element over axes.");
  min.grad = grad_extreme;
  min.expand = expand_min;
  min.examples = {{R"({"op": "min", "inputs": ["x"], "axis": [0, 2]})",
                   R"({"x": {"dtype": "float32", "shape": [2, 3, 4]}})"}};
  OpDef argmax = record<ReduceKind::argmax>(
      "argmax", "Argmax",
      "The position of the first largest element along an axis; over several axes the position in "
      "row-major order.");
  argmax.grad = grad_zero;
  argmax.expand = expand_argmax;
  argmax.examples = {{R"({"op": "argmax", "inputs": ["x"], "axis": 1})",
                      R"({"x": {"dtype": "float32", "shape": [2, 3]}})"},
                     {R"({"op": "argmax", "inputs": ["x"]})",
                      R"({"x": {"dtype": "int32", "shape": [4, 5], "low": 0, "high": 3}})"}};
  OpDef argmin = record<ReduceKind::argmin>(
      "argmin", "Argmax of -x",
      "The position of the first smallest element along an axis; over several axes the position "
      "in row-major order.");
  argmin.grad = grad_zero;
  argmin.expand = expand_argmin;
  argmin.examples = {{R"({"op": "argmin", "inputs": ["x"], "axis": 0, "keepdims": true})",
                      R"({"x": {"dtype": "float32", "shape": [2, 3]}})"}};
  OpDef both;
  both.name = "max_and_argmax";
  both.theano = "MaxAndArgmax";
  both.doc = "max and argmax: two outputs.";
  both.min_inputs = both.max_inputs = 1;
  both.attributes = reduction_attributes();
  both.infer = infer_both;
  both.expand = expand_both;
  both.examples = {{R"({"op": "max_and_argmax", "inputs": ["x"], "axis": 0,
                         "outputs": ["largest", "position"]})",
                    R"({"x": {"dtype": "float32", "shape": [4, 3]}})"}};
  return {max, min, argmax, argmin, both};
}

}  // namespace tgc
