// SPDX-License-Identifier: Apache-2.0
// Copies of parts of Graphs: what some outputs need, into another Graph, with variables put in the
// place of others (Theano's givens). Types are inferred anew, since a replacement may know more.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "graph/builder.h"

namespace tgc {

// From a variable of the source Graph to the one that stands for it in the target.
using CloneMap = std::map<VariableId, VariableId>;

// Adds to `target` copies of all Applies that `outputs` need, except above variables that `map`
// already holds; completes `map`. Inputs that are not in `map` become inputs of the target in the
// source's order, with their kinds and known values. Origins and names stay. nullopt when a
// replacement does not fit (reported).
std::optional<std::vector<VariableId>> clone(const Graph& source,
                                             const std::vector<VariableId>& outputs,
                                             Builder& target, CloneMap& map,
                                             Diagnostics& diagnostics);

}  // namespace tgc
