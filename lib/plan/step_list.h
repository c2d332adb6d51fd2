// SPDX-License-Identifier: Apache-2.0
// StepList: the steps of one body (a function, a loop's or a branch's inside) while it is planned,
// each with the variables' memory it reads and writes, so that it can still be ordered.
#pragma once
#include <vector>

#include "plan/plan.h"

namespace tgc {

// What is ordered as one: the steps of one Apply, nested bodies included.
struct StepGroup {
  std::vector<PlanStep> steps;  // nested steps carry positions relative to the group's first step
  std::vector<int> reads;       // buffers (roots of views)
  std::vector<int> writes;
  bool fallible = false;
  std::vector<int> after;  // groups that must come before this one
};

// Groups in an order that respects `after`; among the free ones the first made comes first.
std::vector<int> order_groups(const std::vector<StepGroup>& groups);

// First and last step of every arena buffer; what a loop needs from outside lives through the loop.
void find_lifetimes(PlanProgram& program);

// What is known of the alignment of each kernel param's memory, from the buffer it is given.
void find_alignments(const PlanProgram& program, std::vector<Kernel>& kernels);

}  // namespace tgc
