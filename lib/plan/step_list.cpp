// SPDX-License-Identifier: Apache-2.0
// See step_list.h.
#include "plan/step_list.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "support/check.h"

namespace tgc {

std::vector<int> order_groups(const std::vector<StepGroup>& groups) {
  const size_t count = groups.size();
  std::vector<std::vector<int>> followers(count);
  std::vector<int> waiting(count, 0);
  for (size_t i = 0; i < count; ++i) {
    for (const int before : groups[i].after) {
      followers[static_cast<size_t>(before)].push_back(static_cast<int>(i));
      ++waiting[i];
    }
  }
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (size_t i = 0; i < count; ++i) {
    if (waiting[i] == 0) ready.push(static_cast<int>(i));
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int next = ready.top();
    ready.pop();
    order.push_back(next);
    for (const int follower : followers[static_cast<size_t>(next)]) {
      if (--waiting[static_cast<size_t>(follower)] == 0) ready.push(follower);
    }
  }
  TGC_CHECK(order.size() == count, "the steps of the plan depend on each other in a circle");
  return order;
}

namespace {

int root_of(const PlanProgram& program, int buffer) {
  while (program.buffers[static_cast<size_t>(buffer)].kind == BufferKind::view) {
    buffer = program.buffers[static_cast<size_t>(buffer)].index;
  }
  return buffer;
}

// The outermost nested body that holds `step` but not all of [first, last] is the step to live for.
struct Nest {
  int begin;
  int end;  // exclusive
};

}  // namespace

void find_lifetimes(PlanProgram& program) {
  std::vector<Nest> nests;  // bodies of loops, outer before inner
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const PlanStep& step = program.steps[i];
    if (step.kind == StepKind::loop) nests.push_back({static_cast<int>(i), step.body_end});
  }
  std::vector<std::vector<int>> users(program.buffers.size());
  for (size_t i = 0; i < program.steps.size(); ++i) {
    for (const int arg : program.steps[i].args) {
      users[static_cast<size_t>(root_of(program, arg))].push_back(static_cast<int>(i));
    }
  }
  for (size_t b = 0; b < program.buffers.size(); ++b) {
    PlanBuffer& buffer = program.buffers[b];
    if (buffer.kind != BufferKind::arena || users[b].empty()) continue;
    int first = users[b].front();
    int last = users[b].back();
    bool grew = true;
    while (grew) {  // used inside a loop and outside of it: needed for the whole loop
      grew = false;
      for (const Nest& nest : nests) {
        const bool touches = first < nest.end && last > nest.begin;
        const bool inside = first > nest.begin && last < nest.end;
        if (!touches || inside) continue;
        if (first > nest.begin) {
          first = nest.begin;
          grew = true;
        }
        if (last < nest.end - 1) {
          last = nest.end - 1;
          grew = true;
        }
      }
    }
    buffer.first = first;
    buffer.last = last;
  }
}

void find_alignments(const PlanProgram& program, std::vector<Kernel>& kernels) {
  // Both kinds of device give memory at multiples of at least 64; arguments have their dtype's.
  const std::function<int64_t(int)> alignment = [&](int number) -> int64_t {
    const PlanBuffer& buffer = program.buffers[static_cast<size_t>(number)];
    if (buffer.kind == BufferKind::input || buffer.kind == BufferKind::output) {
      return dtype_size(buffer.dtype);
    }
    if (buffer.kind != BufferKind::view) return 64;
    int64_t aligned = alignment(buffer.index);
    const auto holds = [&](const DimExpr& step) { return step.is_multiple_of(aligned); };
    while (!holds(buffer.offset) || (buffer.motion && !holds(buffer.motion->stride))) aligned /= 2;
    return aligned;
  };
  for (const PlanStep& step : program.steps) {
    if (step.kernel < 0) continue;
    std::vector<KernelParam>& params = kernels[static_cast<size_t>(step.kernel)].params;
    for (size_t i = 0; i < params.size(); ++i) params[i].alignment = alignment(step.args[i]);
  }
}

}  // namespace tgc
