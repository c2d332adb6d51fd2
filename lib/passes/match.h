// SPDX-License-Identifier: Apache-2.0
// Questions rewrites ask of the Graph, and the few ways in which a new value is made to fit the
// variable it replaces.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "graph/node.h"

namespace tgc {

// The Apply that makes `id`, when its op is `op`. Valid until the Graph grows.
const Apply* made_by(const Graph& graph, VariableId id, std::string_view op);
// Input `index` of that Apply: argument_of(g, v, "exp") is x where v is exp(x).
std::optional<VariableId> argument_of(const Graph& graph, VariableId id, std::string_view op,
                                      size_t index = 0);
// The value all elements of `id` are known to have: of a constant, also seen through alloc, fill,
// dimshuffle, reshape and exact casts.
std::optional<double> uniform_value(const Graph& graph, VariableId id);
bool is_uniform(const Graph& graph, VariableId id, double value);

// The variable of rank 0, or the constant of one element, that `id` is a view of.
std::optional<VariableId> scalar_behind(const Graph& graph, VariableId id);
// That scalar as a node of rank 0 and the given dtype.
Node as_scalar(Builder& builder, VariableId scalar, DType dtype);

// Neither another Apply nor an output of the Graph uses it.
bool has_one_use(const Graph& graph, VariableId id);

// `value` with the dtype and the shape of `wanted` (cast, then alloc), as it is where it has them.
VariableId fitted(Builder& builder, VariableId value, const TensorType& wanted);
// A constant with all elements `value` that broadcasts to `wanted`.
VariableId filled(Builder& builder, double value, const TensorType& wanted);
// The Apply of an n-ary op on `terms`; a single term stands for itself.
Node combined(std::string_view op, const std::vector<Node>& terms);

// True where `id` is a Graph output.
bool is_graph_output(const Graph& graph, VariableId id);

}  // namespace tgc
