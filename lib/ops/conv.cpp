// SPDX-License-Identifier: Apache-2.0
// conv2d, conv3d: convolution of images with filters. A contraction per image and group,
//   output [m, (i, j)] = Σ over (c, r, s) of filters [m, (c, r, s)] · input [c, y(i, r), x(j, s)],
// whose right operand is read through index maps: the patch matrix is never stored. Unshared
// filters make a contraction per group and position, over the images.
#include "graph/builder.h"
#include "ops/conv_geometry.h"
#include "ops/conv_lowering.h"
#include "ops/conv_roles.h"

namespace tgc {
namespace {

ConvGeometry geometry_of(const Graph& graph, const Apply& apply) {
  return conv_geometry(apply.attributes, graph.type(apply.inputs[0]).shape,
                       graph.type(apply.inputs[1]).shape);
}

bool infer(InferContext& context) {
  if (!check_conv_inputs(context, 1)) return false;
  if (!check_conv_hint(context, "input_shape", 0)) return false;
  if (!check_conv_hint(context, "filter_shape", 1)) return false;
  const auto geometry = check_conv(context, context.type(0).shape, context.type(1).shape);
  if (!geometry) return false;
  Shape shape = geometry->output_shape();
  shape[1] = context.type(1).shape[0];
  context.output(promote(context.type(0).dtype, context.type(1).dtype), std::move(shape));
  return true;
}

void grad(GradContext& context) {
  grad_conv(context, kConv);
}

void eval(EvalContext& context) {
  eval_conv(context, geometry_of(context.graph, context.apply), kConv);
}

void lower_shared(LowerContext& context, const ConvGeometry& geometry) {
  const Shape taps = geometry.taps(geometry.group_inputs);
  KernelBuilder kernel = context.kernel();
  const Loop batch = kernel.loop(geometry.images * DimExpr(geometry.groups));
  const Loop m = kernel.loop(geometry.group_outputs);
  const Loop n = kernel.loop(element_count(geometry.output_sizes()));
  const Loop k = kernel.loop(element_count(taps));
  const auto [image, group] = split_counter(batch, geometry.groups);
  const IndexExpr m_index(m.index);
  const IndexExpr n_index(n.index);
  const IndexExpr filter = group * geometry.group_outputs + m_index;
  const auto tap = unravel(IndexExpr(k.index), taps);
  const ConvOperands operands(context, kernel, geometry);
  const ExprRef a = operands.filter(input_ref(1), filter, n_index, IndexExpr(k.index), tap);
  const IndexExpr channel = group * geometry.group_inputs + tap[0];
  const ExprRef b = operands.input(input_ref(0), image, channel, n_index, tap);
  const IndexExpr out_channel = IndexExpr(batch.index) * geometry.group_outputs + m_index;
  context.add(finish_conv(context, kernel, {batch, m, n, k}, a, b,
                          flat_position(geometry, IndexExpr(0), out_channel, n_index)));
}

void lower_unshared(LowerContext& context, const ConvGeometry& geometry) {
  const Shape taps = geometry.taps(geometry.group_inputs);
  const DimExpr positions = element_count(geometry.output_sizes());
  KernelBuilder kernel = context.kernel();
  const Loop batch = kernel.loop(positions * DimExpr(geometry.groups));
  const Loop m = kernel.loop(geometry.group_outputs);
  const Loop n = kernel.loop(geometry.images);
  const Loop k = kernel.loop(element_count(taps));
  const auto [group, position] = split_counter(batch, positions);
  const IndexExpr image(n.index);
  const IndexExpr filter = group * geometry.group_outputs + IndexExpr(m.index);
  const auto tap = unravel(IndexExpr(k.index), taps);
  const ConvOperands operands(context, kernel, geometry);
  const ExprRef a = operands.filter(input_ref(1), filter, position, IndexExpr(k.index), tap);
  const IndexExpr channel = group * geometry.group_inputs + tap[0];
  const ExprRef b = operands.input(input_ref(0), image, channel, position, tap);
  context.add(finish_conv(context, kernel, {batch, m, n, k}, a, b,
                          flat_position(geometry, image, filter, position)));
}

void lower(LowerContext& context) {
  const ConvGeometry geometry = geometry_of(context.graph, context.apply);
  if (geometry.is_unshared) return lower_unshared(context, geometry);
  lower_shared(context, geometry);
}

OpDef record(size_t rank) {
  OpDef op;
  op.min_inputs = 2;
  op.max_inputs = 2;
  op.attributes = conv_attributes(rank);
  op.attributes.push_back(conv_hint("input_shape"));
  op.attributes.push_back(conv_hint("filter_shape"));
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  return op;
}

}  // namespace

std::vector<OpDef> conv_ops() {
  OpDef two = record(2);
  two.name = "conv2d";
  two.theano = "AbstractConv2d";
  two.aliases = {"AbstractConv2d"};
  two.doc =
      "Convolves images (batch, channels, rows, columns) with filters (outputs, channels / groups, "
      "rows, columns).";
  two.examples = {
      {R"({"op": "conv2d", "inputs": ["x", "w"]})",
       R"({"x": {"dtype": "float64", "shape": [2, 3, 5, 4]},
           "w": {"dtype": "float64", "shape": [2, 3, 3, 2]}})"},
      {R"({"op": "conv2d", "inputs": ["x", "w"], "border_mode": "half", "subsample": [2, 1],
           "num_groups": 2, "filter_flip": false})",
       R"({"x": {"dtype": "float32", "shape": [2, 4, 5, 4]},
           "w": {"dtype": "float32", "shape": [4, 2, 3, 3]}})"},
      {R"({"op": "conv2d", "inputs": ["x", "w"], "border_mode": [[0, 1], [2, 1]],
           "filter_dilation": [2, 1], "input_shape": [-1, 1, 5, 5]})",
       R"({"x": {"dtype": "float64", "shape": [1, 1, 5, 5]},
           "w": {"dtype": "float64", "shape": [2, 1, 2, 2]}})"},
      {R"({"op": "conv2d", "inputs": ["x", "w"], "unshared": true, "border_mode": [1, 0],
           "num_groups": 2, "subsample": [2, 1]})",
       R"({"x": {"dtype": "float64", "shape": [2, 4, 3, 4]},
           "w": {"dtype": "float64", "shape": [2, 2, 3, 2, 2, 2]}})"},
      {R"({"op": "conv2d", "inputs": ["x", "w"]})",
       R"({"x": {"dtype": "float32", "shape": [0, 1, 3, 3]},
           "w": {"dtype": "float32", "shape": [2, 1, 2, 2]}})"}};
  OpDef three = record(3);
  three.name = "conv3d";
  three.theano = "AbstractConv3d";
  three.aliases = {"AbstractConv3d"};
  three.doc =
      "Convolves volumes (batch, channels, depth, rows, columns) with filters (outputs, channels / "
      "groups, depth, rows, columns).";
  three.examples = {
      {R"({"op": "conv3d", "inputs": ["x", "w"]})",
       R"({"x": {"dtype": "float64", "shape": [2, 2, 3, 4, 3]},
           "w": {"dtype": "float64", "shape": [2, 2, 2, 2, 3]}})"},
      {R"({"op": "conv3d", "inputs": ["x", "w"], "border_mode": "full", "subsample": [1, 2, 1],
           "filter_dilation": [1, 1, 2], "num_groups": 2, "filter_flip": false})",
       R"({"x": {"dtype": "float32", "shape": [1, 2, 3, 2, 4]},
           "w": {"dtype": "float32", "shape": [2, 1, 2, 1, 2]}})"},
      {R"({"op": "conv3d", "inputs": ["x", "w"], "border_mode": [[0, 1], [1, 1], [2, 0]]})",
       R"({"x": {"dtype": "float64", "shape": [1, 1, 2, 2, 2]},
           "w": {"dtype": "float64", "shape": [1, 1, 2, 2, 3]}})"}};
  return {std::move(two), std::move(three)};
}

}  // namespace tgc
