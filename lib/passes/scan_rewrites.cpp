// SPDX-License-Identifier: Apache-2.0
// Rewrites of loops.
//   scanOp_remove_constants_and_unused_inputs0 (and 1, 2, 3)
//                             inputs nobody reads go, equal ones become one, numbers go inside
//   scanOp_pushout_nonseqs_ops  what no step changes is computed once, before the loop
//   scanOp_pushout_seqs_ops     f(x[t]) in each step -> f(x) of all steps at once, before the loop:
//                               elementwise ops, dimshuffle, dot with what stays
//   scanOp_pushout_output       A' = A + dot(P(t), Q(t)), of which only the end is used
//                               -> one dot of all P and Q behind the loop
//   scanOp_save_mem             results and states nobody needs go; of a state whose last value
//                               alone is used no more than its taps see is kept
// Relies on traces being indexed by subtensor. Nothing that can fail is moved out of a loop, which
// may take no steps.
#include <algorithm>
#include <functional>

#include "ops/index_template.h"
#include "passes/loop_edit.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

// One replacement an output of the old loop; what lost its use keeps its own.
Replacements in_order(const Apply& scan, const LoopEdit::Built& built) {
  Replacements results;
  for (const VariableId output : scan.outputs) {
    const auto found = built.outputs.find(output);
    results.push_back(found == built.outputs.end() ? VariableId() : found->second);
  }
  return results;
}

bool merge_equal(LoopEdit& edit, std::vector<LoopInput>& list) {
  std::map<VariableId, VariableId> first;
  std::vector<LoopInput> kept;
  for (const LoopInput& input : list) {
    const auto [found, is_new] = first.emplace(input.outer, input.inner);
    if (is_new) {
      kept.push_back(input);
      continue;
    }
    edit.replace(input.inner, found->second);
  }
  const bool has_changed = kept.size() < list.size();
  list = std::move(kept);
  return has_changed;
}

bool move_constants_in(const Graph& graph, LoopEdit& edit) {
  std::vector<LoopInput> kept;
  for (const LoopInput& input : edit.rest) {
    const Variable& outer = graph.variable(input.outer);
    const bool is_read = edit.step.use_count(input.inner) > 0;
    const bool is_small = outer.kind == VariableKind::constant && outer.constant->size() <= 1;
    if (!is_small || !outer.type.place.is_host() || !is_read) {
      kept.push_back(input);
      continue;
    }
    const VariableId constant =
        edit.step.add_constant(outer.constant, outer.name, outer.origin, outer.type.place);
    edit.replace(input.inner, constant);
  }
  const bool has_changed = kept.size() < edit.rest.size();
  edit.rest = std::move(kept);
  return has_changed;
}

Replacements clean_inputs(Rewrite& rewrite) {
  LoopEdit edit(rewrite.apply);
  bool has_changed = merge_equal(edit, edit.sequences);
  has_changed = merge_equal(edit, edit.rest) || has_changed;
  has_changed = move_constants_in(rewrite.graph, edit) || has_changed;
  const std::set<VariableId> needed = edit.needed();
  const auto is_unused = [&](const LoopInput& i) { return needed.count(i.inner) == 0; };
  has_changed = has_changed ||
                std::any_of(edit.sequences.begin(), edit.sequences.end(), is_unused) ||
                std::any_of(edit.rest.begin(), edit.rest.end(), is_unused);
  if (!has_changed) return {};
  return in_order(rewrite.apply, edit.build(rewrite.builder));
}

// Ops whose work is worth moving, and whose evaluation cannot fail.
bool is_movable(const Apply& apply) {
  if (apply.op->is_elementwise()) return apply.op->scalar_check == nullptr;
  static const std::set<std::string_view> kOps = {
      "batched_dot", "dimshuffle", "dot", "max", "min", "prod", "reshape", "softmax", "sum"};
  return kOps.count(apply.op->name) != 0;
}

// What moves out of a step, and what stands for it outside.
using Outside = std::map<VariableId, VariableId>;

