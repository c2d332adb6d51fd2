// SPDX-License-Identifier: Apache-2.0
// State of the launch that runs now, shared by the files of this library.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "helpers/emulation/emulation.h"
#include "helpers/emulation/scheduler.h"

namespace tgc {

constexpr size_t kMaxParameters = 256;

// Lanes as bits.
struct EmulatedWarp {
  uint32_t arrived = 0;  // wait at a warp instruction
  uint32_t left = 0;     // have left the kernel, or do not exist
};

struct Launch {
  tgc_emulated_entry entry = nullptr;
  void** args = nullptr;
  tgc_emulated_mode mode{};
  const char* kernel = "?";
  std::string failure;
  std::vector<EmulatedThread> threads;
  std::vector<EmulatedWarp> warps;
  unsigned unfinished = 0;
  unsigned at_barrier = 0;
  unsigned predicates = 0;          // that came true to the barrier so far
  unsigned predicates_of_last = 0;  // to the last completed barrier
  uint32_t epoch = 0;               // grows with every barrier and block of the process
  uint64_t random = 0;
  const EmulatedBuffer* buffers[kMaxParameters] = {};
  std::vector<unsigned char> shared_bytes;
  std::vector<SharedWord> shared_words;
};
extern Launch launch;

// Thrown by fail_kernel, caught at the bottom of the thread's fiber.
struct KernelFailure : std::exception {};

// Runs all blocks; launch.failure tells whether they came to an end.
void run_grid();
// Lets other threads run until something sets this one free.
void yield_thread();

std::string describe(const Place& place);
bool same_place(const Place& a, const Place& b);
void stamp_now(EmulatedThread& thread, uint32_t warp_epoch);
inline uint32_t warp_epoch(const EmulatedThread& thread) {
  return static_cast<uint32_t>(thread.stamp >> 12) & 0xfffff;
}

}  // namespace tgc
