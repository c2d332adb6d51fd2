// SPDX-License-Identifier: Apache-2.0
// What an Apply moves and computes, as far as its op tells.
#pragma once
#include <optional>

#include "graph/graph.h"

namespace tgc {

struct ApplyCost {
  DimExpr bytes;  // of all inputs and outputs, each once
  std::optional<DimExpr> flops;
};

// One flop for each elementwise op on an element and each element reduced, two for each
// multiplication and addition of a product. Unknown for other ops; a view is free.
ApplyCost apply_cost(const Graph& graph, const Apply& apply);

}  // namespace tgc
