// SPDX-License-Identifier: Apache-2.0
// nan_guard: the value, seen again; the call fails where an element is not as NanGuardMode wants
// it.
#include <cmath>

#include "ops/strided_copy.h"

namespace tgc {
namespace {

constexpr double kBig = 1e10;  // Theano's limit

struct Case {
  std::string_view attribute;
  int code;
  std::string_view doc;
};
constexpr Case kNan{"nan_is_error", kFailNan, "fails for NaN"};
constexpr Case kInf{"inf_is_error", kFailInf, "fails for infinities"};
constexpr Case kLarge{"big_is_error", kFailBig, "fails for magnitudes above 1e10"};

bool is_on(const Apply& apply, const Case& which) {
  return attr_or<bool>(apply.attributes, which.attribute, true);
}

bool infer(InferContext& context) {
  if (!is_float(context.type(0).dtype)) {
    return context.fail("bad-dtype", "only floats can be NaN", "inputs/0");
  }
  context.output(context.type(0).dtype, context.type(0).shape);
  context.outputs.back().place = context.type(0).place;
  return true;
}

void grad(GradContext& context) {
  context.input_grads[0] = context.output_grads[0];
}

void eval(EvalContext& context) {
  const Tensor& x = *context.inputs[0];
  for (int64_t i = 0; i < x.size(); ++i) {
    const double value = x.get_double(i);
    const char* what = std::isnan(value)        ? "NaN"
                       : std::isinf(value)      ? "infinity"
                       : std::abs(value) > kBig ? "a big value"
                                                : "";
    const Case& which = std::isnan(value) ? kNan : std::isinf(value) ? kInf : kLarge;
    if (*what != '\0' && is_on(context.apply, which)) {
      context.failure = std::string(what) + " in element " + std::to_string(i);
    }
  }
  context.make_output(0) = x;
}

void lower(LowerContext& context) {
  const OperandLayout value = context.inputs.at(0);
  lower_to_view(context, 0, 0, value.offset, value.strides);
  KernelBuilder kernel = context.kernel();
  const auto indices = kernel.outer(value.shape);
  const ExprRef element = kernel.let(kernel.load(input_ref(0), indices));
  IndexExpr position(int64_t{0});
  for (size_t axis = 0; axis < indices.size(); ++axis) {
    position = position * value.shape[axis] + indices[axis];
  }
  const auto require = [&](const Case& which, const ExprRef& is_bad) {
    if (!is_on(context.apply, which)) return;
    kernel.append({Check{call(ScalarOp::invert, {is_bad}), which.code, to_expr(position)}});
  };
  require(kNan, call(ScalarOp::isnan, {element}));
  require(kInf, call(ScalarOp::isinf, {element}));
  const bool holds_big = value.dtype != DType::float16;  // whose largest is 65504
  if (holds_big) {
    const ExprRef magnitude = call(ScalarOp::abs, {element});
    const ExprRef is_big = call(ScalarOp::gt, {magnitude, constant(value.dtype, kBig)});
    const ExprRef is_finite = call(ScalarOp::invert, {call(ScalarOp::isinf, {element})});
    require(kLarge, call(ScalarOp::and_, {is_big, is_finite}));
  }
  context.add(kernel.finish());
}

}  // namespace

OpDef nan_guard_op() {
  OpDef op;
  op.name = "nan_guard";
  op.theano = "none";
  op.doc = "x itself; the call fails where an element is NaN, infinite or above 1e10.";
  op.min_inputs = op.max_inputs = 1;
  for (const Case& which : {kNan, kInf, kLarge}) {
    op.attributes.push_back({which.attribute, AttrKind::boolean, false, which.doc});
  }
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.is_internal = true;
  return op;
}

}  // namespace tgc
