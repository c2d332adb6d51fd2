// SPDX-License-Identifier: Apache-2.0
// The C entry point: checks the geometry, sets the launch up, runs it.
#include "helpers/emulation/launch.h"

#include <algorithm>
#include <mutex>

#include "helpers/emulation/buffers.h"

namespace tgc {
namespace {

constexpr unsigned kMaxThreads = 1024;
std::mutex launch_mutex;

void prepare_threads(Index3 block) {
  const unsigned count = block.x * block.y * block.z;
  launch.threads.resize(count);
  for (unsigned number = 0; number < count; ++number) {
    EmulatedThread& thread = launch.threads[number];
    thread.number = number;
    thread.index = {number % block.x, number / block.x % block.y, number / (block.x * block.y)};
    thread.copies.clear();
  }
}

}  // namespace

const EmulatedBuffer* buffer_of_parameter(size_t number, const void* pointer) {
  if (number >= kMaxParameters) fail_kernel("has more parameters than the emulation allows");
  const EmulatedBuffer*& buffer = launch.buffers[number];
  if (buffer == nullptr) buffer = find_buffer(pointer);
  if (buffer == nullptr) {
    fail_kernel("parameter " + std::to_string(number) + " points to no registered buffer");
  }
  return buffer;
}

}  // namespace tgc

const char* tgc_emulated_kernel_name() {
  return tgc::launch.kernel;
}

const char* tgc_emulated_launch(tgc_emulated_entry entry, const unsigned grid[3],
                                const unsigned block[3], size_t shared_bytes, void** args,
                                const tgc_emulated_mode* mode) {
  using tgc::launch;
  static thread_local std::string message;
  const std::lock_guard lock(tgc::launch_mutex);
  const uint64_t threads = uint64_t{block[0]} * block[1] * block[2];
  if (threads == 0 || threads > tgc::kMaxThreads) {
    message = "a block of " + std::to_string(threads) + " threads cannot be launched";
    return message.c_str();
  }
  if (grid[0] == 0 || grid[1] == 0 || grid[2] == 0 || grid[1] > 65535 || grid[2] > 65535) {
    message = "a grid of " + std::to_string(grid[0]) + " x " + std::to_string(grid[1]) + " x " +
              std::to_string(grid[2]) + " blocks cannot be launched";
    return message.c_str();
  }
  launch.entry = entry;
  launch.args = args;
  launch.mode = mode != nullptr ? *mode : tgc_emulated_mode{TGC_EMULATED_FORWARD, 0};
  launch.random = launch.mode.seed;
  launch.failure.clear();
  std::fill(std::begin(launch.buffers), std::end(launch.buffers), nullptr);
  launch.shared_bytes.assign(shared_bytes, 0);
  launch.shared_words.clear();
  tgc::emulated_grid_dim = {grid[0], grid[1], grid[2]};
  tgc::emulated_block_dim = {block[0], block[1], block[2]};
  tgc::prepare_threads(tgc::emulated_block_dim);
  tgc::run_grid();
  tgc::emulated_self = nullptr;
  if (launch.failure.empty()) return nullptr;
  message = launch.failure;
  return message.c_str();
}
