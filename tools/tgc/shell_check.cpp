// SPDX-License-Identifier: Apache-2.0
// See shell_check.h.
#include "tgc/shell_check.h"

#include "support/process.h"
#include "support/text.h"
#include "tgc/subcommand.h"

namespace tgc {
namespace {

constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;
constexpr int kSignal = 128;

}  // namespace

void require_word(const std::string& command, const std::string& word) {
  if (command.find("{" + word + "}") != std::string::npos) return;
  throw UsageError("--check '" + command + "': it does not say {" + word +
                   "}, which stands for the path of what is checked");
}

std::optional<int> run_check(const std::string& command, const std::string& word,
                             const std::string& path, Diagnostics& diagnostics) {
  const std::string mark = "{" + word + "}";
  const std::string place = shell_text({path});
  std::string line = command;
  for (size_t at = line.find(mark); at != std::string::npos;
       at = line.find(mark, at + place.size())) {
    line.replace(at, mark.size(), place);
  }
  const ProcessResult result = run_command({{"/bin/sh", "-c", line}, "", {}});
  if (result.signal != 0) return kSignal + result.signal;
  const bool is_missing = result.exit_code == kNotExecutable || result.exit_code == kNotFound;
  if (result.started && !is_missing) return result.exit_code;
  Diagnostic& error = diagnostics.error(
      "check-command",
      "--check cannot be run: " + (result.output.empty() ? result.status_text() : result.output));
  while (error.message.ends_with('\n')) error.message.pop_back();
  error.hint = "try it in a shell: " + line;
  return std::nullopt;
}

}  // namespace tgc
