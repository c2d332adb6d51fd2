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

// `is_told`: the diagnostics say what happened.
int report_internal_error(const std::string& message, bool is_told, Invocation& invocation) {
  invocation.console.clear_progress();
  const auto folder =
      write_reproducer({invocation.arguments, invocation.inputs, message, invocation.environment});
  if (is_told) {
    invocation.console.report(invocation.diagnostics);
  } else {
    std::fprintf(stderr, "tgc: internal error: %s\n", message.c_str());
  }
  std::fprintf(stderr, "This is a bug of tgc, not a mistake of yours. ");
  if (folder) {
    std::fprintf(stderr, "Please report it with the folder\n  %s\nThis repeats it: sh %s/run.sh\n",
                 folder->c_str(), folder->c_str());
  } else {
    std::fprintf(stderr, "Please report it with the files it was given.\n");
  }
  return kExitInternal;
}

// Mistakes of tgc that are told as diagnostics: a compiler refuses what was made for it.
std::string errors_text(const Diagnostics& diagnostics) {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity == Severity::error) lines.push_back(diagnostic.message);
  }
  return join(lines, "\n");
}

int run_action(const Action& action, Invocation& invocation) {
  try {
    const int code = action(invocation);
    if (code != kExitInternal) return code;
    return report_internal_error(errors_text(invocation.diagnostics), true, invocation);
  } catch (const UsageError& error) {
    throw;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "tgc: out of memory\n");
    return kExitEnvironment;
  } catch (const std::exception& error) {
    return report_internal_error(error.what(), false, invocation);
  }
}

// As typed: CLI11 sees -MD, -MF and -MT as long options (arguments.cpp).
std::string as_typed(const std::string& word) {
  return word.starts_with("--M") ? word.substr(1) : word;
}

std::string missing_name_text(const std::string& name, const std::vector<std::string>& names) {
  const std::string nearest = nearest_name(name, names);
  return "there is no subcommand '" + name + "'" +
         (nearest.empty() ? "; there are " + join(names, ", ")
                          : "; did you mean '" + nearest + "'?");
}

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(each->get_name());
  }
  return names;
}

// The first argument that `app` could not place, and what was likely meant.
std::string unexpected_text(const CLI::App& app) {
  const std::vector<std::string> left = app.remaining();
  const auto option = std::find_if(left.begin(), left.end(),
                                   [](const auto& word) { return word.starts_with("-"); });
  const std::vector<std::string> names = subcommand_names(app);
  if (option == left.end()) {
    return names.empty() ? "'" + left.front() + "' is one argument too many"
                         : missing_name_text(left.front(), names);
  }
  std::vector<std::string> known;
  for (const CLI::Option* each : app.get_options()) {
    for (const std::string& name : each->get_lnames()) known.push_back("--" + name);
  }
  const std::string name = as_typed(option->substr(0, option->find('=')));
  const std::string nearest = nearest_name(name, known);
  return "there is no option '" + name + "'" +
         (!nearest.empty() ? "; did you mean '" + nearest + "'?"
          : !names.empty() ? " before the subcommand"
                           : "");
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
      return report(error);
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

  // The error is of the innermost subcommand, or of the first one above it that got words it does
  // not know.
  [[nodiscard]] int report(const CLI::ParseError& error) const {
    const CLI::App* app = &app_;
    std::string name;
    while (app->remaining().empty() && !app->get_subcommands().empty()) {
      app = app->get_subcommands().front();
      name += (name.empty() ? "" : " ") + app->get_name();
    }
    const bool is_required = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr || is_required;
    const bool has_extra = is_extra && !app->remaining().empty();
    const std::vector<std::string> names = subcommand_names(*app);
    if (is_required && !has_extra && !names.empty()) {
      return usage_error("a subcommand is missing; there are " + join(names, ", "), name);
    }
    return usage_error(has_extra ? unexpected_text(*app) : error.what(), name);
  }

  // "tgc help run" is "tgc run --help".
  static std::vector<std::string> help_asked_by_name(std::vector<std::string> arguments) {
    if (arguments.empty() || arguments[0] != "help") return arguments;
    arguments.erase(arguments.begin());
    arguments.resize(std::min<size_t>(arguments.size(), 1));
    arguments.emplace_back("--help");
    return arguments;
  }

  // CLI11 would only say that it did not expect the words.
  void check_name(const std::vector<std::string>& arguments) const {
    if (arguments.empty() || arguments[0].empty()) return;
    const std::vector<std::string> names = subcommand_names(app_);
    const auto name =
        std::find_first_of(arguments.begin(), arguments.end(), names.begin(), names.end());
    if (arguments[0][0] != '-' && name != arguments.begin()) {
      throw UsageError(missing_name_text(arguments[0], names));
    }
    const bool is_help = arguments[0] == "-h" || arguments[0] == "--help";
    if (arguments[0][0] == '-' && name != arguments.end() && !is_help) {
      const std::string option = as_typed(arguments[0]);
      throw UsageError("'" + option +
                       "' stands before the subcommand; options stand behind it: tgc " + *name +
                       " " + option + " ...");
    }
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
