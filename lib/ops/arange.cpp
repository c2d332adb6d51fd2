// SPDX-License-Identifier: Apache-2.0
// arange: evenly spaced numbers. The length must be known when dims are bound, so integer bounds
// need a known value (integers, dims) and floating-point ones must be constants.
#include <cmath>
#include <limits>

#include "graph/op_def.h"

namespace tgc {
namespace {

struct Progression {
  bool is_integer = true;
  DimExpr start;  // integers
  DimExpr stop;
  DimExpr step;
  double real_start = 0;  // floats
  double real_stop = 0;
  double real_step = 1;
};

bool read_bound(const Variable& input, DimExpr& integer, double& real) {
  if (is_float(input.type.dtype)) {
    if (!input.constant) return false;
    real = input.constant->get_double(0);
    return true;
  }
  if (!input.value) return false;
  integer = input.value->front();
  if (const auto known = integer.constant()) real = static_cast<double>(*known);
  return true;
}

// nullopt when a value is not known; `bad` is the input it is about.
std::optional<Progression> read_progression(const std::vector<const Variable*>& inputs,
                                            size_t& bad) {
  Progression result;
  result.start = 0;
  result.step = 1;
  for (const Variable* input : inputs) {
    if (is_float(input->type.dtype)) result.is_integer = false;
  }
  const bool stop_only = inputs.size() == 1;
  DimExpr* const integers[] = {stop_only ? &result.stop : &result.start, &result.stop,
                               &result.step};
  double* const reals[] = {stop_only ? &result.real_stop : &result.real_start, &result.real_stop,
                           &result.real_step};
  for (size_t i = 0; i < inputs.size(); ++i) {
    bad = i;
    if (!read_bound(*inputs[i], *integers[i], *reals[i])) return std::nullopt;
    const bool is_symbolic = is_discrete(inputs[i]->type.dtype) && !integers[i]->is_constant();
    if (!result.is_integer && is_symbolic) return std::nullopt;
  }
  return result;
}

Progression progression_of(const Graph& graph, const Apply& apply) {
  std::vector<const Variable*> inputs;
  for (const VariableId input : apply.inputs) inputs.push_back(&graph.variable(input));
  size_t bad = 0;
  const auto result = read_progression(inputs, bad);
  TGC_CHECK(result.has_value(), "arange: a bound is not known any more");
  return *result;
}

// ceil((stop - start) / step), at least 0; nullopt for a zero step or an absurd length.
std::optional<DimExpr> length_of(const Progression& p) {
  if (!p.is_integer) {
    const double length = std::ceil((p.real_stop - p.real_start) / p.real_step);
    if (!(std::abs(length) < 0x1p62)) return std::nullopt;
    return DimExpr(length > 0 ? static_cast<int64_t>(length) : 0);
  }
  if (p.step.is(0)) return std::nullopt;
  const DimExpr up = DimExpr::ceil_div(p.stop - p.start, p.step);
  if (p.step.lower_bound().value_or(-1) > 0) return DimExpr::max(up, 0);
  // ceil(a / b) for b < 0 is floor((-a) / (-b)) rounded up: -floor(a / -b)
  return DimExpr::max(DimExpr(0) - DimExpr::floor_div(p.stop - p.start, DimExpr(0) - p.step), 0);
}

DType dtype_of(const InferContext& context) {
  DType dtype = context.type(0).dtype;
  for (size_t i = 1; i < context.inputs.size(); ++i) dtype = promote(dtype, context.type(i).dtype);
  if (is_signed_integer(dtype) || dtype == DType::boolean) return DType::int64;
  return is_unsigned_integer(dtype) ? DType::uint64 : dtype;
}

bool infer(InferContext& context) {
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    if (context.type(i).rank() == 0) continue;
    return context.fail("bad-rank", context.name(i) + " must be a scalar",
                        "inputs/" + std::to_string(i));
  }
  size_t bad = 0;
  const auto progression = read_progression(context.inputs, bad);
  if (!progression) {
    return context.fail(
        "unknown-value", "the value of " + context.name(bad) + " must be known before the call",
        "inputs/" + std::to_string(bad), "integers may be numbers or dims, floats must be numbers");
  }
  const auto length = length_of(*progression);
  if (!length) {
    const bool zero =
        progression->is_integer ? progression->step.is(0) : progression->real_step == 0;
    return context.fail("bad-attribute", zero ? "step is 0" : "start, stop and step give no length",
                        "inputs");
  }
  context.attributes.try_emplace("dtype", dtype_of(context));
  const DType dtype = *find_attr<DType>(context.attributes, "dtype");
  context.output(dtype, {*length});
  const int64_t count = length->constant().value_or(-1);
  if (progression->is_integer && is_integer(dtype) && count >= 0 && count <= 32) {
    std::vector<DimExpr> value;
    for (int64_t i = 0; i < count; ++i) {
      value.push_back(progression->start + DimExpr(i) * progression->step);
    }
    context.output_value(std::move(value));
  }
  return true;
}

void eval(EvalContext& context) {
  const Progression p = progression_of(context.graph, context.apply);
  Tensor& result = context.make_output(0);
  if (p.is_integer) {
    const int64_t start = context.dim(p.start);
    const int64_t step = context.dim(p.step);
    for (int64_t i = 0; i < result.size(); ++i) {
      if (is_float(result.dtype())) {
        result.set_double(i, static_cast<double>(start + i * step));
      } else {
        result.set_int(i, start + i * step);
      }
    }
    return;
  }
  // NumPy's rule: start + i·((start + step) - start), each step rounded to the dtype
  const auto round = [&](double value) {
    return Tensor::scalar(result.dtype(), value).get_double(0);
  };
  const double start = round(p.real_start);
  const double delta = round(round(p.real_start + p.real_step) - start);
  for (int64_t i = 0; i < result.size(); ++i) {
    result.set_double(i, start + round(static_cast<double>(i) * delta));
  }
}

void lower(LowerContext& context) {
  const Progression p = progression_of(context.graph, context.apply);
  const DType dtype = context.outputs[0].dtype;
  KernelBuilder kernel = context.kernel();
  const auto indices = kernel.outer(context.outputs[0].shape);
  ExprRef value;
  if (p.is_integer) {
    const ExprRef scaled = p.step.is(1)
                               ? to_expr(indices[0])
                               : call(ScalarOp::mul, {to_expr(indices[0]), dim_value(p.step)});
    value = p.start.is(0) ? scaled : call(ScalarOp::add, {dim_value(p.start), scaled});
  } else {
    const DType work = is_float(dtype) && dtype != DType::float16 ? dtype : DType::float64;
    const auto round = [&](double real) { return Tensor::scalar(dtype, real).get_double(0); };
    const double start = round(p.real_start);
    const double delta = round(round(p.real_start + p.real_step) - start);
    const ExprRef product =
        call(ScalarOp::mul, {cast(to_expr(indices[0]), work), real_constant(work, delta)});
    value = call(ScalarOp::add, {real_constant(work, start), cast(cast(product, dtype), work)});
  }
  kernel.append(kernel.store(output_ref(0), indices, value));
  context.add(kernel.finish());
}

}  // namespace

OpDef arange_op() {
  OpDef op;
  op.name = "arange";
  op.theano = "ARange";
  op.doc =
      "The numbers start, start + step, … up to but without stop, as a vector. Inputs: stop, or "
      "start and stop, or start, stop and step; their values must be known before the call.";
  op.min_inputs = 1;
  op.max_inputs = 3;
  op.attributes = {{"dtype", AttrKind::dtype, false,
                    "default: int64 for integers, uint64 for unsigned ones, else the floats' own"}};
  op.infer = infer;
  op.no_grad = "its bounds are constants or integers";
  op.eval = eval;
  op.lower = lower;
  op.examples = {{R"({"op": "arange", "inputs": [5]})", "{}"},
                 {R"({"op": "arange", "inputs": [10, 3, -2]})", "{}"},
                 {R"({"op": "arange", "inputs": [0.5, 2.0, 0.25], "dtype": "float32"})", "{}"}};
  return op;
}

}  // namespace tgc
