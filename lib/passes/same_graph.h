// SPDX-License-Identifier: Apache-2.0
// Whether two inner Graphs compute the same: equal but for ids, names and origins.
#pragma once
#include "graph/graph.h"

namespace tgc {

bool same_graph(const Graph& a, const Graph& b);
bool same_inner(const std::vector<InnerGraph>& a, const std::vector<InnerGraph>& b);

// Equal constants, bit for bit, in one place.
bool same_constant(const Variable& a, const Variable& b);

}  // namespace tgc
