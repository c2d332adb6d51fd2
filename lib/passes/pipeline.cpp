// SPDX-License-Identifier: Apache-2.0
// See pipeline.h.
#include "passes/pipeline.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "passes/lowering_stages.h"
#include "passes/rewrite_names.h"
#include "support/check.h"
#include "support/text.h"

namespace tgc {
namespace {

using Words = std::set<std::string, std::less<>>;

struct Query {
  Words include;
  Words require;
  Words exclude;
  double cutoff = std::numeric_limits<double>::infinity();
  bool opens_databases = false;  // an included member takes its databases along
};

// One registration in a database.
struct Entry {
  const RewriteName* row = nullptr;
  RewritePlace place;
  Words tags;
};

using Databases = std::map<std::string, std::vector<Entry>, std::less<>>;

Databases make_databases(bool for_cuda) {
  Databases databases;
  for (const RewriteName& row : rewrite_names()) {
    if (row.is_removed()) continue;
    for (RewritePlace& place : rewrite_places(row)) {
      Entry entry{&row, place, {place.tags.begin(), place.tags.end()}};
      entry.tags.emplace(row.name);
      entry.tags.emplace(row.kind);
      // Initialising a GPU adds these tags.
      const bool joins = row.name == "gpuarray_opt" || row.name == "gpua_scanOp_make_inplace";
      if (for_cuda && joins) entry.tags.emplace("fast_run");
      if (for_cuda && row.name == "gpuarray_opt") entry.tags.emplace("fast_compile");
      if (!for_cuda && entry.tags.contains("gpuarray")) continue;
      databases[place.database].push_back(std::move(entry));
    }
  }
  for (auto& [name, entries] : databases) {
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.place.position.value_or(0) < b.place.position.value_or(0);
    });
  }
  return databases;
}

bool intersects(const Words& a, const Words& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& word) { return b.contains(word); });
}

class Resolver {
 public:
  Resolver(Databases databases, Query query)
      : databases_(std::move(databases)), query_(std::move(query)) {}

  std::vector<PipelineStep> top_level() const {
    std::vector<PipelineStep> steps;
    for (const Entry& entry : sorted("optdb")) {
      if (entry.place.position.value_or(0) >= query_.cutoff || !is_selected(entry)) continue;
      if (auto step = make_step(entry, true)) steps.push_back(std::move(*step));
    }
    return steps;
  }

 private:
  bool is_selected(const Entry& entry) const {
    const bool is_included =
        intersects(query_.include, entry.tags) || (query_.opens_databases && holds_selected(entry));
    return is_included && !intersects(query_.exclude, entry.tags) &&
           std::includes(entry.tags.begin(), entry.tags.end(), query_.require.begin(),
                         query_.require.end());
  }

  bool holds_selected(const Entry& entry) const {
    const auto found = databases_.find(database_of(*entry.row));
    // local_gemm_to_gemv holds itself
    return found != databases_.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const Entry& member) {
             return member.row != entry.row && is_selected(member);
           });
  }

  // The database whose members a row stands for.
  static std::string database_of(const RewriteName& row) {
    return std::string(row.kind == "GraphToGPUDB" ? "gpu_optimizer2" : row.name);
  }

  // A sequence is ordered by (position, name).
  std::vector<Entry> sorted(const std::string& database) const {
    std::vector<Entry> entries = databases_.at(database);
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.place.position.value_or(0), a.row->name) <
             std::pair(b.place.position.value_or(0), b.row->name);
    });
    return entries;
  }

  // Groups inside a database are tried in order, which is what listing their members does.
  void add_members(const std::string& database, std::vector<PipelineStep>& members) const {
    const auto found = databases_.find(database);
    if (found == databases_.end()) return;
    for (const Entry& entry : found->second) {
      if (!is_selected(entry)) continue;
      const bool is_group = entry.row->kind == "LocalGroupDB";
      if (is_group && find_pass(entry.row->name) == nullptr) {
        add_members(std::string(entry.row->name), members);
      } else if (auto step = make_step(entry, false)) {
        members.push_back(std::move(*step));
      }
    }
  }

  std::optional<PipelineStep> make_step(const Entry& entry, bool in_sequence) const {
    PipelineStep step;
    step.name = entry.row->name;
    step.position = entry.place.position.value_or(0);
    step.is_final = entry.place.is_final;
    step.is_cleanup = entry.place.is_cleanup;
    const std::string_view kind = entry.row->kind;
    if (kind == "SequenceDB") {
      step.mode = StepMode::sequence;
      if (!databases_.contains(step.name)) return std::nullopt;
      for (const Entry& member : sorted(step.name)) {
        if (!is_selected(member)) continue;
        if (auto inner = make_step(member, true)) step.members.push_back(std::move(*inner));
      }
    } else if (in_sequence && is_database(kind)) {
      step.mode =
          kind == "TopoDB" || kind == "GraphToGPUDB" ? StepMode::sweep : StepMode::equilibrium;
      add_members(database_of(*entry.row), step.members);
    } else {
      step.pass = find_pass(step.name);
      if (step.pass == nullptr) return std::nullopt;
      step.mode = step.pass->run != nullptr ? StepMode::graph : StepMode::node;
      if (in_sequence && step.mode == StepMode::node) {
        PipelineStep sweep = step;
        sweep.mode = StepMode::sweep;
        sweep.pass = nullptr;
        sweep.members = {std::move(step)};
        return sweep;
      }
      return step;
    }
    if (step.members.empty()) return std::nullopt;
    return step;
  }

  static bool is_database(std::string_view kind) {
    return kind == "EquilibriumDB" || kind == "EquilibriumOptimizer" || kind == "TopoDB" ||
           kind == "GraphToGPUDB";
  }

  Databases databases_;
  Query query_;
};

