// SPDX-License-Identifier: Apache-2.0
// theano.gradient's markers: each gives its input as it is and changes the gradient that flows back
// through it. Once gradients are taken they are plain copies, and a rewrite drops them.
#include "ops/composition.h"
#include "ops/elementwise.h"

namespace tgc {
namespace {

std::optional<DType> same(const std::vector<DType>& inputs, DType) {
  return inputs.at(0);
}

ExprRef value(const Apply&, const std::vector<ExprRef>& args, DType) {
  return args[0];
}

void grad_disconnected(GradContext&) {}

void grad_clipped(GradContext& context) {
  if (!context.wanted[0]) return;
  const Node g(context.builder, *context.output_grads[0]);
  const Attributes attributes = context.attributes();
  const auto bound = [&](std::string_view name) {
    return g.number(*find_attr<double>(attributes, name));
  };
  context.input_grads[0] = g.call("clip", {bound("lower"), bound("upper")}).id();
}

void grad_scaled(GradContext& context) {
  if (!context.wanted[0]) return;
  const Node g(context.builder, *context.output_grads[0]);
  const Attributes attributes = context.attributes();
  context.input_grads[0] = (g * *find_attr<double>(attributes, "multiplier")).id();
}

bool infer_clip(InferContext& context) {
  const double lower = *find_attr<double>(context.attributes, "lower");
  const double upper = *find_attr<double>(context.attributes, "upper");
  if (!(lower <= upper)) {
    return context.fail("bad-attribute", "lower must not be above upper", "lower");
  }
  return infer_elementwise<same, ScalarOp::add>(context);
}

OpDef marker(OpDef op, void (*grad)(GradContext&)) {
  op.min_inputs = op.max_inputs = 1;
  op.infer = infer_elementwise<same, ScalarOp::add>;
  op.eval = eval_elementwise;
  op.lower = lower_elementwise;
  op.scalar = value;
  op.grad = grad;
  return op;
}

constexpr std::string_view kX = R"({"x": {"dtype": "float32", "shape": [2, 3]}})";

}  // namespace

std::vector<OpDef> gradient_markers_ops() {
  OpDef clip = marker(
      {.name = "grad_clip",
       .theano = "GradClip",
       .doc = "x itself; its gradient is clipped to [lower, upper] on the way back.",
       .attributes = {{"lower", AttrKind::real, true, "the least gradient that passes"},
                      {"upper", AttrKind::real, true, "the greatest gradient that passes"}},
       .examples = {{R"({"op": "grad_clip", "inputs": ["x"], "lower": -0.5, "upper": 0.5})", kX}}},
      grad_clipped);
  clip.infer = infer_clip;
  OpDef undefined = marker({.name = "undefined_grad",
                            .theano = "UndefinedGrad",
                            .doc = "x itself; asking for a gradient through it is an error.",
                            .examples = {{R"({"op": "undefined_grad", "inputs": ["x"]})", kX}}},
                           nullptr);
  undefined.no_grad = "the graph's author marked it as undefined";
  return {marker({.name = "consider_constant",
                  .theano = "ConsiderConstant",
                  .doc = "x itself; the gradient that flows through it is zero.",
                  .examples = {{R"({"op": "consider_constant", "inputs": ["x"]})", kX}}},
                 grad_zero),
          marker({.name = "zero_grad",
                  .theano = "ZeroGrad",
                  .doc = "x itself; the gradient that flows through it is zero.",
                  .examples = {{R"({"op": "zero_grad", "inputs": ["x"]})", kX}}},
                 grad_zero),
          marker({.name = "disconnected_grad",
                  .theano = "DisconnectedGrad",
                  .doc = "x itself; gradients take what comes before it for disconnected.",
                  .examples = {{R"({"op": "disconnected_grad", "inputs": ["x"]})", kX}}},
                 grad_disconnected),
          marker({.name = "grad_scale",
                  .theano = "GradScale",
                  .doc = "x itself; its gradient is multiplied by multiplier on the way back.",
                  .attributes = {{"multiplier", AttrKind::real, true, "the factor"}},
                  .examples = {{R"({"op": "grad_scale", "inputs": ["x"], "multiplier": -1})", kX}}},
                 grad_scaled),
          clip,
          undefined};
}

}  // namespace tgc
