// SPDX-License-Identifier: Apache-2.0
// What `tgc compile` was asked for, and turning it into a CompileRequest; `tgc run model.json`
// compiles with the same.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "driver/compile.h"
#include "tgc/options.h"

namespace tgc {

// One `--emit=STAGE[=PATH]`.
struct EmitOption {
  std::string stage;  // a name of emit_stage_names(), or "bundle"
  std::string path;   // "": by -o; "-": stdout
};

struct CompileOptions {
  std::string model;
  std::string output;
  std::vector<std::string> targets;  // as given: each may be a comma-separated list
  std::vector<std::string> emits;
  std::vector<std::string> print_after;
  std::string dump_folder;
  std::string depfile;
  std::string depfile_target;
  bool has_depfile = false;
  bool prints_changed = false;
  bool is_dry_run = false;
  bool is_uncached = false;
  bool has_timing = false;
  bool checks_passes = false;
  std::vector<std::string> check_inputs;  // NAME=VALUE, or a file of arrays
  uint64_t check_seed = 1;
  std::optional<int64_t> rewrite_limit;
  int jobs = 0;
  ConfigOptions config;
  OutputOptions output_options;
};

// The elements of comma-separated lists, without empty ones.
std::vector<std::string> list_elements(const std::vector<std::string>& lists);

// Throws UsageError for a stage that does not exist.
std::vector<EmitOption> emit_options(const CompileOptions& options);

// --print-after's words, which may be patterns (* and ?), as names of rewrites and stages. Throws
// UsageError for a word without pattern characters that nobody registered.
std::vector<std::string> print_after_names(const std::vector<std::string>& words);

// The request without output, emits and stage texts, its news and progress shown on the console.
// `options` and `invocation` must outlive it.
CompileRequest make_request(const CompileOptions& options, const Config& config,
                            Invocation& invocation);

// profile_optimizer: what each step and rewrite did and took, function by function.
std::string optimizer_profile_text(const CompileResult& result);

// How long, and what each part took.
std::string timing_text(const CompileResult& result);

}  // namespace tgc
