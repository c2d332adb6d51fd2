// SPDX-License-Identifier: Apache-2.0
// What the ops of linear algebra have in common. They work on the matrices in the last two axes;
// the axes before them go along, as in PyTensor's Blockwise. The primitives take float32 and
// float64 and one batch: integers become float64 first, float16 is computed as float32.
#pragma once
#include "ops/composition.h"
#include "ops/tensordot.h"

namespace tgc {

using Variables = std::vector<VariableId>;

inline constexpr std::string_view kLapackOnHost = "LAPACK runs on the host";

// Checks.
bool require_matrix(InferContext& context, size_t input);  // two axes at least, not bool
bool require_square(InferContext& context, size_t input);
bool require_flag(InferContext& context, std::string_view attribute, bool fallback);

Shape batch_of(const Shape& shape);  // all axes but the last two
Shape with_matrix(Shape batch, const DimExpr& rows, const DimExpr& columns);
// The dtype of results for the inputs' common dtype, and the one it is computed in.
DType linalg_result(DType common);
DType linalg_compute(DType common);

// The op on its inputs cast to the dtype it computes in and its results cast back; nullopt where
// the dtype fits already.
std::optional<Variables> in_compute_dtype(Builder& builder, std::string_view op,
                                          const Variables& inputs, const Attributes& attributes);

// Parts of gradients and formulas, on the last two axes.
Node transposed_matrix(const Node& x);
Node product(const Node& a, const Node& b);
// Ones below the diagonal, `diagonal` on it, zeros above; or the other way round.
Node triangle_mask(const Node& like, bool lower, double diagonal);
Node identity_matrix(Builder& builder, DType dtype, const DimExpr& n);
// A number for each matrix, row or column, as what multiplies matrices.
Node per_matrix(const Node& numbers);
Node per_row(const Node& numbers);
Node per_column(const Node& numbers);
// Of gradient `g` what belongs to a symmetric matrix that is read from one triangle.
Node to_triangle(const Node& g, bool lower);
// All outputs of an op that is a primitive for these inputs.
std::vector<Node> outputs_of(const Node& x, std::string_view op, const std::vector<Node>& others,
                             Attributes attributes);
// The gradient of each output, zeros where the cost does not depend on it.
std::vector<Node> whole_gradients(GradContext& context);
// Reports that this form of the op has no gradient.
void refuse_gradient(GradContext& context, const std::string& form);

// Kernels.
struct RoutineCall {
  std::string_view name;
  std::string_view header = "matrix";
  std::vector<OperandRef> inputs;
  int outputs = 1;
  std::vector<OperandRef> temporaries = {};
  std::vector<DimExpr> dims;
};
void add_matrix_routine(LowerContext& context, const RoutineCall& call);

}  // namespace tgc