// A variable of the step that is the same in each, outside: one of `known`, or a constant.
std::optional<VariableId> fixed_outside(Rewrite& rewrite, const LoopEdit& edit, VariableId id,
                                        const Outside& known) {
  const auto found = known.find(id);
  if (found != known.end()) return found->second;
  const Variable& variable = edit.step.variable(id);
  if (variable.kind != VariableKind::constant) return std::nullopt;
  return rewrite.graph.add_constant(variable.constant, variable.name, variable.origin,
                                    variable.type.place);
}

// Puts new inputs where the step reads what has moved. `moved` may hold values that only other
// moved ones read.
bool read_moved(LoopEdit& edit, std::vector<LoopInput>& list, const Outside& moved,
                const std::set<ApplyId>& gone) {
  bool has_changed = false;
  const std::set<VariableId> needed = edit.needed();
  for (const auto& [inner, outer] : moved) {
    if (needed.count(inner) == 0 || edit.step.owner(inner) == nullptr) continue;
    const std::vector<Use> uses = edit.step.uses(inner);
    const bool is_read = std::any_of(uses.begin(), uses.end(), [&](const Use& use) {
      return !use.apply.valid() || gone.count(use.apply) == 0;
    });
    if (!is_read) continue;
    edit.read_instead(list, inner, outer);
    has_changed = true;
  }
  return has_changed;
}

Replacements push_out_rest(Rewrite& rewrite) {
  LoopEdit edit(rewrite.apply);
  Outside outside;
  for (const LoopInput& input : edit.rest) outside[input.inner] = input.outer;
  std::set<ApplyId> gone;
  const std::set<VariableId> needed = edit.needed();
  for (const ApplyId id : edit.step.topological_order()) {
    const Apply apply = edit.step.apply(id);
    if (!is_movable(apply) || needed.count(apply.outputs[0]) == 0) continue;
    bool reads_rest = false;
    std::vector<VariableId> inputs;
    for (const VariableId input : apply.inputs) {
      reads_rest = reads_rest || outside.count(input) != 0;
      const auto fixed = fixed_outside(rewrite, edit, input, outside);
      if (fixed) inputs.push_back(*fixed);
    }
    if (!reads_rest || inputs.size() < apply.inputs.size()) continue;
    outside[apply.outputs[0]] =
        rewrite.graph.apply(rewrite.builder.add(apply.op->name, inputs, apply.attributes))
            .outputs[0];
    gone.insert(id);
  }
  // A view alone is as cheap inside.
  const bool is_worth = std::any_of(gone.begin(), gone.end(), [&](ApplyId id) {
    return edit.step.apply(id).op->name != "dimshuffle" &&
           edit.step.apply(id).op->name != "reshape";
  });
  if (!is_worth || !read_moved(edit, edit.rest, outside, gone)) return {};
  return in_order(rewrite.apply, edit.build(rewrite.builder));
}

// Work on one row a step as work on all rows.
class RowsAtOnce {
 public:
  RowsAtOnce(Rewrite& rewrite, LoopEdit& edit) : rewrite_(rewrite), edit_(edit) {
    for (const LoopInput& input : edit.sequences) {
      if (edit.is_in_step(rewrite.graph, input)) rows_[input.inner] = input.outer;
    }
    for (const LoopInput& input : edit.rest) rest_[input.inner] = input.outer;
  }

  bool run() {
    const std::set<VariableId> needed = edit_.needed();
    for (const ApplyId id : edit_.step.topological_order()) {
      const Apply apply = edit_.step.apply(id);
      if (needed.count(apply.outputs[0]) == 0 || !is_movable(apply)) continue;
      const auto made = all_rows(apply);
      if (!made) continue;
      is_worth_ = is_worth_ || apply.op->name != "dimshuffle";
      rows_[apply.outputs[0]] = *made;
      gone_.insert(id);
    }
    return is_worth_ && read_moved(edit_, edit_.sequences, rows_, gone_);
  }

 private:
  [[nodiscard]] bool has_rows(VariableId id) const { return rows_.count(id) != 0; }

  std::optional<VariableId> fixed(VariableId id) {
    return fixed_outside(rewrite_, edit_, id, rest_);
  }

  std::optional<VariableId> all_rows(const Apply& apply) {
    const bool reads_rows = std::any_of(apply.inputs.begin(), apply.inputs.end(),
                                        [&](VariableId id) { return has_rows(id); });
    if (!reads_rows || apply.outputs.size() != 1) return std::nullopt;
    if (apply.op->is_elementwise()) return elementwise(apply);
    if (apply.op->name == "dimshuffle") return shuffled(apply);
    if (apply.op->name == "dot") return product(apply);
    return std::nullopt;
  }

