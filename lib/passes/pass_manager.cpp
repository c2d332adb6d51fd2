// SPDX-License-Identifier: Apache-2.0
// See pass_manager.h.
#include "passes/pass_manager.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "graph/printer.h"
#include "graph/verifier.h"
#include "ops/op_list.h"
#include "passes/rewrite_names.h"
#include "passes/rewrite_runner.h"
#include "support/check.h"

namespace tgc {
namespace {

using Clock = std::chrono::steady_clock;

bool has_body(const Apply& apply) {
  return apply.op->name == "scan" || apply.op->name == "ifelse";
}

size_t count_nodes(const Graph& graph) {
  size_t count = graph.apply_count();
  for (const ApplyId id : graph.applies()) {
    const Apply& apply = graph.apply(id);
    if (!has_body(apply)) continue;
    for (const InnerGraph& inner : apply.inner) count += count_nodes(*inner);
  }
  return count;
}

// The same Apply around other inner Graphs.
void put_back(Graph& graph, ApplyId id, std::vector<InnerGraph> inner) {
  const Apply old = graph.apply(id);
  ApplySpec spec;
  spec.op = old.op;
  spec.inputs = old.inputs;
  spec.attributes = old.attributes;
  spec.inner = std::move(inner);
  spec.name = old.name;
  spec.origin = old.origin;
  for (const VariableId output : old.outputs) {
    spec.output_types.push_back(graph.type(output));
    spec.output_values.push_back(graph.variable(output).value);
  }
  const ApplyId made = graph.add_apply(std::move(spec));
  graph.set_destroys(made, old.destroys);
  for (size_t i = 0; i < old.outputs.size(); ++i) {
    const VariableId output = graph.apply(made).outputs[i];
    if (graph.use_count(old.outputs[i]) > 0) graph.replace(old.outputs[i], output, "");
  }
  graph.erase_dead(id);
}

// The excluded names, by themselves or by a tag, that passes with another name do.
std::set<std::string_view> excluded_parts(const PipelineOptions& options) {
  const std::set<std::string> words(options.excluding.begin(), options.excluding.end());
  std::set<std::string_view> excluded;
  if (words.empty()) return excluded;
  for (const RewriteName& row : rewrite_names()) {
    if (row.status != RewriteStatus::done_by || row.is_removed()) continue;
    const std::vector<std::string> tags = rewrite_tags(row);
    const bool is_meant = words.contains(std::string(row.name)) ||
                          std::any_of(tags.begin(), tags.end(),
                                      [&](const std::string& tag) { return words.contains(tag); });
    if (is_meant) excluded.insert(row.name);
  }
  return excluded;
}

class PipelineRun {
 public:
  PipelineRun(const PipelineOptions& options, Diagnostics& diagnostics)
      : options_(options), diagnostics_(diagnostics), excluded_(excluded_parts(options)) {}

  PipelineReport run(Function& function, const std::vector<PipelineStep>& steps) {
    function_ = &function;
    if (options_.watch != nullptr) options_.watch->begin(function);
    PipelineReport report;
    report.nodes_before = count_nodes(function.graph);
    report.passes = pipeline_names(steps);
    show("input", false);
    const auto device = std::find_if(steps.begin(), steps.end(), [](const PipelineStep& step) {
      return step.position >= kDevicePosition;
    });
    const auto split = device - steps.begin();
    PassContext context = make_context();
    context.updates = function.updates;
    const std::vector<PipelineStep> first(steps.begin(), steps.begin() + split);
    const std::vector<PipelineStep> second(steps.begin() + split, steps.end());
    run_all(function.graph, context, first, "");
    run_all(function.graph, context, second, "");
    if (options_.watch != nullptr) options_.watch->finish();
    report.nodes_after = count_nodes(function.graph);
    report.records = std::move(records_);
    return report;
  }

 private:
  // Inner Graphs go through the passes before this position, then through those after it, so that
  // the outer Graph has been lowered and placed in between.
  static constexpr double kDevicePosition = 48.5;

  PassContext make_context() {
    PassContext context{op_registry(), options_.float_x, diagnostics_};
    context.for_cuda = options_.for_cuda;
    context.assert_no_cpu_op = options_.assert_no_cpu_op;
    context.nan_guard = options_.nan_guard;
    context.watch = options_.watch;
    context.budget = options_.budget;
    context.excluded = excluded_;
    context.on_replace = [this](const Replacement& replacement) {
      ++replacements_;
      const std::string line = std::string(replacement.rewrite) + " " + replacement.old_variable +
                               " " + replacement.new_variable;
      if (options_.budget != nullptr) options_.budget->last = line;
      if (options_.hooks.verbose) options_.hooks.verbose(line);
    };
    return context;
  }

