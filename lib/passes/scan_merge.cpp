// SPDX-License-Identifier: Apache-2.0
// Loops that become one, and results of a loop that are computed once.
//   scanOp_merge         two loops of equal length, neither of which needs the other -> one loop
//   scanOp_merge_inouts  equal states, equal results of a loop -> one of each
// Loops that end by themselves stay: each has its own end. Every value is computed as before.
#include <algorithm>
#include <set>

#include "graph/graph_symbols.h"
#include "passes/graph_copy.h"
#include "passes/loop_edit.h"
#include "passes/pass.h"
#include "passes/same_graph.h"

namespace tgc {
namespace {

Attributes common_attributes(const Apply& scan) {
  Attributes attributes = scan.attributes;
  for (const char* own : {"last_only", "n_sequences", "taps"}) attributes.erase(own);
  return attributes;
}

// Does computing `id` need the Apply?
bool needs(const Graph& graph, const Apply& user, const Apply& maker) {
  std::vector<VariableId> pending = user.inputs;
  std::set<ApplyId> seen;
  while (!pending.empty()) {
    const Apply* owner = graph.owner(pending.back());
    pending.pop_back();
    if (owner == nullptr || !seen.insert(owner->id).second) continue;
    if (owner->id == maker.id) return true;
    pending.insert(pending.end(), owner->inputs.begin(), owner->inputs.end());
  }
  return false;
}

// Sizes that a step measures belong to its own nodes: such loops stay as they are.
bool measures_sizes(const Graph& step) {
  if (!measuring_applies(step).empty()) return true;
  for (const ApplyId id : step.topological_order()) {
    for (const InnerGraph& inner : step.apply(id).inner) {
      if (measures_sizes(*inner)) return true;
    }
  }
  return false;
}
bool measures_sizes(const Apply& scan) {
  return std::any_of(scan.inner.begin(), scan.inner.end(),
                     [](const InnerGraph& inner) { return measures_sizes(*inner); });
}

bool are_mergeable(const Graph& graph, const Apply& a, const Apply& b) {
  return a.id != b.id && a.op->name == "scan" && b.op->name == "scan" &&
         common_attributes(a) == common_attributes(b) &&
         graph.type(a.outputs[0]).place == graph.type(b.outputs[0]).place && !measures_sizes(a) &&
         !measures_sizes(b) && !needs(graph, a, b) && !needs(graph, b, a);
}

// The other loop's lists and step, behind the own ones.
void absorb(LoopEdit& edit, const LoopEdit& other) {
  VariableMap known;
  const auto take = [&](VariableId inner) {
    known[inner] = add_input_like(other.step, inner, edit.step);
  };
  for (const VariableId input : other.step.inputs()) take(input);
  for (const ApplyId id : other.step.topological_order()) {
    copy_apply(other.step, id, edit.step, known);
  }
  const auto mapped = [&](VariableId inner) { return copied(other.step, inner, edit.step, known); };
  for (const LoopInput& input : other.sequences) {
    edit.sequences.push_back({input.outer, mapped(input.inner)});
  }
  for (LoopState state : other.states) {
    for (VariableId& inner : state.inner) inner = mapped(inner);
    state.next = mapped(state.next);
    edit.states.push_back(std::move(state));
  }
  for (const LoopInput& input : other.rest) {
    edit.rest.push_back({input.outer, mapped(input.inner)});
  }
  for (const LoopResult& result : other.results) {
    edit.results.push_back({mapped(result.inner), result.output});
  }
  for (const DimEquality& equality : other.step.equalities()) edit.step.add_equality(equality);
}

bool merge_pair(Graph& graph, const PassContext& context) {
  const std::vector<ApplyId> applies = graph.topological_order();
  for (const ApplyId first : applies) {
    if (graph.apply(first).op->name != "scan" || LoopEdit(graph.apply(first)).until.valid()) {
      continue;
    }
    for (const ApplyId second : applies) {
      if (second <= first || !are_mergeable(graph, graph.apply(first), graph.apply(second))) {
        continue;
      }
      LoopEdit edit(graph.apply(first));
      absorb(edit, LoopEdit(graph.apply(second)));
      Builder builder = context.builder(graph);
      builder.set_origin(graph.apply(first).origin);
      for (const auto& [old, made] : edit.build(builder).outputs) {
        if (graph.use_count(old) > 0) replace_in(graph, context, "scanOp_merge", old, made);
      }
      graph.erase_dead();
      return true;
    }
  }
  return false;
}

void merge_loops(Graph& graph, PassContext& context) {
  // who mentions a measured size comes after who measures it, which inputs do not tell
  if (!measuring_applies(graph).empty()) return;
  while (merge_pair(graph, context)) {
  }
}

// Numbers for the variables of a step: equal for equal values.
class ValueNumbers {
 public:
  // The inputs of one list of `same` are taken for equal.
  ValueNumbers(const Graph& step, const std::vector<std::pair<VariableId, VariableId>>& same)
      : step_(step) {
    for (const VariableId input : step.inputs()) number_[input] = next_++;
    for (const auto& [a, b] : same) number_[b] = number_.at(a);
    for (const ApplyId id : step.topological_order()) visit(step.apply(id));
  }

