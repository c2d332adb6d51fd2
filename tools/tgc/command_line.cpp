// SPDX-License-Identifier: Apache-2.0
// From the arguments to the exit code: CLI11's parsing, its codes mapped to 2, and what happens
// when tgc itself is wrong.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <new>

#include "driver/compile.h"
#include "json/json_writer.h"
#include "support/check.h"
#include "support/text.h"
#include "tgc/arguments.h"
#include "tgc/bundle_abi.h"
#include "tgc/reproducer.h"
#include "tgc/runtime.h"
#include "tgc/subcommand.h"

namespace tgc {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 ok, 1 input rejected or a check failed, 2 usage, 3 environment (no GPU, "
    "toolkit,\n"
    "driver, memory, disk), 4 internal error. Arguments may stand in a file: @FILE.";

std::string version_json() {
  JsonWriter json;
  json.begin_object();
  json.member("tgc", kVersion);
  json.member("graph_format", 1);
  json.member("bundle_format", TGC_PLAN_VERSION);
  json.member("code_format", TGC_CODE_VERSION);
  json.member("runtime", tgc_runtime_version());
  json.member("built_with", "c++ " __VERSION__);
  json.end_object();
  return json.take();
}

int report_internal_error(const std::string& message, Invocation& invocation) {
  invocation.console.clear_progress();
  const auto folder =
      write_reproducer({invocation.arguments, invocation.inputs, message, invocation.environment});
  std::fprintf(stderr, "tgc: internal error: %s\n", message.c_str());
  std::fprintf(stderr, "This is a bug of tgc, not a mistake of yours. ");
  if (folder) {
    std::fprintf(stderr, "Please report it with the folder\n  %s\nwhere run.sh repeats it.\n",
                 folder->c_str());
  } else {
    std::fprintf(stderr, "Please report it with the files it was given.\n");
  }
  return kExitInternal;
}

int run_action(const Action& action, Invocation& invocation) {
  try {
    return action(invocation);
  } catch (const UsageError& error) {
    throw;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "tgc: out of memory\n");
    return kExitEnvironment;
  } catch (const std::exception& error) {
    return report_internal_error(error.what(), invocation);
  }
}

// The first argument that `app` could not place, and the option that was likely meant.
std::string unexpected_text(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining();
  const auto option = std::find_if(left.begin(), left.end(),
                                   [](const auto& word) { return word.starts_with("-"); });
  if (option == left.end()) return "'" + left.front() + "' is one argument too many";
  std::vector<std::string> known;
  for (const CLI::Option* each : app.get_options()) {
    for (const std::string& name : each->get_lnames()) known.push_back("--" + name);
  }
  const std::string name = option->substr(0, option->find('='));
  const std::string nearest = nearest_name(name, known);
  return "there is no option '" + name + "'" +
         (nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

int usage_error(const std::string& message, const std::string& name) {
  const std::string command = name.empty() ? "tgc" : "tgc " + name;
  std::fprintf(stderr, "%s: %s\nSee '%s --help'.\n", command.c_str(), message.c_str(),
               command.c_str());
  return kExitUsage;
}

class CommandLine {
 public:
  explicit CommandLine(const std::vector<Subcommand>& table) {
    app_.footer(kFooter);
    app_.get_formatter()->column_width(32);
    app_.add_flag("--version", is_version_, "Print the version");
    app_.add_flag("--json", is_json_,
                  "With --version: as JSON, with the formats it reads and writes");
    app_.require_subcommand(0, 1);
    for (const Subcommand& row : table) {
      CLI::App* app = app_.add_subcommand(row.name, row.summary);
      app->get_formatter()->column_width(32);
      actions_.emplace_back(app, row.declare(*app));
    }
  }

  int run(std::vector<std::string> arguments, const EnvironmentLookup& environment) {
    std::string name;
    try {
      arguments = help_asked_by_name(expand_arguments(arguments));
      check_name(arguments);
      std::vector<std::string> last_first(arguments.rbegin(), arguments.rend());
      app_.parse(last_first);
      for (auto& [app, action] : actions_) {
        if (!app->parsed()) continue;
        name = app->get_name();
        return run_subcommand(action, std::move(arguments), environment);
      }
      return run_alone();
    } catch (const CLI::Success& help) {
      return app_.exit(help);
    } catch (const CLI::ParseError& error) {
      const auto parsed = app_.get_subcommands();
      if (parsed.empty()) return usage_error(error.what(), "");
      const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
      return usage_error(is_extra ? unexpected_text(*parsed.front()) : error.what(),
                         parsed.front()->get_name());
    } catch (const UsageError& error) {
      return usage_error(error.what(), name);
    }
  }

 private:
  static int run_subcommand(const Action& action, std::vector<std::string> arguments,
                            const EnvironmentLookup& environment) {
    Diagnostics diagnostics;
    Console console(environment);
    Invocation invocation{console, diagnostics, std::move(arguments), environment};
    const int code = run_action(action, invocation);
    if (console.finish(diagnostics)) return code;
    std::fprintf(stderr, "tgc: standard output could not be written\n");
    return code == kExitOk ? kExitEnvironment : code;
  }

  // "tgc help run" is "tgc run --help".
  static std::vector<std::string> help_asked_by_name(std::vector<std::string> arguments) {
    if (arguments.empty() || arguments[0] != "help") return arguments;
    arguments.erase(arguments.begin());
    arguments.resize(std::min<size_t>(arguments.size(), 1));
    arguments.emplace_back("--help");
    return arguments;
  }

  // CLI11 would only say that it did not expect the word.
  void check_name(const std::vector<std::string>& arguments) const {
    if (arguments.empty() || arguments[0].empty() || arguments[0][0] == '-') return;
    std::vector<std::string> names;
    for (const auto& entry : actions_) names.push_back(entry.first->get_name());
    if (std::find(names.begin(), names.end(), arguments[0]) != names.end()) return;
    const std::string nearest = nearest_name(arguments[0], names);
    throw UsageError("there is no subcommand '" + arguments[0] + "'" +
                     (nearest.empty() ? "; there are " + join(names, ", ")
                                      : "; did you mean '" + nearest + "'?"));
  }

  int run_alone() {
    if (is_version_) {
      const std::string text = is_json_ ? version_json() : "tgc " + std::string(kVersion) + "\n";
      std::fputs(text.c_str(), stdout);
      return std::fflush(stdout) == 0 ? kExitOk : kExitEnvironment;
    }
    std::fputs(app_.help().c_str(), stderr);
    return kExitUsage;
  }

  CLI::App app_{"tgc compiles Theano-style graphs ahead of time.", "tgc"};
  bool is_version_ = false;
  bool is_json_ = false;
  std::vector<std::pair<CLI::App*, Action>> actions_;
};

}  // namespace

int run_command_line(const std::vector<Subcommand>& table, std::vector<std::string> arguments,
                     const EnvironmentLookup& environment) {
  try {
    return CommandLine(table).run(std::move(arguments), environment);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tgc: internal error: %s\n", error.what());
    return kExitInternal;
  }
}

}  // namespace tgc
