// SPDX-License-Identifier: Apache-2.0
// See loop_edit.h.
#include "passes/loop_edit.h"

#include <algorithm>
#include <utility>

#include "graph/graph_symbols.h"
#include "ops/index_template.h"
#include "passes/graph_copy.h"

namespace tgc {

LoopEdit::LoopEdit(const Apply& scan) : step(*scan.inner.at(0)), attributes_(scan.attributes) {
  const ScanLayout layout = scan_layout(scan.attributes);
  const std::vector<VariableId>& inner = step.inputs();
  for (size_t i = 0; i < layout.sequences; ++i) sequences.push_back({scan.inputs[i], inner[i]});
  for (size_t i = 0; i < layout.states.size(); ++i) {
    LoopState state;
    state.initial = scan.inputs[layout.sequences + i];
    state.layout = layout.states[i];
    for (size_t k = 0; k < state.layout.taps.size(); ++k) {
      state.inner.push_back(inner[state.layout.first_tap + k]);
    }
    state.next = step.outputs()[i];
    state.output = scan.outputs[i];
    states.push_back(std::move(state));
  }
  for (size_t i = layout.loop_rest; i < scan.inputs.size(); ++i) {
    rest.push_back({scan.inputs[i], inner[i - layout.loop_rest + layout.step_rest]});
  }
  for (size_t i = states.size(); i < scan.outputs.size(); ++i) {
    results.push_back({step.outputs()[i], scan.outputs[i]});
  }
  if (layout.has_until) until = step.outputs().back();
}

bool LoopEdit::is_in_step(const Graph& graph, const LoopInput& sequence) const {
  return !attr_or<bool>(attributes_, "go_backwards", false) &&
         graph.type(sequence.outer).shape[0] == steps();
}

std::set<VariableId> LoopEdit::needed() const {
  std::vector<VariableId> work;
  for (const LoopState& state : states) work.push_back(state.next);
  for (const LoopResult& result : results) work.push_back(result.inner);
  if (until.valid()) work.push_back(until);
  for (const ApplyId id : measuring_applies(step)) work.push_back(step.apply(id).outputs[0]);
  std::set<VariableId> found;
  while (!work.empty()) {
    const VariableId id = work.back();
    work.pop_back();
    if (!found.insert(id).second) continue;
    const Apply* owner = step.owner(id);
    if (owner == nullptr) continue;
    work.insert(work.end(), owner->inputs.begin(), owner->inputs.end());
  }
  return found;
}

void LoopEdit::replace(VariableId variable, VariableId replacement) {
  step.replace(variable, replacement, "");
  for (LoopState& state : states) {
    if (state.next == variable) state.next = replacement;
  }
  for (LoopResult& result : results) {
    if (result.inner == variable) result.inner = replacement;
  }
  if (until == variable) until = replacement;
}

void LoopEdit::read_instead(std::vector<LoopInput>& list, VariableId variable, VariableId outer) {
  const Variable old = step.variable(variable);
  const VariableId input = step.add_input(old.type, old.name, VariableKind::input, old.origin);
  if (old.value) step.set_value(input, *old.value);
  replace(variable, input);
  list.push_back({outer, input});
}

LoopEdit::Built LoopEdit::build(Builder& builder) const {
  const std::set<VariableId> used = needed();
  Graph fresh;
  VariableMap known;
  std::vector<VariableId> inputs;
  const auto take = [&](VariableId inner) { known[inner] = add_input_like(step, inner, fresh); };
  const auto take_used = [&](const std::vector<LoopInput>& list) {
    for (const LoopInput& input : list) {
      if (used.count(input.inner) == 0) continue;
      take(input.inner);
      inputs.push_back(input.outer);
    }
  };
  take_used(sequences);
  Attributes attributes = attributes_;
  attributes["n_sequences"] = static_cast<int64_t>(inputs.size());
  std::vector<int64_t> taps;
  std::vector<int64_t> last_only;
  for (size_t i = 0; i < states.size(); ++i) {
    for (const VariableId inner : states[i].inner) take(inner);
    inputs.push_back(states[i].initial);
    taps.insert(taps.end(), states[i].layout.taps.begin(), states[i].layout.taps.end());
    taps.push_back(0);
    if (states[i].layout.is_last_only) last_only.push_back(static_cast<int64_t>(i));
  }
  attributes["taps"] = taps;
  attributes.erase("last_only");
  if (!last_only.empty()) attributes["last_only"] = last_only;
  take_used(rest);
  for (const ApplyId id : step.topological_order()) {
    const std::vector<VariableId>& outputs = step.apply(id).outputs;
    if (std::any_of(outputs.begin(), outputs.end(), [&](auto o) { return used.count(o) != 0; })) {
      copy_apply(step, id, fresh, known);
    }
  }
  for (const LoopState& state : states) fresh.add_output(copied(step, state.next, fresh, known));
  for (const LoopResult& result : results) {
    fresh.add_output(copied(step, result.inner, fresh, known));
  }
  if (until.valid()) fresh.add_output(copied(step, until, fresh, known));
  for (const DimEquality& equality : step.equalities()) fresh.add_equality(equality);
  const ApplyId loop =
      builder.add("scan", inputs, attributes, {std::make_shared<const Graph>(std::move(fresh))});
  const std::vector<VariableId> outputs = builder.graph().apply(loop).outputs;
  Built built;
  for (size_t i = 0; i < states.size(); ++i) built.outputs[states[i].output] = outputs[i];
  for (size_t i = 0; i < results.size(); ++i) {
    const VariableId made = outputs[states.size() + i];
    if (results[i].output.valid()) {
      built.outputs[results[i].output] = made;
    } else {
      built.added.push_back(made);
    }
  }
  return built;
}

bool is_last_used_only(const Graph& graph, VariableId trace) {
  const std::vector<Use> uses = graph.uses(trace);
  const DimExpr last = graph.type(trace).shape[0] - 1;
  const auto takes_last = [&](const Use& use) {
    if (!use.apply.valid() || use.index != 0) return false;
    const Apply& user = graph.apply(use.apply);
    if (user.op->name != "subtensor") return false;
    const IndexTemplate index = index_template(graph, user);
    if (index.axes.empty()) return false;
    const IndexedAxis& axis = index.axes[0];
    const bool is_one = axis.kind == IndexedAxis::Kind::fixed ||
                        (axis.kind == IndexedAxis::Kind::slice && index.shape[0].is(1));
    return is_one && axis.start == last;
  };
  return !uses.empty() && std::all_of(uses.begin(), uses.end(), takes_last);
}

}  // namespace tgc
