// SPDX-License-Identifier: Apache-2.0
// Checks that a Graph is what every stage relies on; a failure is our bug. Run after each pass in
// tests and debug builds.
#pragma once
#include <optional>
#include <string>

#include "graph/graph.h"

namespace tgc {

// Throws InternalError that names the Apply, unless all of this holds:
// - Use lists and inputs say the same, no Apply reads an output of an erased one, and there is no
//   cycle.
// - Inference accepts every Apply and gives the types it has. Two dims may be written differently
//   as long as they can be equal; whether a dim is the integer 1 is never in doubt.
// - The inputs of an Apply with axes live in one place.
// - Destroy maps: what an Apply destroys is no constant, argument or Graph output, nor a view of
//   one, unless it is a shared variable that the Apply's result replaces (`updated`); no other
//   Apply reads it, or a view of it, but before; and no two Applies destroy it.
// - Inner Graphs hold all of this too.
struct VerifyOptions {
  DType float_x = DType::float64;
  // Names of shared variables that the Graph's function updates: those may be destroyed.
  std::vector<std::string> updated = {};
};
void verify(const Graph& graph, const VerifyOptions& options);

// Whether the dims can be equal in a call and both or neither are the integer 1.
bool dims_agree(const DimExpr& a, const DimExpr& b);
bool shapes_agree(const Shape& a, const Shape& b);

}  // namespace tgc
