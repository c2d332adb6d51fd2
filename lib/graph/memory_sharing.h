// SPDX-License-Identifier: Apache-2.0
// Which variables may lie in one piece of memory: an op that only looks at its input through other
// strides (dimshuffle, reshape, a slice) shares it. Needed to judge what may be destroyed.
#pragma once
#include <vector>

#include "graph/graph.h"

namespace tgc {

// The outputs may be views of input 0.
bool may_be_view(const Apply& apply);

class MemorySharing {
 public:
  explicit MemorySharing(const Graph& graph);

  // The variable whose memory `id` may lie in: itself unless it is made by a view.
  [[nodiscard]] VariableId root(VariableId id) const;
  // All variables with that root, in order of id; itself first.
  [[nodiscard]] const std::vector<VariableId>& sharers(VariableId root) const;

 private:
  std::vector<VariableId> roots_;
  std::vector<std::vector<VariableId>> sharers_;
};

}  // namespace tgc