  std::optional<VariableId> elementwise(const Apply& apply) {
    const int64_t rank = edit_.step.type(apply.outputs[0]).rank();
    std::vector<VariableId> inputs;
    for (const VariableId id : apply.inputs) {
      const auto given = has_rows(id) ? std::optional(rows_.at(id)) : fixed(id);
      if (!given) return std::nullopt;
      inputs.push_back(*given);
      const int64_t own = edit_.step.type(id).rank();
      if (!has_rows(id) || own == rank) continue;
      std::vector<int64_t> order{0};  // the axes of a step stand at the right
      for (int64_t i = own; i < rank; ++i) order.push_back(-1);
      for (int64_t i = 0; i < own; ++i) order.push_back(i + 1);
      inputs.back() = rewrite_.builder.call("dimshuffle", {inputs.back()}, {{"order", order}});
    }
    return rewrite_.graph.apply(rewrite_.builder.add(apply.op->name, inputs, apply.attributes))
        .outputs[0];
  }

  std::optional<VariableId> shuffled(const Apply& apply) {
    std::vector<int64_t> order{0};
    for (const int64_t axis : *find_attr<std::vector<int64_t>>(apply.attributes, "order")) {
      order.push_back(axis < 0 ? -1 : axis + 1);
    }
    return rewrite_.builder.call("dimshuffle", {rows_.at(apply.inputs[0])}, {{"order", order}});
  }

  // x(t)·W with x of any rank from 1 and W of rank 1 or 2; W·x(t) with x(t) a vector.
  std::optional<VariableId> product(const Apply& apply) {
    const VariableId left = apply.inputs[0];
    const VariableId right = apply.inputs[1];
    const int64_t left_rank = edit_.step.type(left).rank();
    const int64_t right_rank = edit_.step.type(right).rank();
    if (has_rows(left) && !has_rows(right) && left_rank >= 1 && right_rank >= 1 &&
        right_rank <= 2) {
      const auto matrix = fixed(right);
      if (!matrix) return std::nullopt;
      return rewrite_.builder.call("dot", {rows_.at(left), *matrix});
    }
    if (has_rows(right) && !has_rows(left) && left_rank == 2 && right_rank == 1) {
      const auto matrix = fixed(left);
      if (!matrix) return std::nullopt;
      const VariableId transposed =
          rewrite_.builder.call("dimshuffle", {*matrix}, {{"order", std::vector<int64_t>{1, 0}}});
      return rewrite_.builder.call("dot", {rows_.at(right), transposed});
    }
    return std::nullopt;
  }

  Rewrite& rewrite_;
  LoopEdit& edit_;
  Outside rows_;  // by the step's variable, all its rows
  Outside rest_;
  std::set<ApplyId> gone_;
  bool is_worth_ = false;
};

Replacements push_out_rows(Rewrite& rewrite) {
  LoopEdit edit(rewrite.apply);
  if (edit.until.valid()) return {};  // steps it may never come to
  if (!RowsAtOnce(rewrite, edit).run()) return {};
  return in_order(rewrite.apply, edit.build(rewrite.builder));
}

// The product that a state adds up: A' = A + dot(P, Q), matrices, where only the end of A is used
// and nothing else in the step reads A.
struct SummedProduct {
  size_t state = 0;
  VariableId left;
  VariableId right;
};

std::optional<SummedProduct> summed_product(const Graph& graph, const LoopEdit& edit) {
  for (size_t i = 0; i < edit.states.size(); ++i) {
    const LoopState& state = edit.states[i];
    if (state.inner.size() != 1 || state.layout.depth != 1 || state.layout.is_last_only) continue;
    const Apply* sum = made_by(edit.step, state.next, "add");
    if (sum == nullptr || sum->inputs.size() != 2) continue;
    if (edit.step.use_count(state.inner[0]) != 1 || edit.step.use_count(state.next) != 1) continue;
    const size_t own = sum->inputs[0] == state.inner[0] ? 0 : 1;
    if (sum->inputs[own] != state.inner[0]) continue;
    const Apply* dot = made_by(edit.step, sum->inputs[1 - own], "dot");
    if (dot == nullptr || !is_last_used_only(graph, state.output)) continue;
    const bool are_matrices =
        edit.step.type(dot->inputs[0]).rank() == 2 && edit.step.type(dot->inputs[1]).rank() == 2;
    const bool same_dtype =
        edit.step.type(dot->outputs[0]).dtype == edit.step.type(state.next).dtype;
    if (are_matrices && same_dtype) return SummedProduct{i, dot->inputs[0], dot->inputs[1]};
  }
  return std::nullopt;
}

