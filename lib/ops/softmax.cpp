// SPDX-License-Identifier: Apache-2.0
// softmax, log_softmax, softmax_with_bias and softmax_grad on the rows of a matrix. As in Theano a
// vector becomes a matrix of one row and the result stays one.
#include "ops/softmax.h"

#include <algorithm>
#include <cmath>

#include "ops/elementwise.h"
#include "support/check.h"

namespace tgc {
namespace {

bool infer_softmax(InferContext& context) {
  auto shape = softmax_shape(context);
  if (!shape) return false;
  context.output(context.type(0).dtype, std::move(*shape));
  return true;
}

template <const char* const& name>
std::optional<std::vector<VariableId>> expand_vector(Builder& builder,
                                                     const std::vector<VariableId>& inputs,
                                                     const Attributes&) {
  const Node x(builder, inputs[0]);
  if (x.type().rank() == 2) return std::nullopt;
  const Node row = x.call("dimshuffle", {}, {{"order", std::vector<int64_t>{-1, 0}}});
  return {{row.call(name).id()}};
}

const char* const kSoftmax = "softmax";
const char* const kLogSoftmax = "log_softmax";

ExprRef matrix_element(KernelBuilder& builder, const IndexExpr& row, const IndexExpr& column) {
  return builder.load(input_ref(0), {row, column});
}

ExprRef biased_element(KernelBuilder& builder, const IndexExpr& row, const IndexExpr& column) {
  const ExprRef x = builder.load(input_ref(0), {row, column});
  const ExprRef b = builder.load(input_ref(1), {column});
  const DType dtype = compute_dtype(x->dtype);
  return call(ScalarOp::add, {cast(x, dtype), cast(b, dtype)});
}

// exp(x - m) / s
void store_softmax(RowKernel& row, OperandRef output) {
  row.store_row(output, [&](const IndexExpr& column) {
    return call(ScalarOp::true_div, {shifted_exp(row, row.x(row.builder, column)), row.sum});
  });
}

void lower_softmax(LowerContext& context) {
  RowKernel row = start_row_kernel(context, context.inputs.at(0).shape, matrix_element);
  store_softmax(row, output_ref(0));
  context.add(row.builder.finish());
}

void lower_softmax_with_bias(LowerContext& context) {
  RowKernel row = start_row_kernel(context, context.inputs.at(0).shape, biased_element);
  store_softmax(row, output_ref(0));
  context.add(row.builder.finish());
}

// x - m - log s
void lower_log_softmax(LowerContext& context) {
  RowKernel row = start_row_kernel(context, context.inputs.at(0).shape, matrix_element);
  const ExprRef log_sum = row.builder.let(call(ScalarOp::log, {row.sum}));
  row.store_row(output_ref(0), [&](const IndexExpr& column) {
    const ExprRef x = row.x(row.builder, column);
    return call(ScalarOp::sub, {call(ScalarOp::sub, {x, row.largest}), log_sum});
  });
  context.add(row.builder.finish());
}

void eval_rows(EvalContext& context, const Tensor* bias, bool logarithm) {
  const Tensor& x = *context.inputs[0];
  Tensor& output = context.make_output(0);
  const int64_t columns = x.dims().at(1);
  for (int64_t i = 0; i < x.dims()[0]; ++i) {
    const RowValues row = row_values(x, bias, i);
    for (int64_t j = 0; j < columns; ++j) {
      const double shifted = row.x[static_cast<size_t>(j)] - row.largest;
      output.set_double(i * columns + j,
                        logarithm ? shifted - std::log(row.sum) : std::exp(shifted) / row.sum);
    }
  }
}

void eval_softmax(EvalContext& context) {
  eval_rows(context, nullptr, false);
}
void eval_log_softmax(EvalContext& context) {
  eval_rows(context, nullptr, true);
}
void eval_softmax_with_bias(EvalContext& context) {
  eval_rows(context, context.inputs[1], false);
}

Node d_softmax(const Node& g, const Node&, const Node& y) {
  return g.call("softmax_grad", {y});
}
Node d_log_softmax(const Node& g, const Node& x, const Node&) {
  return g - row_sum(g) * x.call("softmax");
}

bool infer_softmax_with_bias(InferContext& context) {
  const auto shape = softmax_shape(context);
  if (!shape) return false;
  if (context.type(0).rank() != 2 || context.type(1).rank() != 1) {
    return context.fail("bad-rank", "takes a matrix and a vector, got " +
                                        type_text(context.type(0)) + " and " +
                                        type_text(context.type(1)));
  }
  const DimExpr& columns = (*shape)[1];
  const DimExpr& length = context.type(1).shape[0];
  if (!context.require_equal(columns, length,
                             "the bias has " + length.text() + " elements (" + context.name(1) +
                                 ") for " + columns.text() + " columns (" + context.name(0) + ")",
                             "inputs/1")) {
    return false;
  }
  context.output(context.type(0).dtype, *shape);
  return true;
}

void grad_softmax_with_bias(GradContext& context) {
  const Node g(context.builder, *context.output_grads[0]);
  const Node y(context.builder, context.output(0));
  const Node gx = g.call("softmax_grad", {y});
  if (context.wanted[0]) context.input_grads[0] = gx.id();
  if (context.wanted[1]) {
    context.input_grads[1] = gx.call("sum", {}, {{"axis", std::vector<int64_t>{0}}}).id();
  }
}

bool infer_softmax_grad(InferContext& context) {
  for (const size_t input : {size_t{0}, size_t{1}}) {
    if (context.type(input).rank() != 2) {
      return context.fail("bad-rank",
                          "takes two matrices, but " + context.name(input) + " is " +
                              type_text(context.type(input)),
                          "inputs/" + std::to_string(input));
    }
    const DType dtype = context.type(input).dtype;
    if (is_float(dtype)) continue;
    return context.fail(
        "bad-dtype",
        context.name(input) + " must be a float, not " + std::string(dtype_name(dtype)),
        "inputs/" + std::to_string(input));
  }
  const auto shape = context.broadcast({0, 1});
  if (!shape) return false;
  const std::string message = "the gradient is " + type_text(context.type(0)) + ", the result " +
                              type_text(context.type(1));
  for (size_t axis = 0; axis < 2; ++axis) {
    if (!context.require_equal((*shape)[axis], context.type(1).shape[axis], message, "inputs/0")) {
      return false;
    }
  }
  context.output(context.type(1).dtype, context.type(1).shape);
  return true;
}

// dx = dy·sm - sm·Σ dy·sm
void lower_softmax_grad(LowerContext& context) {
  KernelBuilder builder = context.kernel();
  const Shape& shape = context.inputs.at(1).shape;
  const DType dtype = compute_dtype(context.outputs.at(0).dtype);
  const IndexExpr row = builder.outer(shape[0]);
  const auto product = [&](const IndexExpr& column) {
    return call(ScalarOp::mul, {cast(builder.load_broadcast(input_ref(0), {row, column}), dtype),
                                cast(builder.load(input_ref(1), {row, column}), dtype)});
  };
  const Loop inner = builder.loop(shape[1]);
  const ExprRef sum = builder.reduce(ReduceKind::sum, {inner}, product(IndexExpr(inner.index)));
  const Loop each = builder.loop(shape[1]);
  const IndexExpr column(each.index);
  const ExprRef sm = cast(builder.load(input_ref(1), {row, column}), dtype);
  const ExprRef value = call(ScalarOp::sub, {product(column), call(ScalarOp::mul, {sm, sum})});
  Body body{builder.store(output_ref(0), {row, column}, value)};
  builder.append({ForEach{{each}, std::make_shared<const Body>(std::move(body))}});
  context.add(builder.finish());
}

void eval_softmax_grad(EvalContext& context) {
  const Tensor& dy = *context.inputs[0];
  const Tensor& sm = *context.inputs[1];
  Tensor& output = context.make_output(0);
  const int64_t columns = sm.dims().at(1);
  const auto dy_at = [&](int64_t i, int64_t j) {
    const int64_t row = dy.dims()[0] == 1 ? 0 : i;
    return dy.get_double(row * dy.dims()[1] + (dy.dims()[1] == 1 ? 0 : j));
  };
  for (int64_t i = 0; i < sm.dims()[0]; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < columns; ++j) sum += dy_at(i, j) * sm.get_double(i * columns + j);
    for (int64_t j = 0; j < columns; ++j) {
      output.set_double(i * columns + j, (dy_at(i, j) - sum) * sm.get_double(i * columns + j));
    }
  }
}

// With t = G - Σ G·sm: for dy it is t·sm, for sm t·dy - G·Σ dy·sm.
void grad_softmax_grad(GradContext& context) {
  const Node g(context.builder, *context.output_grads[0]);
  const Node dy(context.builder, context.input(0));
  const Node sm(context.builder, context.input(1));
  const Node centred = g - row_sum(g * sm);
  if (context.wanted[0]) {
    context.input_grads[0] = sum_to_shape(context.builder, (centred * sm).id(), dy.type().shape);
  }
  if (context.wanted[1]) context.input_grads[1] = (centred * dy - g * row_sum(dy * sm)).id();
}

OpDef record(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1;
  op.infer = infer_softmax;
  return op;
}

}  // namespace

