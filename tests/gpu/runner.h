// SPDX-License-Identifier: Apache-2.0
// The parts of the runner: a program that needs libc and a driver alone.
#pragma once
#include <chrono>
#include <fstream>
#include <string>

#include "gpu/records.h"

namespace tgc::gpu {

struct RunOptions {
  std::string folder = ".";  // the packed one
  std::string records;       // a file that gets lines; "": stdout
  int repeats = 3;
  double budget = 120;    // seconds; what is left then is counted, not run
  size_t every = 1;       // of the cases
  size_t from = 0;        // the first case
  bool is_bare = false;   // write-only buffers stay as allocated; nothing is compared
  bool is_small = false;  // sizes for an emulated device
};

// Where records go, and when to stop.
class Session {
 public:
  explicit Session(const RunOptions& options);
  void add(const Record& record);
  [[nodiscard]] bool is_over_budget() const;
  [[nodiscard]] double seconds() const;

 private:
  const RunOptions& options_;
  std::ofstream file_;
  std::chrono::steady_clock::time_point begin_;
};

// Exit codes: 0, 1 something failed, 3 the environment.
int run_kernels(const RunOptions& options);
int run_bundles(const RunOptions& options);
int run_times(const RunOptions& options);
int describe_machine(const RunOptions& options);
// 0 where a GPU can be used, else 77 after a line "skipped: REASON".
int probe();

std::string read_whole_file(const std::string& path);  // throws std::runtime_error

// A case that leaves the GPU unusable ends run_kernels with this code; a new process goes on behind
// it.
inline constexpr int kFaultExit = 10;

}  // namespace tgc::gpu