  int of(VariableId id) {
    const auto found = number_.find(id);
    if (found != number_.end()) return found->second;
    for (const VariableId other : constants_) {
      if (same_constant(step_.variable(other), step_.variable(id))) {
        return number_[id] = number_.at(other);
      }
    }
    constants_.push_back(id);
    return number_[id] = next_++;
  }

 private:
  void visit(const Apply& apply) {
    std::vector<int> inputs;
    for (const VariableId input : apply.inputs) inputs.push_back(of(input));
    std::vector<ApplyId>& alike = seen_[{apply.op->name, inputs}];
    for (const ApplyId id : alike) {
      const Apply& other = step_.apply(id);
      if (other.attributes != apply.attributes || !same_inner(other.inner, apply.inner)) continue;
      for (size_t i = 0; i < apply.outputs.size(); ++i) {
        number_[apply.outputs[i]] = number_.at(other.outputs[i]);
      }
      return;
    }
    alike.push_back(apply.id);
    for (const VariableId output : apply.outputs) number_[output] = next_++;
  }

  const Graph& step_;
  std::map<VariableId, int> number_;
  std::vector<VariableId> constants_;
  std::map<std::pair<std::string_view, std::vector<int>>, std::vector<ApplyId>> seen_;
  int next_ = 0;
};

// By the output that goes, the one that stands for it.
using Aliases = std::map<VariableId, VariableId>;

bool are_alike(const LoopState& a, const LoopState& b) {
  return a.initial == b.initial && a.layout.taps == b.layout.taps &&
         a.layout.is_last_only == b.layout.is_last_only;
}

// States that begin alike and, where they are alike before a step, are alike after it.
void merge_states(LoopEdit& edit, Aliases& aliases) {
  for (size_t i = 0; i < edit.states.size(); ++i) {
    for (size_t k = edit.states.size(); --k > i;) {
      const LoopState first = edit.states[i];
      const LoopState second = edit.states[k];
      if (!are_alike(first, second)) continue;
      std::vector<std::pair<VariableId, VariableId>> same;
      for (size_t tap = 0; tap < first.inner.size(); ++tap) {
        same.emplace_back(first.inner[tap], second.inner[tap]);
      }
      ValueNumbers numbers(edit.step, same);
      if (numbers.of(first.next) != numbers.of(second.next)) continue;
      aliases[second.output] = first.output;
      edit.states.erase(edit.states.begin() + static_cast<std::ptrdiff_t>(k));
      for (const auto& [kept, gone] : same) edit.replace(gone, kept);
    }
  }
}

void merge_results(LoopEdit& edit, Aliases& aliases) {
  ValueNumbers numbers(edit.step, {});
  std::map<int, VariableId> first;
  std::vector<LoopResult> kept;
  for (const LoopResult& result : edit.results) {
    const auto [found, is_new] = first.emplace(numbers.of(result.inner), result.output);
    if (is_new) {
      kept.push_back(result);
    } else {
      aliases[result.output] = found->second;
    }
  }
  edit.results = std::move(kept);
}

Replacements merge_inouts(Rewrite& rewrite) {
  if (measures_sizes(rewrite.apply)) return {};
  LoopEdit edit(rewrite.apply);
  Aliases aliases;
  merge_states(edit, aliases);
  merge_results(edit, aliases);
  if (aliases.empty()) return {};
  const LoopEdit::Built built = edit.build(rewrite.builder);
  Replacements results;
  for (const VariableId output : rewrite.apply.outputs) {
    const auto alias = aliases.find(output);
    results.push_back(built.outputs.at(alias == aliases.end() ? output : alias->second));
  }
  return results;
}

}  // namespace

std::vector<Pass> scan_merge_passes() {
  return {graph_pass("scanOp_merge", "two loops of equal length -> one", merge_loops),
          node_pass("scanOp_merge_inouts", "equal states and results of a loop -> one of each",
                    {"scan"}, merge_inouts)};
}

}  // namespace tgc