Query query_of(std::string_view optimizer) {
  const bool is_compile = optimizer == "fast_compile" || optimizer == "o1" || optimizer == "o2";
  Query query;
  if (is_compile) query.include = {"fast_compile", "fast_compile_gpu"};
  if (optimizer == "o2") query.include.insert("fusion");
  if (optimizer == "merge") query.include = {"merge"};
  query.opens_databases = optimizer == "None";
  if (!is_compile && optimizer != "merge" && optimizer != "None") query.include = {"fast_run"};
  if (optimizer == "o3" || optimizer == "unsafe") query.exclude.insert("inplace");
  if (optimizer == "unsafe") query.include.insert("unsafe");
  if (optimizer == "stabilize") query.cutoff = 1.5000001;
  if (optimizer == "fast_run_stable") query.require.insert("stable");
  return query;
}

std::string quoted(std::string_view word) {
  return "'" + std::string(word) + "'";
}

// The pipeline is resolved for each function and device; what it has to say is said once.
void say_once(Severity severity, std::string_view code, const std::string& message,
              const std::string& hint, Diagnostics& diagnostics) {
  for (const Diagnostic& known : diagnostics.all()) {
    if (known.code == code && known.message == message) return;
  }
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.code = code;
  diagnostic.message = message;
  diagnostic.hint = hint;
  diagnostics.add(std::move(diagnostic));
}

// Says why naming a rewrite changes nothing; exact names only.
void warn_without_effect(std::string_view flag, std::string_view word, const RewriteName& row,
                         Diagnostics& diagnostics) {
  const std::string lead = std::string(flag) + ": " + quoted(word);
  if (row.status == RewriteStatus::not_yet) {
    say_once(Severity::warning, "rewrite-not-implemented",
             lead + " is known, but tgc does not have it yet, so this changes nothing", "",
             diagnostics);
    return;
  }
  const bool is_done = row.status == RewriteStatus::done_by;
  const Pass* doer = is_done ? find_pass(row.note) : nullptr;
  const bool is_left_out =
      doer != nullptr && flag == "optimizer_excluding" &&
      std::find(doer->parts.begin(), doer->parts.end(), row.name) != doer->parts.end();
  if (is_left_out) return;
  say_once(Severity::warning, "rewrite-no-effect",
           is_done ? lead + " is part of " + quoted(row.note) + " in tgc"
                   : lead + " does not apply to tgc: " + std::string(row.note),
           is_done ? "name " + quoted(row.note) + " instead" : "", diagnostics);
}

bool is_carried(const RewriteName& row) {
  if (find_pass(row.name) != nullptr) return true;
  for (const RewriteName& other : rewrite_names()) {
    for (const RewritePlace& place : rewrite_places(other)) {
      const bool is_member = place.database == row.name ||
                             (row.kind == "GraphToGPUDB" && place.database == "gpu_optimizer2");
      if (is_member && find_pass(other.name) != nullptr) return true;
    }
  }
  return false;
}

// The tags a word of the user stands for.
std::vector<std::string> tags_of(std::string_view flag, const std::string& word,
                                 Diagnostics& diagnostics) {
  const auto match = match_rewrite(word);
  if (!match) {
    auto& error = diagnostics.error(
        "unknown-rewrite", std::string(flag) + ": no rewrite or tag is named " + quoted(word));
    const std::string nearest = nearest_rewrite(word);
    error.hint = nearest.empty() ? "`tgc passes` lists all names and tags"
                                 : "did you mean " + quoted(nearest) + "?";
    return {};
  }
  if (!match->note.empty()) {
    say_once(Severity::note, "rewrite-renamed", std::string(flag) + ": " + match->note, "",
             diagnostics);
  }
  const bool is_plain_tag = match->is_tag && match->note.empty();
  std::vector<std::string> tags;
  if (is_plain_tag) tags.push_back(word);
  for (const RewriteName* row : match->rewrites) {
    if (!is_plain_tag) tags.emplace_back(row->name);
    if (!match->is_tag && !is_carried(*row)) {
      warn_without_effect(flag, word, *row, diagnostics);
    }
  }
  return tags;
}

