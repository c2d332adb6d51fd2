// SPDX-License-Identifier: Apache-2.0
// expm. The derivative of exp at A in the direction E is the upper right block of the exponential
// of [[A, E], [0, A]] (Mathias, SIAM J. Matrix Anal. Appl. 17, 1996); the gradient takes A^T for A.
#include "ops/linalg.h"
#include "ops/matrix_reference.h"

namespace tgc {
namespace {

bool infer(InferContext& context) {
  if (!require_square(context, 0)) return false;
  context.output(linalg_result(context.type(0).dtype), context.type(0).shape);
  return true;
}

std::optional<Variables> expand(Builder& builder, const Variables& inputs,
                                const Attributes& attributes) {
  return in_compute_dtype(builder, "expm", inputs, attributes);
}

void eval(EvalContext& context) {
  Tensor& result = context.make_output(0);
  const int64_t count = matrix_count(result);
  for (int64_t number = 0; number < count; ++number) {
    put_matrix(reference_expm(matrix_of(*context.inputs[0], number)), result, number);
  }
}

void lower(LowerContext& context) {
  const Shape a = context.inputs[0].shape;
  const Shape batch = batch_of(a);
  const DimExpr n = a.back();
  const DType dtype = context.inputs[0].dtype;
  const OperandRef matrix = context.contiguous(0);
  const OperandRef space = context.temporary(dtype, with_matrix(batch, n * 6, n));
  const OperandRef pivots = context.temporary(DType::int32, with_matrix(batch, 1, n));
  add_matrix_routine(context, {.name = "expm",
                               .header = "exponential",
                               .inputs = {matrix},
                               .temporaries = {space, pivots},
                               .dims = {n}});
}

Node gradient_of(const Node& a, const Node& g) {
  const int64_t last = a.type().rank() - 1;
  const DimExpr n = a.type().shape.back();
  const Node up = transposed_matrix(a);
  const Node none(a.builder(), a.builder().zeros_like(a.id()));
  const Node wide = joined({joined({up, g}, last), joined({none, up}, last)}, last - 1);
  const Node top = sliced(wide.call("expm"), last - 1, DimExpr(0), n);
  return sliced(top, last, n, n + n);
}

void grad(GradContext& context) {
  if (!context.wanted[0]) return;
  const Node a(context.builder, context.input(0));
  context.input_grads[0] = gradient_of(a, Node(context.builder, *context.output_grads[0])).id();
}

bool check_gradient(InferContext& context) {
  if (!require_square(context, 0) || !require_square(context, 1)) return false;
  if (!require_rank(context, 1, context.type(0).rank())) return false;
  for (size_t axis = 0; axis < context.type(0).shape.size(); ++axis) {
    const DimExpr& a = context.type(0).shape[axis];
    const DimExpr& g = context.type(1).shape[axis];
    const std::string message =
        differ("sizes of axis " + std::to_string(axis), a, context.name(0), g, context.name(1));
    if (!context.require_equal(a, g, message, "inputs/1")) return false;
  }
  return true;
}

Node expm_grad(const Given& given) {
  const DType dtype = linalg_result(promote(given.x[0].type().dtype, given.x[1].type().dtype));
  return gradient_of(given.x[0].cast(dtype), given.x[1].cast(dtype));
}

OpDef make_expm() {
  OpDef op;
  op.name = "expm";
  op.theano = "Expm";
  op.doc = "The exponential of each square matrix in the last two axes.";
  op.min_inputs = op.max_inputs = 1;
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.expand = expand;
  op.host_only = kLapackOnHost;
  op.needs_library = true;
  op.examples = {
      {R"({"op": "expm", "inputs": ["a"]})",
       R"({"a": {"dtype": "float64", "shape": [3, 3],
                            "value": [[0.5, 2, 1], [3, 0.25, -1], [1, -1, 2]]}})"},
      {R"({"op": "expm", "inputs": ["a"]})",
       R"({"a": {"dtype": "float32", "shape": [3, 2, 2],
                            "value": [[[0.001, 0.002], [-0.001, 0]], [[0.1, -0.3], [0.2, 0.2]],
                                      [[1, -1], [0.5, 0.25]]]}})"},
      {R"({"op": "expm", "inputs": ["a"]})",
       R"({"a": {"dtype": "float64", "shape": [5, 2, 2],
                            "value": [[[0.001, 0.002], [-0.001, 0]], [[0.1, -0.03], [0.02, 0.02]],
                                      [[0.5, -0.25], [0.25, 0.125]], [[1, -1], [0.5, 0.25]],
                                      [[0, 0], [0, 0]]]}})"},
      {R"({"op": "expm", "inputs": ["a"]})",
       R"({"a": {"dtype": "int32", "shape": [2, 2], "value": [[1, 2], [-1, 0]]}})"},
      {R"({"op": "expm", "inputs": ["a"]})", R"({"a": {"dtype": "float64", "shape": [2, 0, 0]}})"}};
  return op;
}

OpDef make_expm_grad() {
  OpDef op;
  op.name = "expm_grad";
  op.theano = "ExpmGrad";
  op.doc = "The gradient of expm of a, from the gradient of its result.";
  op.min_inputs = op.max_inputs = 2;
  op.needs_library = true;
  op.examples = {{R"({"op": "expm_grad", "inputs": ["a", "g"]})",
                  R"({"a": {"dtype": "float64", "shape": [2, 2], "value": [[0.5, 2], [1, -0.5]]},
                      "g": {"dtype": "float64", "shape": [2, 2]}})"}};
  return composed<expm_grad, check_gradient>(op);
}

}  // namespace

std::vector<OpDef> expm_ops() {
  return {make_expm(), make_expm_grad()};
}

}  // namespace tgc
