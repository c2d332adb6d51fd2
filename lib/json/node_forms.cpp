// SPDX-License-Identifier: Apache-2.0
// See node_forms.h.
#include "json/node_forms.h"

#include <algorithm>

#include "support/check.h"

namespace tgc {

const std::vector<NodeFormDef>& node_forms() {
  static const std::vector<NodeFormDef> kForms = {
      {NodeForm::grad,
       "grad",
       "gradient.grad",
       R"({"op": "grad", "cost": "c", "wrt": ["w"], "outputs": ["gw"]})",
       "gradients of a scalar",
       {"cost", "wrt", "consider_constant", "known_grads"}},
      {NodeForm::lop,
       "Lop",
       "gradient.Lop",
       R"({"op": "Lop", "f": ["y"], "wrt": ["w"], "eval_points": ["v"], "outputs": ["vJ"]})",
       "v^T dy/dw for each of wrt",
       {"f", "wrt", "eval_points", "consider_constant"}},
      {NodeForm::rop,
       "Rop",
       "gradient.Rop",
       R"({"op": "Rop", "f": ["y"], "wrt": ["w"], "eval_points": ["v"], "outputs": ["Jv"]})",
       "dy/dw v for each of f",
       {"f", "wrt", "eval_points", "consider_constant"}},
      {NodeForm::jacobian,
       "jacobian",
       "gradient.jacobian",
       R"({"op": "jacobian", "expression": "y", "wrt": ["w"], "outputs": ["J"]})",
       "derivatives of every element of y",
       {"expression", "wrt", "consider_constant"}},
      {NodeForm::hessian,
       "hessian",
       "gradient.hessian",
       R"({"op": "hessian", "cost": "c", "wrt": ["w"], "outputs": ["H"]})",
       "second derivatives of a scalar",
       {"cost", "wrt", "consider_constant"}},
      {NodeForm::op_from_graph,
       "op_from_graph",
       "OpFromGraph",
       R"({"op": "op_from_graph", "graph": "layer", "inputs": ["x", "w"], "outputs": ["y"]})",
       "the nodes of one of the file's \"graphs\" for these inputs",
       {"inputs"}},
      {NodeForm::scan,
       "scan",
       "Scan",
       R"({"op": "scan", "sequences": {"x_t": "x"}, "body": {"outputs": ["y"]}, "outputs": ["ys"]})",
       "a loop",
       {}},
      {NodeForm::map,
       "map",
       "map",
       R"({"op": "map", "sequences": {"a": "x"}, "body": {"nodes": […], "outputs": ["b"]}, "outputs": ["y"]})",
       "a scan without states",
       {},
       "scan"},
      {NodeForm::reduce,
       "reduce",
       "reduce",
       R"({"op": "reduce", "sequences": {"a": "x"}, "states": {"s": "s0"}, "body": {"nodes": […], "next": {"s": "t"}}, "outputs": ["y"]})",
       "a scan of which only the last states are given",
       {},
       "scan"},
      {NodeForm::foldl,
       "foldl",
       "foldl",
       R"({"op": "foldl", "sequences": {"a": "x"}, "states": {"s": "s0"}, "body": {"nodes": […], "next": {"s": "t"}}, "outputs": ["y"]})",
       "the same as reduce",
       {},
       "scan"},
      {NodeForm::foldr,
       "foldr",
       "foldr",
       R"({"op": "foldr", "sequences": {"a": "x"}, "states": {"s": "s0"}, "body": {"nodes": […], "next": {"s": "t"}}, "outputs": ["y"]})",
       "reduce from the end of the sequences",
       {},
       "scan"},
      {NodeForm::scan_checkpoints,
       "scan_checkpoints",
       "scan_checkpoints",
       R"({"op": "scan_checkpoints", "save_every_N": 10, "states": {"h": "h0"}, "n_steps": "n", "body": {"nodes": […], "next": {"h": "t"}}, "outputs": ["hs"]})",
       "a scan that keeps every N-th step, for gradients in less memory",
       {},
       "scan"},
  };
  return kForms;
}

const NodeFormDef* find_node_form(std::string_view name) {
  const auto& forms = node_forms();
  const auto found = std::find_if(forms.begin(), forms.end(),
                                  [&](const NodeFormDef& form) { return form.name == name; });
  return found == forms.end() ? nullptr : &*found;
}

const NodeFormDef& node_form(NodeForm form) {
  TGC_CHECK(form != NodeForm::op, "a plain op has no form");
  return node_forms().at(static_cast<size_t>(form) - 1);
}

bool is_loop(NodeForm form) {
  return form >= NodeForm::scan;
}

}  // namespace tgc
