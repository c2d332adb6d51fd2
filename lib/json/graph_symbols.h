// SPDX-License-Identifier: Apache-2.0
// Which dim symbols a Graph mentions: in types, attributes, known values, equalities, inner Graphs.
#pragma once
#include <set>
#include <string>

#include "graph/graph.h"

namespace tgc {

// `with_inputs`: also those in the types of the Graph's own inputs.
std::set<std::string> symbols_in(const Graph& graph, bool with_inputs);

}  // namespace tgc