// All values of `inner` outside: those of a sequence are there, others become a result.
struct AllSteps {
  std::optional<VariableId> outer;
  size_t added = 0;  // which new result
};

AllSteps collect(const Graph& graph, LoopEdit& edit, VariableId inner, size_t& added) {
  for (const LoopInput& sequence : edit.sequences) {
    if (sequence.inner == inner && edit.is_in_step(graph, sequence)) return {sequence.outer, 0};
  }
  edit.results.push_back({inner, VariableId()});
  return {std::nullopt, added++};
}

// dot over steps and the inner axis at once: P[t, a, b], Q[t, b, c] -> [a, t*b]·[t*b, c].
VariableId product_of_all(Builder& builder, VariableId left, VariableId right) {
  const Shape p = builder.graph().type(left).shape;
  const Shape q = builder.graph().type(right).shape;
  const VariableId turned =
      builder.call("dimshuffle", {left}, {{"order", std::vector<int64_t>{1, 0, 2}}});
  const VariableId wide =
      builder.call("reshape", {turned}, {{"shape", std::vector<DimExpr>{p[1], p[0] * p[2]}}});
  const VariableId tall =
      builder.call("reshape", {right}, {{"shape", std::vector<DimExpr>{q[0] * q[1], q[2]}}});
  return builder.call("dot", {wide, tall});
}

// Users of a trace that take its last element take it from `last`, which holds nothing else.
void read_last_from(Graph& graph, const PassContext& context, std::string_view rewrite,
                    VariableId trace, VariableId last) {
  for (const Use& use : graph.uses(trace)) {
    const Apply user = graph.apply(use.apply);
    auto index = *find_attr<std::vector<IndexEntry>>(user.attributes, "index");
    index[0].start = DimExpr(0);
    if (index[0].kind == IndexEntry::Kind::slice) index[0].stop = DimExpr(1);
    index[0].step = 1;
    Builder builder = context.builder(graph);
    builder.set_origin(user.origin);
    const VariableId taken = builder.call("subtensor", {last}, {{"index", index}});
    replace_in(graph, context, rewrite, user.outputs[0], taken);
  }
}

bool push_out_sum(Graph& graph, const PassContext& context, const Apply& scan) {
  constexpr std::string_view kName = "scanOp_pushout_output";
  LoopEdit edit(scan);
  if (edit.until.valid()) return false;
  const auto found = summed_product(graph, edit);
  if (!found) return false;
  Builder builder = context.builder(graph);
  builder.set_origin(scan.origin);
  const LoopState state = edit.states[found->state];
  size_t added = 0;
  const AllSteps left = collect(graph, edit, found->left, added);
  const AllSteps right = collect(graph, edit, found->right, added);
  edit.states.erase(edit.states.begin() + static_cast<std::ptrdiff_t>(found->state));
  LoopEdit::Built built;
  if (!edit.states.empty() || !edit.results.empty()) built = edit.build(builder);
  const auto all = [&](const AllSteps& side) {
    return side.outer ? *side.outer : built.added.at(side.added);
  };
  const VariableId sum = product_of_all(builder, all(left), all(right));
  const VariableId stacked =
      builder.call("dimshuffle", {sum}, {{"order", std::vector<int64_t>{-1, 0, 1}}});
  read_last_from(graph, context, kName, state.output,
                 builder.call("add", {state.initial, stacked}));
  for (const auto& [old, made] : built.outputs) replace_in(graph, context, kName, old, made);
  return true;
}

// Calls change(scan) for each loop that is in use, those it makes included, until none changes.
void change_loops(Graph& graph, const std::function<bool(const Apply&)>& change) {
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    graph.erase_dead();
    for (const ApplyId id : graph.applies()) {
      if (graph.apply(id).op->name != "scan") continue;
      const Apply scan = graph.apply(id);
      has_changed = change(scan) || has_changed;
    }
  }
  graph.erase_dead();
}

