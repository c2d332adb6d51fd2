// SPDX-License-Identifier: Apache-2.0
// Stable text of a Graph: the inputs, one line an Apply in topological order, the outputs.
//   input x: float32[n, 64]
//   shared w: float32[64, 10]
//   %0 = dot(x, w): float32[n, 10]
//   %1 = composite(%0, b): float32[n, 10], destroys %0
//     input x0: float32[]
//     ...
//   output %1
// Variables made by Applies are numbered in that order; constants stand where they are used.
#pragma once
#include <string>

#include "graph/graph.h"

namespace tgc {

struct PrintOptions {
  bool origins = false;     // the user's nodes and the rewrites behind each Apply
  bool equalities = false;  // the dims that must be equal at bind
};

std::string graph_text(const Graph& graph, const PrintOptions& options = {});

// "1.5", "int64 3", "float32[2, 3]{1, 2, 3, 4, ...}"; floats of rank 0 stand without a dtype.
std::string constant_text(const Tensor& value);

}  // namespace tgc
