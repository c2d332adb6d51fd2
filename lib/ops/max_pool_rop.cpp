// SPDX-License-Identifier: Apache-2.0
// max_pool_rop: the elements of a second tensor at the places where maximum pooling finds the first
// maximum of each window: how the maxima change when the input moves along that tensor.
#include "graph/builder.h"
#include "ops/elementwise.h"
#include "ops/pool_geometry.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

PoolGeometry geometry_of(const Graph& graph, const Apply& apply) {
  return pool_geometry(apply.attributes, graph.type(apply.inputs[0]).shape);
}

bool infer(InferContext& context) {
  const TensorType& x = context.type(0);
  const TensorType& point = context.type(1);
  const auto geometry = check_pool(context, x.shape);
  if (!geometry) return false;
  const std::string message = context.name(1) + " is " + type_text(point) + ", but " +
                              context.name(0) + " is " + type_text(x);
  if (point.shape.size() != x.shape.size()) return context.fail("bad-rank", message, "inputs/1");
  for (size_t axis = 0; axis < x.shape.size(); ++axis) {
    if (!context.require_equal(point.shape[axis], x.shape[axis], message, "inputs/1")) return false;
  }
  context.output(point.dtype, geometry->output_shape());
  return true;
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  const Tensor& point = *context.inputs[1];
  Tensor& result = context.make_output(0);
  std::vector<int64_t> best(static_cast<size_t>(result.size()), -1);
  for_each_pooled(geometry_of(context.graph, context.apply), context.dim,
                  [&](int64_t at, int64_t out, int64_t) {
                    int64_t& known = best[static_cast<size_t>(out)];
                    if (known < 0) known = at;
                    const double value = x.get_double(at);
                    const double other = x.get_double(known);
                    if (value > other || (value != value && other == other)) known = at;
                  });
  for (int64_t i = 0; i < result.size(); ++i) {
    const int64_t at = best[static_cast<size_t>(i)];
    if (at >= 0) copy_element(point, at, result, i);
  }
}

// Where all elements of a window are as low as the padding, its first place may lie in the padding:
// then the first element is the maximum.
IndexExpr at_least_zero(const IndexExpr& index) {
  return IndexExpr::of(
      call(ScalarOp::maximum, {to_expr(index), integer_constant(DType::int64, 0)}));
}

// The window is walked twice: the first maximum's number, then its place.
void lower(LowerContext& context) {
  const PoolGeometry geometry = geometry_of(context.graph, context.apply);
  KernelBuilder kernel = context.kernel();
  const auto own = kernel.outer(context.outputs[0].shape);
  const PoolLoops window = inputs_under(kernel, geometry, own);
  const DType work = compute_dtype(context.inputs[0].dtype);
  const ExprRef element = cast(kernel.load(input_ref(0), window.indices), work);
  const ExprRef best = kernel.reduce(ReduceKind::argmax, window.loops,
                                     where_valid(window.valid, element, lowest(work)));
  std::vector<IndexExpr> place(own.begin(),
                               own.begin() + static_cast<std::ptrdiff_t>(geometry.lead.size()));
  std::vector<IndexExpr> taps(geometry.axes.size());
  IndexExpr rest = IndexExpr::of(best);
  for (size_t i = geometry.axes.size(); i-- > 0;) {
    taps[i] = mod(rest, geometry.axes[i].window);
    rest = floor_div(rest, geometry.axes[i].window);
  }
  for (size_t i = 0; i < taps.size(); ++i) {
    const PoolAxis& axis = geometry.axes[i];
    const IndexExpr at =
        own[geometry.lead.size() + i] * DimExpr(axis.stride) + taps[i] - IndexExpr(axis.pad);
    place.push_back(axis.pad > 0 ? at_least_zero(at) : at);
  }
  kernel.append(kernel.store(output_ref(0), own, kernel.load(input_ref(1), place)));
  context.add(kernel.finish());
}

}  // namespace

OpDef max_pool_rop_op() {
  OpDef op;
  op.name = "max_pool_rop";
  op.theano = "MaxPoolRop";
  op.doc =
      "For each window of the first input the element of the second at the place of the window's "
      "first maximum: the R-operator of a pooling in mode max.";
  op.min_inputs = 2;
  op.max_inputs = 2;
  op.attributes = pool_attributes(false);
  op.infer = infer;
  op.no_grad = "Theano has none";
  op.eval = eval;
  op.lower = lower;
  op.examples = {{R"({"op": "max_pool_rop", "inputs": ["x", "direction"], "ws": [2, 2],
                      "pad": [1, 1], "ignore_border": true})",
                  R"({"x": {"dtype": "float64", "shape": [2, 4, 3]},
                      "direction": {"dtype": "float64", "shape": [2, 4, 3]}})"}};
  return op;
}

}  // namespace tgc
