// SPDX-License-Identifier: Apache-2.0
// See elementwise.h.
#include "ops/elementwise.h"

#include <algorithm>
#include <utility>

#include "kernel/scalar_value.h"
#include "support/check.h"
#include "support/text.h"

namespace tgc {
namespace {

bool all_of(const std::vector<DType>& dtypes, bool (*test)(DType)) {
  return std::all_of(dtypes.begin(), dtypes.end(), test);
}

bool is_bool(DType dtype) {
  return dtype == DType::boolean;
}

// The value of one element of an integer result. The narrow dtypes are followed for constants only,
// since they wrap soon; 32 bits and more are taken not to wrap, as sizes never get there.
std::optional<DimExpr> dim_value_of(ScalarOp op, const std::vector<DimExpr>& args) {
  const auto fold = [&](auto combine) {
    DimExpr value = args[0];
    for (size_t i = 1; i < args.size(); ++i) value = combine(value, args[i]);
    return value;
  };
  switch (op) {
    case ScalarOp::add:
      return fold([](auto& a, auto& b) { return a + b; });
    case ScalarOp::mul:
      return fold([](auto& a, auto& b) { return a * b; });
    case ScalarOp::sub:
      return args[0] - args[1];
    case ScalarOp::neg:
      return 0 - args[0];
    case ScalarOp::int_div:
      if (args[1].is(0)) return std::nullopt;
      return DimExpr::floor_div(args[0], args[1]);
    case ScalarOp::mod:
      if (args[1].is(0)) return std::nullopt;
      return DimExpr::mod(args[0], args[1]);
    case ScalarOp::maximum:
      return DimExpr::max(args[0], args[1]);
    case ScalarOp::minimum:
      return DimExpr::min(args[0], args[1]);
    case ScalarOp::abs:
      return DimExpr::max(args[0], 0 - args[0]);
    default:
      return std::nullopt;
  }
}

bool fits(const DimExpr& value, DType dtype) {
  const auto constant = value.constant();
  if (constant && *constant < 0 && is_unsigned_integer(dtype)) return false;
  if (constant) return scalar_value_int(dtype, *constant).integer == *constant;
  return dtype_size(dtype) >= 4;
}

std::optional<std::vector<DimExpr>> known_value(const InferContext& context, ScalarOp op,
                                                int64_t rank, DType result) {
  if (is_float(result) || is_bool(result) || rank > 1) return std::nullopt;
  size_t count = 1;
  for (const Variable* input : context.inputs) {
    if (!input->value || is_float(input->type.dtype)) return std::nullopt;
    if (input->value->empty()) return std::nullopt;
    count = std::max(count, input->value->size());
  }
  std::vector<DimExpr> values;
  for (size_t i = 0; i < count; ++i) {
    std::vector<DimExpr> args;
    for (const Variable* input : context.inputs) {
      args.push_back((*input->value)[input->value->size() == 1 ? 0 : i]);
    }
    const auto value = dim_value_of(op, args);
    if (!value || !fits(*value, result)) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

std::vector<ExprRef> locals_as_args(const EvalContext& context) {
  std::vector<ExprRef> args;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    args.push_back(std::make_shared<const Expr>(
        Expr{context.inputs[i]->dtype(), LocalValue{LocalId{static_cast<int32_t>(i)}}}));
  }
  return args;
}

// Element offset step of each input per output axis; 0 where it broadcasts.
std::vector<int64_t> broadcast_strides(const Tensor& input, size_t rank) {
  std::vector<int64_t> steps(rank, 0);
  const auto own = contiguous_strides(input.dims());
  const size_t lead = rank - own.size();
  for (size_t axis = 0; axis < own.size(); ++axis) {
    if (input.dims()[axis] != 1) steps[lead + axis] = own[axis];
  }
  return steps;
}

}  // namespace

std::optional<DType> upcast(const std::vector<DType>& inputs, DType) {
  DType result = inputs.at(0);
  for (const DType dtype : inputs) result = promote(result, dtype);
  return result;
}

std::optional<DType> upcast_no_bool(const std::vector<DType>& inputs, DType float_x) {
  const auto result = upcast(inputs, float_x);
  return is_bool(*result) ? std::nullopt : result;
}

std::optional<DType> upcast_at_least_int8(const std::vector<DType>& inputs, DType float_x) {
  const auto result = upcast(inputs, float_x);
  return is_bool(*result) ? DType::int8 : result;
}

std::optional<DType> upgrade(const std::vector<DType>& inputs, DType) {
  DType result = upgrade_to_float(inputs.at(0));
  for (const DType dtype : inputs) result = promote(result, upgrade_to_float(dtype));
  return result;
}

std::optional<DType> floats_only(const std::vector<DType>& inputs, DType float_x) {
  return all_of(inputs, is_float) ? upcast(inputs, float_x) : std::nullopt;
}

std::optional<DType> bits_only(const std::vector<DType>& inputs, DType float_x) {
  const auto result = upcast(inputs, float_x);  // int64 with uint64 has no integer to hold both
  const bool is_pure = all_of(inputs, is_bool) || all_of(inputs, is_integer);
  return is_pure && is_discrete(*result) ? result : std::nullopt;
}

std::optional<DType> true_division(const std::vector<DType>& inputs, DType float_x) {
  return all_of(inputs, is_discrete) ? float_x : upcast(inputs, float_x);
}

std::optional<DType> truth(const std::vector<DType>&, DType) {
  return DType::boolean;
}

std::optional<DType> of_branches(const std::vector<DType>& inputs, DType) {
  return promote(inputs.at(1), inputs.at(2));
}

std::optional<DType> of_second(const std::vector<DType>& inputs, DType) {
  return inputs.at(1);
}

DType literal_dtype(DType float_x) {
  return float_x == DType::float64 ? DType::float32 : float_x;
}

DType compute_dtype(DType dtype) {
  return dtype == DType::float16 ? DType::float32 : dtype;
}

bool infer_broadcast(InferContext& context, std::optional<DType> result,
                     std::optional<ScalarOp> op) {
  if (!result) {
    std::vector<std::string> names;
    for (size_t i = 0; i < context.inputs.size(); ++i) {
      names.push_back(std::string(dtype_name(context.type(i).dtype)) + " (" + context.name(i) +
                      ")");
    }
    return context.fail("bad-dtype", "is not defined for " + join(names, " and "), "inputs");
  }
  std::vector<size_t> which;
  for (size_t i = 0; i < context.inputs.size(); ++i) which.push_back(i);
  auto shape = context.broadcast(which);
  if (!shape) return false;
  const auto rank = static_cast<int64_t>(shape->size());
  context.output(*result, std::move(*shape));
  if (op) {
    if (auto value = known_value(context, *op, rank, *result)) {
      context.output_value(std::move(*value));
    }
  }
  return true;
}

ExprRef scalar_nary(ScalarOp op, const std::vector<ExprRef>& args, DType result) {
  const DType dtype = compute_dtype(result);
  if (is_bool(result) && op == ScalarOp::add) op = ScalarOp::or_;
  if (is_bool(result) && op == ScalarOp::mul) op = ScalarOp::and_;
  std::vector<ExprRef> same;
  for (const ExprRef& arg : args) same.push_back(cast(arg, dtype));
  const auto arity = static_cast<size_t>(scalar_op_arity(op));
  if (same.size() == arity) return call(op, std::move(same), dtype);
  TGC_CHECK(arity == 2, "only binary scalar ops fold");
  ExprRef value = same[0];
  for (size_t i = 1; i < same.size(); ++i) value = call(op, {value, same[i]}, dtype);
  return value;
}

ExprRef scalar_comparison(ScalarOp op, const std::vector<ExprRef>& args) {
  DType dtype = args[0]->dtype;
  for (const ExprRef& arg : args) dtype = promote(dtype, arg->dtype);
  dtype = compute_dtype(dtype);
  std::vector<ExprRef> same;
  for (const ExprRef& arg : args) same.push_back(cast(arg, dtype));
  return call(op, std::move(same), DType::boolean);
}

void for_each_broadcast(EvalContext& context, const ElementFunction& f) {
  const std::vector<int64_t> dims = context.outputs.at(0).dims();
  std::vector<std::vector<int64_t>> steps;
  for (const Tensor* input : context.inputs) {
    steps.push_back(broadcast_strides(*input, dims.size()));
  }
  std::vector<int64_t> index(dims.size(), 0);
  std::vector<ScalarValue> values;
  for (int64_t i = 0; i < context.outputs[0].size() && context.failure.empty(); ++i) {
    values.clear();
    for (size_t k = 0; k < steps.size(); ++k) {
      int64_t at = 0;
      for (size_t axis = 0; axis < dims.size(); ++axis) at += index[axis] * steps[k][axis];
      values.push_back(element(*context.inputs[k], at));
    }
    f(i, values);
    for (size_t axis = dims.size(); axis-- > 0;) {
      if (++index[axis] < dims[axis]) break;
      index[axis] = 0;
    }
  }
}

void eval_elementwise(EvalContext& context) {
  const OpDef& op = *context.apply.op;
  const auto args = locals_as_args(context);
  const DType result = context.output_dtype(0);
  const ExprRef value = op.scalar(context.apply, args, result);
  const Check check =
      op.scalar_check != nullptr ? op.scalar_check(context.apply, args, result) : Check{};
  Tensor& output = context.make_output(0);
  for_each_broadcast(context, [&](int64_t position, const std::vector<ScalarValue>& locals) {
    if (check.ok && !evaluate(check.ok, locals).is_true()) {
      const int64_t value_found = evaluate(check.value, locals).integer;
      context.failure = check.code == kFailIndex
                            ? "index " + std::to_string(value_found) + " is out of bounds"
                            : "integer division by zero";
    } else {
      set_element(output, position, evaluate(value, locals));
    }
  });
}

void lower_elementwise(LowerContext& context) {
  const OpDef& op = *context.apply.op;
  KernelBuilder builder = context.kernel();
  const auto indices = builder.outer(context.outputs.at(0).shape);
  std::vector<ExprRef> args;
  for (size_t i = 0; i < context.inputs.size(); ++i) {
    args.push_back(builder.load_broadcast(context.source(static_cast<int>(i)), indices));
  }
  const DType result = context.outputs[0].dtype;
  if (op.scalar_check != nullptr) {
    Check check = op.scalar_check(context.apply, args, result);
    if (check.ok) builder.append({std::move(check)});
  }
  const ExprRef value = op.scalar(context.apply, args, result);
  builder.append(builder.store(output_ref(0), indices, value));
  context.add(builder.finish());
}

void grad_zero(GradContext& context) {
  for (size_t i = 0; i < context.wanted.size(); ++i) {
    if (context.wanted[i]) context.input_grads[i] = context.builder.zeros_like(context.input(i));
  }
}

}  // namespace tgc
