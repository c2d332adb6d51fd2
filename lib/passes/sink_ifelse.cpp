// SPDX-License-Identifier: Apache-2.0
// Mandatory stage. Before -> after:
//   y = exp(a); r = ifelse(c, y, b)  ->  r = ifelse(c, a, b) around {exp(x)} and {x}
// An Apply moves into a branch when nothing but that branch needs it. The branches' inputs follow
// the condition, those of the first Graph, then those of the second; the attribute n_then counts
// the former. Relies on: ifelse in its flat form. Guarantees: every ifelse has two inner Graphs;
// nested ones are lowered when the manager runs this stage inside the branches.
#include "passes/sink_ifelse.h"

#include <algorithm>
#include <set>

#include "graph/graph_symbols.h"
#include "graph/op_def.h"
#include "passes/graph_copy.h"

namespace tgc {
namespace {

class Sinking {
 public:
  Sinking(Graph& graph, const PassContext& context, const Apply& apply)
      : graph_(graph), context_(context), apply_(apply), count_(apply.outputs.size()) {}

  void run() {
    Builder builder = context_.builder(graph_);
    builder.set_origin(apply_.origin);
    std::vector<VariableId> inputs{apply_.inputs[0]};
    std::vector<InnerGraph> inner;
    int64_t n_then = 0;
    for (const size_t begin : {size_t{1}, 1 + count_}) {
      const std::vector<VariableId> values(
          apply_.inputs.begin() + static_cast<std::ptrdiff_t>(begin),
          apply_.inputs.begin() + static_cast<std::ptrdiff_t>(begin + count_));
      std::vector<VariableId> captured;
      inner.push_back(make_branch(values, find_movable(values, begin), captured));
      inputs.insert(inputs.end(), captured.begin(), captured.end());
      if (begin == 1) n_then = static_cast<int64_t>(captured.size());
    }
    const ApplyId made =
        builder.add("ifelse", std::move(inputs), {{"n_then", n_then}}, std::move(inner));
    for (size_t i = 0; i < count_; ++i) {
      if (graph_.use_count(apply_.outputs[i]) == 0) continue;
      graph_.replace(apply_.outputs[i], graph_.apply(made).outputs[i], "");
    }
    graph_.erase_dead(apply_.id);
  }

 private:
  // Applies all uses of which lie in the branch that begins at input `begin`.
  std::set<ApplyId> find_movable(const std::vector<VariableId>& values, size_t begin) const {
    std::set<ApplyId> moved;
    const auto is_inside = [&](const Use& use) {
      if (use.apply == apply_.id) {
        const auto input = static_cast<size_t>(use.index);
        return input >= begin && input < begin + count_;
      }
      return use.apply.valid() && moved.contains(use.apply);
    };
    std::vector<VariableId> pending = values;
    while (!pending.empty()) {
      const Apply* owner = graph_.owner(pending.back());
      pending.pop_back();
      if (owner == nullptr || moved.contains(owner->id)) continue;
      if (!measured_symbol(*owner).empty()) continue;  // what is outside may be as large as it says
      const bool fits =
          std::all_of(owner->outputs.begin(), owner->outputs.end(), [&](VariableId output) {
            const auto uses = graph_.uses(output);
            return std::all_of(uses.begin(), uses.end(), is_inside);
          });
      if (!fits) continue;
      moved.insert(owner->id);
      pending.insert(pending.end(), owner->inputs.begin(), owner->inputs.end());
    }
    return moved;
  }

  InnerGraph make_branch(const std::vector<VariableId>& values, const std::set<ApplyId>& moved,
                         std::vector<VariableId>& captured) const {
    Graph branch;
    VariableMap known;
    const auto capture = [&](VariableId id) {
      const Variable& variable = graph_.variable(id);
      if (variable.kind == VariableKind::constant || known.contains(id)) return;
      if (variable.owner.valid() && moved.contains(variable.owner)) return;
      known[id] = add_input_like(graph_, id, branch);
      captured.push_back(id);
    };
    std::vector<ApplyId> order;
    if (!moved.empty()) order = graph_.topological_order();
    std::erase_if(order, [&](ApplyId id) { return !moved.contains(id); });
    for (const ApplyId id : order) {
      for (const VariableId input : graph_.apply(id).inputs) capture(input);
    }
    for (const VariableId value : values) capture(value);
    for (const ApplyId id : order) copy_apply(graph_, id, branch, known);
    for (const VariableId value : values) {
      branch.add_output(copied(graph_, value, branch, known));
    }
    return std::make_shared<const Graph>(std::move(branch));
  }

  Graph& graph_;
  const PassContext& context_;
  const Apply& apply_;
  size_t count_;
};

}  // namespace

void sink_ifelse(Graph& graph, PassContext& context) {
  auto order = graph.topological_order();
  std::reverse(order.begin(), order.end());  // an ifelse inside a branch moves with it
  for (const ApplyId id : order) {
    if (!graph.contains(id) || graph.apply(id).op->name != "ifelse") continue;
    const Apply apply = graph.apply(id);
    if (apply.inner.empty()) Sinking(graph, context, apply).run();
  }
}

}  // namespace tgc
