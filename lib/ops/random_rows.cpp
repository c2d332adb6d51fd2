// SPDX-License-Identifier: Apache-2.0
// random_hypergeometric and random_dirichlet: draws of NumPy's generators with three parameters,
// and with a row of them. The state tells the generator, as for random_normal.
#include "ops/random_draws.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

const Shape& shape_of(const Attributes& attributes) {
  return *find_attr<Shape>(attributes, "shape");
}

bool is_single(const Shape& shape, size_t kept = 0) {
  for (size_t axis = 0; axis + kept < shape.size(); ++axis) {
    if (!shape[axis].is(1)) return false;
  }
  return true;
}

// A parameter with one element for all samples, or one for each.
Node fitted(const Node& given, DType dtype, const Shape& shape, size_t kept = 0) {
  const Node value = given.cast(dtype);
  return is_single(value.type().shape, kept) || value.type().shape == shape
             ? value
             : allocated(value, shape);
}

std::optional<std::vector<VariableId>> with_fitted(Builder& builder, std::string_view op,
                                                   const std::vector<VariableId>& inputs,
                                                   const Attributes& attributes, DType dtype,
                                                   const Shape& shape, size_t kept) {
  std::vector<VariableId> fit{inputs[0]};
  for (size_t i = 1; i < inputs.size(); ++i) {
    fit.push_back(fitted({builder, inputs[i]}, dtype, shape, kept).id());
  }
  if (fit == inputs) return std::nullopt;
  return builder.graph().apply(builder.add(op, fit, attributes)).outputs;
}

// ---- random_hypergeometric

bool infer_hypergeometric(InferContext& context) {
  if (!check_numpy_state(context) || !check_parameters(context)) return false;
  for (size_t i = 1; i < 4; ++i) {
    if (!require_integer(context, i)) return false;
  }
  context.output(context.type(0).dtype, context.type(0).shape);
  context.output(DType::int64, shape_of(context.attributes));
  return true;
}

std::optional<std::vector<VariableId>> expand_hypergeometric(Builder& builder,
                                                             const std::vector<VariableId>& inputs,
                                                             const Attributes& attributes) {
  return with_fitted(builder, "random_hypergeometric", inputs, attributes, DType::int64,
                     shape_of(attributes), 0);
}

void eval_hypergeometric(EvalContext& context) {
  Tensor* const state = begin_draw(context);
  if (state == nullptr) return;
  const auto failed = draw_hypergeometric(*state, *context.inputs[1], *context.inputs[2],
                                          *context.inputs[3], context.outputs[1]);
  if (failed) context.failure = bad_parameter_text(*failed);
}

void lower_hypergeometric(LowerContext& context) {
  std::vector<OperandRef> inputs;
  std::vector<DimExpr> dims{element_count(context.outputs[1].shape)};
  for (int i = 0; i < 4; ++i) {
    inputs.push_back(context.contiguous(i));
    if (i > 0) dims.emplace_back(is_single(context.inputs[static_cast<size_t>(i)].shape) ? 0 : 1);
  }
  add_draw_routine(context, "draw_hypergeometric", std::move(inputs), {}, std::move(dims));
}

// ---- random_dirichlet

bool infer_dirichlet(InferContext& context) {
  context.attributes.try_emplace("dtype", context.float_x);
  if (!check_numpy_state(context) || !check_sample_dtype(context, true)) return false;
  if (!require_float(context, 1) || !require_rank_at_least(context, 1, 1)) return false;
  if (!check_shape(context) || !check_rows(context, 1, 1)) return false;
  Shape result = shape_of(context.attributes);
  result.push_back(context.type(1).shape.back());
  context.output(context.type(0).dtype, context.type(0).shape);
  context.output(*find_attr<DType>(context.attributes, "dtype"), std::move(result));
  return true;
}

std::optional<std::vector<VariableId>> expand_dirichlet(Builder& builder,
                                                        const std::vector<VariableId>& inputs,
                                                        const Attributes& attributes) {
  const DType dtype = *find_attr<DType>(attributes, "dtype");
  if (dtype != DType::float64) {
    Attributes wide = attributes;
    wide["dtype"] = DType::float64;
    const ApplyId draw = builder.add("random_dirichlet", inputs, wide);
    const std::vector<VariableId> made = builder.graph().apply(draw).outputs;
    return {{made[0], builder.cast(made[1], dtype)}};
  }
  Shape shape = shape_of(attributes);
  shape.push_back(builder.graph().type(inputs[1]).shape.back());
  return with_fitted(builder, "random_dirichlet", inputs, attributes, DType::float64, shape, 1);
}

