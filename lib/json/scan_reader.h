// SPDX-License-Identifier: Apache-2.0
// {"op": "scan", "sequences": {"x_t": "x"}, "states": {"h": "h0"}, "n_steps": "n",
//  "body": {"nodes": […], "next": {"h": "h_new"}, "outputs": ["y"]}, "outputs": ["hs", "ys"]}.
// The body sees the names around it; what it uses of them becomes a further input of the loop.
#pragma once
#include <optional>
#include <vector>

#include "json/graph_reader.h"

namespace tgc {

std::optional<std::vector<VariableId>> build_scan(GraphReader& reader, const NodeSyntax& node);

}  // namespace tgc
