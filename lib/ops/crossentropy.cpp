// SPDX-License-Identifier: Apache-2.0
// Cross entropies, by element or by row. The targets of crossentropy_categorical_1hot are column
// numbers; one that is no column, negative ones included, fails the call.
#include "ops/crossentropy.h"

#include <cmath>

#include "ops/elementwise.h"
#include "support/check.h"

namespace tgc {
namespace {

bool infer_1hot(InferContext& context) {
  if (!check_targets(context, 0, 1)) return false;
  context.output(context.type(0).dtype, {context.type(0).shape[0]});
  return true;
}

// -log of the element the target names.
void lower_1hot(LowerContext& context) {
  KernelBuilder builder = context.kernel();
  const Shape& shape = context.inputs.at(0).shape;
  const DType dtype = compute_dtype(context.outputs.at(0).dtype);
  const IndexExpr row = builder.outer(shape[0]);
  const Target target = load_target(builder, input_ref(1), row, shape[1]);
  const ExprRef chosen =
      cast(builder.load(input_ref(0), {row, IndexExpr::of(target.column)}), dtype);
  const ExprRef safe = call(ScalarOp::switch_, {target.is_column, chosen, constant(dtype, 1)});
  const ExprRef value = call(ScalarOp::neg, {call(ScalarOp::log, {safe})});
  builder.append(builder.store(output_ref(0), {row}, value));
  context.add(builder.finish());
}

void eval_1hot(EvalContext& context) {
  const Tensor& coding = *context.inputs[0];
  const int64_t columns = coding.dims().at(1);
  Tensor& output = context.make_output(0);
  for (int64_t i = 0; i < output.size(); ++i) {
    const int64_t target = checked_target(context, *context.inputs[1], i, columns);
    if (!context.failure.empty()) return;
    output.set_double(i, -std::log(coding.get_double(i * columns + target)));
  }
}

void grad_1hot(GradContext& context) {
  if (!context.wanted[0]) return;
  context.input_grads[0] =
      context.builder.call("crossentropy_categorical_1hot_grad",
                           {*context.output_grads[0], context.input(0), context.input(1)});
}

bool infer_1hot_grad(InferContext& context) {
  if (!check_targets(context, 1, 2)) return false;
  const TensorType& g = context.type(0);
  if (g.rank() != 1) return context.fail("bad-rank", "takes a vector", "inputs/0");
  const DimExpr& rows = context.type(1).shape[0];
  if (!g.shape[0].is(1) && !context.require_equal(g.shape[0], rows,
                                                  "there are " + rows.text() + " rows and " +
                                                      g.shape[0].text() + " gradients",
                                                  "inputs/0")) {
    return false;
  }
  context.output(context.type(1).dtype, context.type(1).shape);
  return true;
}

// -g / coding at the target, 0 elsewhere.
void lower_1hot_grad(LowerContext& context) {
  KernelBuilder builder = context.kernel();
  const Shape& shape = context.inputs.at(1).shape;
  const DType dtype = compute_dtype(context.outputs.at(0).dtype);
  const IndexExpr row = builder.outer(shape[0]);
  const Target target = load_target(builder, input_ref(2), row, shape[1]);
  const Loop each = builder.loop(shape[1]);
  const IndexExpr column(each.index);
  const ExprRef g = cast(builder.load_broadcast(input_ref(0), {row}), dtype);
  const ExprRef coding = cast(builder.load(input_ref(1), {row, column}), dtype);
  const ExprRef is_target = call(ScalarOp::eq, {to_expr(column), target.column});
  const ExprRef value = call(
      ScalarOp::switch_, {is_target, call(ScalarOp::true_div, {call(ScalarOp::neg, {g}), coding}),
                          constant(dtype, 0)});
  Body body{builder.store(output_ref(0), {row, column}, value)};
  builder.append({ForEach{{each}, std::make_shared<const Body>(std::move(body))}});
  context.add(builder.finish());
}

void eval_1hot_grad(EvalContext& context) {
  const Tensor& g = *context.inputs[0];
  const Tensor& coding = *context.inputs[1];
  const int64_t columns = coding.dims().at(1);
  Tensor& output = context.make_output(0);
  for (int64_t i = 0; i < coding.dims()[0]; ++i) {
    const int64_t target = checked_target(context, *context.inputs[2], i, columns);
    if (!context.failure.empty()) return;
    const double dy = g.get_double(g.size() == 1 ? 0 : i);
    output.set_double(i * columns + target, -dy / coding.get_double(i * columns + target));
  }
}

// With d = the result for g = 1 (-1/coding at the target): Σ G·d for g, G·g·d² for coding.
void grad_1hot_grad(GradContext& context) {
  Builder& builder = context.builder;
  const Node incoming(builder, *context.output_grads[0]);
  const Node g(builder, context.input(0));
  const Node ones(builder, builder.alloc(builder.scalar(g.type().dtype, 1), g.type().shape));
  const Node d(builder, builder.call("crossentropy_categorical_1hot_grad",
                                     {ones.id(), context.input(1), context.input(2)}));
  const std::vector<int64_t> as_column{0, -1};
  if (context.wanted[0]) {
    const Node sum = (incoming * d).call("sum", {}, {{"axis", std::vector<int64_t>{1}}});
    context.input_grads[0] = sum_to_shape(builder, sum.id(), g.type().shape);
  }
  if (context.wanted[1]) {
    const Node column = g.call("dimshuffle", {}, {{"order", as_column}});
    context.input_grads[1] = (incoming * column * sqr(d)).id();
  }
}

bool infer_categorical(InferContext& context) {
  const int64_t coding = context.type(0).rank();
  const int64_t target = context.type(1).rank();
  if (target == coding && coding > 0) {
    auto shape = context.broadcast({0, 1});
    if (!shape) return false;
    shape->pop_back();
    const DType log_dtype = upgrade({context.type(0).dtype}, context.float_x).value();
    context.output(promote(log_dtype, context.type(1).dtype), std::move(*shape));
    return true;
  }
  if (target == coding - 1) return infer_1hot(context);
  return context.fail("bad-rank",
                      "the target has " + std::to_string(target) + " dimensions; " +
                          std::to_string(coding) + " (distributions) or " +
                          std::to_string(coding - 1) + " (column numbers) fit " + context.name(0),
                      "inputs/1");
}

// -Σ target·log(coding) over the last axis, or the form for column numbers.
std::optional<std::vector<VariableId>> expand_categorical(Builder& builder,
                                                          const std::vector<VariableId>& inputs,
                                                          const Attributes&) {
  const Node coding(builder, inputs[0]);
  const Node target(builder, inputs[1]);
  const int64_t rank = coding.type().rank();
  if (target.type().rank() != rank) {
    return {{coding.call("crossentropy_categorical_1hot", {target}).id()}};
  }
  const Node sum =
      (target * log(coding)).call("sum", {}, {{"axis", std::vector<int64_t>{rank - 1}}});
  return {{(-sum).id()}};
}

bool infer_by_element(InferContext& context, DType result) {
  const DType output = context.type(0).dtype;
  if (!is_float(output)) {
    return context.fail(
        "bad-dtype", context.name(0) + " must be a float, not " + std::string(dtype_name(output)),
        "inputs/0");
  }
  const auto shape = context.broadcast({0, 1});
  if (!shape) return false;
  context.output(result, *shape);
  return true;
}

// The 1 in 1 - t and 1 - o is a float literal.
bool infer_binary(InferContext& context) {
  const DType both = promote(context.type(0).dtype, context.type(1).dtype);
  return infer_by_element(context, promote(both, literal_dtype(context.float_x)));
}

// -(t·log(o) + (1 - t)·log(1 - o))
std::optional<std::vector<VariableId>> expand_binary(Builder& builder,
                                                     const std::vector<VariableId>& inputs,
                                                     const Attributes&) {
  const Node o(builder, inputs[0]);
  const Node t(builder, inputs[1]);
  const Node one(builder, builder.scalar(literal_dtype(builder.float_x()), 1));
  return {{(-(t * log(o) + (one - t) * log(one - o))).id()}};
}

bool infer_sigmoid_binary(InferContext& context) {
  return infer_by_element(context, promote(context.type(0).dtype, context.type(1).dtype));
}

// softplus(-|o|) + o·((o > 0) - t), which is binary_crossentropy(sigmoid(o), t) without overflow.
std::optional<std::vector<VariableId>> expand_sigmoid_binary(Builder& builder,
                                                             const std::vector<VariableId>& inputs,
                                                             const Attributes&) {
  const Node o(builder, inputs[0]);
  const Node t(builder, inputs[1]);
  const Node positive = gt(o, o.number(0)).cast(o.type().dtype);
  return {{((-abs(o)).call("softplus") + o * (positive - t)).id()}};
}

OpDef record(std::string_view name, std::string_view theano, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 2;
  return op;
}

std::vector<OpDef> composed_ops() {
  OpDef categorical =
      record("categorical_crossentropy", "CrossentropyCategorical1Hot, Sum of mul of log",
             "The cross entropy of each row: -sum(target log(coding)), where the target is as many "
             "distributions or, with one dimension less, column numbers.");
  categorical.infer = infer_categorical;
  categorical.expand = expand_categorical;
  categorical.examples = {
      {R"({"op": "categorical_crossentropy", "inputs": ["coding", "target"]})",
       R"({"coding": {"dtype": "float32", "shape": [3, 4], "low": 0.1, "high": 1},
           "target": {"dtype": "float32", "shape": [3, 4], "low": 0, "high": 1}})"},
      {R"({"op": "categorical_crossentropy", "inputs": ["coding", "target"]})",
       R"({"coding": {"dtype": "float32", "shape": [3, 4], "low": 0.1, "high": 1},
           "target": {"dtype": "int32", "shape": [3], "low": 0, "high": 3}})"}};
  OpDef binary = record("binary_crossentropy", "Elemwise of mul and log",
                        "-(t log(o) + (1 - t) log(1 - o)) by element, for an output o in (0, 1).");
  binary.infer = infer_binary;
  binary.expand = expand_binary;
  binary.examples = {{R"({"op": "binary_crossentropy", "inputs": ["o", "t"]})",
                      R"({"o": {"dtype": "float32", "shape": [3, 4], "low": 0.1, "high": 0.9},
                          "t": {"dtype": "float32", "shape": [3, 4], "low": 0, "high": 1}})"}};
  OpDef sigmoid = record("sigmoid_binary_crossentropy", "OpFromGraph",
                         "binary_crossentropy(sigmoid(o), t) without overflow.");
  sigmoid.infer = infer_sigmoid_binary;
  sigmoid.expand = expand_sigmoid_binary;
  sigmoid.examples = {{R"({"op": "sigmoid_binary_crossentropy", "inputs": ["o", "t"]})",
                       R"({"o": {"dtype": "float32", "shape": [3, 4], "low": -4, "high": 4},
                           "t": {"dtype": "int8", "shape": [3, 4], "low": 0, "high": 1}})"}};
  return {categorical, binary, sigmoid};
}

}  // namespace

