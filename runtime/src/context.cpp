// SPDX-License-Identifier: Apache-2.0
// See context.h.
#include "context.h"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "execution.h"
#include "failure.h"

namespace tgc::runtime {
namespace {

constexpr size_t kMaxBindings = 16;  // per function; a batch size or two is usual

// Views with their bases first.
std::vector<uint32_t> ordered_views(const Program& program) {
  std::vector<uint32_t> order;
  std::vector<bool> is_placed(program.buffers.size(), false);
  for (uint32_t i = 0; i < program.buffers.size(); ++i) {
    std::vector<uint32_t> chain;
    for (uint32_t at = i; program.buffers[at].kind == TGC_BUFFER_VIEW && !is_placed[at];
         at = program.buffers[at].index) {
      chain.push_back(at);
      is_placed[at] = true;
    }
    order.insert(order.end(), chain.rbegin(), chain.rend());
  }
  return order;
}

bool moves_with(const Program& program, uint32_t view, uint32_t loop) {
  for (uint32_t at = view; program.buffers[at].kind == TGC_BUFFER_VIEW;
       at = program.buffers[at].index) {
    if (program.buffers[at].loop == loop) return true;
  }
  return false;
}

}  // namespace

Block::~Block() {
  release();
}

void Block::release() noexcept {
  if (memory_ == nullptr) return;
  if (place_ == Place::device) {
    device_->release(memory_);
  } else if (place_ == Place::pinned) {
    device_->release_host(memory_);
  } else {
    release_host(memory_);
  }
  memory_ = nullptr;
  bytes_ = 0;
}

Block::Block(Block&& other) noexcept
    : device_(other.device_),
      place_(other.place_),
      memory_(std::exchange(other.memory_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

void* Block::at_least(uint64_t bytes, const char* what) {
  if (memory_ != nullptr && bytes <= bytes_) return memory_;
  release();  // first: both may not fit together
  if (place_ == Place::device) {
    memory_ = device_->allocate(bytes, what);
  } else if (place_ == Place::pinned) {
    memory_ = device_->allocate_host(bytes, what);
  } else {
    memory_ = allocate_host(bytes);
  }
  bytes_ = bytes;
  return memory_;
}

Context::Context(tgc_engine& engine, tgc_state& state)
    : engine_(engine),
      state_(&state),
      device_arena_(engine.engine.device(), Block::Place::device),
      failure_words_(engine.engine.device(), Block::Place::device),
      failures_(engine.engine.device(), Block::Place::pinned) {
  if (Device* device = engine.engine.device()) make_failure_words(*device);
  for (const FunctionEntry& function : engine.engine.functions()) {
    const Program& program = *function.program;
    FunctionMemory memory;
    for (size_t i = 0; i < program.outputs.size(); ++i) {
      memory.outputs.emplace_back(engine.engine.device(), Block::Place::pinned);
    }
    memory.staging.resize(program.inputs.size());
    memory.iterations.resize(program.steps.size());
    memory.times.resize(program.steps.size());
    memory.views = ordered_views(program);
    memory.loop_views.resize(program.steps.size());
    size_t most = 0;
    for (uint32_t i = 0; i < program.steps.size(); ++i) {
      most = std::max<size_t>(most, program.steps[i].arg_count);
      if (program.steps[i].kind != TGC_STEP_LOOP) continue;
      for (const uint32_t view : memory.views) {
        if (moves_with(program, view, i)) memory.loop_views[i].push_back(view);
      }
    }
    memory.args.resize(most);
    prepare_measures(program, memory);
    functions_.push_back(std::move(memory));
  }
  engine.references.fetch_add(1);
  state.references.fetch_add(1);
}

Context::~Context() = default;

void Context::prepare_measures(const Program& program, FunctionMemory& memory) const {
  memory.measures = std::any_of(program.symbols.begin(), program.symbols.end(),
                                [](const auto& symbol) { return symbol.is_measured != 0; });
  memory.symbols.resize(program.steps.size());
  if (!memory.measures) return;
  for (const tgc_plan_buffer& buffer : program.buffers) {
    const bool on_device = buffer.place == TGC_PLACE_CUDA;
    memory.measured_blocks.emplace_back(engine_.engine.device(),
                                        on_device ? Block::Place::device : Block::Place::host);
  }
  for (uint32_t i = 0; i < program.steps.size(); ++i) {
    if (program.steps[i].kind != TGC_STEP_LOOP) continue;
    for (uint32_t at = program.steps[i].body; at < program.steps[i].body_end; ++at) {
      if (program.steps[at].symbol != TGC_NONE) {
        memory.symbols[i].push_back(program.steps[at].symbol);
      }
    }
  }
}

void Context::make_failure_words(Device& device) {
  queue_ = device.make_queue();
  size_t most = 1;
  for (const FunctionEntry& function : engine_.engine.functions()) {
    size_t count = 0;
    for (const tgc_plan_step& step : function.program->steps) {
      if ((step.flags & TGC_STEP_FALLIBLE) != 0) ++count;
    }
    most = std::max(most, count);
  }
  const std::vector<int64_t> none(2 * most, 0);
  const size_t bytes = none.size() * sizeof none[0];
  queue_->upload(failure_words_.at_least(bytes, "failure words"), none.data(), bytes);
  failures_.at_least(bytes, "failure words");
}

void Context::set_state(tgc_state& state) {
  if (&state.state.owner() != &engine_) {
    fail(TGC_ERROR_ARGUMENT, "the state was made by another engine");
  }
  state.references.fetch_add(1);
  tgc_state_release(state_);
  state_ = &state;
}

const FunctionEntry& Context::check_counts(uint32_t function, uint32_t input_count) const {
  const FunctionEntry& entry = engine_.engine.function(function);
  const size_t wanted = entry.input_names.size();
  if (input_count > wanted) {
    fail(TGC_ERROR_ARGUMENT, "Too many parameter passed to theano function '" + entry.name +
                                 "': it takes " + std::to_string(wanted) + ", got " +
                                 std::to_string(input_count));
  }
  if (input_count < wanted) {
    fail(TGC_ERROR_ARGUMENT, "Missing required input: '" + entry.input_names[input_count] +
                                 "' of function '" + entry.name + "'");
  }
  return entry;
}

Binding& Context::bind(uint32_t function, const tgc_tensor* inputs) {
  const FunctionEntry& entry = engine_.engine.function(function);
  make_key(engine_.engine, entry, inputs, key_);
  auto& bindings = functions_[function].bindings;
  ++clock_;
  for (Binding& binding : bindings) {
    if (binding.key == key_) {
      binding.last_used = clock_;
      return binding;
    }
  }
  Binding fresh = make_binding(engine_.engine, entry, key_);
  fresh.last_used = clock_;
  if (bindings.size() < kMaxBindings) {
    bindings.push_back(std::move(fresh));
    return bindings.back();
  }
  auto oldest = std::min_element(
      bindings.begin(), bindings.end(),
      [](const Binding& a, const Binding& b) { return a.last_used < b.last_used; });
  *oldest = std::move(fresh);
  return *oldest;
}

uint64_t Context::memory_need(uint32_t function, const tgc_tensor* inputs, uint32_t input_count) {
  check_counts(function, input_count);
  const Binding& binding = bind(function, inputs);
  return binding.host_arena + binding.device_arena;
}

void Context::call(uint32_t function, const tgc_tensor* inputs, uint32_t input_count,
                   tgc_tensor* outputs, uint32_t output_count) {
  const FunctionEntry& entry = check_counts(function, input_count);
  if (output_count != entry.output_names.size()) {
    fail(TGC_ERROR_ARGUMENT, "function '" + entry.name + "' has " +
                                 std::to_string(entry.output_names.size()) + " outputs, " +
                                 std::to_string(output_count) + " places were given");
  }
  const Binding& bound = bind(function, inputs);
  FunctionMemory& memory = functions_[function];
  if (memory.measures) memory.measured = bound;  // sizes it measures are this call's alone
  const Binding& binding = memory.measures ? memory.measured : bound;
  std::shared_lock<std::shared_mutex> reading(state_->state.mutex, std::defer_lock);
  std::unique_lock<std::shared_mutex> updating(state_->state.mutex, std::defer_lock);
  if (entry.program->updates.size() > 0) {
    updating.lock();
  } else {
    reading.lock();
  }
  Execution execution(*this, function, binding);
  try {
    execution.place(inputs, outputs);
    execution.run();
    execution.finish(outputs);
  } catch (...) {
    execution.abandon();  // before another call has the state
    throw;
  }
}

const char* Context::profile() {
  struct Row {
    StepTime time;
    std::string name;
  };
  std::vector<Row> rows;
  uint64_t total = 0;
  for (size_t f = 0; f < functions_.size(); ++f) {
    const FunctionEntry& entry = engine_.engine.functions()[f];
    for (size_t i = 0; i < functions_[f].times.size(); ++i) {
      const StepTime& time = functions_[f].times[i];
      if (time.calls == 0) continue;
      rows.push_back(
          {time, entry.name + ": " + engine_.engine.plan().text(entry.program->steps[i].node)});
      total += time.nanoseconds;
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.time.nanoseconds > b.time.nanoseconds;
  });
  profile_text_ = is_profiling_ ? "" : "counting starts with the next call\n";
  for (const Row& row : rows) {
    char line[96];
    std::snprintf(
        line, sizeof line, "%5.1f %%  %10.1f us  %8llu calls  ",
        100.0 * static_cast<double>(row.time.nanoseconds) /
            static_cast<double>(std::max<uint64_t>(total, 1)),
        static_cast<double>(row.time.nanoseconds) / 1e3 / static_cast<double>(row.time.calls),
        static_cast<unsigned long long>(row.time.calls));
    profile_text_ += line + row.name + "\n";
  }
  is_profiling_ = true;
  return profile_text_.c_str();
}

}  // namespace tgc::runtime
