// SPDX-License-Identifier: Apache-2.0
// conv2d_grad_wrt_weights, conv3d_grad_wrt_weights: the gradient of a convolution's filters. A
// contraction per group over all images and output positions:
//   filters [m, (c, r, s)] = Σ over (image, i, j) of output_grad [m, i, j] · input [c, y, x].
// Unshared filters make a contraction per group and output position over the images.
#include <algorithm>

#include "graph/builder.h"
#include "ops/conv_geometry.h"
#include "ops/conv_lowering.h"
#include "ops/conv_roles.h"

namespace tgc {
namespace {

ConvGeometry geometry_of(const Graph& graph, const Apply& apply) {
  return conv_geometry(apply.attributes, graph.type(apply.inputs[0]).shape,
                       *find_attr<Shape>(apply.attributes, "filter_shape"));
}

// What of the filters' shape follows from the inputs; -1 for the rest.
Shape known_filter_shape(InferContext& context, size_t rank) {
  const Shape& input = context.type(0).shape;
  const Shape& output = context.type(1).shape;
  const int64_t groups =
      std::max<int64_t>(1, attr_or<int64_t>(context.attributes, "num_groups", 1));
  Shape known = {output[1]};
  if (attr_or(context.attributes, "unshared", false)) {
    known.insert(known.end(), output.begin() + 2, output.end());
  }
  known.push_back(DimExpr::floor_div(input[1], groups));
  known.resize(known.size() + rank, DimExpr(-1));
  return known;
}

bool infer(InferContext& context) {
  if (!check_conv_inputs(context, -1)) return false;
  if (!check_conv_hint(context, "input_shape", 0)) return false;
  const auto filters =
      check_conv_shape(context, "filter_shape", known_filter_shape(context, conv_rank(context.op)));
  if (!filters) return false;
  const auto geometry = check_conv(context, context.type(0).shape, *filters);
  if (!geometry || !check_conv_output(context, *geometry, 1)) return false;
  context.output(promote(context.type(0).dtype, context.type(1).dtype), *filters);
  return true;
}

void grad(GradContext& context) {
  grad_conv(context, kConvGradWrtWeights);
}

void eval(EvalContext& context) {
  eval_conv(context, geometry_of(context.graph, context.apply), kConvGradWrtWeights);
}

void lower(LowerContext& context) {
  const ConvGeometry geometry = geometry_of(context.graph, context.apply);
  const DimExpr positions = element_count(geometry.output_sizes());
  const Shape taps = geometry.taps(geometry.group_inputs);
  KernelBuilder kernel = context.kernel();
  const Loop batch = kernel.loop(geometry.is_unshared ? positions * DimExpr(geometry.groups)
                                                      : DimExpr(geometry.groups));
  const Loop m = kernel.loop(geometry.group_outputs);
  const Loop n = kernel.loop(element_count(taps));
  const Loop k = kernel.loop(geometry.is_unshared ? geometry.images : geometry.images * positions);
  IndexExpr group = geometry.groups == 1 ? IndexExpr(0) : IndexExpr(batch.index);
  IndexExpr image(k.index);
  IndexExpr position;
  if (geometry.is_unshared) {
    const CounterPair part = split_counter(batch, positions);
    group = part.first;
    position = part.second;
  } else {
    const CounterPair part = split_counter(k, positions);
    image = part.first;
    position = part.second;
  }
  const IndexExpr filter = group * geometry.group_outputs + IndexExpr(m.index);
  const IndexExpr n_index(n.index);
  const auto tap = unravel(n_index, taps);
  const ConvOperands operands(context, kernel, geometry);
  const ExprRef a = operands.output(input_ref(1), image, filter, position);
  const IndexExpr channel = group * geometry.group_inputs + tap[0];
  const ExprRef b = operands.input(input_ref(0), image, channel, position, tap);
  context.add(finish_conv(context, kernel, {batch, m, n, k}, a, b,
                          flat_tap(geometry, filter, position, n_index)));
}

OpDef record(size_t rank) {
  OpDef op;
  op.doc =
      "The gradient of a convolution with respect to its filters, of the given shape, from the "
      "input and the gradient of the output.";
  op.min_inputs = 2;
  op.max_inputs = 2;
  op.attributes = conv_attributes(rank);
  op.attributes.push_back(
      {"filter_shape", AttrKind::dims, true,
       "shape of the filters; all but the dims of their taps may be -1: what fits"});
  op.attributes.push_back(conv_hint("input_shape"));
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  return op;
}

}  // namespace

std::vector<OpDef> conv_grad_wrt_weights_ops() {
  OpDef two = record(2);
  two.name = "conv2d_grad_wrt_weights";
  two.theano = "AbstractConv2d_gradWeights";
  two.aliases = {"AbstractConv2d_gradWeights"};
  two.examples = {
      {R"({"op": "conv2d_grad_wrt_weights", "inputs": ["x", "g"], "filter_shape": [2, 3, 3, 2]})",
       R"({"x": {"dtype": "float64", "shape": [2, 3, 5, 4]},
           "g": {"dtype": "float64", "shape": [2, 2, 3, 3]}})"},
      {R"({"op": "conv2d_grad_wrt_weights", "inputs": ["x", "g"], "filter_shape": [4, 1, 3, 2],
           "border_mode": "full", "subsample": [2, 2], "num_groups": 2,
           "filter_dilation": [1, 2]})",
       R"({"x": {"dtype": "float64", "shape": [2, 2, 4, 4]},
           "g": {"dtype": "float64", "shape": [2, 4, 3, 3]}})"},
      {R"({"op": "conv2d_grad_wrt_weights", "inputs": ["x", "g"], "unshared": true,
           "filter_shape": [-1, -1, -1, -1, 2, 2], "border_mode": [1, 0], "num_groups": 2,
           "subsample": [2, 1]})",
       R"({"x": {"dtype": "float64", "shape": [2, 4, 3, 4]},
           "g": {"dtype": "float64", "shape": [2, 2, 2, 3]}})"}};
  OpDef three = record(3);
  three.name = "conv3d_grad_wrt_weights";
  three.theano = "AbstractConv3d_gradWeights";
  three.aliases = {"AbstractConv3d_gradWeights"};
  three.examples = {
      {R"({"op": "conv3d_grad_wrt_weights", "inputs": ["x", "g"], "filter_shape": [2, 1, 2, 3, 1],
           "border_mode": "half", "subsample": [1, 2, 1], "num_groups": 2})",
       R"({"x": {"dtype": "float64", "shape": [1, 2, 3, 4, 4]},
           "g": {"dtype": "float64", "shape": [1, 2, 4, 2, 4]}})"}};
  return {std::move(two), std::move(three)};
}

}  // namespace tgc
