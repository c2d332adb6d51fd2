// SPDX-License-Identifier: Apache-2.0
// max_pool_grad: the gradient of maximum pooling; each element that equals its window's maximum
// gets the window's gradient, ties included (Theano's rule). Written as a gather over the windows
// above an element, so it needs no atomic additions. max_pool_grad_grad is its own gradient with
// respect to the gradient that went in.
#include "graph/builder.h"
#include "ops/elementwise.h"
#include "ops/pool_geometry.h"

namespace tgc {
namespace {

PoolGeometry geometry_of(const Graph& graph, const Apply& apply) {
  return pool_geometry(apply.attributes, graph.type(apply.inputs[0]).shape);
}

bool check_dtypes(InferContext& context) {
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    if (context.type(i).dtype == context.type(0).dtype) continue;
    return context.fail("bad-dtype",
                        context.name(i) + " and " + context.name(0) + " must have one dtype",
                        "inputs/" + std::to_string(i));
  }
  return true;
}

bool infer_grad(InferContext& context) {
  if (!check_dtypes(context)) return false;
  const auto geometry = check_pool(context, context.type(0).shape);
  if (!geometry) return false;
  if (!check_pool_output(context, *geometry, 1) || !check_pool_output(context, *geometry, 2)) {
    return false;
  }
  context.output(context.type(0).dtype, context.type(0).shape);
  return true;
}

bool infer_grad_grad(InferContext& context) {
  if (!check_dtypes(context)) return false;
  const auto geometry = check_pool(context, context.type(0).shape);
  if (!geometry || !check_pool_output(context, *geometry, 1)) return false;
  const Shape& x = context.type(0).shape;
  const Shape& g = context.type(2).shape;
  const std::string message = context.name(2) + " is " + shape_text(g) + ", but " +
                              context.name(0) + " is " + shape_text(x);
  if (g.size() != x.size()) return context.fail("bad-rank", message, "inputs/2");
  for (size_t axis = 0; axis < x.size(); ++axis) {
    if (!context.require_equal(g[axis], x[axis], message, "inputs/2")) return false;
  }
  context.output(context.type(0).dtype, geometry->output_shape());
  return true;
}

// Where the maximum is taken does not change under small steps: the first two gradients are 0.
template <const char* const& other>
void grad_of(GradContext& context) {
  for (size_t i = 0; i < 2; ++i) {
    if (context.wanted[i]) {
      context.input_grads[i] = context.builder.zeros_like(context.input(i));
    }
  }
  if (context.wanted[2]) {
    context.input_grads[2] =
        context.builder.call(other, {context.input(0), context.input(1), *context.output_grads[0]},
                             context.attributes());
  }
}

constexpr const char* kGrad = "max_pool_grad";
constexpr const char* kGradGrad = "max_pool_grad_grad";

void eval_into(EvalContext& context, bool to_input) {
  const Tensor& x = *context.inputs[0];
  const Tensor& maximum = *context.inputs[1];
  const Tensor& g = *context.inputs[2];
  Tensor& result = context.make_output(0);
  std::vector<double> sums(static_cast<size_t>(result.size()), 0.0);
  for_each_pooled(geometry_of(context.graph, context.apply), context.dim,
                  [&](int64_t at, int64_t out, int64_t) {
                    if (x.get_double(at) != maximum.get_double(out)) return;
                    sums[static_cast<size_t>(to_input ? at : out)] +=
                        g.get_double(to_input ? out : at);
                  });
  for (size_t i = 0; i < sums.size(); ++i) result.set_double(static_cast<int64_t>(i), sums[i]);
}

void eval_grad(EvalContext& context) {
  eval_into(context, true);
}
void eval_grad_grad(EvalContext& context) {
  eval_into(context, false);
}

void lower_into(LowerContext& context, bool to_input) {
  const PoolGeometry geometry = geometry_of(context.graph, context.apply);
  const DType work = compute_dtype(context.outputs[0].dtype);
  KernelBuilder kernel = context.kernel();
  const auto own = kernel.outer(context.outputs[0].shape);
  const PoolLoops others =
      to_input ? windows_over(kernel, geometry, own) : inputs_under(kernel, geometry, own);
  const auto& at = to_input ? own : others.indices;
  const auto& out = to_input ? others.indices : own;
  const ExprRef is_maximum =
      call(ScalarOp::eq, {kernel.load(input_ref(0), at), kernel.load(input_ref(1), out)});
  const ExprRef g = cast(kernel.load(input_ref(2), others.indices), work);
  const ExprRef zero = constant(work, 0);
  const ExprRef share = call(ScalarOp::switch_, {is_maximum, g, zero});
  const ExprRef sum =
      kernel.reduce(ReduceKind::sum, others.loops, where_valid(others.valid, share, zero));
  kernel.append(kernel.store(output_ref(0), own, sum));
  context.add(kernel.finish());
}

void lower_grad(LowerContext& context) {
  lower_into(context, true);
}
void lower_grad_grad(LowerContext& context) {
  lower_into(context, false);
}

}  // namespace

std::vector<OpDef> max_pool_grad_ops() {
  OpDef op;
  op.name = kGrad;
  op.theano = "MaxPoolGrad";
  op.doc =
      "The gradient of a pooling in mode max, from its input, its output and the gradient of the "
      "output. All elements that tie for the maximum get the gradient.";
  op.min_inputs = 3;
  op.max_inputs = 3;
  op.attributes = pool_attributes(false);
  op.infer = infer_grad;
  op.grad = grad_of<kGradGrad>;
  op.eval = eval_grad;
  op.lower = lower_grad;
  op.examples = {{R"({"op": "max_pool_grad", "inputs": ["x", "maximum", "g"], "ws": [2, 2],
                      "stride": [1, 2]})",
                  R"({"x": {"dtype": "float64", "shape": [1, 3, 3],
                            "value": [[[1, 2, 3], [2, 2, 1], [0, 5, 5]]]},
                      "maximum": {"dtype": "float64", "shape": [1, 2, 2],
                                  "value": [[[2, 3], [5, 5]]]},
                      "g": {"dtype": "float64", "shape": [1, 2, 2]}})"},
                 {R"({"op": "max_pool_grad", "inputs": ["x", "maximum", "g"], "ws": [2]})",
                  R"({"x": {"dtype": "float32", "shape": [4], "value": [1, 2, 3, 3]},
                      "maximum": {"dtype": "float32", "shape": [2], "value": [2, 3]},
                      "g": {"dtype": "float32", "shape": [2]}})"}};

  OpDef second = op;
  second.name = kGradGrad;
  second.theano = "DownsampleFactorMaxGradGrad";
  second.doc =
      "For each window of x the sum of g over the elements that equal the window's maximum: the "
      "gradient of max_pool_grad with respect to its third input.";
  second.infer = infer_grad_grad;
  second.grad = grad_of<kGrad>;
  second.eval = eval_grad_grad;
  second.lower = lower_grad_grad;
  second.examples = {{R"({"op": "max_pool_grad_grad", "inputs": ["x", "maximum", "g"],
                          "ws": [2, 2]})",
                      R"({"x": {"dtype": "float64", "shape": [3, 3],
                                "value": [[1, 2, 3], [2, 2, 1], [0, 5, 5]]},
                          "maximum": {"dtype": "float64", "shape": [2, 2],
                                      "value": [[2, 3], [5, 5]]},
                          "g": {"dtype": "float64", "shape": [3, 3]}})"}};
  return {std::move(op), std::move(second)};
}

}  // namespace tgc
