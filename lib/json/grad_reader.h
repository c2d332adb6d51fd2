// SPDX-License-Identifier: Apache-2.0
// {"op": "grad", "cost": "loss", "wrt": ["w", "b"], "outputs": ["gw", "gb"]}: the gradients of a
// scalar, expanded to ordinary nodes. Optional: "consider_constant": names; "known_grads":
// gradients of given variables ({"y": "gy"}; then there may be no cost); "disconnected_inputs":
// raise (the default), warn or ignore.
#pragma once
#include <optional>
#include <vector>

#include "json/graph_reader.h"

namespace tgc {

std::optional<std::vector<VariableId>> build_grad(GraphReader& reader, const NodeSyntax& node);

// Lop, Rop, jacobian and hessian: {"op": "jacobian", "expression": "y", "wrt": ["w"], …}.
std::optional<std::vector<VariableId>> build_derivatives(GraphReader& reader,
                                                         const NodeSyntax& node);

// The gradients of variable `cost` with respect to `wrt`. `object` is where the request stands; its
// keys cost, `wrt_key` and consider_constant are the places of mistakes.
std::optional<std::vector<VariableId>> gradients_of(GraphReader& reader, ObjectReader& object,
                                                    JsonValue cost,
                                                    const std::vector<VariableId>& wrt,
                                                    std::string_view wrt_key);

}  // namespace tgc
