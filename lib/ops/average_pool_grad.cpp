// SPDX-License-Identifier: Apache-2.0
// average_pool_grad: the gradient of sum and average pooling; each element gets its windows'
// gradients, divided by the number of elements an average was taken over.
#include "graph/builder.h"
#include "ops/elementwise.h"
#include "ops/pool_geometry.h"

namespace tgc {
namespace {

const Shape& input_shape(const Attributes& attributes) {
  return *find_attr<Shape>(attributes, "input_shape");
}

bool infer(InferContext& context) {
  context.attributes.try_emplace("mode", std::string("average_inc_pad"));
  const Shape& shape = input_shape(context.attributes);
  const auto geometry = check_pool(context, shape);
  if (!geometry) return false;
  if (geometry->mode == PoolMode::max) {
    return context.fail("bad-attribute", "mode max has its own op", "mode", "use max_pool_grad");
  }
  if (!check_pool_output(context, *geometry, 0)) return false;
  context.output(context.type(0).dtype, shape);
  return true;
}

void grad(GradContext& context) {
  Attributes attributes = context.attributes();
  attributes.erase("input_shape");
  context.input_grads[0] = context.builder.call("pool", {*context.output_grads[0]}, attributes);
}

void eval(EvalContext& context) {
  const PoolGeometry geometry =
      pool_geometry(context.apply.attributes, input_shape(context.apply.attributes));
  const Tensor& g = *context.inputs[0];
  Tensor& result = context.make_output(0);
  std::vector<double> sums(static_cast<size_t>(result.size()), 0.0);
  for_each_pooled(geometry, context.dim, [&](int64_t at, int64_t out, int64_t count) {
    const double divisor = geometry.mode == PoolMode::sum ? 1.0 : static_cast<double>(count);
    sums[static_cast<size_t>(at)] += g.get_double(out) / divisor;
  });
  for (size_t i = 0; i < sums.size(); ++i) result.set_double(static_cast<int64_t>(i), sums[i]);
}

void lower(LowerContext& context) {
  const PoolGeometry geometry =
      pool_geometry(context.apply.attributes, input_shape(context.apply.attributes));
  const DType work = compute_dtype(context.outputs[0].dtype);
  KernelBuilder kernel = context.kernel();
  const auto own = kernel.outer(context.outputs[0].shape);
  const PoolLoops windows = windows_over(kernel, geometry, own);
  ExprRef share = cast(kernel.load(input_ref(0), windows.indices), work);
  if (geometry.mode != PoolMode::sum) {
    const ExprRef count = cast(pool_count(geometry, windows.indices), work);
    share = call(ScalarOp::true_div, {share, count});
  }
  const ExprRef sum = kernel.reduce(ReduceKind::sum, windows.loops,
                                    where_valid(windows.valid, share, constant(work, 0)));
  kernel.append(kernel.store(output_ref(0), own, sum));
  context.add(kernel.finish());
}

}  // namespace

OpDef average_pool_grad_op() {
  OpDef op;
  op.name = "average_pool_grad";
  op.theano = "AveragePoolGrad";
  op.doc =
      "The gradient of a pooling in the modes sum and average, of the given input shape, from the "
      "gradient of the output.";
  op.min_inputs = 1;
  op.max_inputs = 1;
  op.attributes = pool_attributes(true);
  op.attributes.push_back({"input_shape", AttrKind::dims, true, "shape of the pooling's input"});
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.examples = {{R"({"op": "average_pool_grad", "inputs": ["g"], "ws": [3, 2], "stride": [2, 1],
                      "pad": [1, 1], "ignore_border": true, "mode": "average_exc_pad",
                      "input_shape": [2, 5, 4]})",
                  R"({"g": {"dtype": "float64", "shape": [2, 3, 5]}})"},
                 {R"({"op": "average_pool_grad", "inputs": ["g"], "ws": [2, 2], "mode": "sum",
                      "input_shape": [3, 5]})",
                  R"({"g": {"dtype": "float64", "shape": [2, 3]}})"},
                 {R"({"op": "average_pool_grad", "inputs": ["g"], "ws": [2, 1, 2],
                      "input_shape": [3, 2, 4]})",
                  R"({"g": {"dtype": "float64", "shape": [2, 2, 2]}})"}};
  return op;
}

}  // namespace tgc
