// SPDX-License-Identifier: Apache-2.0
// measured_dim: an integer found while the function runs becomes a dim, for sizes that depend on
// data: zeros of sum(i) elements, the steps of a loop, a slice's end.
#include "graph/op_def.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  const TensorType& type = context.type(0);
  if (type.rank() != 0 || is_float(type.dtype) || type.dtype == DType::boolean) {
    return context.fail(
        "bad-dtype",
        context.name(0) + " is " + type_text(type) + ", a dim comes from an integer scalar",
        "inputs/0", "sum, max or an index make a scalar, cast makes an integer");
  }
  context.output(DType::int64, {});
  context.outputs.back().place = {};
  context.output_value({context.measured_size()});
  return true;
}

void eval(EvalContext& context) {
  const int64_t value = context.inputs[0]->get_int(0);
  if (value < 0) {
    context.failure = "value " + std::to_string(value) + " is out of its range";
    return;
  }
  context.measured = value;
  context.outputs.emplace_back(DType::int64, std::vector<int64_t>{});
  context.outputs[0].set_int(0, value);
}

void lower(LowerContext& context) {
  const OperandRef size = context.temporary(DType::int64, {});
  KernelBuilder builder = context.kernel();
  const ExprRef value = builder.let(cast(builder.load(input_ref(0), {}), DType::int64));
  const ExprRef ok = call(ScalarOp::ge, {value, integer_constant(DType::int64, 0)});
  builder.append({Check{ok, kFailArgument, value}});
  builder.append(builder.store(size, {}, value));
  builder.append(builder.store(output_ref(0), {}, value));
  context.add(builder.finish());
  context.measure(size);
}

}  // namespace

OpDef measured_dim_op() {
  OpDef op;
  op.name = "measured_dim";
  op.theano = "a scalar used as a size: Alloc, ARange, Reshape, Subtensor, Scan";
  op.doc =
      "The value of an integer scalar as a dim, which shapes, bounds and numbers of steps of later "
      "nodes may use by the name in size. It must not be negative.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"size", AttrKind::text, false, "the dim's name"}};
  op.infer = infer;
  op.no_grad = "its result is an integer";
  op.eval = eval;
  op.lower = lower;
  op.measures = always_measures;
  op.host_only = "the host decides sizes";
  op.examples = {{R"({"op": "measured_dim", "inputs": ["i"], "size": "k"})",
                  R"({"i": {"dtype": "int32", "shape": [], "value": 3}})"}};
  return op;
}

}  // namespace tgc
