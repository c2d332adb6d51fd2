// SPDX-License-Identifier: Apache-2.0
// Runs other programs: an argument list (never a shell), output captured, several at a time. The
// host compiler is started through here.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tgc {

struct Command {
  std::vector<std::string> arguments;  // the first is looked up in $PATH unless it has a slash
  std::string folder;                  // to run in; "": this process's
  // Changes to this process's environment: variables to set or, without a value, to remove.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;
};

struct ProcessResult {
  bool started = false;
  int exit_code = -1;       // -1 unless the program ended by itself
  int signal = 0;           // that ended it
  std::string output;       // stdout and stderr as they came
  std::string start_error;  // why it could not be started
  double seconds = 0;       // wall time

  [[nodiscard]] bool ok() const { return started && exit_code == 0; }
  // "exit code 1", "killed by signal 9 (Killed)", "could not be started: No such file or directory"
  [[nodiscard]] std::string status_text() const;
};

// stdin is /dev/null.
ProcessResult run_command(const Command& command);

// Runs all, at most `parallel` at a time (0: as many as this machine has cores), started in order.
// Results stand in the order of the commands. `finished` (may be empty) is called on this thread
// with the index of each command as it ends.
std::vector<ProcessResult> run_commands(const std::vector<Command>& commands, int parallel,
                                        const std::function<void(size_t)>& finished = {});

// The command as one could type it into a shell.
std::string shell_text(const std::vector<std::string>& arguments);
// Where programs are looked for while PATH is not set.
inline constexpr const char* kUsualPath = "/usr/bin:/bin";
// Where the shell would find `program`: itself if it has a slash, else in $PATH; "" if nowhere.
std::string find_program(const std::string& program);
// Cores this process may run on, at least 1.
int available_cores();

}  // namespace tgc
