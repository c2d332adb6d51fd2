// SPDX-License-Identifier: Apache-2.0
// conv2d_grad_wrt_weights: the gradient of conv2d's filters. A contraction per group over all
// images and output positions:
//   filters [m, (c, r, s)] = Σ over (image, i, j) of output_grad [m, i, j] · input [c, y, x].
#include "graph/builder.h"
#include "ops/conv_geometry.h"
#include "ops/conv_lowering.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

const Shape& filter_shape(const Attributes& attributes) {
  return *find_attr<Shape>(attributes, "filter_shape");
}

ConvGeometry geometry_of(const Graph& graph, const Apply& apply) {
  return conv_geometry(apply.attributes, graph.type(apply.inputs[0]).shape,
                       filter_shape(apply.attributes));
}

bool infer(InferContext& context) {
  const Shape& filters = filter_shape(context.attributes);
  if (!check_conv_inputs(context)) return false;
  if (filters.size() != 4) {
    return context.fail("bad-attribute", "filter_shape must have 4 dims", "filter_shape");
  }
  for (const DimExpr& dim : filters) {
    if (!require_dim(context, dim, "filter_shape")) return false;
  }
  const auto geometry = check_conv(context, context.type(0).shape, filters);
  if (!geometry || !check_conv_output(context, *geometry, 1)) return false;
  context.output(promote(context.type(0).dtype, context.type(1).dtype), filters);
  return true;
}

void grad(GradContext& context) {
  const VariableId g = *context.output_grads[0];
  const TensorType input = context.graph.type(context.input(0));
  const DType output_dtype = context.graph.type(context.input(1)).dtype;
  Attributes attributes = conv_attributes_of(context.attributes());
  if (context.wanted[1]) {
    const VariableId result = context.builder.call("conv2d", {context.input(0), g}, attributes);
    context.input_grads[1] = context.builder.cast(result, output_dtype);
  }
  if (context.wanted[0]) {
    attributes["input_shape"] = input.shape;
    const VariableId result =
        context.builder.call("conv2d_grad_wrt_inputs", {context.input(1), g}, attributes);
    context.input_grads[0] = context.builder.cast(result, input.dtype);
  }
}

void eval(EvalContext& context) {
  const Tensor& input = *context.inputs[0];
  const Tensor& output_grad = *context.inputs[1];
  Tensor& filters = context.make_output(0);
  std::vector<double> sums(static_cast<size_t>(filters.size()), 0.0);
  for_each_conv_term(geometry_of(context.graph, context.apply), context.dim,
                     [&](int64_t at, int64_t tap, int64_t out) {
                       sums[static_cast<size_t>(tap)] +=
                           input.get_double(at) * output_grad.get_double(out);
                     });
  set_all(filters, sums);
}

void lower(LowerContext& context) {
  const ConvGeometry geometry = geometry_of(context.graph, context.apply);
  const auto& [rows, columns] = geometry.axes;
  const DimExpr positions = rows.output * columns.output;
  KernelBuilder kernel = context.kernel();
  const Loop batch = kernel.loop(geometry.groups);
  const Loop m = kernel.loop(geometry.group_outputs);
  const Loop n = kernel.loop(geometry.group_inputs * rows.filter * columns.filter);
  const Loop k = kernel.loop(geometry.images * positions);
  const IndexExpr group = geometry.groups == 1 ? IndexExpr(0) : IndexExpr(batch.index);
  const IndexExpr filter = group * geometry.group_outputs + IndexExpr(m.index);
  const auto tap =
      unravel(IndexExpr(n.index), {geometry.group_inputs, rows.filter, columns.filter});
  const auto image = unravel(IndexExpr(k.index), {geometry.images, positions});
  const ConvOperands operands(context, kernel, geometry);
  const ExprRef a = operands.output(input_ref(1), image[0], filter, image[1]);
  const IndexExpr channel = group * geometry.group_inputs + tap[0];
  const ExprRef b = operands.input(input_ref(0), image[0], channel, image[1], tap);
  context.add(finish_conv(context, kernel, {batch, m, n, k}, a, b,
                          {filter, IndexExpr(0), IndexExpr(0), IndexExpr(n.index)}));
}

}  // namespace

OpDef conv2d_grad_wrt_weights_op() {
  OpDef op;
  op.name = "conv2d_grad_wrt_weights";
  op.theano = "AbstractConv2d_gradWeights";
  op.doc =
      "The gradient of conv2d with respect to its filters, of the given shape, from the input and "
      "the gradient of the output.";
  op.min_inputs = 2;
  op.max_inputs = 2;
  op.attributes = conv_attributes();
  op.attributes.push_back({"filter_shape", AttrKind::dims, true, "shape of the filters"});
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.examples = {
      {R"({"op": "conv2d_grad_wrt_weights", "inputs": ["x", "g"], "filter_shape": [2, 3, 3, 2]})",
       R"({"x": {"dtype": "float64", "shape": [2, 3, 5, 4]},
           "g": {"dtype": "float64", "shape": [2, 2, 3, 3]}})"},
      {R"({"op": "conv2d_grad_wrt_weights", "inputs": ["x", "g"], "filter_shape": [4, 1, 3, 2],
           "border_mode": "full", "subsample": [2, 2], "num_groups": 2,
           "filter_dilation": [1, 2]})",
       R"({"x": {"dtype": "float64", "shape": [2, 2, 4, 4]},
           "g": {"dtype": "float64", "shape": [2, 4, 3, 3]}})"}};
  return op;
}

}  // namespace tgc
