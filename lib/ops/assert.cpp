// SPDX-License-Identifier: Apache-2.0
// assert: a value that is given only where conditions hold; else the call fails and changes no
// state. raise is an assertion that never holds. print is a copy: a bundle writes to no terminal.
#include "ops/elementwise.h"
#include "ops/strided_copy.h"

namespace tgc {
namespace {

constexpr std::string_view kDefault = "the assertion does not hold";

bool infer(InferContext& context) {
  context.attributes.try_emplace("message", std::string(kDefault));
  context.output(context.type(0).dtype, context.type(0).shape);
  if (context.inputs[0]->value) context.output_value(*context.inputs[0]->value);
  return true;
}

const std::string& message_of(const Apply& apply) {
  return *find_attr<std::string>(apply.attributes, "message");
}

// The value passes the gradient on; conditions are not connected.
void grad(GradContext& context) {
  if (context.wanted[0]) context.input_grads[0] = context.output_grads[0];
}

void eval(EvalContext& context) {
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    const Tensor& condition = *context.inputs[i];
    for (int64_t k = 0; k < condition.size(); ++k) {
      if (!element(condition, k).is_true()) context.failure = message_of(context.apply);
    }
  }
  context.make_output(0) = *context.inputs[0];
}

// One kernel for each condition that only checks; the output is the value seen again.
void lower(LowerContext& context) {
  const OperandLayout value = context.inputs.at(0);
  lower_to_view(context, 0, 0, value.offset, value.strides);
  for (size_t i = 1; i < context.inputs.size(); ++i) {
    KernelBuilder kernel = context.kernel();
    const auto indices = kernel.outer(context.inputs[i].shape);
    const ExprRef element = kernel.load(input_ref(static_cast<int>(i)), indices);
    const ExprRef ok = cast(element, DType::boolean);
    kernel.append({Check{ok, kFailAssert, constant(DType::int64, static_cast<double>(i))}});
    context.add(kernel.finish());
  }
}

void eval_raise(EvalContext& context) {
  context.make_output(0);
  context.failure = message_of(context.apply);
}

void lower_raise(LowerContext& context) {
  lower_to_view(context, 0, 0, context.inputs.at(0).offset, context.inputs[0].strides);
  KernelBuilder kernel = context.kernel();
  kernel.append({Check{constant(DType::boolean, 0), kFailAssert, constant(DType::int64, 0)}});
  context.add(kernel.finish());
}

std::optional<DType> same(const std::vector<DType>& inputs, DType) {
  return inputs.at(0);
}

ExprRef value(const Apply&, const std::vector<ExprRef>& args, DType) {
  return args[0];
}

OpDef print_op() {
  OpDef op;
  op.name = "print";
  op.theano = "Print";
  op.doc = "x itself. A bundle prints nothing: make what is to be seen an output of the function.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"message", AttrKind::text, false, "kept for those who read the graph"}};
  op.infer = infer_elementwise<same, ScalarOp::add>;
  op.grad = grad;
  op.eval = eval_elementwise;
  op.lower = lower_elementwise;
  op.scalar = value;
  op.examples = {{R"({"op": "print", "inputs": ["x"], "message": "x is"})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3]}})"}};
  return op;
}

}  // namespace

std::vector<OpDef> assert_ops() {
  OpDef op;
  op.name = "assert";
  op.theano = "Assert, CheckAndRaise";
  op.doc =
      "The first input, where all elements of the others are not 0; else the call fails with the "
      "message and no shared variable changes.";
  op.min_inputs = 1;
  op.max_inputs = -1;
  op.attributes = {{"message", AttrKind::text, false, "what a failing call says"}};
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.aliases = {"assert_op", "check_and_raise"};
  op.examples = {{R"({"op": "assert", "inputs": ["x", "ok"], "message": "x must be good"})",
                  R"({"x": {"dtype": "float32", "shape": [2, 3]},
                      "ok": {"dtype": "bool", "shape": [], "value": true}})"},
                 {R"({"op": "assert", "inputs": ["x", "a", "b"]})",
                  R"({"x": {"dtype": "float64", "shape": [3]},
                      "a": {"dtype": "int32", "shape": [2], "value": [1, 2]},
                      "b": {"dtype": "float32", "shape": [0]}})"}};
  OpDef raise = op;
  raise.name = "raise";
  raise.theano = "Raise";
  raise.doc = "Fails every call that computes it, with the message; it has the type of its input.";
  raise.max_inputs = 1;
  raise.eval = eval_raise;
  raise.lower = lower_raise;
  raise.grad = nullptr;
  raise.no_grad = "it never gives a value";
  raise.aliases = {};
  raise.examples = {{R"({"op": "raise", "inputs": ["x"], "message": "not yet"})",
                     R"({"x": {"dtype": "float32", "shape": [2]}})"}};
  return {op, raise, print_op()};
}

}  // namespace tgc
