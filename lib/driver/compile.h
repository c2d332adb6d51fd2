// SPDX-License-Identifier: Apache-2.0
// compile(): the straight line from a model file to a bundle folder. It prints nothing: what
// happens is told through callbacks and the result; what goes wrong through Diagnostics.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "check/pass_checker.h"
#include "flags/config.h"
#include "graph/model.h"
#include "support/diagnostic.h"
#include "support/environment.h"

namespace tgc {

inline constexpr const char* kVersion = "0.1.0";

// Single stages a caller may want instead of, or besides, the bundle.
enum class EmitStage { optimized, plan, cpp, cuda, ptx, cubin, fatbin, object };
std::optional<EmitStage> parse_emit_stage(const std::string& name);
std::vector<std::string> emit_stage_names();

struct CompileRequest {
  std::string model_path;
  std::vector<std::string> targets;  // "cpu", "cuda", "cuda:sm_90", …; empty: cpu,cuda
  std::string output;                // the bundle folder; "" with emits alone or a dry run
  std::vector<EmitStage> emits;      // wanted in CompileResult::emitted
  bool is_dry_run = false;           // everything but writing and compiling code
  bool is_cached = true;
  int threads = 0;  // of compilers; 0: all cores
  // --check-passes: compare values before and after each rewrite, on `check_inputs` (all of the
  // model's by name; nothing after reporting) or random ones.
  bool checks_passes = false;
  uint64_t check_seed = 1;
  std::string check_folder;  // where the smallest graph that shows a fault goes; "": nowhere
  std::function<std::optional<NamedTensors>(const Model&)> check_inputs;
  std::optional<int64_t> rewrite_limit;  // --rewrite-limit: how many rewrites are applied
  EnvironmentLookup environment;         // for the cache, compilers and toolkit; empty: none

  // Told one line per replacement when optimizer_verbose is on, and other news at verbose level.
  std::function<void(const std::string&)> verbose;
  // stage is a word ("reading", "optimizing", "compiling cpu", "compiling cuda"); total 0: unknown.
  std::function<void(const std::string& stage, size_t done, size_t total)> progress;
  // --print-after=NAME, --print-changed, --dump-stages: a stage's name and its text.
  std::function<void(const std::string& stage, const std::string& text)> stage_text;
  std::vector<std::string> print_after;  // pass names whose result goes to stage_text
  bool print_changed = false;            // each pass that changed something
  bool dump_stages = false;              // every step, named with its number
};

struct StageTime {
  std::string name;
  double seconds = 0;
};

struct PassTiming {
  std::string name;
  int64_t times = 0;  // replacements
  double seconds = 0;
  std::string within;  // the step it is a member of; "" for a step
  int64_t calls = 0;
  int64_t nodes_before = 0;  // steps only
  int64_t nodes_after = 0;
};

struct CompiledFunction {
  std::string name;
  int64_t nodes_before = 0;
  int64_t nodes_after = 0;
  std::vector<PassTiming> passes;
};

struct CompiledFile {
  std::string name;
  uint64_t bytes = 0;
};

struct CompileResult {
  std::string name;  // of the model
  std::vector<CompiledFunction> functions;
  int64_t cpu_kernels = 0;
  int64_t cuda_kernels = 0;
  std::vector<std::string> architectures;
  int64_t rewrites = 0;               // applications, in all functions
  std::string last_rewrite;           // "local_log1p y Elemwise{log1p}.0"
  std::optional<CheckCounts> checks;  // of --check-passes
  std::vector<CompiledFile> files;    // of the bundle
  bool from_cache = false;            // no compiler ran
  std::vector<StageTime> times;
  std::vector<std::string> dependencies;  // files that were read: for the depfile
  // emitted file name -> bytes, in order
  std::vector<std::pair<std::string, std::string>> emitted;
};

// nullopt after reporting. An existing bundle at `output` is left as it was unless all went well.
std::optional<CompileResult> compile(const CompileRequest& request, const Config& config,
                                     Diagnostics& diagnostics);

// Reading and checking alone (`tgc check`).
std::optional<Model> check_model(const std::string& path, const Config& config,
                                 Diagnostics& diagnostics);

// 1 input rejected, 2 a value of the command line is wrong, 3 environment, 4 internal, by the codes
// of the errors: what the command exits with.
int exit_code(const Diagnostics& diagnostics);

}  // namespace tgc
