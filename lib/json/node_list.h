// SPDX-License-Identifier: Apache-2.0
// A list of nodes before they are built: op, outputs, and the order in which they can be built.
// Nodes may stand in any order in the file.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "json/node_forms.h"
#include "json/read_context.h"
#include "json/scope.h"

namespace tgc {

struct NodeSyntax {
  JsonValue where;
  NodeForm form = NodeForm::op;
  const OpDef* op = nullptr;       // form op; null when unknown
  std::string what;                // for messages: "node 'h'"
  std::vector<JsonValue> outputs;  // strings: the names
  bool failed = false;             // was reported
};

// Reads op and outputs of every node and declares the outputs in `scope`.
std::vector<NodeSyntax> read_node_list(JsonValue list, Scope& scope, ReadContext& context);

// Positions in an order in which every node comes after those it uses. Cycles are reported once
// each; their nodes are marked as failed.
std::vector<size_t> build_order(std::vector<NodeSyntax>& nodes, ReadContext& context);

// The names a node mentions wherever a name may stand, with repetitions. Some may be no names.
std::vector<std::string> names_used(const NodeSyntax& node, const ReadContext& context);

}  // namespace tgc
