// SPDX-License-Identifier: Apache-2.0
// See memory_sharing.h.
#include "graph/memory_sharing.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "graph/op_def.h"
#include "support/check.h"

namespace tgc {
namespace {

constexpr auto kViews =
    std::to_array<std::string_view>({"assert", "diagonal", "dimshuffle", "flatten", "identity",
                                     "nan_guard", "reshape", "split", "subtensor", "transpose"});

}  // namespace

bool may_be_view(const Apply& apply) {
  return std::find(kViews.begin(), kViews.end(), apply.op->name) != kViews.end();
}

MemorySharing::MemorySharing(const Graph& graph) {
  const auto own = [&](VariableId id) {
    if (id.index() >= roots_.size()) {
      roots_.resize(id.index() + 1);
      sharers_.resize(id.index() + 1);
    }
    roots_[id.index()] = id;
    sharers_[id.index()].push_back(id);
  };
  const auto ensure = [&](VariableId id) {
    if (id.index() >= roots_.size() || !roots_[id.index()].valid()) own(id);
    return roots_[id.index()];
  };
  for (const VariableId id : graph.inputs()) own(id);
  for (const ApplyId id : graph.topological_order()) {
    const Apply& apply = graph.apply(id);
    for (const VariableId input : apply.inputs) ensure(input);
    for (const VariableId output : apply.outputs) {
      if (!may_be_view(apply)) {
        own(output);
        continue;
      }
      const VariableId shared = ensure(apply.inputs.at(0));
      own(output);
      sharers_[output.index()].clear();
      roots_[output.index()] = shared;
      sharers_[shared.index()].push_back(output);
    }
  }
  for (const VariableId id : graph.outputs()) ensure(id);
}

VariableId MemorySharing::root(VariableId id) const {
  TGC_CHECK(id.index() < roots_.size() && roots_[id.index()].valid(), "variable is not in use");
  return roots_[id.index()];
}

const std::vector<VariableId>& MemorySharing::sharers(VariableId root) const {
  return sharers_.at(root.index());
}

}  // namespace tgc