void add_words(std::string_view flag, const std::vector<std::string>& words, Words& tags,
               Diagnostics& diagnostics) {
  for (const std::string& word : words) {
    if (word.empty()) continue;
    for (std::string& tag : tags_of(flag, word, diagnostics)) tags.insert(std::move(tag));
  }
}

void add_names(const std::vector<PipelineStep>& steps, std::vector<std::string>& names,
               std::set<std::string>& seen) {
  for (const PipelineStep& step : steps) {
    if (seen.insert(step.name).second) names.push_back(step.name);
    add_names(step.members, names, seen);
  }
}

constexpr double kExtraPosition = 1.05;  // canonicalize is at 1

bool is_among(const std::vector<std::string>& words, std::string_view name) {
  return std::find(words.begin(), words.end(), name) != words.end();
}

// What optimizer_excluding names but for the caller's own rewrites, which no table lists.
std::vector<std::string> without_extra(const PipelineOptions& options) {
  std::vector<std::string> words = options.excluding;
  std::erase_if(words, [&](const std::string& word) {
    return std::any_of(options.extra.begin(), options.extra.end(),
                       [&](const Pass* pass) { return pass->name == word; });
  });
  return words;
}

PipelineStep step_of(const Pass& pass, StepMode mode, double position) {
  PipelineStep step;
  step.name = pass.name;
  step.position = position;
  step.mode = mode;
  step.pass = &pass;
  return step;
}

void insert_step(std::vector<PipelineStep>& steps, PipelineStep step) {
  const auto after = std::upper_bound(
      steps.begin(), steps.end(), step.position,
      [](double position, const PipelineStep& other) { return position < other.position; });
  steps.insert(after, std::move(step));
}

}  // namespace

PipelineOptions pipeline_options(const Config& config, bool for_cuda) {
  PipelineOptions options;
  options.optimizer = config.text("optimizer");
  options.excluding = config.list("optimizer_excluding");
  options.including = config.list("optimizer_including");
  options.requiring = config.list("optimizer_requiring");
  options.position_cutoff = config.number("optdb.position_cutoff");
  options.max_use_ratio = config.number("optdb.max_use_ratio");
  options.profile = config.boolean("profile_optimizer");
  options.for_cuda = for_cuda;
  options.assert_no_cpu_op = config.text("assert_no_cpu_op");
  options.on_opt_error = config.text("on_opt_error");
  if (config.boolean("strict_float")) options.excluding.emplace_back("inexact");
  options.float_x = parse_dtype(config.text("floatX")).value_or(DType::float64);
  if (config.text("mode") == "NanGuardMode") {
    options.nan_guard = NanGuard{config.boolean("NanGuardMode.nan_is_error"),
                                 config.boolean("NanGuardMode.inf_is_error"),
                                 config.boolean("NanGuardMode.big_is_error")};
  }
  return options;
}

std::optional<std::vector<PipelineStep>> resolve_pipeline(const PipelineOptions& options,
                                                          Diagnostics& diagnostics) {
  Query query = query_of(options.optimizer);
  query.cutoff = std::min(query.cutoff, options.position_cutoff);
  if (options.for_cuda && options.assert_no_cpu_op != "ignore")
    query.include.insert("assert_no_cpu_op");
  const int errors = diagnostics.error_count();
  add_words("optimizer_including", options.including, query.include, diagnostics);
  add_words("optimizer_requiring", options.requiring, query.require, diagnostics);
  add_words("optimizer_excluding", without_extra(options), query.exclude, diagnostics);
  if (diagnostics.error_count() > errors) return std::nullopt;
  std::vector<PipelineStep> steps =
      Resolver(make_databases(options.for_cuda), std::move(query)).top_level();
  for (const Pass* pass : options.extra) {
    if (is_among(options.excluding, pass->name)) continue;
    PipelineStep step = step_of(*pass, StepMode::sweep, kExtraPosition);
    step.members = {step_of(*pass, StepMode::node, 0)};
    insert_step(steps, std::move(step));
  }
  for (const LoweringStage& stage : lowering_stages()) {
    if (stage.cuda_only && !options.for_cuda) continue;
    if (stage.guard_only && !options.nan_guard) continue;
    insert_step(steps, step_of(stage.pass, StepMode::stage, stage.position));
  }
  return steps;
}

std::vector<std::string> pipeline_names(const std::vector<PipelineStep>& steps) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  add_names(steps, names, seen);
  return names;
}

}  // namespace tgc
