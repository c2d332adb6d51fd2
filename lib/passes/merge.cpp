// SPDX-License-Identifier: Apache-2.0
// merge1, merge1.1, merge1.2, merge2, merge3 and merge: common subexpressions.
//   f(x), f(x)  ->  one f(x); equal constants -> one constant
// One idea under six names: the sequence runs it at five positions, canonicalize as its clean-up.
// Relies on: ops are pure. Guarantees: no two Applies have the same op, attributes and inputs; what
// an in-place pass has marked as destroyed is left alone.
#include <map>
#include <string>
#include <unordered_map>

#include "graph/memory_sharing.h"
#include "graph/op_def.h"
#include "passes/pass.h"
#include "passes/same_graph.h"
#include "support/hash.h"

namespace tgc {
namespace {

std::string constant_key(const Variable& variable) {
  const Tensor& tensor = *variable.constant;
  const std::string_view bytes(reinterpret_cast<const char*>(tensor.bytes()),
                               static_cast<size_t>(tensor.byte_size()));
  return type_text(variable.type) + "#" + std::to_string(xxh3_64(bytes));
}

std::string apply_key(const Apply& apply) {
  std::string key(apply.op->name);
  for (const VariableId input : apply.inputs) key += " " + std::to_string(input.value);
  return key + " " + attributes_text(apply.attributes);
}

class Merger {
 public:
  Merger(Graph& graph, const PassContext& context, std::string_view name)
      : graph_(graph), context_(context), name_(name) {}

  void run() {
    find_destroyed();
    const auto order = graph_.topological_order();
    for (const ApplyId id : order) merge_constants(id);
    for (const ApplyId id : order) merge_apply(id);
  }

 private:
  void find_destroyed() {
    bool any = false;
    for (const ApplyId id : graph_.applies()) any = any || !graph_.apply(id).destroys.empty();
    if (!any) return;
    const MemorySharing sharing(graph_);
    for (const ApplyId id : graph_.applies()) {
      const Apply& apply = graph_.apply(id);
      for (const Destroy& destroy : apply.destroys) {
        const VariableId memory = sharing.root(apply.inputs[static_cast<size_t>(destroy.input)]);
        for (const VariableId sharer : sharing.sharers(memory)) destroyed_[sharer] = true;
      }
    }
  }

  bool is_touched(const Apply& apply) const {
    if (!apply.destroys.empty()) return true;
    for (const VariableId output : apply.outputs) {
      if (destroyed_.contains(output)) return true;
    }
    return false;
  }

  void merge_constants(ApplyId id) {
    const size_t count = graph_.apply(id).inputs.size();
    for (size_t i = 0; i < count; ++i) {
      const Variable& variable = graph_.variable(graph_.apply(id).inputs[i]);
      if (variable.kind != VariableKind::constant || merged_constants_[variable.id]) continue;
      merged_constants_[variable.id] = true;
      const VariableId kept = find_constant(variable);
      if (kept == variable.id || !context_.allows_one()) continue;
      replace_in(graph_, context_, name_, variable.id, kept);
    }
  }

  VariableId find_constant(const Variable& variable) {
    std::vector<VariableId>& known = constants_[constant_key(variable)];
    for (const VariableId other : known) {
      if (same_constant(graph_.variable(other), variable)) return other;
    }
    known.push_back(variable.id);
    return variable.id;
  }

  void merge_apply(ApplyId id) {
    const Apply& apply = graph_.apply(id);
    if (is_touched(apply)) return;
    std::vector<ApplyId>& known = applies_[apply_key(apply)];
    for (const ApplyId other : known) {
      const Apply& kept = graph_.apply(other);
      if (kept.attributes != apply.attributes || !same_inner(kept.inner, apply.inner)) continue;
      if (!context_.allows_one()) return;
      const std::vector<VariableId> old = apply.outputs;
      const std::vector<VariableId> outputs = kept.outputs;
      for (size_t i = 0; i < old.size(); ++i) {
        if (graph_.use_count(old[i]) == 0) continue;
        replace_in(graph_, context_, name_, old[i], outputs[i]);
      }
      return;
    }
    known.push_back(id);
  }

  Graph& graph_;
  const PassContext& context_;
  std::string_view name_;
  std::map<VariableId, bool> destroyed_;
  std::map<VariableId, bool> merged_constants_;
  std::unordered_map<std::string, std::vector<VariableId>> constants_;
  std::unordered_map<std::string, std::vector<ApplyId>> applies_;
};

template <const char* const& name>
Pass merging() {
  return graph_pass(name, "common subexpressions and equal constants -> one of each",
                    [](Graph& graph, PassContext& context) { Merger(graph, context, name).run(); });
}

constexpr const char* kMerge = "merge";
constexpr const char* kMerge1 = "merge1";
constexpr const char* kMerge11 = "merge1.1";
constexpr const char* kMerge12 = "merge1.2";
constexpr const char* kMerge2 = "merge2";
constexpr const char* kMerge3 = "merge3";

}  // namespace

std::vector<Pass> merge_passes() {
  return {merging<kMerge>(),   merging<kMerge1>(), merging<kMerge11>(),
          merging<kMerge12>(), merging<kMerge2>(), merging<kMerge3>()};
}

}  // namespace tgc
