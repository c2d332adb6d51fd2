// SPDX-License-Identifier: Apache-2.0
// split: cuts a tensor along an axis into parts of given lengths, each a view of it.
#include "graph/builder.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

size_t axis_of(const Attributes& attributes) {
  return static_cast<size_t>(*find_attr<int64_t>(attributes, "axis"));
}

const std::vector<DimExpr>& sizes_of(const Attributes& attributes) {
  return *find_attr<std::vector<DimExpr>>(attributes, "sizes");
}

bool infer(InferContext& context) {
  context.attributes.try_emplace("axis", int64_t{0});
  const auto axes = context.axes(context.type(0).rank());
  if (!axes) return false;
  context.attributes.insert_or_assign("axis", axes->at(0));
  const auto axis = static_cast<size_t>(axes->at(0));
  const std::vector<DimExpr>& sizes = sizes_of(context.attributes);
  if (sizes.empty()) return context.fail("bad-attribute", "sizes is empty", "sizes");
  DimExpr total = 0;
  for (const DimExpr& size : sizes) {
    if (!require_dim(context, size, "sizes")) return false;
    total = total + size;
  }
  const Shape& whole = context.type(0).shape;
  const std::string message = "the sizes sum to " + total.text() + ", but axis " +
                              std::to_string(axis) + " of " + context.name(0) + " has length " +
                              whole[axis].text();
  if (!context.require_equal(total, whole[axis], message, "sizes")) return false;
  for (const DimExpr& size : sizes) {
    Shape part = whole;
    part[axis] = size;
    context.output(context.type(0).dtype, std::move(part));
  }
  return true;
}

void grad(GradContext& context) {
  const Apply apply = context.graph.apply(context.apply);
  std::vector<VariableId> parts;
  for (size_t i = 0; i < apply.outputs.size(); ++i) {
    const auto& known = context.output_grads[i];
    parts.push_back(known ? *known : context.builder.zeros_like(apply.outputs[i]));
  }
  const auto axis = static_cast<int64_t>(axis_of(apply.attributes));
  context.input_grads[0] = context.builder.call("join", parts, {{"axis", axis}});
}

void eval(EvalContext& context) {
  const size_t axis = axis_of(context.apply.attributes);
  const Tensor& whole = *context.inputs[0];
  const auto strides = contiguous_strides(whole.dims());
  int64_t offset = 0;
  for (size_t i = 0; i < context.apply.outputs.size(); ++i) {
    Tensor& part = context.make_output(i);
    copy_from_strided(whole, offset * strides[axis], strides, part);
    offset += part.dims()[axis];
  }
}

void lower(LowerContext& context) {
  const size_t axis = axis_of(context.apply.attributes);
  const OperandLayout whole = context.inputs[0];
  DimExpr offset = whole.offset;
  for (size_t i = 0; i < context.outputs.size(); ++i) {
    lower_to_view(context, static_cast<int>(i), 0, offset, whole.strides);
    offset = offset + context.outputs[i].shape[axis] * whole.strides[axis];
  }
}

}  // namespace

OpDef split_op() {
  OpDef op;
  op.name = "split";
  op.theano = "Split";
  op.doc = "Cuts x along axis into parts of the given lengths; one output for each.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = {
      {"axis", AttrKind::integer, false, "negative ones count from the end; default 0"},
      {"sizes", AttrKind::dims, true, "lengths of the parts; they sum to the axis'"}};
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.examples = {{R"({"op": "split", "inputs": ["x"], "outputs": ["a", "b"], "sizes": [2, 3]})",
                  R"({"x": {"dtype": "float32", "shape": [5, 2]}})"},
                 {R"({"op": "split", "inputs": ["x"], "outputs": ["a", "b", "c"], "axis": -1,
                      "sizes": [1, 0, 2]})",
                  R"({"x": {"dtype": "float64", "shape": [2, 3]}})"}};
  return op;
}

}  // namespace tgc
