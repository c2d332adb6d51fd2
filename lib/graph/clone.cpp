// SPDX-License-Identifier: Apache-2.0
// See clone.h.
#include "graph/clone.h"

#include <set>

#include "graph/graph_symbols.h"
#include "support/check.h"

namespace tgc {
namespace {

class Cloner {
 public:
  Cloner(const Graph& source, Builder& target, CloneMap& map, Diagnostics& diagnostics)
      : source_(source), target_(target), map_(map), diagnostics_(diagnostics) {}

  std::optional<std::vector<VariableId>> run(const std::vector<VariableId>& outputs) {
    find_needed(outputs);
    copy_leaves();
    for (const ApplyId id : source_.topological_order()) {
      if (applies_.count(id) != 0 && !copy_apply(source_.apply(id))) return std::nullopt;
    }
    std::vector<VariableId> copies;
    for (const VariableId output : outputs) copies.push_back(map_.at(output));
    return copies;
  }

 private:
  void find_needed(std::vector<VariableId> work) {
    while (!work.empty()) {
      find_above(std::move(work));
      work.clear();
      for (const ApplyId unread : unread_measures(source_, applies_)) {
        const VariableId size = source_.apply(unread).outputs[0];
        if (map_.count(size) == 0) work.push_back(size);
      }
    }
  }

  void find_above(std::vector<VariableId> work) {
    while (!work.empty()) {
      const VariableId id = work.back();
      work.pop_back();
      if (map_.count(id) != 0) continue;
      const Apply* owner = source_.owner(id);
      if (owner == nullptr) {
        leaves_.insert(id);
      } else if (applies_.insert(owner->id).second) {
        work.insert(work.end(), owner->inputs.begin(), owner->inputs.end());
      }
    }
  }

  void copy_leaves() {
    for (const VariableId id : leaves_) {
      const Variable& leaf = source_.variable(id);
      if (leaf.kind != VariableKind::constant) continue;
      map_.emplace(id, target_.graph().add_constant(leaf.constant, leaf.name, leaf.origin));
    }
    for (const VariableId id : source_.inputs()) {
      if (leaves_.count(id) == 0) continue;
      const Variable& leaf = source_.variable(id);
      const VariableId copy =
          target_.graph().add_input(leaf.type, leaf.name, leaf.kind, leaf.origin);
      if (leaf.value) target_.graph().set_value(copy, *leaf.value);
      map_.emplace(id, copy);
    }
  }

  bool copy_apply(const Apply& apply) {
    NodeSpec spec;
    spec.op = apply.op;
    for (const VariableId input : apply.inputs) spec.inputs.push_back(map_.at(input));
    spec.attributes = apply.attributes;
    spec.inner = apply.inner;
    spec.name = apply.name;
    spec.origin = apply.origin;
    const auto outputs = target_.add_node(std::move(spec), diagnostics_);
    if (!outputs) return false;
    TGC_CHECK(outputs->size() == apply.outputs.size(), "a copy has other outputs");
    for (size_t i = 0; i < outputs->size(); ++i) {
      const Variable& original = source_.variable(apply.outputs[i]);
      map_.emplace(apply.outputs[i], (*outputs)[i]);
      if (!original.name.empty()) target_.graph().set_name((*outputs)[i], original.name);
    }
    const Apply* copy = target_.graph().owner((*outputs)[0]);
    if (copy != nullptr && copy->op == apply.op) {
      target_.graph().set_destroys(copy->id, apply.destroys);
    }
    return true;
  }

  const Graph& source_;
  Builder& target_;
  CloneMap& map_;
  Diagnostics& diagnostics_;
  std::set<VariableId> leaves_;
  std::set<ApplyId> applies_;
};

}  // namespace

std::optional<std::vector<VariableId>> clone(const Graph& source,
                                             const std::vector<VariableId>& outputs,
                                             Builder& target, CloneMap& map,
                                             Diagnostics& diagnostics) {
  return Cloner(source, target, map, diagnostics).run(outputs);
}

}  // namespace tgc
