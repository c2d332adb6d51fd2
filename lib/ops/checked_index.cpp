// SPDX-License-Identifier: Apache-2.0
// checked_index: indices that must lie inside an axis, for compositions that compute with indices
// instead of reading elements. A negative one counts from the end where `wraps` says so.
#include "ops/elementwise.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  const bool fits = is_integer(context.type(0).dtype) && context.type(1).dtype == DType::int64;
  return infer_broadcast(context, fits ? std::optional(DType::int64) : std::nullopt, std::nullopt);
}

bool wraps(const Apply& apply) {
  return attr_or(apply.attributes, "wraps", false);
}

ExprRef zero() {
  return constant(DType::int64, 0);
}

ExprRef scalar(const Apply& apply, const std::vector<ExprRef>& args, DType) {
  const ExprRef index = cast(args[0], DType::int64);
  if (!wraps(apply)) return index;
  const ExprRef from_end = call(ScalarOp::add, {index, args[1]});
  return call(ScalarOp::switch_, {call(ScalarOp::lt, {index, zero()}), from_end, index},
              DType::int64);
}

Check check(const Apply& apply, const std::vector<ExprRef>& args, DType) {
  const ExprRef index = cast(args[0], DType::int64);
  const ExprRef& length = args[1];
  const ExprRef least = wraps(apply) ? call(ScalarOp::sub, {zero(), length}) : zero();
  const ExprRef ok = call(
      ScalarOp::and_, {call(ScalarOp::ge, {index, least}), call(ScalarOp::lt, {index, length})});
  return {ok, kFailIndex, index};
}

}  // namespace

OpDef checked_index_op() {
  OpDef op;
  op.name = "checked_index";
  op.theano = "Assert";
  op.doc =
      "The index as an int64; one outside of 0 to length - 1 fails the call. The second input "
      "is the length.";
  op.min_inputs = op.max_inputs = 2;
  op.attributes = {{"wraps", AttrKind::boolean, false, "negative ones count from the end (false)"}};
  op.infer = infer;
  op.grad = grad_zero;
  op.eval = eval_elementwise;
  op.lower = lower_elementwise;
  op.scalar = scalar;
  op.scalar_check = check;
  op.is_internal = true;
  return op;
}

}  // namespace tgc
