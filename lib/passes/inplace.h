// SPDX-License-Identifier: Apache-2.0
// What in-place passes share: whether an Apply may overwrite an input. One order of the Applies
// (the Graph's own, which the planner uses) is the witness that all permissions hold together.
#pragma once
#include <map>
#include <set>
#include <string_view>

#include "graph/memory_sharing.h"
#include "passes/pass.h"

namespace tgc {

class InplaceJudge {
 public:
  InplaceJudge(const Graph& graph, const PassContext& context);

  // Whether `output` of `apply` may be written over `input`: same dtype, shape and place; the
  // memory is an Apply's result, or a shared variable that this output replaces; nobody reads it
  // later; nobody destroys it already; it is no result of the Graph.
  [[nodiscard]] bool may_destroy(const Apply& apply, int output, int input) const;
  void note_destroyed(const Apply& apply, int input);

 private:
  [[nodiscard]] bool is_own_update(const Variable& memory, VariableId output) const;

  const Graph& graph_;
  const PassContext& context_;
  MemorySharing sharing_;
  std::map<ApplyId, size_t> position_;
  std::set<VariableId> destroyed_;
};

// Marks, for each output of each Apply, the first allowed destroy of the pairs that `candidates`
// gives.
void mark_inplace(Graph& graph, const PassContext& context, std::string_view name,
                  std::vector<Destroy> (*candidates)(const Graph&, const Apply&));

}  // namespace tgc
