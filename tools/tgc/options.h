// SPDX-License-Identifier: Apache-2.0
// Options that several subcommands share: what is printed, and the flags.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "flags/config.h"
#include "tgc/console.h"
#include "tgc/subcommand.h"

namespace tgc {

struct OutputOptions {
  std::string color = "auto";
  std::string diagnostics = "text";
  bool is_quiet = false;
  int verbosity = 0;
};

// --color, --diagnostics, -q, -v.
void add_output_options(CLI::App& app, OutputOptions& options);
void apply(const OutputOptions& options, Console& console);

struct ConfigOptions {
  std::vector<std::string> flags;  // each "key=value,key=value"
  bool is_isolated = false;
  bool tells_mappings = false;  // of files and environment too, without -v
};

// --flags, --isolated, and --optimizer, --optimizer-excluding and its sisters for these four flags.
void add_config_options(CLI::App& app, ConfigOptions& options);

// The flags in force; their notes and warnings are printed. Nothing after an error: `code` is then
// what to exit with, 2 where the command line alone is to blame and 1 for files and environment.
std::optional<Config> load_config(const ConfigOptions& options, Invocation& invocation, int& code);

// What to exit with after the errors reported: exit_code(), but 2 for names of rewrites where the
// command line gave them.
int exit_code(const Diagnostics& diagnostics, const Config& config);

// The environment that compilers, cache and toolkit see: all of it, or when isolated only what
// tells where they lie, never what changes a result.
EnvironmentLookup tool_environment(const ConfigOptions& options, const Invocation& invocation);

}  // namespace tgc
