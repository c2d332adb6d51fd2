// SPDX-License-Identifier: Apache-2.0
// Runs the blocks of a launch, each thread a fiber. Rounds over the threads in the launch's order
// let every runnable thread go on until it waits; the last to arrive at a barrier or warp
// instruction sets the others free. A round in which nobody could move is a divergence, reported
// with places.
#include "helpers/emulation/scheduler.h"

#include <algorithm>
#include <numeric>

#include "helpers/emulation/fiber.h"
#include "helpers/emulation/launch.h"

namespace tgc {

EmulatedThread* emulated_self = nullptr;
Index3 emulated_block_index;
Index3 emulated_block_dim;
Index3 emulated_grid_dim;
uint32_t emulated_block_start = 0;
Launch launch;

namespace {

FiberPool& fibers();

// What a fiber does for ever: its thread of one block after the other.
void run_thread() {
  for (;;) {
    try {
      launch.entry(launch.args);
      wait_for_copies(0);
      emulated_self->state = ThreadState::finished;
      --launch.unfinished;
      launch.warps[emulated_self->number / 32].left |= 1u << emulated_self->lane();
      if (launch.at_barrier > 0) {
        fail_kernel("leaves the kernel while other threads of the block wait at a barrier");
      }
    } catch (const KernelFailure&) {
      emulated_self->state = ThreadState::finished;
    }
    fibers().leave();
  }
}

FiberPool& fibers() {
  static FiberPool pool(run_thread);
  return pool;
}

uint64_t next_random() {  // splitmix64
  launch.random += 0x9e3779b97f4a7c15u;
  uint64_t z = launch.random;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::string describe_index(const Index3& index) {
  if (index.y == 0 && index.z == 0) return std::to_string(index.x);
  return "(" + std::to_string(index.x) + "," + std::to_string(index.y) + "," +
         std::to_string(index.z) + ")";
}
std::string where(const EmulatedThread& thread) {
  std::string text = "thread " + std::to_string(thread.number);
  switch (thread.state) {
    case ThreadState::runnable:
      return text + " runs";
    case ThreadState::finished:
      return text + " has left";
    case ThreadState::at_barrier:
      return text + " waits at the barrier " + describe(thread.place);
    case ThreadState::at_warp:
      return text + " waits for its warp at " + describe(thread.place);
  }
  return text;
}

void release_barrier() {
  ++launch.epoch;
  launch.at_barrier = 0;
  launch.predicates_of_last = launch.predicates;
  launch.predicates = 0;
  for (EmulatedThread& thread : launch.threads) {
    thread.state = ThreadState::runnable;
    stamp_now(thread, 0);
  }
}

void report_divergence() {
  const EmulatedThread* first = nullptr;
  const EmulatedThread* other = nullptr;
  for (const EmulatedThread& thread : launch.threads) {
    if (thread.state == ThreadState::finished) continue;
    if (first == nullptr) {
      first = &thread;
    } else if (other == nullptr &&
               (thread.state != first->state || !same_place(thread.place, first->place))) {
      other = &thread;
    }
  }
  emulated_self = nullptr;
  launch.failure = std::string("kernel ") + launch.kernel + ", block " +
                   describe_index(emulated_block_index) + ": divergence: " + where(*first) +
                   (other != nullptr ? ", " + where(*other) : ", others have left");
}

void begin_block(Index3 block) {
  emulated_block_index = block;
  ++launch.epoch;
  emulated_block_start = launch.epoch;
  launch.unfinished = static_cast<unsigned>(launch.threads.size());
  launch.at_barrier = 0;
  launch.predicates = 0;
  const size_t threads = launch.threads.size();
  launch.warps.assign((threads + 31) / 32, {});
  if (threads % 32 != 0) launch.warps.back().left = 0xffffffffu << threads % 32;
  for (EmulatedThread& thread : launch.threads) {
    thread.state = ThreadState::runnable;
    thread.copies.clear();
    thread.copy_groups = 0;
    stamp_now(thread, 0);
  }
}

// False where the launch failed.
bool run_block(Index3 block, std::vector<unsigned>& order) {
  begin_block(block);
  while (launch.unfinished > 0) {
    if (launch.mode.order == TGC_EMULATED_SEEDED) {
      for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[next_random() % i]);
    }
    bool progressed = false;
    for (const unsigned number : order) {
      EmulatedThread& thread = launch.threads[number];
      if (thread.state != ThreadState::runnable) continue;
      progressed = true;
      emulated_self = &thread;
      fibers().enter(number);
      if (!launch.failure.empty()) return false;
    }
    if (!progressed) {
      report_divergence();
      return false;
    }
  }
  return true;
}

}  // namespace

void run_grid() {
  fibers().reserve(launch.threads.size());
  std::vector<unsigned> order(launch.threads.size());
  std::iota(order.begin(), order.end(), 0u);
  const uint64_t blocks = uint64_t{emulated_grid_dim.x} * emulated_grid_dim.y * emulated_grid_dim.z;
  std::vector<uint64_t> block_order(blocks);
  std::iota(block_order.begin(), block_order.end(), uint64_t{0});
  if (launch.mode.order == TGC_EMULATED_REVERSE) {
    std::reverse(order.begin(), order.end());
    std::reverse(block_order.begin(), block_order.end());
  } else if (launch.mode.order == TGC_EMULATED_SEEDED) {
    for (size_t i = blocks; i > 1; --i) {
      std::swap(block_order[i - 1], block_order[next_random() % i]);
    }
  }
  for (const uint64_t block : block_order) {
    const uint64_t plane = uint64_t{emulated_grid_dim.x} * emulated_grid_dim.y;
    const Index3 index{static_cast<unsigned>(block % emulated_grid_dim.x),
                       static_cast<unsigned>(block % plane / emulated_grid_dim.x),
                       static_cast<unsigned>(block / plane)};
    if (!run_block(index, order)) break;
  }
  if (!launch.failure.empty()) fibers().reset();
}

void begin_kernel(const char* name, unsigned max_threads) {
  launch.kernel = name;
  if (launch.threads.size() > max_threads) {
    fail_kernel("is launched with " + std::to_string(launch.threads.size()) +
                " threads a block but made for at most " + std::to_string(max_threads));
  }
}

unsigned wait_for_block(bool predicate, const Place& place) {
  EmulatedThread& self = *emulated_self;
  self.state = ThreadState::at_barrier;
  self.place = place;
  if (launch.unfinished != launch.threads.size()) {
    fail_kernel("waits at the barrier " + describe(place) +
                ", but other threads of the block have left the kernel");
  }
  ++launch.at_barrier;
  if (predicate) ++launch.predicates;
  if (launch.at_barrier == launch.threads.size()) {
    for (const EmulatedThread& other : launch.threads) {
      if (!same_place(other.place, place)) {
        fail_kernel("waits at the barrier " + describe(place) + ", but " + where(other));
      }
    }
    release_barrier();
  } else {
    yield_thread();
  }
  return launch.predicates_of_last;
}

void fail_kernel(const std::string& message) {
  launch.failure = std::string("kernel ") + launch.kernel + ", block " +
                   describe_index(emulated_block_index) + ", thread " +
                   describe_index(emulated_self->index) + ": " + message;
  throw KernelFailure();
}

void yield_thread() {
  fibers().leave();
}

std::string describe(const Place& place) {
  const std::string path = place.file;
  return path.substr(path.rfind('/') + 1) + ":" + std::to_string(place.line);
}
bool same_place(const Place& a, const Place& b) {
  return a.line == b.line && (a.file == b.file || std::string_view(a.file) == b.file);
}
void stamp_now(EmulatedThread& thread, uint32_t warp_epoch) {
  thread.stamp =
      uint64_t{launch.epoch} << 32 | uint64_t{warp_epoch & 0xfffff} << 12 | thread.number;
}

}  // namespace tgc