void eval_dirichlet(EvalContext& context) {
  Tensor* const state = begin_draw(context);
  if (state == nullptr) return;
  const auto failed = draw_dirichlet(*state, *context.inputs[1], context.outputs[1]);
  if (failed) context.failure = bad_parameter_text(*failed);
}

void lower_dirichlet(LowerContext& context) {
  const DimExpr k = context.inputs[1].shape.back();
  add_draw_routine(context, "draw_dirichlet", {context.contiguous(0), context.contiguous(1)}, {},
                   {element_count(shape_of(context.apply.attributes)), k,
                    is_single(context.inputs[1].shape, 1) ? DimExpr(0) : k});
}

// ---- records

OpDef row_op(std::string_view name, std::string_view theano, int parameters, std::string_view doc) {
  OpDef op;
  op.name = name;
  op.theano = theano;
  op.doc = doc;
  op.min_inputs = op.max_inputs = 1 + parameters;
  op.no_grad = "a draw does not depend smoothly on its parameters";
  op.host_only = "a generator's words follow each other";
  return op;
}

OpDef hypergeometric_op() {
  OpDef op = row_op("random_hypergeometric", "HyperGeometricRV", 3,
                    "How many good ones are among those drawn, without replacement: the inputs "
                    "after the state are how many are good, how many bad and how many are drawn. "
                    "The new state and the sample.");
  op.attributes = {{"shape", AttrKind::dims, true, "dims of the sample"}};
  op.infer = infer_hypergeometric;
  op.expand = expand_hypergeometric;
  op.eval = eval_hypergeometric;
  op.lower = lower_hypergeometric;
#define TGC_DRAWN                                                         \
  R"(, "good": {"dtype": "int64", "shape": [3], "value": [5, 200, 40]},)" \
  R"( "bad": {"dtype": "int32", "shape": [2, 1], "value": [9, 150]},)"    \
  R"( "n": {"dtype": "int64", "shape": [2, 3], "value": [[3, 12, 4], [100, 340, 11]]}})"
  op.examples = {
      {TGC_CALL("random_hypergeometric", R"(, "good", "bad", "n")", R"("shape": [2, 3])"),
       "{" TGC_LEGACY TGC_DRAWN},
      {TGC_CALL("random_hypergeometric", R"(, "good", "bad", "n")", R"("shape": [2, 3])"),
       "{" TGC_MODERN TGC_DRAWN},
      {TGC_CALL("random_hypergeometric", R"(, 30, 50, 20)", R"("shape": [5])"), "{" TGC_MODERN "}"},
      {TGC_CALL("random_hypergeometric", R"(, 30, 50, 20)", R"("shape": [0])"),
       "{" TGC_LEGACY "}"}};
#undef TGC_DRAWN
  return op;
}

OpDef dirichlet_op() {
  OpDef op = row_op("random_dirichlet", "DirichletRV", 1,
                    "Rows of probabilities of Dirichlet's distribution with the concentrations in "
                    "the last axis of the second input, a row for each element of the shape: the "
                    "new state and the sample.");
  op.attributes = {{"shape", AttrKind::dims, false, "how many rows, as dims ([])"},
                   {"dtype", AttrKind::dtype, false, "default: floatX"}};
  op.infer = infer_dirichlet;
  op.expand = expand_dirichlet;
  op.eval = eval_dirichlet;
  op.lower = lower_dirichlet;
#define TGC_SMALL R"(, "a": {"dtype": "float64", "shape": [3], "value": [0.05, 0.01, 0.09]}})"
#define TGC_LARGE R"(, "a": {"dtype": "float32", "shape": [4, 3], "low": 0.3, "high": 5}})"
  op.examples = {
      {TGC_CALL("random_dirichlet", R"(, "a")", R"("shape": [2, 4])"), "{" TGC_LEGACY TGC_LARGE},
      {TGC_CALL("random_dirichlet", R"(, "a")", R"("shape": [4], "dtype": "float32")"),
       "{" TGC_MODERN TGC_LARGE},
      {TGC_CALL("random_dirichlet", R"(, "a")", R"("shape": [5], "dtype": "float64")"),
       "{" TGC_MODERN TGC_SMALL},
      {R"({"op": "random_dirichlet", "inputs": ["state", "a"], "dtype": "float64",
           "outputs": ["next", "sample"]})",
       "{" TGC_LEGACY TGC_SMALL},
      {TGC_CALL("random_dirichlet", R"(, "a")", R"("shape": [0])"), "{" TGC_MODERN TGC_SMALL}};
#undef TGC_SMALL
#undef TGC_LARGE
  return op;
}

}  // namespace

std::vector<OpDef> random_rows_ops() {
  return {hypergeometric_op(), dirichlet_op()};
}

}  // namespace tgc
