// SPDX-License-Identifier: Apache-2.0
// Which dim symbols a Graph mentions: in types, attributes, known values, equalities, inner Graphs.
// An Apply that mentions a measured size needs the Apply that measures it, also where it reads none
// of its outputs.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace tgc {

// `with_inputs`: also those in the types of the Graph's own inputs.
std::set<std::string> symbols_in(const Graph& graph, bool with_inputs);
// Those one Apply mentions: its inputs, attributes, outputs and inner Graphs.
std::set<std::string> symbols_in(const Graph& graph, const Apply& apply);

std::set<std::string> dims_mentioned(const Shape& shape);

// The symbol an Apply measures; empty for all others.
std::string measured_symbol(const Apply& apply);
// The live Applies that measure a size, in order of id.
std::vector<ApplyId> measuring_applies(const Graph& graph);
// Measuring Applies that are not among `needed`, but whose size those mention.
std::vector<ApplyId> unread_measures(const Graph& graph, const std::set<ApplyId>& needed);

}  // namespace tgc