void RowKernel::store_row(OperandRef output,
                          const std::function<ExprRef(const IndexExpr&)>& value) {
  const Loop each = builder.loop(columns);
  const IndexExpr column(each.index);
  Body body{builder.store(output, {row, column}, value(column))};
  builder.append({ForEach{{each}, std::make_shared<const Body>(std::move(body))}});
}

ExprRef shifted_exp(const RowKernel& row, const ExprRef& x) {
  return call(ScalarOp::exp, {call(ScalarOp::sub, {x, row.largest})});
}

RowKernel start_row_kernel(LowerContext& context, const Shape& shape,
                           const std::function<ExprRef(KernelBuilder&, const IndexExpr& row,
                                                       const IndexExpr& column)>& element) {
  RowKernel row{context.kernel(), {}, shape.at(1), {}, {}, {}};
  row.row = row.builder.outer(shape[0]);
  row.x = [element, index = row.row](KernelBuilder& builder, const IndexExpr& column) {
    const ExprRef x = element(builder, index, column);
    return cast(x, compute_dtype(x->dtype));
  };
  const Loop first = row.builder.loop(row.columns);
  row.largest =
      row.builder.reduce(ReduceKind::max, {first}, row.x(row.builder, IndexExpr(first.index)));
  const Loop second = row.builder.loop(row.columns);
  row.sum = row.builder.reduce(ReduceKind::sum, {second},
                               shifted_exp(row, row.x(row.builder, IndexExpr(second.index))));
  return row;
}

