// SPDX-License-Identifier: Apache-2.0
// cholesky: the triangle L of A = L L^T. The gradient is Murray's formula, of two solutions.
#include <cmath>

#include "ops/linalg.h"
#include "ops/matrix_reference.h"

namespace tgc {
namespace {

bool gives_nan(const Attributes& attributes) {
  return attr_or<std::string>(attributes, "on_error", "raise") == "nan";
}

bool infer(InferContext& context) {
  context.attributes.try_emplace("on_error", std::string("raise"));
  if (!require_flag(context, "lower", true) || !require_square(context, 0)) return false;
  context.output(linalg_result(context.type(0).dtype), context.type(0).shape);
  return true;
}

// Upper triangles are those of the transpose, transposed.
std::optional<Variables> expand(Builder& builder, const Variables& inputs,
                                const Attributes& attributes) {
  if (!attr_or<bool>(attributes, "lower", true)) {
    const Node a = transposed_matrix(Node(builder, inputs[0]));
    const Attributes same = {{"on_error", attributes.find("on_error")->second}};
    return Variables{transposed_matrix(a.call("cholesky", {}, same)).id()};
  }
  return in_compute_dtype(builder, "cholesky", inputs, attributes);
}

void eval(EvalContext& context) {
  Tensor& result = context.make_output(0);
  const int64_t count = matrix_count(result);
  for (int64_t number = 0; number < count; ++number) {
    const Matrix a = matrix_of(*context.inputs[0], number);
    auto l = reference_cholesky(a);
    if (!l && gives_nan(context.apply.attributes)) {
      l = Matrix(a.rows, a.rows);
      for (double& element : l->elements) element = std::nan("");
    }
    if (!l) {
      context.failure =
          "Matrix is not positive definite (number " + std::to_string(number) + " of its batch)";
      return;
    }
    put_matrix(*l, result, number);
  }
}

void lower(LowerContext& context) {
  add_matrix_routine(context, {.name = "cholesky",
                               .inputs = {context.contiguous(0)},
                               .dims = {context.inputs[0].shape.back(),
                                        gives_nan(context.apply.attributes) ? 1 : 0}});
}

// With P = L^T G below the diagonal and half of it on the diagonal, S = L^-T P L^-1; the gradient
// is S + S^T below the diagonal and S on it, as A's lower triangle alone is read.
void grad(GradContext& context) {
  if (!context.wanted[0]) return;
  const Node l(context.builder, context.output(0));
  const Node g(context.builder, *context.output_grads[0]);
  const Node up = transposed_matrix(l);
  const auto solved = [&](const Node& b) {
    return up.call("solve_triangular", {b}, {{"lower", false}});
  };
  const Node halves = triangle_mask(l, true, 0.5);
  const Node p = product(up, g) * halves;
  const Node s = solved(transposed_matrix(solved(p)));
  context.input_grads[0] = ((s + transposed_matrix(s)) * halves).id();
}

}  // namespace

OpDef cholesky_op() {
  OpDef op;
  op.name = "cholesky";
  op.theano = "Cholesky";
  op.doc =
      "The lower triangular L with A = L L^T, or the upper triangular transpose of it, for each "
      "positive definite matrix in the last two axes; others are an error, or give NaNs.";
  op.min_inputs = op.max_inputs = 1;
  op.attributes = {{"lower", AttrKind::boolean, false,
                    "L (default), from A's lower triangle; else L^T, from the upper one"},
                   {"on_error",
                    AttrKind::text,
                    false,
                    "of a matrix that is not positive definite: raise (default), or nan",
                    {"raise", "nan"}}};
  op.infer = infer;
  op.grad = grad;
  op.eval = eval;
  op.lower = lower;
  op.expand = expand;
  op.host_only = kLapackOnHost;
  op.needs_library = true;
  op.examples = {{R"({"op": "cholesky", "inputs": ["a"]})",
                  R"({"a": {"dtype": "float64", "shape": [3, 3],
                            "value": [[4, 1, 0.5], [1, 3, -0.5], [0.5, -0.5, 2]]}})"},
                 {R"({"op": "cholesky", "inputs": ["a"], "lower": false})",
                  R"({"a": {"dtype": "float32", "shape": [2, 2, 2],
                            "value": [[[2, 1], [1, 3]], [[1, 0.5], [0.5, 1]]]}})"},
                 {R"({"op": "cholesky", "inputs": ["a"], "on_error": "nan"})",
                  R"({"a": {"dtype": "int32", "shape": [2, 2, 2],
                            "value": [[[2, 1], [1, 3]], [[1, 2], [2, 1]]]}})"},
                 {R"({"op": "cholesky", "inputs": ["a"]})",
                  R"({"a": {"dtype": "int32", "shape": [2, 2], "value": [[5, 2], [2, 3]]}})"},
                 {R"({"op": "cholesky", "inputs": ["a"]})",
                  R"({"a": {"dtype": "float64", "shape": [2, 0, 0]}})"}};
  return op;
}

}  // namespace tgc
