// SPDX-License-Identifier: Apache-2.0
// How the inputs and outputs of a scan and of its step are laid out; for all who look inside a
// loop.
//
//   the loop's inputs    sequences, initial values of each state, variables that stay
//   the step's inputs    one element of each sequence, of each state one value a tap, what stays
//   the step's outputs   the next value of each state, further results, the until condition
//   the loop's outputs   of each state its trace: the initial values, then one value a step (or the
//                        last value alone), of each result one value a step
//
// A tap is how far back a step looks: -1 is the value of the step before. A state whose farthest
// tap is -d has d initial values, stacked.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/op_def.h"

namespace tgc {

struct ScanState {
  std::vector<int64_t> taps;  // negative
  int64_t depth = 1;          // initial values
  size_t first_tap = 0;       // the step's input that is its first tap
  bool is_last_only = false;  // the loop gives its last value alone
};

struct ScanLayout {
  size_t sequences = 0;
  std::vector<ScanState> states;
  size_t step_rest = 0;       // the step's first input that stays
  size_t loop_rest = 0;       // the loop's first input that stays
  bool is_backwards = false;  // sequences are read from their end
  bool has_until = false;     // the step's last output, a bool, ends the loop when it is true
  bool must_end = false;      // … and fails it when that never happens
};

ScanLayout scan_layout(const Attributes& attributes);

// The attributes of a loop: taps are given state by state; without `steps` it has as many as its
// shortest sequence.
Attributes scan_attributes(size_t sequences, const std::vector<std::vector<int64_t>>& taps,
                           const std::optional<DimExpr>& steps = std::nullopt);

// The loop of a scan's gradient (ops/scan_grad.cpp).
void scan_grad(GradContext& context);

}  // namespace tgc
