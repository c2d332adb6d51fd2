// SPDX-License-Identifier: Apache-2.0
// {"op": "grad", "cost": "loss", "wrt": ["w", "b"], "outputs": ["gw", "gb"]}: the gradients of a
// scalar, expanded to ordinary nodes. Optional: "consider_constant": names, "known_grads":
// gradients of given variables ({"y": "gy"}; then there may be no cost), "disconnected_inputs":
// raise (the default), warn or ignore.
#pragma once
#include <optional>
#include <vector>

#include "json/graph_reader.h"

namespace tgc {

std::optional<std::vector<VariableId>> build_grad(GraphReader& reader, const NodeSyntax& node);

}  // namespace tgc
