// SPDX-License-Identifier: Apache-2.0
// See same_graph.h.
#include "passes/same_graph.h"

#include <map>

namespace tgc {
namespace {

// Walks both Graphs in step; a variable of one corresponds to one of the other.
class Comparison {
 public:
  Comparison(const Graph& a, const Graph& b) : a_(a), b_(b) {}

  bool run() {
    const auto& a_inputs = a_.inputs();
    const auto& b_inputs = b_.inputs();
    if (a_inputs.size() != b_inputs.size() || a_.apply_count() != b_.apply_count() ||
        a_.outputs().size() != b_.outputs().size()) {
      return false;
    }
    for (size_t i = 0; i < a_inputs.size(); ++i) {
      if (a_.type(a_inputs[i]) != b_.type(b_inputs[i])) return false;
      pairs_[a_inputs[i]] = b_inputs[i];
    }
    const auto a_order = a_.topological_order();
    const auto b_order = b_.topological_order();
    for (size_t i = 0; i < a_order.size(); ++i) {
      if (!same_apply(a_.apply(a_order[i]), b_.apply(b_order[i]))) return false;
    }
    for (size_t i = 0; i < a_.outputs().size(); ++i) {
      if (!same_variable(a_.outputs()[i], b_.outputs()[i])) return false;
    }
    return true;
  }

 private:
  bool same_variable(VariableId a, VariableId b) const {
    if (a_.variable(a).kind == VariableKind::constant) {
      return b_.variable(b).kind == VariableKind::constant &&
             same_constant(a_.variable(a), b_.variable(b));
    }
    const auto found = pairs_.find(a);
    return found != pairs_.end() && found->second == b;
  }

  bool same_apply(const Apply& a, const Apply& b) {
    if (a.op != b.op || a.attributes != b.attributes || a.destroys != b.destroys ||
        a.inputs.size() != b.inputs.size() || a.outputs.size() != b.outputs.size()) {
      return false;
    }
    for (size_t i = 0; i < a.inputs.size(); ++i) {
      if (!same_variable(a.inputs[i], b.inputs[i])) return false;
    }
    for (size_t i = 0; i < a.outputs.size(); ++i) {
      if (a_.type(a.outputs[i]) != b_.type(b.outputs[i])) return false;
      pairs_[a.outputs[i]] = b.outputs[i];
    }
    return same_inner(a.inner, b.inner);
  }

  const Graph& a_;
  const Graph& b_;
  std::map<VariableId, VariableId> pairs_;
};

}  // namespace

bool same_constant(const Variable& a, const Variable& b) {
  return a.type.place == b.type.place && (a.constant == b.constant || *a.constant == *b.constant);
}

bool same_graph(const Graph& a, const Graph& b) {
  return Comparison(a, b).run();
}

bool same_inner(const std::vector<InnerGraph>& a, const std::vector<InnerGraph>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i] && !same_graph(*a[i], *b[i])) return false;
  }
  return true;
}

}  // namespace tgc
