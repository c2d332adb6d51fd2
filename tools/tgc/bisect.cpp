// SPDX-License-Identifier: Apache-2.0
// tgc bisect MODEL: which rewrite, and which single application of it, breaks a result; and the
// optimizer_excluding that avoids it, tried out.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "flags/load_config.h"
#include "passes/rewrite_names.h"
#include "support/check.h"
#include "support/file.h"
#include "support/text.h"
#include "tgc/bisect_search.h"
#include "tgc/compile_options.h"
#include "tgc/reference_check.h"
#include "tgc/shell_check.h"
#include "tgc/table.h"

namespace tgc {
namespace {

struct BisectOptions {
  CompileOptions compile;
  std::string check;
  ReferenceOptions against;
};

class Bisect {
 public:
  Bisect(const BisectOptions& options, const Config& config, std::string folder,
         Invocation& invocation)
      : options_(options),
        folder_(std::move(folder)),
        invocation_(invocation),
        excluded_(config.list("optimizer_excluding")) {
    std::erase(excluded_, "");
  }

  std::optional<Verdict> judge(const Candidate& candidate) {
    tell_progress(candidate);
    Diagnostics quiet;
    const auto config = config_for(candidate, quiet);
    TGC_CHECK(config.has_value(), "the flags in force are not accepted again");
    CompileRequest request = make_request(options_.compile, *config, invocation_);
    request.output = join_path(folder_, "bundle.tgc");
    request.rewrite_limit = candidate.limit;
    request.progress = {};
    request.verbose = {};
    std::optional<CompileResult> result;
    try {
      result = compile(request, *config, quiet);
    } catch (const InternalError& error) {
      quiet.error("", error.what());
    }
    if (!result) return not_compiled(quiet);
    Verdict verdict;
    verdict.rewrites = result->rewrites;
    verdict.last_rewrite = result->last_rewrite;
    const auto is_good = check(request.output);
    if (!is_good) return std::nullopt;
    verdict.is_good = *is_good;
    return verdict;
  }

  // What optimizer_excluding has to be, the user's own words first.
  [[nodiscard]] std::string excluding(const std::vector<std::string>& names) const {
    std::vector<std::string> words = excluded_;
    words.insert(words.end(), names.begin(), names.end());
    return join(words, ":");
  }
  [[nodiscard]] const std::string& last_why() const { return why_; }

 private:
  void tell_progress(const Candidate& candidate) {
    std::string line = "trial " + std::to_string(++trials_);
    if (candidate.limit) line += ", " + counted(*candidate.limit, "rewrite");
    if (!candidate.excluding.empty()) line += ", without " + join(candidate.excluding, ", ");
    invocation_.console.progress(line, true);
  }

  std::optional<Config> config_for(const Candidate& candidate, Diagnostics& diagnostics) const {
    ConfigRequest request;
    request.assignments = options_.compile.config.flags;
    if (!candidate.excluding.empty()) {
      request.assignments.push_back("optimizer_excluding='" + excluding(candidate.excluding) + "'");
    }
    request.is_isolated = options_.compile.config.is_isolated;
    request.environment = environment_variables();
    request.process_id = getpid();
    return load_config(request, diagnostics);
  }

  // The model itself is checked beforehand, so what goes wrong here is said and ends the search.
  std::nullopt_t not_compiled(const Diagnostics& quiet) {
    for (const Diagnostic& found : quiet.all()) {
      if (found.severity != Severity::error) continue;
      if (found.code.empty()) throw InternalError(found.message);
      invocation_.diagnostics.add(found);
    }
    return std::nullopt;
  }

  std::optional<bool> check(const std::string& bundle) {
    if (options_.check.empty()) {
      const auto verdict = check_reference(options_.against, bundle, invocation_.diagnostics);
      if (!verdict) return std::nullopt;
      if (!verdict->is_good) why_ = verdict->why;
      return verdict->is_good;
    }
    const auto code = run_check(options_.check, "bundle", bundle, invocation_.diagnostics);
    if (!code) return std::nullopt;
    return *code == 0;
  }

