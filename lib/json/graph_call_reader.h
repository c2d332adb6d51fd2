// SPDX-License-Identifier: Apache-2.0
// {"graphs": {"layer": {"inputs": ["x", "w"], "nodes": […], "outputs": ["y"]}}} and the nodes that
// use them: {"op": "op_from_graph", "graph": "layer", "inputs": ["a", "b"], "outputs": ["c"]}. A
// graph sees its inputs alone. Each use is inlined: its nodes are built anew for the inputs' types,
// with the name of its output before theirs ("c.h").
#pragma once
#include <optional>
#include <vector>

#include "json/graph_reader.h"

namespace tgc {

// The section "graphs": checks names; what is inside is read where it is used.
void read_graphs(JsonValue section, ReadContext& context);

std::optional<std::vector<VariableId>> build_graph_call(GraphReader& reader,
                                                        const NodeSyntax& node);

}  // namespace tgc
