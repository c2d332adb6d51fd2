// SPDX-License-Identifier: Apache-2.0
// See process.h. The child leaves its result as text in its folder: numbers, then findings.
#include "e2e/random/process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/check.h"
#include "support/file.h"

namespace tgc {
namespace {

constexpr unsigned kSecondsPerTrial = 300;

void write_result(const TrialResult& result, const std::string& path) {
  std::ofstream file(path);
  file << result.calls << ' ' << result.failing_calls << ' ' << result.doubtful_calls << ' '
       << result.compared << ' ' << result.skipped << ' ' << result.findings.size() << '\n';
  for (const Finding& finding : result.findings) {
    file << finding.seed << ' ' << finding.where.size() << ' ' << finding.text.size() << '\n'
         << finding.where << finding.text << '\n';
  }
}

std::string read_text(std::istream& file, size_t size) {
  std::string text(size, ' ');
  file.read(text.data(), static_cast<std::streamsize>(size));
  return text;
}

TrialResult read_result(const std::string& path) {
  TrialResult result;
  size_t count = 0;
  std::ifstream file(path);
  file >> result.calls >> result.failing_calls >> result.doubtful_calls >> result.compared >>
      result.skipped >> count;
  for (size_t i = 0; i < count && file; ++i) {
    Finding finding;
    size_t where = 0;
    size_t text = 0;
    file >> finding.seed >> where >> text;
    file.get();
    finding.where = read_text(file, where);
    finding.text = read_text(file, text);
    result.findings.push_back(std::move(finding));
  }
  return result;
}

[[noreturn]] void run_child(Batch& batch, const std::string& folder) {
  alarm(kSecondsPerTrial);
  batch.options.folder = folder;
  TrialResult result;
  try {
    result = run_trial(batch.sketches, batch.options);
  } catch (const std::exception& error) {
    result.findings.push_back({batch.sketches.at(0).seed, "exception", error.what()});
  }
  write_result(result, folder + "/result");
  _exit(0);
}

}  // namespace

TrialProcess::TrialProcess(Batch batch) : batch_(std::move(batch)) {
  std::error_code error;
  auto folder = TempFolder::make("", "tgc-random-", error);
  TGC_CHECK(folder.has_value(), "no folder for trials");
  folder_ = folder->release();
  pid_ = fork();
  if (pid_ == 0) run_child(batch_, folder_);
}

TrialProcess::TrialProcess(TrialProcess&& other) noexcept
    : batch_(std::move(other.batch_)), folder_(std::move(other.folder_)), pid_(other.pid_) {
  other.folder_.clear();
  other.pid_ = -1;
}

TrialProcess::~TrialProcess() {
  if (pid_ > 0) wait();
}

BatchResult TrialProcess::wait() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  BatchResult result;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    result.trial = read_result(folder_ + "/result");
  } else {
    result.is_crashed = true;
    result.crash = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                       : "exit code " + std::to_string(WEXITSTATUS(status));
  }
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
  return result;
}

}  // namespace tgc
