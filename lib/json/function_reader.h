// SPDX-License-Identifier: Apache-2.0
// "functions": {"train": {"inputs": ["x"], "outputs": ["loss"], "updates": {"w": "w_new"},
// "givens":
// {"x": "x2"}, "nodes": […]}}: views of the file's graph, as in theano.function.
#pragma once
#include "graph/model.h"
#include "json/graph_reader.h"

namespace tgc {

// Appends the functions to the model; state made by update rules goes to model.shared. `whole`
// holds all nodes of the file; the functions' own nodes are added to its Graph.
void read_functions(JsonValue section, GraphReader& whole, Model& model);

}  // namespace tgc
