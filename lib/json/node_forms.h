// SPDX-License-Identifier: Apache-2.0
// Nodes that are no single op: what the reader expands. One list, of which the reader, the schema
// and `tgc ops` know their names, usage and the keys under which names stand.
#pragma once
#include <string_view>
#include <vector>

namespace tgc {

enum class NodeForm {
  op,
  grad,
  lop,
  rop,
  jacobian,
  hessian,
  op_from_graph,
  scan,
  map,
  reduce,
  foldl,
  foldr,
  scan_checkpoints
};

struct NodeFormDef {
  NodeForm form;
  std::string_view name;  // of "op"
  std::string_view theano;
  std::string_view usage;  // a node of this form
  std::string_view doc;
  std::vector<std::string_view> name_keys;  // strings here, or in arrays and objects, are names
  std::string_view rules = name;            // whose definition in the schema holds
};

// All but NodeForm::op, in the order of the enumeration.
const std::vector<NodeFormDef>& node_forms();

// Null where `name` is that of an op, or unknown.
const NodeFormDef* find_node_form(std::string_view name);
const NodeFormDef& node_form(NodeForm form);
// scan and its views: map, reduce, foldl, foldr, scan_checkpoints.
bool is_loop(NodeForm form);

}  // namespace tgc
