// SPDX-License-Identifier: Apache-2.0
// Subcommand: one row of the command's table (main.cpp). `declare` adds the options to a CLI11 app
// and returns what runs once they have been read.
#pragma once
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/diagnostic.h"
#include "tgc/console.h"

namespace CLI {
class App;
}

namespace tgc {

// What the process exits with.
enum ExitCode : int {
  kExitOk = 0,
  kExitRejected = 1,     // the input is wrong, or a check failed
  kExitUsage = 2,        // the command line is wrong
  kExitEnvironment = 3,  // no GPU, toolkit, driver, memory, disk
  kExitInternal = 4,     // our bug; a folder with all that reproduces it was written
};

// What a running subcommand sees.
struct Invocation {
  Console& console;
  Diagnostics& diagnostics;
  std::vector<std::string> arguments;  // of the whole command, response files expanded
  EnvironmentLookup environment;
  // Files a reproducer needs; subcommands add their inputs as soon as they know them.
  std::vector<std::string> inputs = {};
};

// A command line that CLI11 accepts and the subcommand does not: exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

using Action = std::function<int(Invocation&)>;

struct Subcommand {
  const char* name;
  const char* summary;
  Action (*declare)(CLI::App& app);
};

Action declare_bisect(CLI::App& app);
Action declare_cache(CLI::App& app);
Action declare_check(CLI::App& app);
Action declare_compile(CLI::App& app);
Action declare_diff(CLI::App& app);
Action declare_doctor(CLI::App& app);
Action declare_explain(CLI::App& app);
Action declare_flags(CLI::App& app);
Action declare_inspect(CLI::App& app);
Action declare_ops(CLI::App& app);
Action declare_passes(CLI::App& app);
Action declare_reduce(CLI::App& app);
Action declare_run(CLI::App& app);

// Reads the arguments (without the program's name), runs the subcommand, prints, and returns the
// exit code. Never throws.
int run_command_line(const std::vector<Subcommand>& table, std::vector<std::string> arguments,
                     const EnvironmentLookup& environment);

}  // namespace tgc
