// SPDX-License-Identifier: Apache-2.0
// Part of a Graph as a graph file of one function "f", with the sizes of one call in the place of
// symbols: what a fault needs to show itself, to be kept and sent.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "interp/evaluation.h"
#include "json/tensor_file_writer.h"

namespace tgc {

struct GraphFile {
  std::string text;                 // JSON
  std::vector<NamedTensor> inputs;  // a value for each input
};

// The Applies that `outputs` need, up to `levels` of them one above the other; what these read
// becomes an input with the value it has in `evaluation`. Nothing where an Apply cannot be written
// (a loop, an op that only passes make) or a value cannot be found.
std::optional<GraphFile> graph_file(const Graph& graph, const std::vector<VariableId>& outputs,
                                    int levels, const std::string& name, Evaluation& evaluation);

// Are there Applies `levels` above the outputs, so that a further level would add more?
bool reaches_further(const Graph& graph, const std::vector<VariableId>& outputs, int levels);

}  // namespace tgc
