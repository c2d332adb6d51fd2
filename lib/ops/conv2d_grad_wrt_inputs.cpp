// SPDX-License-Identifier: Apache-2.0
// conv2d_grad_wrt_inputs: the gradient of conv2d's input. A contraction per image and group:
//   input [c, (y, x)] = Σ over (m, r, s) of filters [m, c, r, s] · output_grad [m, i, j],
// where (i, j) is the output position that (y, x) reaches through (r, s), if there is one.
#include "graph/builder.h"
#include "ops/conv_geometry.h"
#include "ops/conv_lowering.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

const Shape& input_shape(const Attributes& attributes) {
  return *find_attr<Shape>(attributes, "input_shape");
}

ConvGeometry geometry_of(const Graph& graph, const Apply& apply) {
  return conv_geometry(apply.attributes, input_shape(apply.attributes),
                       graph.type(apply.inputs[1]).shape);
}

bool infer(InferContext& context) {
  const Shape& input = input_shape(context.attributes);
  if (!check_conv_inputs(context)) return false;
  if (input.size() != 4) {
    return context.fail("bad-attribute", "input_shape must have 4 dims", "input_shape");
  }
  for (const DimExpr& dim : input) {
    if (!require_dim(context, dim, "input_shape")) return false;
  }
  const auto geometry = check_conv(context, input, context.type(1).shape);
  if (!geometry || !check_conv_output(context, *geometry, 0)) return false;
  context.output(promote(context.type(0).dtype, context.type(1).dtype), input);
  return true;
}

void grad(GradContext& context) {
  const VariableId g = *context.output_grads[0];
  const DType output_dtype = context.graph.type(context.input(0)).dtype;
  const TensorType filters = context.graph.type(context.input(1));
  Attributes attributes = conv_attributes_of(context.attributes());
  if (context.wanted[0]) {
    const VariableId result = context.builder.call("conv2d", {g, context.input(1)}, attributes);
    context.input_grads[0] = context.builder.cast(result, output_dtype);
  }
  if (context.wanted[1]) {
    attributes["filter_shape"] = filters.shape;
    const VariableId result =
        context.builder.call("conv2d_grad_wrt_weights", {g, context.input(0)}, attributes);
    context.input_grads[1] = context.builder.cast(result, filters.dtype);
  }
}

void eval(EvalContext& context) {
  const Tensor& output_grad = *context.inputs[0];
  const Tensor& filters = *context.inputs[1];
  Tensor& input = context.make_output(0);
  std::vector<double> sums(static_cast<size_t>(input.size()), 0.0);
  for_each_conv_term(geometry_of(context.graph, context.apply), context.dim,
                     [&](int64_t at, int64_t tap, int64_t out) {
                       sums[static_cast<size_t>(at)] +=
                           filters.get_double(tap) * output_grad.get_double(out);
                     });
  set_all(input, sums);
}

void lower(LowerContext& context) {
  const ConvGeometry geometry = geometry_of(context.graph, context.apply);
  const auto& [rows, columns] = geometry.axes;
  KernelBuilder kernel = context.kernel();
  const Loop batch = kernel.loop(geometry.images * DimExpr(geometry.groups));
  const Loop m = kernel.loop(geometry.group_inputs);
  const Loop n = kernel.loop(rows.input * columns.input);
  const Loop k = kernel.loop(geometry.group_outputs * rows.filter * columns.filter);
  const ImageAndGroup part = image_and_group(batch, geometry);
  const auto tap =
      unravel(IndexExpr(k.index), {geometry.group_outputs, rows.filter, columns.filter});
  const IndexExpr filter = part.group * geometry.group_outputs + tap[0];
  const IndexExpr m_index(m.index);
  const ExprRef a = kernel.load(input_ref(1), {filter, m_index, tap[1], tap[2]});
  const ConvOperands operands(context, kernel, geometry);
  const ExprRef b =
      operands.output_reached(input_ref(0), part.image, filter, IndexExpr(n.index), tap[1], tap[2]);
  const IndexExpr channel = IndexExpr(batch.index) * geometry.group_inputs + m_index;
  context.add(finish_conv(context, kernel, {batch, m, n, k}, a, b,
                          {IndexExpr(0), channel, IndexExpr(0), IndexExpr(n.index)}));
}

}  // namespace

OpDef conv2d_grad_wrt_inputs_op() {
  OpDef op;
  op.name = "conv2d_grad_wrt_inputs";
  op.theano = "AbstractConv2d_gradInputs";
  op.doc =
      "The gradient of conv2d with respect to its input, of the given shape, from the gradient of "
      "the output and the filters.";
  op.min_inputs = 2;
  op.max_inputs = 2;
  op.attributes = conv_attributes();
  op.attributes.push_back({"input_shape", AttrKind::dims, true, "shape of the input"});
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.examples = {
      {R"({"op": "conv2d_grad_wrt_inputs", "inputs": ["g", "w"], "input_shape": [2, 3, 5, 4]})",
       R"({"g": {"dtype": "float64", "shape": [2, 2, 3, 3]},
           "w": {"dtype": "float64", "shape": [2, 3, 3, 2]}})"},
      {R"({"op": "conv2d_grad_wrt_inputs", "inputs": ["g", "w"], "input_shape": [2, 2, 4, 4],
           "border_mode": "full", "subsample": [2, 2], "num_groups": 2,
           "filter_dilation": [1, 2]})",
       R"({"g": {"dtype": "float64", "shape": [2, 4, 3, 3]},
           "w": {"dtype": "float64", "shape": [4, 1, 3, 2]}})"}};
  return op;
}

}  // namespace tgc
