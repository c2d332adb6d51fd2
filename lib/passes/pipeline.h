// SPDX-License-Identifier: Apache-2.0
// Which passes run, in which order: Theano's databases (rewrite_names.def says what is registered
// where and under which tags) asked with the query that `optimizer` stands for, as edited by
// optimizer_excluding, optimizer_including and optimizer_requiring.
//
// A query takes the entries that carry an included tag, of these the ones that carry each required
// tag, of these the ones that carry no excluded tag. A name is a tag of its own entry, so is
// Theano's class; databases inside databases are asked the same question. With optimizer=None,
// where Theano asks no database, those that hold an included rewrite are asked, so that including a
// name runs it alone.
#pragma once
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flags/config.h"
#include "passes/pass.h"
#include "support/diagnostic.h"

namespace tgc {

// What the command asks to see. Callbacks may be empty.
struct PipelineHooks {
  std::function<void(const std::string& line)> verbose;  // optimizer_verbose: each replacement
  // The Graph before the first step (number 0, "input") and after each one: --dump-stages.
  std::function<void(int number, const std::string& name, const std::string& text)> dump;
  // The Graph after the steps of `print_after`, and after each one that changed it when
  // `print_changed`.
  std::function<void(const std::string& name, const std::string& text)> print;
  std::vector<std::string> print_after;
  bool print_changed = false;
};

struct PipelineOptions {
  std::string optimizer = "fast_run";
  std::vector<std::string> excluding;  // names or tags
  std::vector<std::string> including;
  std::vector<std::string> requiring;
  double position_cutoff = std::numeric_limits<double>::infinity();
  double max_use_ratio = 8;  // an equilibrium gives up on a rewrite that fired more often than
                             // this times the number of Applies
  bool profile = false;      // profile_optimizer: records of rewrites that did nothing, too
  bool for_cuda = false;     // the graph is compiled for a GPU
  std::string assert_no_cpu_op = "ignore";  // ignore, warn, raise, pdb (as raise)
  std::string on_opt_error = "raise";       // or warn, ignore: go on without the pass that failed
  DType float_x = DType::float64;
  std::optional<NanGuard> nan_guard = {};  // mode=NanGuardMode
#ifdef NDEBUG
  bool verify = false;  // the Graph after each step
#else
  bool verify = true;
#endif
  PipelineHooks hooks = {};
  PassWatch* watch = nullptr;           // --check-passes
  RewriteBudget* budget = nullptr;      // --rewrite-limit
  std::vector<const Pass*> extra = {};  // node rewrites of the caller, swept after canonicalize
};

PipelineOptions pipeline_options(const Config& config, bool for_cuda);

// How the members of a step are run.
enum class StepMode {
  graph,        // Pass::run on the whole Graph
  sweep,        // node rewrites, once over the Graph, inputs first
  equilibrium,  // node rewrites until nothing changes, outputs first
  sequence,     // members one after the other
  node,         // a node rewrite, member of one of the above
  stage         // mandatory lowering without a Theano name
};

struct PipelineStep {
  std::string name;
  double position = 0;  // in the sequence it belongs to
  StepMode mode = StepMode::graph;
  const Pass* pass = nullptr;  // graph, node, stage
  bool is_final = false;       // of an equilibrium: runs at the end of each round
  bool is_cleanup = false;     // of an equilibrium: runs after changes
  std::vector<PipelineStep> members;
};

// The steps in order. Reports unknown names as errors, names without effect as warnings; nullopt
// after an error.
std::optional<std::vector<PipelineStep>> resolve_pipeline(const PipelineOptions& options,
                                                          Diagnostics& diagnostics);

// The names of all steps and members, in order, each once: for manifests.
std::vector<std::string> pipeline_names(const std::vector<PipelineStep>& steps);

}  // namespace tgc
