// SPDX-License-Identifier: Apache-2.0
// schemas/graph.schema.json, printed: the fixed part from the text in this folder, the parts on
// ops, update rules and initialisers from their lists.
#pragma once
#include <string>

namespace tgc {

std::string graph_schema();

}  // namespace tgc