bool check_targets(InferContext& context, size_t matrix, size_t targets) {
  const TensorType& x = context.type(matrix);
  const TensorType& y = context.type(targets);
  const std::string x_part = "inputs/" + std::to_string(matrix);
  const std::string y_part = "inputs/" + std::to_string(targets);
  if (x.rank() != 2 || !is_float(x.dtype)) {
    return context.fail(x.rank() != 2 ? "bad-rank" : "bad-dtype",
                        context.name(matrix) + " must be a float matrix, not " + type_text(x),
                        x_part);
  }
  if (y.rank() != 1 || !is_integer(y.dtype)) {
    return context.fail(y.rank() != 1 ? "bad-rank" : "bad-dtype",
                        context.name(targets) +
                            " must be an integer vector of column numbers, "
                            "not " +
                            type_text(y),
                        y_part);
  }
  return context.require_equal(x.shape[0], y.shape[0],
                               "there are " + x.shape[0].text() + " rows (" + context.name(matrix) +
                                   ") and " + y.shape[0].text() + " targets (" +
                                   context.name(targets) + ")",
                               y_part);
}

Target load_target(KernelBuilder& builder, OperandRef targets, const IndexExpr& row,
                   const DimExpr& columns) {
  const ExprRef column = builder.let(cast(builder.load(targets, {row}), DType::int64));
  const ExprRef is_column = builder.let(
      call(ScalarOp::and_, {call(ScalarOp::ge, {column, integer_constant(DType::int64, 0)}),
                            call(ScalarOp::lt, {column, dim_value(columns)})}));
  builder.append({Check{is_column, kFailIndex, column}});
  return {column, is_column};
}

