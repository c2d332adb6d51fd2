// SPDX-License-Identifier: Apache-2.0
// The fused ops that rewrites make of a cross entropy after a softmax: stable for any x, one pass
// over the rows. With z = x + b, m = max z and s = Σ exp(z - m) of a row:
//   nll = m + log s - z[target],  sm = exp(z - m) / s,  am = argmax z;  dx = dy·(sm - onehot).
#include <algorithm>
#include <cmath>

#include "ops/crossentropy.h"
#include "ops/elementwise.h"
#include "ops/softmax.h"
#include "ops/sum_to_shape.h"

namespace tgc {
namespace {

bool infer_forward(InferContext& context) {
  if (!check_targets(context, 0, 2)) return false;
  const TensorType x = context.type(0);
  const TensorType& b = context.type(1);
  if (b.rank() != 1) return context.fail("bad-rank", "the bias must be a vector", "inputs/1");
  if (!context.require_equal(
          x.shape[1], b.shape[0],
          "the bias has " + b.shape[0].text() + " elements for " + x.shape[1].text() + " columns",
          "inputs/1")) {
    return false;
  }
  const DType index = context.type(2).dtype;
  context.output(x.dtype, {x.shape[0]});
  context.output(x.dtype, x.shape);
  context.output(index, {x.shape[0]});
  return true;
}

void lower_forward(LowerContext& context) {
  const Shape& shape = context.inputs.at(0).shape;
  const DType dtype = compute_dtype(context.outputs.at(0).dtype);
  RowKernel row = start_row_kernel(
      context, shape, [&](KernelBuilder& builder, const IndexExpr& i, const IndexExpr& column) {
        const ExprRef x = cast(builder.load(input_ref(0), {i, column}), dtype);
        return call(ScalarOp::add, {x, cast(builder.load(input_ref(1), {column}), dtype)});
      });
  KernelBuilder& builder = row.builder;
  const Loop loop = builder.loop(shape[1]);
  const ExprRef position =
      builder.reduce(ReduceKind::argmax, {loop}, row.x(builder, IndexExpr(loop.index)));
  const Target target = load_target(builder, input_ref(2), row.row, shape[1]);
  const ExprRef chosen =
      call(ScalarOp::switch_,
           {target.is_column, row.x(builder, IndexExpr::of(target.column)), constant(dtype, 0)});
  const ExprRef log_sum = call(ScalarOp::add, {row.largest, call(ScalarOp::log, {row.sum})});
  builder.append(builder.store(output_ref(0), {row.row}, call(ScalarOp::sub, {log_sum, chosen})));
  row.store_row(output_ref(1), [&](const IndexExpr& column) {
    return call(ScalarOp::true_div, {shifted_exp(row, row.x(builder, column)), row.sum});
  });
  builder.append(builder.store(output_ref(2), {row.row}, position));
  context.add(builder.finish());
}

void eval_forward(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  const int64_t columns = x.dims().at(1);
  Tensor& nll = context.make_output(0);
  context.make_output(1);
  context.make_output(2);
  for (int64_t i = 0; i < nll.size(); ++i) {
    const int64_t target = checked_target(context, *context.inputs[2], i, columns);
    if (!context.failure.empty()) return;
    const RowValues row = row_values(x, context.inputs[1], i);
    const double chosen = row.x[static_cast<size_t>(target)];
    context.outputs[0].set_double(i, row.largest + std::log(row.sum) - chosen);
    for (int64_t j = 0; j < columns; ++j) {
      const double value = std::exp(row.x[static_cast<size_t>(j)] - row.largest) / row.sum;
      context.outputs[1].set_double(i * columns + j, value);
    }
    const auto first = std::find_if(row.x.begin(), row.x.end(), [&](double value) {
      return value == row.largest || std::isnan(value);
    });
    context.outputs[2].set_int(i, first - row.x.begin());
  }
}

bool infer_gradient(InferContext& context) {
  if (!check_targets(context, 1, 2)) return false;
  const TensorType& dy = context.type(0);
  const TensorType& sm = context.type(1);
  if (dy.rank() > 1 || !is_float(dy.dtype)) {
    return context.fail("bad-rank", "dy must be a float scalar or vector, not " + type_text(dy),
                        "inputs/0");
  }
  if (dy.rank() == 1 && !dy.shape[0].is(1) &&
      !context.require_equal(
          dy.shape[0], sm.shape[0],
          "there are " + sm.shape[0].text() + " rows and " + dy.shape[0].text() + " gradients",
          "inputs/0")) {
    return false;
  }
  context.output(sm.dtype, sm.shape);
  return true;
}

void lower_gradient(LowerContext& context) {
  KernelBuilder builder = context.kernel();
  const Shape& shape = context.inputs.at(1).shape;
  const DType dtype = compute_dtype(context.outputs.at(0).dtype);
  const IndexExpr row = builder.outer(shape[0]);
  const Target target = load_target(builder, input_ref(2), row, shape[1]);
  const ExprRef dy = builder.let(cast(builder.load_broadcast(input_ref(0), {row}), dtype));
  const Loop each = builder.loop(shape[1]);
  const IndexExpr column(each.index);
  const ExprRef is_target = call(ScalarOp::eq, {to_expr(column), target.column});
  const ExprRef sm = cast(builder.load(context.source(1), {row, column}), dtype);
  const ExprRef less = call(ScalarOp::sub, {sm, cast(is_target, dtype)});
  Body body{builder.store(output_ref(0), {row, column}, call(ScalarOp::mul, {dy, less}))};
  builder.append({ForEach{{each}, std::make_shared<const Body>(std::move(body))}});
  context.add(builder.finish());
}

void eval_gradient(EvalContext& context) {
  const Tensor& dy = *context.inputs[0];
  const Tensor& sm = *context.inputs[1];
  const int64_t columns = sm.dims().at(1);
  Tensor& output = context.make_output(0);
  for (int64_t i = 0; i < sm.dims()[0]; ++i) {
    const int64_t target = checked_target(context, *context.inputs[2], i, columns);
    if (!context.failure.empty()) return;
    const double g = dy.get_double(dy.size() == 1 ? 0 : i);
    for (int64_t j = 0; j < columns; ++j) {
      const double less = sm.get_double(i * columns + j) - (j == target ? 1 : 0);
      output.set_double(i * columns + j, g * less);
    }
  }
}

// dx from the loss and from the softmax; db sums dx over the rows.
void grad_forward(GradContext& context) {
  Builder& builder = context.builder;
  const Node sm(builder, context.output(1));
  std::optional<Node> dx;
  if (context.output_grads[0]) {
    const Node dy(builder, *context.output_grads[0]);
    dx = dy.call("crossentropy_softmax_1hot_with_bias_dx", {sm, {builder, context.input(2)}});
  }
  if (context.output_grads[1]) {
    const Node g(builder, *context.output_grads[1]);
    const Node through = g.call("softmax_grad", {sm});
    dx = dx ? *dx + through : through;
  }
  if (!dx) return grad_zero(context);
  if (context.wanted[0]) context.input_grads[0] = dx->id();
  if (!context.wanted[1]) return;
  context.input_grads[1] = dx->call("sum", {}, {{"axis", std::vector<int64_t>{0}}}).id();
}

// Of dy[i] (sm[i, j] - 1 at the target).
void grad_gradient(GradContext& context) {
  Builder& builder = context.builder;
  const Node g(builder, *context.output_grads[0]);
  const Node dy(builder, context.input(0));
  const Node sm(builder, context.input(1));
  const Node ones(builder, builder.alloc(builder.scalar(dy.type().dtype, 1), dy.type().shape));
  if (context.wanted[0]) {
    const Node less =
        ones.call("crossentropy_softmax_1hot_with_bias_dx", {sm, {builder, context.input(2)}});
    const Node rows = (g * less).call("sum", {}, {{"axis", std::vector<int64_t>{1}}});
    context.input_grads[0] = sum_to_shape(builder, rows.id(), dy.type().shape);
  }
  if (!context.wanted[1]) return;
  const bool is_scalar = dy.type().rank() == 0;
  context.input_grads[1] =
      (g * (is_scalar ? dy : dy.call("dimshuffle", {}, {{"order", std::vector<int64_t>{0, -1}}})))
          .id();
}

}  // namespace

std::vector<OpDef> crossentropy_softmax_ops() {
  OpDef forward;
  forward.name = "crossentropy_softmax_argmax_1hot_with_bias";
  forward.theano = "CrossentropySoftmaxArgmax1HotWithBias";
  forward.doc =
      "For each row of x + b: the cross entropy of its softmax with column target[i], the softmax, "
      "and the column of the largest element; three outputs.";
  forward.min_inputs = forward.max_inputs = 3;
  forward.infer = infer_forward;
  forward.grad = grad_forward;
  forward.eval = eval_forward;
  forward.lower = lower_forward;
  forward.examples = {
      {R"({"op": "crossentropy_softmax_argmax_1hot_with_bias", "inputs": ["x", "b", "target"],
           "outputs": ["nll", "sm", "am"]})",
       R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -3, "high": 3},
           "b": {"dtype": "float32", "shape": [4]},
           "target": {"dtype": "int32", "shape": [3], "low": 0, "high": 3}})"}};
  OpDef gradient;
  gradient.name = "crossentropy_softmax_1hot_with_bias_dx";
  gradient.theano = "CrossentropySoftmax1HotWithBiasDx";
  gradient.doc =
      "The gradient of that cross entropy with respect to x: dy[i] (sm[i, j] - 1 at the target).";
  gradient.min_inputs = gradient.max_inputs = 3;
  gradient.infer = infer_gradient;
  gradient.grad = grad_gradient;
  gradient.eval = eval_gradient;
  gradient.lower = lower_gradient;
  gradient.examples = {
      {R"({"op": "crossentropy_softmax_1hot_with_bias_dx", "inputs": ["dy", "sm", "target"]})",
       R"({"dy": {"dtype": "float32", "shape": [3]},
           "sm": {"dtype": "float32", "shape": [3, 4], "low": 0, "high": 1},
           "target": {"dtype": "int32", "shape": [3], "low": 0, "high": 3}})"}};
  return {forward, gradient};
}

}  // namespace tgc