void push_out_sums(Graph& graph, PassContext& context) {
  if (context.is_excluded("scan_pushout_dot1")) return;
  change_loops(graph, [&](const Apply& scan) { return push_out_sum(graph, context, scan); });
}

// Drops results without users, and states that neither users nor what has users need.
bool drop_unused(const Graph& graph, LoopEdit& edit) {
  const size_t before = edit.states.size() + edit.results.size();
  const std::vector<LoopResult> results = edit.results;
  std::erase_if(edit.results,
                [&](const LoopResult& result) { return graph.use_count(result.output) == 0; });
  const std::vector<LoopState> all = edit.states;
  std::erase_if(edit.states,
                [&](const LoopState& state) { return graph.use_count(state.output) == 0; });
  for (bool has_grown = true; has_grown;) {
    has_grown = false;
    const std::set<VariableId> needed = edit.needed();
    for (const LoopState& state : all) {
      const bool is_there =
          std::any_of(edit.states.begin(), edit.states.end(),
                      [&](const LoopState& each) { return each.output == state.output; });
      const bool is_needed =
          std::any_of(state.inner.begin(), state.inner.end(),
                      [&](VariableId inner) { return needed.count(inner) != 0; });
      if (is_there || !is_needed) continue;
      edit.states.push_back(state);
      has_grown = true;
    }
  }
  if (edit.states.empty() && edit.results.empty()) {  // a loop that only counts its steps
    edit.states = all;
    edit.results = results;
  }
  return edit.states.size() + edit.results.size() < before;
}

bool save_memory(Graph& graph, const PassContext& context, const Apply& scan) {
  constexpr std::string_view kName = "scanOp_save_mem";
  LoopEdit edit(scan);
  bool has_changed = drop_unused(graph, edit);
  std::set<VariableId> shortened;
  for (LoopState& state : edit.states) {
    const bool is_unread = graph.use_count(state.output) == 0;
    if (state.layout.is_last_only) continue;
    if (!is_unread && !is_last_used_only(graph, state.output)) continue;
    state.layout.is_last_only = true;
    shortened.insert(state.output);
    has_changed = true;
  }
  if (!has_changed) return false;
  Builder builder = context.builder(graph);
  builder.set_origin(scan.origin);
  const LoopEdit::Built built = edit.build(builder);
  for (const auto& [old, made] : built.outputs) {
    if (shortened.count(old) != 0) {
      read_last_from(graph, context, kName, old, made);
    } else {
      replace_in(graph, context, kName, old, made);
    }
  }
  return true;
}

void save_memory_of_all(Graph& graph, PassContext& context) {
  change_loops(graph, [&](const Apply& scan) { return save_memory(graph, context, scan); });
}

}  // namespace

std::vector<Pass> scan_rewrites_passes() {
  constexpr std::string_view kClean =
      "inputs of a loop nobody reads, equal ones, constants -> none";
  std::vector<Pass> passes;
  for (const std::string_view name :
       {"scanOp_remove_constants_and_unused_inputs0", "scanOp_remove_constants_and_unused_inputs1",
        "scanop_remove_constants_and_unused_inputs2",
        "scanOp_remove_constants_and_unused_inputs3"}) {
    passes.push_back(node_pass(name, kClean, {"scan"}, clean_inputs));
  }
  passes.push_back(node_pass("scanOp_pushout_nonseqs_ops",
                             "what no step changes -> computed before the loop", {"scan"},
                             push_out_rest));
  passes.push_back(node_pass("scanOp_pushout_seqs_ops",
                             "f(x[t]) in each step -> f(x) before the loop", {"scan"},
                             push_out_rows));
  passes.push_back(with_parts(
      graph_pass("scanOp_pushout_output",
                 "A + dot(P[t], Q[t]) in each step -> one dot behind the loop", push_out_sums),
      {"scan_pushout_dot1"}));
  passes.push_back(graph_pass("scanOp_save_mem",
                              "traces of which the last value is used -> that value",
                              save_memory_of_all));
  return passes;
}

}  // namespace tgc