int64_t checked_target(EvalContext& context, const Tensor& targets, int64_t row, int64_t columns) {
  const int64_t target = targets.get_int(row);
  if (target < 0 || target >= columns) {
    context.failure = "index " + std::to_string(target) +
                      " is out of bounds for axis 1 with size " + std::to_string(columns);
  }
  return target;
}

std::vector<OpDef> crossentropy_ops() {
  OpDef one_hot = record("crossentropy_categorical_1hot", "CrossentropyCategorical1Hot",
                         "-log(coding[i, target[i]]) for every row i; a target that is no column "
                         "fails the call.");
  one_hot.infer = infer_1hot;
  one_hot.grad = grad_1hot;
  one_hot.eval = eval_1hot;
  one_hot.lower = lower_1hot;
  one_hot.examples = {{R"({"op": "crossentropy_categorical_1hot", "inputs": ["coding", "target"]})",
                       R"({"coding": {"dtype": "float32", "shape": [3, 4], "low": 0.1, "high": 1},
           "target": {"dtype": "int64", "shape": [3], "low": 0, "high": 3}})"}};
  OpDef gradient = record("crossentropy_categorical_1hot_grad", "CrossentropyCategorical1HotGrad",
                          "The gradient of crossentropy_categorical_1hot with respect to coding: "
                          "-g[i] / coding[i, j] where j is the target, else 0.");
  gradient.min_inputs = gradient.max_inputs = 3;
  gradient.infer = infer_1hot_grad;
  gradient.grad = grad_1hot_grad;
  gradient.eval = eval_1hot_grad;
  gradient.lower = lower_1hot_grad;
  gradient.examples = {
      {R"({"op": "crossentropy_categorical_1hot_grad", "inputs": ["g", "coding", "target"]})",
       R"({"g": {"dtype": "float32", "shape": [3]},
           "coding": {"dtype": "float32", "shape": [3, 4], "low": 0.2, "high": 1},
           "target": {"dtype": "int64", "shape": [3], "low": 0, "high": 3}})"}};
  std::vector<OpDef> ops = composed_ops();
  ops.push_back(one_hot);
  ops.push_back(gradient);
  return ops;
}

}  // namespace tgc
