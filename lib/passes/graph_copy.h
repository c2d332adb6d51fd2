// SPDX-License-Identifier: Apache-2.0
// Copies Applies from one Graph into another: for stages that move nodes into inner Graphs or build
// a Graph anew.
#pragma once
#include <map>

#include "graph/graph.h"

namespace tgc {

// Variables of the source and what stands for them in the target.
using VariableMap = std::map<VariableId, VariableId>;

// Constants are copied when they are met, anything else must be known.
VariableId copied(const Graph& from, VariableId id, Graph& to, VariableMap& known);

// The same Apply with the same types; its outputs become known. Gives the new Apply.
ApplyId copy_apply(const Graph& from, ApplyId id, Graph& to, VariableMap& known);

// An input of `to` like the variable, its known value included.
VariableId add_input_like(const Graph& from, VariableId id, Graph& to);

}  // namespace tgc