RowValues row_values(const Tensor& x, const Tensor* bias, int64_t row) {
  RowValues values;
  const int64_t columns = x.dims().at(1);
  for (int64_t j = 0; j < columns; ++j) {
    const double value = x.get_double(row * columns + j);
    values.x.push_back(bias != nullptr ? value + bias->get_double(j) : value);
    const bool takes = j == 0 || std::isnan(values.x.back()) || values.x.back() > values.largest;
    if (takes && !(j > 0 && std::isnan(values.largest))) values.largest = values.x.back();
  }
  for (const double value : values.x) values.sum += std::exp(value - values.largest);
  return values;
}

std::optional<Shape> softmax_shape(InferContext& context) {
  const TensorType& type = context.type(0);
  if (!is_float(type.dtype)) {
    context.fail("bad-dtype",
                 context.name(0) + " must be a float, not " + std::string(dtype_name(type.dtype)),
                 "inputs/0");
    return std::nullopt;
  }
  if (type.rank() != 1 && type.rank() != 2) {
    context.fail(
        "bad-rank",
        context.name(0) + " must have 1 or 2 dimensions, not " + std::to_string(type.rank()),
        "inputs/0");
    return std::nullopt;
  }
  Shape shape = type.shape;
  if (shape.size() == 1) shape.insert(shape.begin(), DimExpr(1));
  return shape;
}

Node row_sum(const Node& x) {
  return x.call("sum", {}, {{"axis", std::vector<int64_t>{1}}, {"keepdims", true}});
}

std::vector<OpDef> softmax_ops() {
  OpDef softmax = record("softmax", "Softmax",
                         "exp(x) divided by its sum over the row. A vector counts as a row, and "
                         "the result is a matrix.");
  softmax.grad = grad_unary<d_softmax>;
  softmax.eval = eval_softmax;
  softmax.lower = lower_softmax;
  softmax.expand = expand_vector<kSoftmax>;
  softmax.examples = {
      {R"({"op": "softmax", "inputs": ["x"]})",
       R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -3, "high": 3}})"},
      {R"({"op": "softmax", "inputs": ["x"]})", R"({"x": {"dtype": "float32", "shape": [5]}})"}};
  OpDef log_softmax = record("log_softmax", "LogSoftmax",
                             "The logarithm of softmax, without overflow: x - max - log sum "
                             "exp(x - max) of the row.");
  log_softmax.aliases = {"logsoftmax"};
  log_softmax.grad = grad_unary<d_log_softmax>;
  log_softmax.eval = eval_log_softmax;
  log_softmax.lower = lower_log_softmax;
  log_softmax.expand = expand_vector<kLogSoftmax>;
  log_softmax.examples = {
      {R"({"op": "log_softmax", "inputs": ["x"]})",
       R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -3, "high": 3}})"}};
  OpDef with_bias = record("softmax_with_bias", "SoftmaxWithBias",
                           "softmax(x + b) of a matrix and a vector that is added to each row.");
  with_bias.min_inputs = with_bias.max_inputs = 2;
  with_bias.infer = infer_softmax_with_bias;
  with_bias.grad = grad_softmax_with_bias;
  with_bias.eval = eval_softmax_with_bias;
  with_bias.lower = lower_softmax_with_bias;
  with_bias.examples = {{R"({"op": "softmax_with_bias", "inputs": ["x", "b"]})",
                         R"({"x": {"dtype": "float32", "shape": [3, 4], "low": -3, "high": 3},
                             "b": {"dtype": "float32", "shape": [4]}})"}};
  OpDef gradient = record("softmax_grad", "SoftmaxGrad",
                          "The gradient of softmax from that of its result and its result: "
                          "dy sm - sm sum(dy sm).");
  gradient.min_inputs = gradient.max_inputs = 2;
  gradient.infer = infer_softmax_grad;
  gradient.grad = grad_softmax_grad;
  gradient.eval = eval_softmax_grad;
  gradient.lower = lower_softmax_grad;
  gradient.examples = {{R"({"op": "softmax_grad", "inputs": ["dy", "sm"]})",
                        R"({"dy": {"dtype": "float32", "shape": [3, 4]},
                            "sm": {"dtype": "float32", "shape": [3, 4], "low": 0, "high": 1}})"}};
  return {softmax, log_softmax, with_bias, gradient};
}

}  // namespace tgc
