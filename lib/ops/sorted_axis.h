// SPDX-License-Identifier: Apache-2.0
// The axis that sort, argsort and topk work along, which their kernels have last.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "graph/builder.h"

namespace tgc {

// "axis" (default: the last) or "flat": all elements as one vector (Theano's axis=None).
std::vector<AttrDef> sorted_axis_attributes();

// Puts the attributes into normal form; reports scalars and axes out of range.
bool check_sorted_axis(InferContext& context);
Shape sorted_shape(const InferContext& context);
// The axis of an op in normal form, and whether x is flattened first.
int64_t sorted_axis(const Attributes& attributes);
bool is_flat(const Attributes& attributes);

// What `f` makes of x with the axis moved to the end, moved back. nullopt: it is there already.
std::optional<std::vector<VariableId>> along_last_axis(
    Builder& builder, VariableId x, const Attributes& attributes,
    const std::function<VariableId(VariableId)>& f);
// Element order[..., k] of x[..., :], for the last axis.
VariableId take_along_last(Builder& builder, VariableId x, VariableId order);

}  // namespace tgc