  void run_all(Graph& graph, PassContext& context, const std::vector<PipelineStep>& steps,
               const std::string& within) {
    for (const PipelineStep& step : steps) run_step(graph, context, step, within);
    if (within.empty()) run_inside(graph, steps);
  }

  // The same steps on the Graphs inside scan and ifelse.
  void run_inside(Graph& graph, const std::vector<PipelineStep>& steps) {
    for (const ApplyId id : graph.applies()) {
      if (!has_body(graph.apply(id))) continue;
      std::vector<InnerGraph> inner = graph.apply(id).inner;
      const Function* const outside = std::exchange(function_, nullptr);
      for (InnerGraph& body : inner) {
        Graph copy = *body;
        if (options_.watch != nullptr) {
          options_.watch->enter(graph, id, static_cast<size_t>(&body - inner.data()), copy);
        }
        PassContext context = make_context();
        context.is_inner = true;
        run_all(copy, context, steps, "");
        if (options_.watch != nullptr) options_.watch->leave();
        body = std::make_shared<const Graph>(std::move(copy));
      }
      function_ = outside;
      put_back(graph, id, std::move(inner));
    }
  }

  void run_step(Graph& graph, PassContext& context, const PipelineStep& step,
                const std::string& within) {
    const size_t record = find_record(step.name, within, graph.apply_count());
    const int before = replacements_;
    const auto start = Clock::now();
    try {
      run_mode(graph, context, step);
    } catch (const PassFailure& failure) {
      throw PassFailure(failure.pass(), "in " + step.name + ": " + failure.what());
    } catch (const InternalError& error) {
      throw PassFailure(step.name, "in " + step.name + ": " + error.what());
    }
    graph.erase_dead();
    PassRecord& done = records_[record];
    done.fired += replacements_ - before;
    ++done.calls;
    done.nodes_after = graph.apply_count();
    done.microseconds +=
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
    check(graph, context, step.name);
    const bool is_stage = step.mode == StepMode::stage;
    if (options_.watch != nullptr && within.empty() && (is_stage || replacements_ != before)) {
      options_.watch->finished_step(graph, step.name, is_stage);
    }
    show(step.name, replacements_ != before);
  }

  void run_mode(Graph& graph, PassContext& context, const PipelineStep& step) {
    switch (step.mode) {
      case StepMode::graph:
        run_graph_pass(graph, context, *step.pass);
        return;
      case StepMode::stage:
        step.pass->run(graph, context);
        return;
      case StepMode::sequence:
        for (const PipelineStep& member : step.members) run_step(graph, context, member, step.name);
        return;
      case StepMode::sweep:
      case StepMode::equilibrium:
        run_rewrites(graph, context, step);
        return;
      case StepMode::node:
        break;
    }
    TGC_CHECK(false, step.name + " is a node rewrite outside of a sweep");
  }

  // A pass that does not ask for each application is one application as a whole.
  void run_graph_pass(Graph& graph, PassContext& context, const Pass& pass) {
    RewriteBudget* const budget = options_.budget;
    if (budget != nullptr && budget->is_spent()) return;
    const int64_t used = budget != nullptr ? budget->used : 0;
    const int before = replacements_;
    pass.run(graph, context);
    if (budget != nullptr && budget->used == used && replacements_ != before) ++budget->used;
  }

  void run_rewrites(Graph& graph, PassContext& context, const PipelineStep& step) {
    RewriteCounts counts;
    RewriteRunner runner(graph, context, counts);
    runner.after_replace = [&](std::string_view rewrite) {
      constexpr size_t kSmall = 64;  // larger Graphs are verified after each step only
      if (graph.apply_count() <= kSmall) check(graph, context, rewrite);
      print_if_wanted(rewrite, true);
    };
    if (step.mode == StepMode::sweep) {
      runner.sweep(step.members);
    } else {
      runner.equilibrium(step, options_.max_use_ratio, [&](const PipelineStep& member) {
        const int before = replacements_;
        if (member.pass == nullptr) {
          run_step(graph, context, member, step.name);
          return replacements_ != before;
        }
        run_graph_pass(graph, context, *member.pass);
        graph.erase_dead();
        counts[std::string(member.pass->name)].fired += replacements_ - before;
        return replacements_ != before;
      });
    }
    for (const auto& [name, count] : counts) {
      const bool is_itself = step.mode == StepMode::sweep && name == step.name;
      if ((count.fired == 0 && !options_.profile) || is_itself) continue;
      PassRecord& record = records_[find_record(name, step.name, 0)];
      record.fired += count.fired;
      record.calls += count.tried;
      record.microseconds += count.nanoseconds / 1000;
    }
  }

