// SPDX-License-Identifier: Apache-2.0
// See options.h.
#include "tgc/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "driver/compile.h"
#include "flags/load_config.h"

namespace tgc {
namespace {

constexpr const char* kOutputGroup = "Output";
constexpr const char* kFlagGroup = "Flags";

}  // namespace

void add_output_options(CLI::App& app, OutputOptions& options) {
  app.add_option("--color", options.color, "auto, always or never; NO_COLOR counts for auto")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->group(kOutputGroup);
  app.add_option("--diagnostics", options.diagnostics, "How to print errors: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->group(kOutputGroup);
  app.add_flag("-q,--quiet", options.is_quiet, "Print results and errors only")
      ->group(kOutputGroup);
  app.add_flag("-v,--verbose", options.verbosity, "Tell more")->group(kOutputGroup);
}

void apply(const OutputOptions& options, Console& console) {
  ConsoleSettings settings;
  if (options.color == "always") settings.color = ColorChoice::always;
  if (options.color == "never") settings.color = ColorChoice::never;
  if (options.diagnostics == "json") settings.diagnostics = DiagnosticsFormat::json;
  settings.is_quiet = options.is_quiet;
  settings.verbosity = options.verbosity;
  console.configure(settings);
}

void add_config_options(CLI::App& app, ConfigOptions& options) {
  app.add_option("--flags", options.flags,
                 "Flags as in THEANO_FLAGS, e.g. floatX=float32,optimizer=o2")
      ->type_name("KEY=VALUE,...")
      ->allow_extra_args(false)
      ->group(kFlagGroup);
  for (const std::string flag :
       {"optimizer", "optimizer_excluding", "optimizer_including", "optimizer_requiring"}) {
    std::string option = "--" + flag;
    std::replace(option.begin(), option.end(), '_', '-');
    app.add_option_function<std::string>(
           option,
           [&options, flag](const std::string& value) {
             options.flags.push_back(flag + "='" + value + "'");
           },
           "Same as --flags " + flag + "=...")
        ->type_name(flag == "optimizer" ? "NAME" : "NAME:NAME...")
        ->group(kFlagGroup);
  }
  app.add_flag("--isolated", options.is_isolated,
               "Ignore the environment's flags and config files outside the project")
      ->group(kFlagGroup);
}

std::optional<Config> load_config(const ConfigOptions& options, Invocation& invocation, int& code) {
  ConfigRequest request;
  request.assignments = options.flags;
  request.is_isolated = options.is_isolated;
  request.is_verbose = invocation.console.is_verbose();
  request.tells_mappings = options.tells_mappings;
  request.environment = environment_variables();
  request.process_id = getpid();
  auto config = load_config(request, invocation.diagnostics);
  invocation.console.report(invocation.diagnostics);
  if (!config) {
    request.assignments.clear();
    Diagnostics without_command_line;
    const bool is_usage = load_config(request, without_command_line).has_value();
    code = is_usage ? kExitUsage : kExitRejected;
  }
  return config;
}

int exit_code(const Diagnostics& diagnostics, const Config& config) {
  const int code = exit_code(diagnostics);
  if (code != kExitRejected) return code;
  const auto is_from_command_line = [&](const Diagnostic& diagnostic) {
    if (diagnostic.severity != Severity::error) return true;
    // "optimizer_excluding: no rewrite or tag is named …"
    const FlagDef* flag = find_flag(diagnostic.message.substr(0, diagnostic.message.find(':')));
    return diagnostic.code == "unknown-rewrite" && flag != nullptr &&
           config.setting(flag->name).origin.kind == OriginKind::command_line;
  };
  const auto& all = diagnostics.all();
  return std::all_of(all.begin(), all.end(), is_from_command_line) ? kExitUsage : code;
}

EnvironmentLookup tool_environment(const ConfigOptions& options, const Invocation& invocation) {
  if (!options.is_isolated) return invocation.environment;
  return [all = invocation.environment](const std::string& name) -> std::optional<std::string> {
    constexpr std::array kPlaces = {"PATH",           "HOME",          "TMPDIR",
                                    "XDG_CACHE_HOME", "TGC_CACHE_DIR", "TGC_CACHE_LIMIT",
                                    "TGC_CUDA_PATH",  "CUDA_PATH",     "CUDA_HOME",
                                    "LD_LIBRARY_PATH"};
    if (std::find(kPlaces.begin(), kPlaces.end(), name) == kPlaces.end()) return std::nullopt;
    return all(name);
  };
}

}  // namespace tgc
