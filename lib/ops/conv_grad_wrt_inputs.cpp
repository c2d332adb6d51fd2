// SPDX-License-Identifier: Apache-2.0
// conv2d_grad_wrt_inputs, conv3d_grad_wrt_inputs: the gradient of a convolution's input. A
// contraction per image and group:
//   input [c, (y, x)] = Σ over (m, r, s) of filters [m, c, r, s] · output_grad [m, i, j],
// where (i, j) is the output position that (y, x) reaches through (r, s), if there is one. Unshared
// filters make a contraction per group and input position, over the images.
#include "graph/builder.h"
#include "ops/conv_geometry.h"
#include "ops/conv_lowering.h"
#include "ops/conv_roles.h"

namespace tgc {
namespace {

ConvGeometry geometry_of(const Graph& graph, const Apply& apply) {
  return conv_geometry(apply.attributes, *find_attr<Shape>(apply.attributes, "input_shape"),
                       graph.type(apply.inputs[1]).shape);
}

void grad(GradContext& context) {
  grad_conv(context, kConvGradWrtInputs);
}

void eval(EvalContext& context) {
  eval_conv(context, geometry_of(context.graph, context.apply), kConvGradWrtInputs);
}

void lower_shared(LowerContext& context, const ConvGeometry& geometry) {
  const Shape taps = geometry.taps(geometry.group_outputs);
  KernelBuilder kernel = context.kernel();
  const Loop batch = kernel.loop(geometry.images * DimExpr(geometry.groups));
  const Loop m = kernel.loop(geometry.group_inputs);
  const Loop n = kernel.loop(element_count(geometry.input_sizes()));
  const Loop k = kernel.loop(element_count(taps));
  const auto [image, group] = split_counter(batch, geometry.groups);
  const auto tap = unravel(IndexExpr(k.index), taps);
  const IndexExpr filter = group * geometry.group_outputs + tap[0];
  const IndexExpr m_index(m.index);
  std::vector<IndexExpr> weight = tap;
  weight[0] = m_index;
  weight.insert(weight.begin(), filter);
  const ExprRef a = kernel.load(input_ref(1), weight);
  const ConvOperands operands(context, kernel, geometry);
  const IndexExpr n_index(n.index);
  const ExprRef b = operands.output_reached(input_ref(0), image, filter, n_index, tap);
  const IndexExpr channel = IndexExpr(batch.index) * geometry.group_inputs + m_index;
  context.add(finish_conv(context, kernel, {batch, m, n, k}, a, b,
                          flat_position(geometry, IndexExpr(0), channel, n_index)));
}

void lower_unshared(LowerContext& context, const ConvGeometry& geometry) {
  const Shape taps = geometry.taps(geometry.group_outputs);
  const DimExpr positions = element_count(geometry.input_sizes());
  KernelBuilder kernel = context.kernel();
  const Loop batch = kernel.loop(positions * DimExpr(geometry.groups));
  const Loop m = kernel.loop(geometry.group_inputs);
  const Loop n = kernel.loop(geometry.images);
  const Loop k = kernel.loop(element_count(taps));
  const auto [group, position] = split_counter(batch, positions);
  const auto tap = unravel(IndexExpr(k.index), taps);
  const IndexExpr filter = group * geometry.group_outputs + tap[0];
  const IndexExpr m_index(m.index);
  const IndexExpr image(n.index);
  const ConvOperands operands(context, kernel, geometry);
  const ExprRef a = operands.filter_reached(input_ref(1), filter, m_index, position, tap);
  const ExprRef b = operands.output_reached(input_ref(0), image, filter, position, tap);
  const IndexExpr channel = group * geometry.group_inputs + m_index;
  context.add(finish_conv(context, kernel, {batch, m, n, k}, a, b,
                          flat_position(geometry, image, channel, position)));
}

void lower(LowerContext& context) {
  const ConvGeometry geometry = geometry_of(context.graph, context.apply);
  if (geometry.is_unshared) return lower_unshared(context, geometry);
  lower_shared(context, geometry);
}

OpDef record(size_t rank) {
  OpDef op;
  op.doc =
      "The gradient of a convolution with respect to its input, of the given shape, from the "
      "gradient of the output and the filters.";
  op.min_inputs = 2;
  op.max_inputs = 2;
  op.attributes = conv_attributes(rank);
  op.attributes.push_back({"input_shape", AttrKind::dims, true,
                           "shape of the input; the first two dims may be -1: what fits"});
  op.attributes.push_back(conv_hint("filter_shape"));
  op.infer = infer_conv_grad_wrt_inputs;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  return op;
}

}  // namespace

bool infer_conv_grad_wrt_inputs(InferContext& context) {
  if (!check_conv_inputs(context, 1)) return false;
  if (!check_conv_hint(context, "filter_shape", 1)) return false;
  const size_t rank = conv_rank(context.op);
  const Shape& filters = context.type(1).shape;
  Shape known(rank + 2, DimExpr(-1));
  known[0] = context.type(0).shape[0];
  const auto groups = attr_or<int64_t>(context.attributes, "num_groups", 1);
  known[1] = filters[filters.size() - rank - 1] * DimExpr(groups);
  const auto input = check_conv_shape(context, "input_shape", known);
  if (!input) return false;
  const auto geometry = check_conv(context, *input, filters);
  if (!geometry || !check_conv_output(context, *geometry, 0)) return false;
  context.output(promote(context.type(0).dtype, context.type(1).dtype), *input);
  return true;
}

std::vector<OpDef> conv_grad_wrt_inputs_ops() {
  OpDef two = record(2);
  two.name = "conv2d_grad_wrt_inputs";
  two.theano = "AbstractConv2d_gradInputs";
  two.aliases = {"AbstractConv2d_gradInputs"};
  two.examples = {
      {R"({"op": "conv2d_grad_wrt_inputs", "inputs": ["g", "w"], "input_shape": [2, 3, 5, 4]})",
       R"({"g": {"dtype": "float64", "shape": [2, 2, 3, 3]},
           "w": {"dtype": "float64", "shape": [2, 3, 3, 2]}})"},
      {R"({"op": "conv2d_grad_wrt_inputs", "inputs": ["g", "w"], "input_shape": [2, 2, 4, 4],
           "border_mode": "full", "subsample": [2, 2], "num_groups": 2,
           "filter_dilation": [1, 2]})",
       R"({"g": {"dtype": "float64", "shape": [2, 4, 3, 3]},
           "w": {"dtype": "float64", "shape": [4, 1, 3, 2]}})"},
      {R"({"op": "conv2d_grad_wrt_inputs", "inputs": ["g", "w"], "input_shape": [-1, -1, 3, 4],
           "unshared": true, "border_mode": [1, 0], "num_groups": 2, "subsample": [2, 1]})",
       R"({"g": {"dtype": "float64", "shape": [2, 2, 2, 3]},
           "w": {"dtype": "float64", "shape": [2, 2, 3, 2, 2, 2]}})"}};
  OpDef three = record(3);
  three.name = "conv3d_grad_wrt_inputs";
  three.theano = "AbstractConv3d_gradInputs";
  three.aliases = {"AbstractConv3d_gradInputs"};
  three.examples = {
      {R"({"op": "conv3d_grad_wrt_inputs", "inputs": ["g", "w"], "input_shape": [1, 2, 3, 4, 4],
           "border_mode": "half", "subsample": [1, 2, 1]})",
       R"({"g": {"dtype": "float64", "shape": [1, 2, 4, 2, 4]},
           "w": {"dtype": "float64", "shape": [2, 2, 2, 3, 1]}})"}};
  return {std::move(two), std::move(three)};
}

}  // namespace tgc