  // A step that runs on several Graphs has one record.
  size_t find_record(const std::string& name, const std::string& within, size_t nodes) {
    const auto [entry, is_new] = record_of_.try_emplace({within, name}, records_.size());
    if (is_new) {
      PassRecord record;
      record.name = name;
      record.within = within;
      record.nodes_before = nodes;
      records_.push_back(std::move(record));
    }
    return entry->second;
  }

  void check(const Graph& graph, const PassContext& context, std::string_view step) const {
    if (!options_.verify) return;
    VerifyOptions options;
    options.float_x = options_.float_x;
    for (const Update& update : context.updates) options.updated.push_back(update.shared);
    try {
      verify(graph, options);
    } catch (const InternalError& error) {
      throw PassFailure(step, "after " + std::string(step) + ": " + error.what());
    }
  }

  void show(const std::string& name, bool changed) {
    if (function_ == nullptr) return;  // inside a loop or branch
    if (options_.hooks.dump) {
      options_.hooks.dump(shown_++, name, graph_text(function_->graph));
    }
    print_if_wanted(name, changed);
  }

  // A step changes the graph by its members, each of which is shown: what the step shows at its end
  // is the same again, unless it was asked for by its own name.
  void print_if_wanted(std::string_view name, bool changed) {
    const PipelineHooks& hooks = options_.hooks;
    if (function_ == nullptr || !hooks.print) return;
    const auto& wanted = hooks.print_after;
    const bool is_named = std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    if (!is_named && !(changed && hooks.print_changed)) return;
    std::string text = graph_text(function_->graph);
    if (text == printed_text_ && (!is_named || name == printed_name_)) return;
    hooks.print(std::string(name), text);
    printed_name_ = name;
    printed_text_ = std::move(text);
  }

  const PipelineOptions& options_;
  Diagnostics& diagnostics_;
  const std::set<std::string_view> excluded_;
  const Function* function_ = nullptr;  // null while an inner Graph is optimised
  std::vector<PassRecord> records_;
  std::map<std::pair<std::string, std::string>, size_t> record_of_;
  int replacements_ = 0;
  int shown_ = 0;
  std::string printed_name_;  // what was printed last
  std::string printed_text_;
};

// Whether the function may be optimised again without the pass; says so, unless asked not to.
bool leave_out(const PassFailure& failure, PipelineOptions& options, Diagnostics& diagnostics) {
  const bool is_left_out = std::find(options.excluding.begin(), options.excluding.end(),
                                     failure.pass()) != options.excluding.end();
  const bool is_mandatory = !match_rewrite(failure.pass()).has_value();
  if (options.on_opt_error == "raise" || is_left_out || is_mandatory) return false;
  options.excluding.push_back(failure.pass());
  if (options.on_opt_error == "warn") {
    diagnostics
        .warning("optimizer-failed", "Optimization failure due to: " + failure.pass() +
                                         "; the function is optimised without it (" +
                                         failure.what() + ")")
        .hint = "this is a mistake of tgc; on_opt_error=raise stops here";
  }
  return true;
}

}  // namespace

std::optional<PipelineReport> optimize(Function& function, const PipelineOptions& options,
                                       Diagnostics& diagnostics) {
  PipelineOptions rest = options;
  const int64_t used = options.budget != nullptr ? options.budget->used : 0;
  for (;;) {
    if (options.budget != nullptr) options.budget->used = used;
    const auto steps = resolve_pipeline(rest, diagnostics);
    if (!steps) return std::nullopt;
    const int errors = diagnostics.error_count();
    Function attempt = function;
    try {
      PipelineReport report = PipelineRun(rest, diagnostics).run(attempt, *steps);
      if (diagnostics.error_count() > errors) return std::nullopt;
      function = std::move(attempt);
      return report;
    } catch (const PassFailure& failure) {
      if (!leave_out(failure, rest, diagnostics)) throw;
    }
  }
}

}  // namespace tgc
