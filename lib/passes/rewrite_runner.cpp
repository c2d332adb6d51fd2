// SPDX-License-Identifier: Apache-2.0
// See rewrite_runner.h.
#include "passes/rewrite_runner.h"

#include <algorithm>
#include <chrono>

#include "graph/op_def.h"
#include "graph/verifier.h"
#include "support/check.h"

namespace tgc {
namespace {

int32_t first_new_id(const Graph& graph) {
  const auto applies = graph.applies();
  return applies.empty() ? 0 : applies.back().value + 1;
}

}  // namespace

const RewriteRunner::Members& RewriteRunner::Tracker::for_op(std::string_view op) {
  auto [entry, is_new] = by_op_.try_emplace(op);
  if (!is_new) return entry->second;
  for (const Pass* pass : members_) {
    const auto& tracks = pass->tracks;
    if (tracks.empty() || std::find(tracks.begin(), tracks.end(), op) != tracks.end()) {
      entry->second.push_back(pass);
    }
  }
  return entry->second;
}

bool RewriteRunner::is_used(const Apply& apply) const {
  return std::any_of(apply.outputs.begin(), apply.outputs.end(),
                     [&](VariableId output) { return graph_.use_count(output) > 0; });
}

bool RewriteRunner::is_over_limit(std::string_view rewrite) const {
  if (max_uses_ == 0) return false;
  const auto found = uses_.find(rewrite);
  return found != uses_.end() && found->second >= max_uses_;
}

// Notes the Applies made since the last replacement that `replacement` needs, inner ones first.
void RewriteRunner::push_new(VariableId replacement) {
  const auto old_count = static_cast<std::ptrdiff_t>(touched_.size());
  std::vector<VariableId> pending{replacement};
  while (!pending.empty()) {
    const ApplyId owner = graph_.variable(pending.back()).owner;
    pending.pop_back();
    if (!owner.valid() || owner.value < next_id_) continue;
    if (std::find(touched_.begin(), touched_.end(), owner) != touched_.end()) continue;
    touched_.push_back(owner);
    newest_id_ = std::max(newest_id_, owner.value);
    for (const VariableId input : graph_.apply(owner).inputs) pending.push_back(input);
  }
  std::reverse(touched_.begin() + old_count, touched_.end());
}

bool RewriteRunner::try_rewrite(const Pass& pass, const Apply& apply) {
  Builder builder = context_.builder(graph_);
  builder.set_origin(apply.origin);
  Rewrite rewrite{graph_, apply, builder, context_};
  const auto start = std::chrono::steady_clock::now();
  const Replacements replacements = pass.rewrite(rewrite);
  RewriteCount& count = counts_[std::string(pass.name)];
  ++count.tried;
  count.nanoseconds += (std::chrono::steady_clock::now() - start).count();
  if (replacements.empty()) return false;
  TGC_CHECK(replacements.size() == apply.outputs.size(),
            std::string(pass.name) + " replaces a wrong number of outputs");
  const auto is_wanted = [&](size_t i) {
    const VariableId old = apply.outputs[i];
    return replacements[i].valid() && replacements[i] != old && graph_.use_count(old) > 0;
  };
  touched_.clear();
  bool replaced = false;
  for (size_t i = 0; i < replacements.size(); ++i) {
    const VariableId old = apply.outputs[i];
    const VariableId replacement = replacements[i];
    if (!is_wanted(i)) continue;
    if (!replaced && !context_.allows_one()) return false;
    TGC_CHECK(shapes_agree(graph_.type(old).shape, graph_.type(replacement).shape),
              std::string(pass.name) + " replaces " + type_text(graph_.type(old)) + " by " +
                  type_text(graph_.type(replacement)));
    // As in Theano's EquilibriumOptimizer the new Applies come to their turn next, from the outside
    // in; users of the old value do in the next sweep, so that the larger pattern wins.
    push_new(replacement);
    replace_in(graph_, context_, pass.name, old, replacement);
    replaced = true;
  }
  next_id_ = std::max(next_id_, newest_id_ + 1);
  if (!replaced) return false;
  graph_.erase_dead(apply.id);
  ++count.fired;
  ++uses_[pass.name];
  changed_ = true;
  if (after_replace) after_replace(pass.name);
  return true;
}

bool RewriteRunner::visit(ApplyId id, Tracker& tracker) {
  if (!graph_.contains(id)) return false;
  const Apply apply = graph_.apply(id);
  if (!is_used(apply)) return false;
  for (const Pass* pass : tracker.for_op(apply.op->name)) {
    if (is_over_limit(pass->name)) {
      maxed_out_ = pass->name;
      continue;
    }
    try {
      if (try_rewrite(*pass, apply)) return true;
    } catch (const PassFailure&) {
      throw;
    } catch (const InternalError& error) {
      throw PassFailure(pass->name, error.what());
    }
  }
  return false;
}

// Visits the work list from its end; what a replacement touched is visited again.
void RewriteRunner::drain(std::vector<ApplyId> work, Tracker& tracker) {
  while (!work.empty() && maxed_out_.empty()) {
    const ApplyId id = work.back();
    work.pop_back();
    if (visit(id, tracker)) work.insert(work.end(), touched_.begin(), touched_.end());
  }
}

void RewriteRunner::sweep(const std::vector<PipelineStep>& members) {
  Members passes;
  for (const PipelineStep& member : members) passes.push_back(member.pass);
  Tracker tracker(std::move(passes));
  next_id_ = first_new_id(graph_);
  for (const ApplyId id : graph_.topological_order()) visit(id, tracker);
  graph_.erase_dead();
}

void RewriteRunner::equilibrium(const PipelineStep& database, double max_use_ratio,
                                const std::function<bool(const PipelineStep&)>& run_member) {
  Members local;
  Members final_local;
  std::vector<const PipelineStep*> global;
  std::vector<const PipelineStep*> cleanup;
  for (const PipelineStep& member : database.members) {
    if (member.pass == nullptr || member.pass->run != nullptr) {
      (member.is_cleanup ? cleanup : global).push_back(&member);
    } else {
      (member.is_final ? final_local : local).push_back(member.pass);
    }
  }
  Tracker tracker(std::move(local));
  Tracker final_tracker(std::move(final_local));
  size_t most_nodes = 0;
  do {
    changed_ = false;
    most_nodes = std::max(most_nodes, graph_.apply_count());
    max_uses_ = std::max(1.0, max_use_ratio * static_cast<double>(most_nodes));
    for (const PipelineStep* member : global) changed_ = run_member(*member) || changed_;
    next_id_ = first_new_id(graph_);
    drain(graph_.topological_order(), tracker);
    for (const ApplyId id : graph_.topological_order()) visit(id, final_tracker);
    graph_.erase_dead();
    for (const PipelineStep* member : cleanup) changed_ = run_member(*member) || changed_;
  } while (changed_ && maxed_out_.empty());
  if (!maxed_out_.empty()) {
    context_.diagnostics.warning("optimizer-maxed-out",
                                 database.name + " was maxed out by " + std::string(maxed_out_) +
                                     ": it fired more often than optdb.max_use_ratio allows");
  }
}

}  // namespace tgc
