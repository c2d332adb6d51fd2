// SPDX-License-Identifier: Apache-2.0
// What all reductions share: axes, keepdims (a dimshuffle, as in Theano), evaluation and lowering.
// In an Apply `axis` is always present, sorted and positive; `keepdims` never is.
#pragma once
#include <optional>
#include <vector>

#include "graph/node.h"
#include "graph/op_def.h"

namespace tgc {

// The attributes axis and keepdims.
std::vector<AttrDef> reduction_attributes();

// Normalises axis and keepdims and adds an output of `dtype` without the reduced axes (of length 1
// with keepdims). Reports bad axes.
bool infer_reduction(InferContext& context, DType dtype);
// Reports an acc_dtype `carry` that does not hold what the input holds.
bool check_accumulator(InferContext& context, DType carry);
// max(x, axis=[]) reduces all axes, unlike sum (Theano): axis [] is dropped.
void take_no_axes_as_all(Attributes& attributes);
// Reports an axis that has no elements; records "at least one" where that shows at the call.
bool require_elements(InferContext& context);

// keepdims: the reduction without it, then a dimshuffle. Else the Apply itself.
std::optional<std::vector<VariableId>> expand_keepdims(Builder& builder, std::string_view op,
                                                       const std::vector<VariableId>& inputs,
                                                       const Attributes& attributes);

std::vector<int64_t> reduced_axes(const Attributes& attributes);
// `reduced` with an axis of length 1 where `wide` had a reduced one, so that it broadcasts.
Node keep_axes(const Node& reduced, const Node& wide, const Attributes& attributes);

// `carry` is the dtype in which values are combined.
void eval_reduction(EvalContext& context, ReduceKind kind, DType carry);
void lower_reduction(LowerContext& context, ReduceKind kind, DType carry);

}  // namespace tgc
