// SPDX-License-Identifier: Apache-2.0
// Context: arenas, bindings and argument staging for calls; used by one thread at a time.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "binding.h"
#include "state.h"

namespace tgc::runtime {

// Memory that only grows: on the host, on the device, or host memory the device copies to quickly.
class Block {
 public:
  enum class Place { host, device, pinned };

  Block() = default;
  Block(Device* device, Place place)
      : device_(device), place_(device == nullptr ? Place::host : place) {}
  ~Block();
  Block(Block&& other) noexcept;
  Block& operator=(Block&&) = delete;
  Block(const Block&) = delete;

  // What it held is gone when it grows. Fails with MEMORY and is empty then.
  void* at_least(uint64_t bytes, const char* what);
  [[nodiscard]] char* data() const { return static_cast<char*>(memory_); }

 private:
  void release() noexcept;

  Device* device_ = nullptr;
  Place place_ = Place::host;
  void* memory_ = nullptr;
  uint64_t bytes_ = 0;
};

struct StepTime {
  uint64_t nanoseconds = 0;
  uint64_t calls = 0;
};

class Context {
 public:
  Context(tgc_engine& engine, tgc_state& state);
  ~Context();

  void call(uint32_t function, const tgc_tensor* inputs, uint32_t input_count, tgc_tensor* outputs,
            uint32_t output_count);
  uint64_t memory_need(uint32_t function, const tgc_tensor* inputs, uint32_t input_count);
  void set_state(tgc_state& state);
  [[nodiscard]] tgc_state& state() const { return *state_; }
  const char* profile();

 private:
  friend class Execution;
  struct FunctionMemory {
    std::vector<Binding> bindings;                  // a few, least recently used goes
    std::vector<Block> outputs;                     // memory the runtime gives for results
    std::vector<Block> staging;                     // contiguous copies of strided arguments
    std::vector<void*> pointers;                    // one per buffer, during a call
    std::vector<int64_t> iterations;                // one per step: where its loop is
    std::vector<uint32_t> views;                    // all views, bases before what lies in them
    std::vector<std::vector<uint32_t>> loop_views;  // per loop step: the views that move with it
    std::vector<void*> args;                        // of the step being run
    std::vector<StepTime> times;
    // of programs that measure sizes
    bool measures = false;
    Binding measured;                            // of this call
    std::vector<Block> measured_blocks;          // one per buffer
    std::vector<std::vector<uint32_t>> symbols;  // per loop step: those its body measures
    std::vector<uint32_t> timed;  // device steps with a mark before and one after, in order
  };

  void prepare_measures(const Program& program, FunctionMemory& memory) const;
  void make_failure_words(Device& device);
  const FunctionEntry& check_counts(uint32_t function, uint32_t input_count) const;
  Binding& bind(uint32_t function, const tgc_tensor* inputs);

  tgc_engine& engine_;
  tgc_state* state_;
  Block host_arena_;
  Block device_arena_;
  Block failure_words_;  // on the device: {code, value} for each fallible kernel of a function
  Block failures_;       // where they are copied to
  std::unique_ptr<Queue> queue_;
  std::vector<FunctionMemory> functions_;
  BindingKey key_;
  uint64_t clock_ = 0;
  bool is_profiling_ = false;
  std::string profile_text_;
};

}  // namespace tgc::runtime

struct tgc_context {
  tgc_context(tgc_engine& engine, tgc_state& state) : context(engine, state) {}
  tgc::runtime::Context context;
};
