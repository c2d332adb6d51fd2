// SPDX-License-Identifier: Apache-2.0
// See linalg.h.
#include "ops/linalg.h"

#include <numeric>

namespace tgc {

bool require_matrix(InferContext& context, size_t input) {
  return require_number(context, input) && require_rank_at_least(context, input, 2);
}

bool require_square(InferContext& context, size_t input) {
  if (!require_matrix(context, input)) return false;
  const Shape shape = context.type(input).shape;
  const DimExpr& rows = shape[shape.size() - 2];
  return context.require_equal(rows, shape.back(),
                               context.name(input) + " must hold square matrices, not " +
                                   rows.text() + " x " + shape.back().text(),
                               "inputs/" + std::to_string(input));
}

bool require_flag(InferContext& context, std::string_view attribute, bool fallback) {
  context.attributes.try_emplace(std::string(attribute), fallback);
  return true;
}

Shape batch_of(const Shape& shape) {
  return {shape.begin(), shape.end() - 2};
}

Shape with_matrix(Shape batch, const DimExpr& rows, const DimExpr& columns) {
  batch.push_back(rows);
  batch.push_back(columns);
  return batch;
}

DType linalg_result(DType common) {
  return is_float(common) ? common : DType::float64;
}

DType linalg_compute(DType common) {
  return common == DType::float16 ? DType::float32 : linalg_result(common);
}

std::optional<Variables> in_compute_dtype(Builder& builder, std::string_view op,
                                          const Variables& inputs, const Attributes& attributes) {
  DType common = builder.graph().type(inputs[0]).dtype;
  for (const VariableId input : inputs) {
    common = promote(common, builder.graph().type(input).dtype);
  }
  const DType compute = linalg_compute(common);
  bool fits = true;
  Variables converted;
  for (const VariableId input : inputs) {
    fits = fits && builder.graph().type(input).dtype == compute;
    converted.push_back(builder.cast(input, compute));
  }
  if (fits) return std::nullopt;
  const ApplyId apply = builder.add(op, converted, attributes);
  Variables results;
  for (const VariableId output : builder.graph().apply(apply).outputs) {
    results.push_back(builder.cast(output, linalg_result(common)));
  }
  return results;
}

Node transposed_matrix(const Node& x) {
  std::vector<int64_t> order(static_cast<size_t>(x.type().rank()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[order.size() - 2], order[order.size() - 1]);
  return dimshuffled(x, order);
}

Node product(const Node& a, const Node& b) {
  return a.call("matmul", {b});
}

Node identity_matrix(Builder& builder, DType dtype, const DimExpr& n) {
  return {builder, builder.call("eye", {}, {{"n", n}, {"dtype", dtype}})};
}

Node triangle_mask(const Node& like, bool lower, double diagonal) {
  Builder& builder = like.builder();
  const TensorType type = like.type();
  const DimExpr n = type.shape.back();
  const Node triangle(builder, builder.call("tri", {}, {{"n", n}, {"dtype", type.dtype}}));
  const Node mask = lower ? triangle : transposed_matrix(triangle);
  if (diagonal == 1) return mask;
  return mask - identity_matrix(builder, type.dtype, n) * (1 - diagonal);
}

Node per_matrix(const Node& numbers) {
  const int64_t rank = numbers.type().rank();
  return with_new_axis(with_new_axis(numbers, rank), rank + 1);
}

Node per_row(const Node& numbers) {
  return with_new_axis(numbers, numbers.type().rank());
}

Node per_column(const Node& numbers) {
  return with_new_axis(numbers, numbers.type().rank() - 1);
}

// An element off the diagonal stands for two of the matrix.
Node to_triangle(const Node& g, bool lower) {
  return g * triangle_mask(g, lower, 1) + transposed_matrix(g) * triangle_mask(g, lower, 0);
}

std::vector<Node> outputs_of(const Node& x, std::string_view op, const std::vector<Node>& others,
                             Attributes attributes) {
  Builder& builder = x.builder();
  Variables inputs{x.id()};
  for (const Node& other : others) inputs.push_back(other.id());
  const ApplyId apply = builder.add(op, inputs, std::move(attributes));
  std::vector<Node> results;
  for (const VariableId output : builder.graph().apply(apply).outputs) {
    results.emplace_back(builder, output);
  }
  return results;
}

std::vector<Node> whole_gradients(GradContext& context) {
  std::vector<Node> gradients;
  for (size_t i = 0; i < context.output_grads.size(); ++i) {
    const auto& known = context.output_grads[i];
    gradients.emplace_back(context.builder,
                           known ? *known : context.builder.zeros_like(context.output(i)));
  }
  return gradients;
}

void refuse_gradient(GradContext& context, const std::string& form) {
  context.diagnostics.error("no-gradient",
                            "grad: " + std::string(context.graph.apply(context.apply).op->name) +
                                " has no gradient " + form,
                            context.locate ? context.locate("cost") : Location{});
}

void add_matrix_routine(LowerContext& context, const RoutineCall& call) {
  Routine routine;
  routine.name = call.name;
  routine.header = call.header;
  routine.tasks = element_count(batch_of(context.inputs[0].shape));
  routine.dims = call.dims;
  routine.is_fallible = true;
  std::vector<OperandRef> params = call.inputs;
  std::vector<Access> access(params.size(), Access::read);
  for (int i = 0; i < call.outputs; ++i) params.push_back(output_ref(i));
  params.insert(params.end(), call.temporaries.begin(), call.temporaries.end());
  access.resize(params.size(), Access::write);
  KernelBuilder builder = context.kernel();
  context.add(builder.finish_routine(std::move(routine), params, access));
}

}  // namespace tgc
