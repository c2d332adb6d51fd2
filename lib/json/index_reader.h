// SPDX-License-Identifier: Apache-2.0
// Index lists as in NumPy: [0, "1:-1", "::2", "n - 3:", "i", {"input": 1}]. A text with a colon is
// a slice, another one is an index: a dim expression, or the name of an integer variable that is
// read at run time. {"input": k} is the node's own input number k.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graph/attribute.h"
#include "json/graph_reader.h"

namespace tgc {

std::optional<std::vector<IndexEntry>> read_index_list(GraphReader& reader, JsonValue list,
                                                       const std::string& what,
                                                       std::vector<VariableId>& inputs);

}  // namespace tgc
