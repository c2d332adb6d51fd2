// SPDX-License-Identifier: Apache-2.0
// draw: a vector of samples of one of NumPy's distributions, with its words and bits; the state
// tells the generator (kernel/random_value.h). The ops that people write are in random_draws.cpp.
#include "kernel/random_value.h"
#include "ops/draws.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

const Distribution& distribution_of(const Attributes& attributes) {
  return *find_distribution(*find_attr<std::string>(attributes, "distribution"));
}

bool infer(InferContext& context) {
  if (!check_numpy_state(context)) return false;
  const DimExpr& count = *find_attr<DimExpr>(context.attributes, "count");
  const Distribution& distribution = distribution_of(context.attributes);
  const auto fits = [&](size_t input, DType dtype) {
    const TensorType& type = context.type(input);
    return type.dtype == dtype && type.rank() <= 1 &&
           (type.rank() == 0 || type.shape[0].is(1) || type.shape[0] == count);
  };
  if (!fits(1, distribution.first) || !fits(2, distribution.second)) {
    return context.fail("bad-dtype", "the parameters do not fit the distribution");
  }
  context.output(context.type(0).dtype, context.type(0).shape);
  context.output(distribution.sample, {count});
  return true;
}

void eval(EvalContext& context) {
  context.make_output(0) = *context.inputs[0];
  Tensor& samples = context.make_output(1);
  if (!is_random_state(*context.inputs[0])) {
    context.failure = bad_state_text(0);
    return;
  }
  const auto failed = draw_samples(distribution_of(context.apply.attributes), context.outputs[0],
                                   *context.inputs[1], *context.inputs[2], samples);
  if (failed) context.failure = bad_parameter_text(*failed);
}

void lower(LowerContext& context) {
  const OperandRef state = context.contiguous(0);
  const OperandRef first = context.contiguous(1);
  const OperandRef second = context.contiguous(2);
  const auto step = [&](size_t input) {
    const Shape& shape = context.inputs[input].shape;
    return DimExpr(shape.empty() || shape[0].is(1) ? 0 : 1);
  };
  Routine routine;
  routine.name = "draw_" + *find_attr<std::string>(context.apply.attributes, "distribution");
  routine.header = "draw";
  routine.dims = {context.outputs[1].shape[0], step(1), step(2)};
  routine.is_fallible = true;
  KernelBuilder builder = context.kernel();
  context.add(builder.finish_routine(
      std::move(routine), {state, first, second, output_ref(0), output_ref(1)},
      {Access::read, Access::read, Access::read, Access::write, Access::write}));
}

}  // namespace

OpDef draw_op() {
  OpDef op;
  op.name = "draw";
  op.theano = "RandomFunction";
  op.doc = "A vector of samples of one of NumPy's distributions, and the state after it.";
  op.min_inputs = op.max_inputs = 3;
  op.attributes = {{"distribution", AttrKind::text, true, "its name"},
                   {"count", AttrKind::dim, true, "how many samples"}};
  op.infer = infer;
  op.no_grad = "a draw does not depend smoothly on its state";
  op.eval = eval;
  op.lower = lower;
  op.host_only = "a generator's words follow each other";
  op.is_internal = true;
  return op;
}

}  // namespace tgc
