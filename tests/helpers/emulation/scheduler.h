// SPDX-License-Identifier: Apache-2.0
// What the emulation headers (compiled into a kernel text) ask of the library that runs it: who am
// I, wait for the block, meet the warp, this is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tgc {

struct Index3 {
  unsigned x = 0;
  unsigned y = 0;
  unsigned z = 0;
};

// Where in the text a thread waits.
struct Place {
  const char* file = "";
  int line = 0;
  // As a default argument: the caller's place.
  static constexpr Place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

enum class ThreadState { runnable, at_barrier, at_warp, finished };

// Called once for a warp instruction when every lane of its mask has arrived; arguments[lane] is
// what that lane passed to meet_warp (null for lanes outside the mask).
using WarpInstruction = void (*)(void* const (&arguments)[32], uint32_t mask);

struct PendingCopy {
  std::function<void()> copy;
  int group;  // number of the commit that closed it, -1 while open
};

// One thread of the running block.
struct EmulatedThread {
  Index3 index;
  unsigned number = 0;  // in the block
  uint64_t stamp = 0;   // epoch of the block (32 bits), of the warp (20), number (12)
  ThreadState state = ThreadState::finished;
  Place place;  // where it waits
  uint32_t warp_mask = 0;
  WarpInstruction warp_instruction = nullptr;
  void* warp_argument = nullptr;
  std::vector<PendingCopy> copies;
  int copy_groups = 0;

  [[nodiscard]] unsigned lane() const { return number % 32; }
};

// The launch and block that run now.
extern EmulatedThread* emulated_self;
extern Index3 emulated_block_index;
extern Index3 emulated_block_dim;
extern Index3 emulated_grid_dim;
extern uint32_t emulated_block_start;  // epoch in which the block began

// First thing a kernel does.
void begin_kernel(const char* name, unsigned max_threads);
// Waits for the block; returns how many threads came with `predicate`.
unsigned wait_for_block(bool predicate, const Place& place);
// Waits for the lanes of `mask`, of which the caller is one.
void meet_warp(uint32_t mask, WarpInstruction instruction, void* argument, const Place& place);
// __syncwarp: as meet_warp; orders the shared-memory accesses of a whole warp.
void wait_for_warp(uint32_t mask, const Place& place);
// Ends the launch with a message.
[[noreturn]] void fail_kernel(const std::string& message);

// cp.async: a copy is done when its thread waits for its group (and no earlier, to show missing
// waits).
void start_copy(std::function<void()> copy);
void commit_copies();
void wait_for_copies(int pending_groups);

struct EmulatedBuffer {
  const char* begin = nullptr;
  const char* end = nullptr;
  std::string name;
};
// The buffer parameter `number` of this launch points into; fails where there is none.
const EmulatedBuffer* buffer_of_parameter(size_t number, const void* pointer);

// Who touched one element of shared memory: stamps, 0 for nobody.
struct SharedWord {
  uint64_t writer = 0;
  uint64_t reader = 0;
  uint64_t other_reader = 0;
  bool pending = false;  // an asynchronous copy is on its way here
};
// The launch's dynamic shared memory, zeroed once a launch; words has one entry a byte.
struct DynamicShared {
  unsigned char* bytes = nullptr;
  SharedWord* words = nullptr;
  size_t size = 0;
};
DynamicShared dynamic_shared();

constexpr unsigned stamp_thread(uint64_t stamp) {
  return static_cast<unsigned>(stamp & 0xfff);
}
constexpr uint32_t stamp_epoch(uint64_t stamp) {
  return static_cast<uint32_t>(stamp >> 32);
}
// Whether an access with stamp `before` and one of the running thread are unordered.
inline bool races(uint64_t before, uint64_t now) {
  if (stamp_epoch(before) != stamp_epoch(now)) return false;
  if (stamp_thread(before) == stamp_thread(now)) return false;
  const bool same_warp = stamp_thread(before) / 32 == stamp_thread(now) / 32;
  return !same_warp || (before >> 12) == (now >> 12);
}
void note_shared_read(SharedWord& word, const char* name, int64_t index);
void note_shared_write(SharedWord& word, const char* name, int64_t index);
void note_shared_pending(SharedWord& word, const char* name, int64_t index);

}  // namespace tgc
