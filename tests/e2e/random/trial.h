// SPDX-License-Identifier: Apache-2.0
// Trials: sketches compiled together to one bundle, each called on each device beside the
// reference.
#pragma once
#include <string>
#include <vector>

#include "e2e/random/sketch.h"

namespace tgc {

struct TrialOptions {
  std::vector<std::string> optimizers = {"fast_run"};
  bool is_cuda = false;  // on the stand-in driver, too
  std::vector<std::string> flags;
  bool is_strict = false;  // NaN and infinities are compared; for strict_float=True
  std::string folder;      // for bundles
};

struct Finding {
  uint64_t seed = 0;
  std::string where;  // "fast_run, cpu, 1 thread, call 2"
  std::string text;
};

struct TrialResult {
  std::vector<Finding> findings;
  int64_t calls = 0;
  int64_t failing_calls = 0;  // that had to fail, and did
  int64_t doubtful_calls = 0;
  int64_t compared = 0;  // elements
  int64_t skipped = 0;
};

// Findings about what cannot be told from one graph's fault, such as a compiler's error, have the
// seed of the first sketch.
TrialResult run_trial(const std::vector<Sketch>& sketches, const TrialOptions& options);

}  // namespace tgc
