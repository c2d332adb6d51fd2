// SPDX-License-Identifier: Apache-2.0
// Stage of mode=NanGuardMode. Before -> after:
//   y = exp(x); z = log(y)  ->  y = exp(nan_guard(x)); z = log(nan_guard(y)), given as nan_guard(z)
// Views and constants are left out: what they show was looked at, or is known. A guard has the
// origin of what it guards, so that a failing call names the node that made the value. Guards are
// no element-wise ops: nodes that would be fused over them are checked one by one.
#include "passes/nan_guard.h"

#include "graph/memory_sharing.h"

namespace tgc {
namespace {

class Guarding {
 public:
  Guarding(Graph& graph, const PassContext& context)
      : graph_(graph), builder_(context.builder(graph)) {
    const NanGuard& guard = *context.nan_guard;
    attributes_ = {{"nan_is_error", guard.nan_is_error},
                   {"inf_is_error", guard.inf_is_error},
                   {"big_is_error", guard.big_is_error}};
  }

  void guard(VariableId id, const Origin& origin) {
    if (!is_float(graph_.type(id).dtype) || graph_.use_count(id) == 0) return;
    const std::vector<Use> uses = graph_.uses(id);
    builder_.set_origin(origin);
    const VariableId checked = builder_.call("nan_guard", {id}, attributes_);
    const std::string name = graph_.variable(id).name;
    if (!name.empty()) graph_.set_name(checked, name);
    for (const Use& use : uses) {
      if (use.apply.valid()) {
        graph_.replace_input(use.apply, use.index, checked, "nan_guard");
      } else {
        graph_.set_output(static_cast<size_t>(use.index), checked);
      }
    }
  }

 private:
  Graph& graph_;
  Builder builder_;
  Attributes attributes_;
};

}  // namespace

void nan_guard(Graph& graph, PassContext& context) {
  if (!context.nan_guard) return;
  Guarding guarding(graph, context);
  const std::vector<ApplyId> applies = graph.topological_order();
  if (!context.is_inner) {  // what an inner Graph is given was looked at outside
    const std::vector<VariableId> inputs = graph.inputs();
    for (const VariableId id : inputs) {
      Origin origin = graph.variable(id).origin;
      if (origin.nodes.empty()) origin.nodes.push_back(graph.variable(id).name);
      guarding.guard(id, origin);
    }
  }
  for (const ApplyId id : applies) {
    const Apply apply = graph.apply(id);
    if (may_be_view(apply)) continue;
    for (const VariableId output : apply.outputs) guarding.guard(output, apply.origin);
  }
}

}  // namespace tgc
