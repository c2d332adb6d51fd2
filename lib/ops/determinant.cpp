// SPDX-License-Identifier: Apache-2.0
// det and slogdet, by the pivots of an LU factorisation.
#include <cmath>

#include "ops/linalg.h"
#include "ops/matrix_reference.h"

namespace tgc {
namespace {

bool infer_det(InferContext& context) {
  if (!require_square(context, 0)) return false;
  context.output(linalg_result(context.type(0).dtype), batch_of(context.type(0).shape));
  return true;
}

bool infer_slogdet(InferContext& context) {
  if (!infer_det(context)) return false;
  context.output(linalg_result(context.type(0).dtype), batch_of(context.type(0).shape));
  return true;
}

std::optional<Variables> expand_det(Builder& builder, const Variables& inputs,
                                    const Attributes& attributes) {
  return in_compute_dtype(builder, "det", inputs, attributes);
}

std::optional<Variables> expand_slogdet(Builder& builder, const Variables& inputs,
                                        const Attributes& attributes) {
  return in_compute_dtype(builder, "slogdet", inputs, attributes);
}

void eval_det(EvalContext& context) {
  Tensor& result = context.make_output(0);
  for (int64_t number = 0; number < result.size(); ++number) {
    double det = 1;
    for (const double pivot : reference_pivots(matrix_of(*context.inputs[0], number))) det *= pivot;
    result.set_double(number, det);
  }
}

void eval_slogdet(EvalContext& context) {
  context.make_output(0);
  context.make_output(1);
  for (int64_t number = 0; number < context.outputs[0].size(); ++number) {
    double sign = 1;
    double logarithm = 0;
    for (const double pivot : reference_pivots(matrix_of(*context.inputs[0], number))) {
      sign *= pivot == 0 ? 0 : std::copysign(1, pivot);
      logarithm += std::log(std::abs(pivot));
    }
    context.outputs[0].set_double(number, sign);
    context.outputs[1].set_double(number, logarithm);
  }
}

void lower_to(LowerContext& context, std::string_view routine, int outputs) {
  const Shape a = context.inputs[0].shape;
  Shape rows = a;
  rows.pop_back();
  const OperandRef matrix = context.contiguous(0);
  const OperandRef factors = context.temporary(context.inputs[0].dtype, a);
  const OperandRef pivots = context.temporary(DType::int32, rows);
  add_matrix_routine(context, {.name = routine,
                               .inputs = {matrix},
                               .outputs = outputs,
                               .temporaries = {factors, pivots},
                               .dims = {a.back()}});
}

void lower_det(LowerContext& context) {
  lower_to(context, "det", 1);
}

void lower_slogdet(LowerContext& context) {
  lower_to(context, "slogdet", 2);
}

// A^-T times a number for each matrix.
void put_gradient(GradContext& context, const Node& factor) {
  const Node a(context.builder, context.input(0));
  context.input_grads[0] = (transposed_matrix(a.call("matrix_inverse")) * per_matrix(factor)).id();
}

void grad_det(GradContext& context) {
  if (!context.wanted[0]) return;
  const Node g(context.builder, *context.output_grads[0]);
  put_gradient(context, g * Node(context.builder, context.output(0)));
}

// The sign does not change, so its gradient is 0.
void grad_slogdet(GradContext& context) {
  if (!context.wanted[0]) return;
  if (!context.output_grads[1]) {
    context.input_grads[0] = context.builder.zeros_like(context.input(0));
    return;
  }
  put_gradient(context, Node(context.builder, *context.output_grads[1]));
}

constexpr std::string_view kSquare = R"({"a": {"dtype": "float64", "shape": [3, 3],
    "value": [[0.5, 2, 1], [3, 0.25, -1], [1, -1, 2]]}})";
constexpr std::string_view kBatch = R"({"a": {"dtype": "float32", "shape": [2, 2, 2],
    "value": [[[3, 1], [1, 2]], [[1, -1], [2, 2]]]}})";
constexpr std::string_view kIntegers =
    R"({"a": {"dtype": "int8", "shape": [2, 2], "value": [[1, 3], [2, 2]]}})";

OpDef of_pivots(OpDef op) {
  op.min_inputs = op.max_inputs = 1;
  op.host_only = kLapackOnHost;
  op.needs_library = true;
  return op;
}

}  // namespace

std::vector<OpDef> determinant_ops() {
  return {of_pivots({.name = "det",
                     .theano = "Det",
                     .doc = "The determinant of each matrix in the last two axes.",
                     .infer = infer_det,
                     .grad = grad_det,
                     .eval = eval_det,
                     .lower = lower_det,
                     .expand = expand_det,
                     .examples = {{R"({"op": "det", "inputs": ["a"]})", kSquare},
                                  {R"({"op": "det", "inputs": ["a"]})", kBatch},
                                  {R"({"op": "det", "inputs": ["a"]})", kIntegers}}}),
          of_pivots(
              {.name = "slogdet",
               .theano = "SLogDet",
               .doc = "The sign of the determinant of each matrix in the last two axes, and "
                      "the logarithm of its magnitude.",
               .infer = infer_slogdet,
               .grad = grad_slogdet,
               .eval = eval_slogdet,
               .lower = lower_slogdet,
               .expand = expand_slogdet,
               .examples = {
                   {R"({"op": "slogdet", "inputs": ["a"], "outputs": ["s", "l"]})", kSquare},
                   {R"({"op": "slogdet", "inputs": ["a"], "outputs": ["s", "l"]})", kBatch},
                   {R"({"op": "slogdet", "inputs": ["a"], "outputs": ["s", "l"]})", kIntegers}}})};
}

}  // namespace tgc
