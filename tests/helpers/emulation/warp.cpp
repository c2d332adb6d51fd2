// SPDX-License-Identifier: Apache-2.0
// Warp instructions: each lane leaves its operands and waits; the last to arrive computes for all.
#include <algorithm>

#include "helpers/emulation/launch.h"

namespace tgc {
namespace {

// Completes the warp instruction the running thread is at if every lane of its mask is there.
bool complete_warp_instruction() {
  const EmulatedThread& self = *emulated_self;
  const unsigned first = self.number - self.lane();
  EmulatedWarp& warp = launch.warps[first / 32];
  warp.arrived |= 1u << self.lane();
  if ((self.warp_mask & ~warp.arrived & ~warp.left) != 0) return false;
  void* arguments[32] = {};
  for (unsigned lane = 0; lane < 32; ++lane) {
    if ((self.warp_mask >> lane & 1) == 0) continue;
    if (first + lane >= launch.threads.size()) {
      fail_kernel("names lane " + std::to_string(lane) + ", which the block does not have");
    }
    const EmulatedThread& other = launch.threads[first + lane];
    if (other.state == ThreadState::finished) {
      fail_kernel("waits for its warp at " + describe(self.place) + ", but lane " +
                  std::to_string(lane) + " has left the kernel");
    }
    if (other.state != ThreadState::at_warp) return false;
    if (other.warp_mask != self.warp_mask || other.warp_instruction != self.warp_instruction ||
        !same_place(other.place, self.place)) {
      return false;
    }
    arguments[lane] = other.warp_argument;
  }
  self.warp_instruction(arguments, self.warp_mask);
  warp.arrived &= ~self.warp_mask;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if ((self.warp_mask >> lane & 1) != 0) {
      launch.threads[first + lane].state = ThreadState::runnable;
    }
  }
  return true;
}

}  // namespace

void meet_warp(uint32_t mask, WarpInstruction instruction, void* argument, const Place& place) {
  EmulatedThread& self = *emulated_self;
  if ((mask >> self.lane() & 1) == 0) {
    fail_kernel("executes " + describe(place) + " with a mask that does not name its own lane");
  }
  self.state = ThreadState::at_warp;
  self.place = place;
  self.warp_mask = mask;
  self.warp_instruction = instruction;
  self.warp_argument = argument;
  if (!complete_warp_instruction()) yield_thread();
}

void wait_for_warp(uint32_t mask, const Place& place) {
  const WarpInstruction order_accesses = [](void* const(&)[32], uint32_t lanes) {
    const unsigned first = emulated_self->number - emulated_self->lane();
    const size_t last = std::min<size_t>(first + 32, launch.threads.size());
    uint32_t newest = 0;
    for (size_t i = first; i < last; ++i) {
      const bool present = launch.threads[i].state != ThreadState::finished;
      if (present && (lanes >> (i - first) & 1) == 0) return;  // a part of the warp orders nothing
      newest = std::max(newest, warp_epoch(launch.threads[i]));
    }
    for (size_t i = first; i < last; ++i) stamp_now(launch.threads[i], newest + 1);
  };
  meet_warp(mask, order_accesses, nullptr, place);
}

}  // namespace tgc
