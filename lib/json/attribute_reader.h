// SPDX-License-Identifier: Apache-2.0
// One attribute of a node, by the kind its op's AttrDef asks for.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graph/attribute.h"
#include "json/graph_reader.h"

namespace tgc {

// `inputs` are the node's: an index that is a variable read at run time is appended to them.
std::optional<AttrValue> read_attribute(GraphReader& reader, JsonValue value, const AttrDef& def,
                                        const std::string& what, std::vector<VariableId>& inputs);

}  // namespace tgc
