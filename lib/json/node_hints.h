// SPDX-License-Identifier: Apache-2.0
// What a user may do about a node that its op refused: a transposed factor, a forgotten axis, a
// cost that is no scalar. Ops say what is wrong; here stands what to write instead.
#pragma once
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "json/json_value.h"
#include "support/diagnostic.h"

namespace tgc {

// A node that is being built. Inputs may be fewer or more than the op takes.
struct HintedNode {
  JsonValue where;
  const OpDef* op = nullptr;
  std::vector<const Variable*> inputs;
};

// Gives every diagnostic from number `first` on a hint if it has none, and no note twice.
void add_node_hints(const HintedNode& node, size_t first, Diagnostics& diagnostics);

// Warns when a node can run for one size of a dim only and another reading fits all sizes:
// x[n, 3] + v[n], where the axis of v was meant to be the first one; dot(w[3, 10], x[n, 3]).
void warn_of_odd_sizes(const HintedNode& node, const Location& where, Diagnostics& diagnostics);

}  // namespace tgc
