// SPDX-License-Identifier: Apache-2.0
// See process.h: posix_spawn and one poll loop over the pipes of the running children.
#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "support/file.h"
#include "support/text.h"

namespace tgc {
namespace {

using Clock = std::chrono::steady_clock;

struct Child {
  size_t index = 0;
  pid_t pid = 0;
  int pipe = -1;
  Clock::time_point start;
};

// This process's environment with the command's changes, as "NAME=value".
std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(command.environment.begin(), command.environment.end(),
                                      [&](const auto& setting) { return setting.first == name; });
    if (!replaced) entries.emplace_back(text);
  }
  for (const auto& [name, value] : command.environment) {
    if (value) entries.push_back(name + "=" + *value);
  }
  return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

// Starts the command with both outputs on `write_end`. Returns an errno value.
int spawn(const Command& command, int write_end, pid_t& pid) {
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = environment_of(command);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, write_end, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, write_end, STDERR_FILENO);
  if (!command.folder.empty()) {
    posix_spawn_file_actions_addchdir_np(&actions, command.folder.c_str());
  }
  const int error = posix_spawnp(&pid, arguments[0].c_str(), &actions, nullptr,
                                 pointers_to(arguments).data(), pointers_to(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

// Starts one command; on failure the result says why and there is no child.
bool start(const Command& command, Child& child, ProcessResult& result) {
  std::array<int, 2> ends{};
  child.start = Clock::now();
  int error = command.arguments.empty() ? EINVAL : 0;
  if (error == 0 && ::pipe2(ends.data(), O_CLOEXEC) != 0) error = errno;
  if (error == 0) {
    error = spawn(command, ends[1], child.pid);
    ::close(ends[1]);
    if (error != 0) ::close(ends[0]);
  }
  if (error != 0) {
    result.start_error = std::error_code(error, std::generic_category()).message();
    return false;
  }
  result.started = true;
  child.pipe = ends[0];
  return true;
}

// Reads what the child has written. False at the end of its output.
bool drain(const Child& child, ProcessResult& result) {
  std::array<char, 16384> buffer;
  const ssize_t count = ::read(child.pipe, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  result.output.append(buffer.data(), static_cast<size_t>(count));
  return count > 0;
}

void reap(const Child& child, ProcessResult& result) {
  ::close(child.pipe);
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.seconds = std::chrono::duration<double>(Clock::now() - child.start).count();
}

// Waits for output or ends of the running children; removes the ended ones from the list and
// returns their indices.
std::vector<size_t> wait_for_some(std::vector<Child>& running,
                                  std::vector<ProcessResult>& results) {
  std::vector<pollfd> polled;
  for (const Child& child : running) {
    polled.push_back({child.pipe, POLLIN, 0});
  }
  ::poll(polled.data(), polled.size(), -1);
  std::vector<size_t> ended;
  for (size_t i = polled.size(); i-- > 0;) {
    const Child child = running[i];
    if (polled[i].revents == 0 || drain(child, results[child.index])) continue;
    reap(child, results[child.index]);
    ended.push_back(child.index);
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return ended;
}

}  // namespace

std::string ProcessResult::status_text() const {
  if (!started) return "could not be started: " + start_error;
  if (signal != 0) {
    return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "exit code " + std::to_string(exit_code);
}

ProcessResult run_command(const Command& command) {
  return run_commands({command}, 1).front();
}

std::vector<ProcessResult> run_commands(const std::vector<Command>& commands, int parallel,
                                        const std::function<void(size_t)>& finished) {
  const auto limit = static_cast<size_t>(parallel > 0 ? parallel : available_cores());
  std::vector<ProcessResult> results(commands.size());
  std::vector<Child> running;
  size_t next = 0;
  const auto report = [&](size_t index) {
    if (finished) finished(index);
  };
  while (next < commands.size() || !running.empty()) {
    if (next < commands.size() && running.size() < limit) {
      Child child{next, 0, -1, {}};
      if (start(commands[next], child, results[next])) {
        running.push_back(child);
      } else {
        report(next);
      }
      ++next;
      continue;
    }
    for (const size_t index : wait_for_some(running, results)) {
      report(index);
    }
  }
  return results;
}

std::string shell_text(const std::vector<std::string>& arguments) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) {
      words.push_back(argument);
      continue;
    }
    std::string quoted = "'";
    for (const char c : argument) {
      quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    words.push_back(quoted + "'");
  }
  return join(words, " ");
}

std::string find_program(const std::string& program) {
  const auto runnable = [](const std::string& path) {
    const auto facts = file_facts(path);
    return facts && facts->is_file && ::access(path.c_str(), X_OK) == 0;
  };
  if (program.find('/') != std::string::npos) return runnable(program) ? program : "";
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path != nullptr ? path : kUsualPath, ':')) {
    std::string candidate = join_path(folder.empty() ? "." : folder, program);
    if (!program.empty() && runnable(candidate)) return candidate;
  }
  return "";
}

int available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

}  // namespace tgc
