// SPDX-License-Identifier: Apache-2.0
// Trials in processes of their own, so that what crashes or hangs is a finding like any other.
#pragma once
#include <set>

#include "e2e/random/generate.h"
#include "e2e/random/trial.h"

namespace tgc {

struct Batch {
  std::vector<Sketch> sketches;
  TrialOptions options;
};

struct BatchResult {
  TrialResult trial;
  bool is_crashed = false;
  std::string crash;  // "signal 11"
};

class TrialProcess {
 public:
  explicit TrialProcess(Batch batch);  // starts it
  ~TrialProcess();
  TrialProcess(TrialProcess&& other) noexcept;
  TrialProcess(const TrialProcess&) = delete;

  [[nodiscard]] const Batch& batch() const { return batch_; }
  BatchResult wait();

 private:
  Batch batch_;
  std::string folder_;
  int pid_ = -1;
};

inline BatchResult run_apart(Batch batch) {
  return TrialProcess(std::move(batch)).wait();
}

}  // namespace tgc