  const BisectOptions& options_;
  const std::string folder_;
  Invocation& invocation_;
  std::vector<std::string> excluded_;  // by the user's flags
  std::string why_;                    // of the last bad trial of --against
  int trials_ = 0;
};

void tell_culprits(const BisectResult& result, Console& console) {
  for (const Culprit& culprit : result.culprits) {
    console.print("rewrite " + std::to_string(culprit.number) + " of " +
                  std::to_string(culprit.of) + " breaks it: " + culprit.line + "\n");
  }
}

int tell_result(const BisectResult& result, const Bisect& bisect, const std::string& model,
                Invocation& invocation) {
  Console& console = invocation.console;
  console.remark(counted(result.trials, "trial") + "\n");
  tell_culprits(result, console);
  std::vector<std::string> names;
  for (const Culprit& culprit : result.culprits) names.push_back(culprit.rewrite);
  Location where;
  where.file = model;
  Diagnostics& diagnostics = invocation.diagnostics;
  const std::string why = bisect.last_why().empty() ? "" : ": " + bisect.last_why();
  switch (result.outcome) {
    case BisectOutcome::good:
      diagnostics.error("nothing-to-bisect", "the check holds with all rewrites", where).hint =
          "give the flags and the check with which it fails";
      return kExitRejected;
    case BisectOutcome::plain_fails:
      diagnostics.error("nothing-to-bisect", "the check fails without any rewrite too" + why, where)
          .hint = "no rewrite is to blame; see whether the check is right, then report it";
      return kExitRejected;
    case BisectOutcome::persists:
      diagnostics.error("nothing-to-bisect", "what breaks it cannot be left out" + why, where)
          .hint = "please report it with the graph file";
      return kExitRejected;
    case BisectOutcome::found:
      console.print(
          "the check holds with\n  --flags optimizer_excluding=" + bisect.excluding(names) + "\n");
      return kExitOk;
  }
  return kExitInternal;
}

int bisect(const BisectOptions& options, Invocation& invocation) {
  apply(options.compile.output_options, invocation.console);
  if (options.check.empty() == options.against.path.empty()) {
    throw UsageError("give either --check 'CMD' or --against FILE.npz");
  }
  if (!options.check.empty()) require_word(options.check, "bundle");
  invocation.inputs = {options.compile.model};
  int code = kExitOk;
  const auto config = load_config(options.compile.config, invocation, code);
  if (!config) return code;
  if (!check_model(options.compile.model, *config, invocation.diagnostics)) {
    return exit_code(invocation.diagnostics);
  }
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-bisect-", error);
  if (!folder) {
    invocation.diagnostics.error("cannot-write",
                                 "cannot make a temporary folder: " + error.message());
    return kExitEnvironment;
  }
  Bisect search(options, *config, folder->path(), invocation);
  const auto result =
      bisect_rewrites([&](const Candidate& candidate) { return search.judge(candidate); },
                      [](const std::string& name) { return match_rewrite(name).has_value(); });
  invocation.console.clear_progress();
  if (!result) {
    const int failed = exit_code(invocation.diagnostics, *config);
    return failed == kExitOk ? kExitRejected : failed;
  }
  return tell_result(*result, search, options.compile.model, invocation);
}

}  // namespace

Action declare_bisect(CLI::App& app) {
  auto options = std::make_shared<BisectOptions>();
  options->compile.targets = {"cpu"};
  app.add_option("model", options->compile.model, "The graph file")
      ->type_name("MODEL.json")
      ->required();
  app.add_option("--check", options->check,
                 "A line for the shell, in which {bundle} is the bundle's folder; it exits with 0 "
                 "if the bundle is good")
      ->type_name("CMD");
  app.add_option("--against", options->against.path,
                 "Inputs and expected results by name: the bundle is good if it gives these")
      ->type_name("FILE.npz");
  app.add_option("--function", options->against.function, "The function that --against is for")
      ->type_name("FUNCTION");
  app.add_option("--target", options->compile.targets, "As of tgc compile (cpu)")
      ->type_name("TARGET,...")
      ->allow_extra_args(false);
  add_config_options(app, options->compile.config);
  add_output_options(app, options->compile.output_options);
  return [options](Invocation& invocation) { return bisect(*options, invocation); };
}

}  // namespace tgc
