// SPDX-License-Identifier: Apache-2.0
// See execution.h.
#include "execution.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <new>

#include "error_details.h"
#include "failure.h"
#include "strided.h"
#include "thread_pool.h"

namespace tgc::runtime {
namespace {

constexpr size_t kFailureBytes = 2 * sizeof(int64_t);  // {code, value}

bool overlaps(const void* a, uint64_t a_bytes, const void* b, uint64_t b_bytes) {
  const auto x = reinterpret_cast<uintptr_t>(a);
  const auto y = reinterpret_cast<uintptr_t>(b);
  return x < y + b_bytes && y < x + a_bytes;
}

}  // namespace

Execution::Execution(Context& context, uint32_t function, const Binding& binding)
    : context_(context),
      function_(context.engine_.engine.function(function)),
      program_(*function_.program),
      binding_(binding),
      memory_(context.functions_[function]) {}

void Execution::place_input(size_t input, const tgc_tensor& tensor) {
  const uint32_t buffer = program_.inputs[input].buffer;
  if (is_contiguous(tensor)) {
    memory_.pointers[buffer] = tensor.data;
    return;
  }
  const auto bytes = static_cast<uint64_t>(expr(program_.buffers[buffer].bytes));
  void* copy = memory_.staging[input].at_least(bytes, "an argument");
  copy_contiguous(tensor, copy);
  memory_.pointers[buffer] = copy;
}

void Execution::place_output(size_t output, tgc_tensor& tensor, const tgc_tensor* inputs) {
  const tgc_plan_value& value = program_.outputs[output];
  const auto bytes = static_cast<uint64_t>(expr(program_.buffers[value.buffer].bytes));
  tensor.dtype = value.dtype;
  tensor.rank = value.rank;
  tensor.has_strides = 0;
  for (uint32_t axis = 0; axis < value.rank; ++axis) {
    tensor.dims[axis] = expr(program_.pool[value.dims + axis]);
  }
  bool is_usable = tensor.data != nullptr;
  if (is_usable && tensor.capacity < bytes) {
    fail(TGC_ERROR_ARGUMENT, "the memory for output '" + function_.output_names[output] +
                                 "' of function '" + function_.name + "' holds " +
                                 std::to_string(tensor.capacity) + " bytes, " +
                                 std::to_string(bytes) + " are needed");
  }
  if (is_usable) {
    // a result must not be written over an argument that is still needed
    for (size_t i = 0; i < program_.inputs.size() && is_usable; ++i) {
      const auto input_bytes =
          static_cast<uint64_t>(expr(program_.buffers[program_.inputs[i].buffer].bytes));
      is_usable =
          inputs[i].has_strides == 0 && !overlaps(tensor.data, bytes, inputs[i].data, input_bytes);
    }
    is_usable = is_usable && reinterpret_cast<uintptr_t>(tensor.data) %
                                     static_cast<uintptr_t>(dtype_bytes(value.dtype)) ==
                                 0;
  }
  for (size_t before = 0; before < output && is_usable; ++before) {
    const uint32_t other = program_.outputs[before].buffer;
    if (memory_.pointers[other] == nullptr) continue;  // not measured yet
    const auto other_bytes = static_cast<uint64_t>(expr(program_.buffers[other].bytes));
    if (overlaps(tensor.data, bytes, memory_.pointers[other], other_bytes)) {
      fail(TGC_ERROR_ARGUMENT, "the memory for outputs '" + function_.output_names[before] +
                                   "' and '" + function_.output_names[output] + "' of function '" +
                                   function_.name + "' overlaps");
    }
  }
  memory_.pointers[value.buffer] =
      is_usable ? tensor.data : memory_.outputs[output].at_least(bytes, "a result");
}

void Execution::place(const tgc_tensor* inputs, tgc_tensor* outputs) {
  inputs_ = inputs;
  outputs_ = outputs;
  memory_.pointers.resize(program_.buffers.size());
  if (memory_.measures) std::fill(memory_.pointers.begin(), memory_.pointers.end(), nullptr);
  for (size_t i = 0; i < program_.inputs.size(); ++i) place_input(i, inputs[i]);
  for (size_t i = 0; i < program_.outputs.size(); ++i) {
    if (is_known(program_.buffers[program_.outputs[i].buffer].bytes)) {
      place_output(i, outputs[i], inputs);
    }
  }
  char* host = nullptr;
  char* device = nullptr;
  if (binding_.host_arena > 0) {
    host = static_cast<char*>(context_.host_arena_.at_least(binding_.host_arena, "the arena"));
  }
  if (binding_.device_arena > 0) {
    device =
        static_cast<char*>(context_.device_arena_.at_least(binding_.device_arena, "the arena"));
  }
  State& state = context_.state_->state;
  for (size_t i = 0; i < program_.buffers.size(); ++i) {
    const tgc_plan_buffer& buffer = program_.buffers[i];
    switch (buffer.kind) {
      case TGC_BUFFER_ARENA: {
        if (!is_known(buffer.bytes)) break;
        char* base = buffer.place == TGC_PLACE_CUDA ? device : host;
        memory_.pointers[i] = base + binding_.arena_offsets[i];
        break;
      }
      case TGC_BUFFER_SHARED:
        memory_.pointers[i] = state.current(buffer.index);
        break;
      case TGC_BUFFER_SHARED_NEXT:
        memory_.pointers[i] = state.next(buffer.index);
        break;
      case TGC_BUFFER_CONSTANT:
        memory_.pointers[i] = context_.engine_.engine.constant(buffer.index, buffer.place);
        break;
      default:
        break;
    }
  }
  std::fill(memory_.iterations.begin(), memory_.iterations.end(), 0);
  memory_.timed.clear();
  if (context_.queue_) context_.queue_->forget_marks();
  place_views(memory_.views);
}

void Execution::place_views(const std::vector<uint32_t>& views) {
  for (const uint32_t number : views) {
    const tgc_plan_buffer& view = program_.buffers[number];
    if (memory_.pointers[view.index] == nullptr) continue;  // not measured yet
    int64_t offset = expr(view.offset);
    if (view.stride != TGC_NONE) {
      int64_t place = memory_.iterations[view.loop] + view.phase;
      if (view.ring != 0) place %= view.ring;
      offset += place * expr(view.stride);
    }
    memory_.pointers[number] = static_cast<char*>(memory_.pointers[view.index]) + offset;
  }
}

void Execution::run_steps(uint32_t begin, uint32_t end) {
  for (uint32_t i = begin; i < end;) {
    const tgc_plan_step& step = program_.steps[i];
    run_step(i);
    i = step.kind == TGC_STEP_LOOP || step.kind == TGC_STEP_BRANCH ? step.body_end : i + 1;
  }
}

// A plan that uses a size before it is measured is damaged.
void Execution::check_measured(uint32_t number) const {
  const tgc_plan_step& step = program_.steps[number];
  bool is_ready = step.kind != TGC_STEP_KERNEL || binding_.steps[number].variant != nullptr;
  if (step.kind == TGC_STEP_LOOP) is_ready = is_known(step.count);
  for (uint32_t i = 0; i < step.arg_count; ++i) {
    const uint32_t argument = program_.pool[step.args + i];
    is_ready = is_ready && is_known(program_.buffers[argument].bytes) &&
               memory_.pointers[argument] != nullptr;
  }
  if (is_ready) return;
  fail(TGC_ERROR_BUNDLE, "step '" + context_.engine_.engine.plan().text(step.node) +
                             "' of function '" + function_.name +
                             "' uses a size before it is measured");
}

void Execution::run_step(uint32_t number) {
  const tgc_plan_step& step = program_.steps[number];
  if (memory_.measures) check_measured(number);
  switch (step.kind) {
    case TGC_STEP_KERNEL:
      if (step.place == TGC_PLACE_CUDA) return run_device_kernel(number);
      await_device();
      if (context_.is_profiling_) return run_timed(number);
      return run_kernel(number);
    case TGC_STEP_COPY:
      return run_copy(step);
    case TGC_STEP_LOOP:
      return run_loop(number);
    case TGC_STEP_MEASURE: {
      await_device();
      int64_t value = 0;
      std::memcpy(&value, memory_.pointers[program_.pool[step.args]], sizeof value);
      return measure(step.symbol, value);
    }
    default: {
      await_device();
      const void* flag = memory_.pointers[program_.pool[step.args]];
      if (*static_cast<const uint8_t*>(flag) != 0) return run_steps(step.body, step.body_mid);
      return run_steps(step.body_mid, step.body_end);
    }
  }
}

void Execution::compute_failure(const tgc_plan_step& step, const int64_t* failure) const {
  std::string what = failure_text(failure[0], failure[1]);
  if (failure[0] == TGC_FAIL_INDEX) {
    const std::string arrays =
        arrays_text(context_.engine_.engine.plan(), function_, step, binding_);
    if (!arrays.empty()) what += "; the node reads " + arrays;
  }
  // "y, created at model.py:12"
  std::string node = context_.engine_.engine.plan().text(step.node);
  const size_t trace = std::min(node.find(", created at "), node.size());
  const std::string place = trace < node.size() ? " (" + node.substr(trace + 2) + ")" : "";
  std::string message = "Apply node that caused the error: '" + node.substr(0, trace) + "'" +
                        place + " of function '" + function_.name + "': " + what;
  message += "\nInputs shapes:";
  for (size_t i = 0; i < program_.inputs.size(); ++i) {
    std::vector<int64_t> dims;
    for (uint32_t axis = 0; axis < program_.inputs[i].rank; ++axis) {
      dims.push_back(expr(program_.pool[program_.inputs[i].dims + axis]));
    }
    message += " " + function_.input_names[i] + dims_text(dims);
  }
  message += "\nNo shared variable was changed.";
  if (context_.engine_.engine.settings().verbose_errors) {
    message += error_details(context_.engine_.engine.plan(), function_, step, binding_);
  }
  fail(TGC_ERROR_COMPUTE, message);
}

void Execution::run_kernel(uint32_t number) {
  const tgc_plan_step& step = program_.steps[number];
  const BoundStep& bound = binding_.steps[number];
  for (uint32_t i = 0; i < step.arg_count; ++i) {
    memory_.args[i] = memory_.pointers[program_.pool[step.args + i]];
  }
  const tgc_cpu_kernel kernel = context_.engine_.engine.kernel(bound.variant->kernel);
  const bool may_fail = (step.flags & TGC_STEP_FALLIBLE) != 0;
  const int64_t grain = bound.variant->grain;
  const int threads = context_.engine_.engine.settings().threads;
  if (bound.tasks < 2 * grain || threads == 1) {  // nobody else is needed
    int64_t failure[2] = {0, 0};
    const tgc_kernel_call call = {
        memory_.args.data(), bound.dims.data(),
        bound.variant->scratch > 0 ? thread_scratch(bound.variant->scratch) : nullptr, failure};
    kernel(&call, 0, bound.tasks);
    if (may_fail && failure[0] != 0) compute_failure(step, failure);
    return;
  }
  std::atomic<bool> failed{false};
  std::atomic<bool> out_of_memory{false};
  int64_t first_failure[2] = {0, 0};
  const auto work = [&](int64_t begin, int64_t end) {
    int64_t failure[2] = {0, 0};
    void* scratch = nullptr;
    try {
      if (bound.variant->scratch > 0) scratch = thread_scratch(bound.variant->scratch);
    } catch (const std::bad_alloc&) {
      out_of_memory = true;
      return;
    }
    const tgc_kernel_call call = {memory_.args.data(), bound.dims.data(), scratch, failure};
    kernel(&call, begin, end);
    if (failure[0] != 0 && !failed.exchange(true)) {
      first_failure[0] = failure[0];
      first_failure[1] = failure[1];
    }
  };
  parallel_for(bound.tasks, grain, threads, work);
  if (out_of_memory) fail(TGC_ERROR_MEMORY, "out of host memory for a kernel's scratch");
  if (may_fail && failed) compute_failure(step, first_failure);
}

void Execution::run_timed(uint32_t number) {
  const auto begin = std::chrono::steady_clock::now();
  run_kernel(number);
  const auto spent = std::chrono::steady_clock::now() - begin;
  StepTime& time = memory_.times[number];
  time.nanoseconds +=
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count());
  ++time.calls;
}

void Execution::run_copy(const tgc_plan_step& step) {
  const uint32_t source = program_.pool[step.args];
  const uint32_t target = program_.pool[step.args + 1];
  const auto bytes = static_cast<size_t>(
      std::min(expr(program_.buffers[source].bytes), expr(program_.buffers[target].bytes)));
  if (bytes == 0) return;
  void* to = memory_.pointers[target];
  const void* from = memory_.pointers[source];
  const bool from_device = program_.buffers[source].place == TGC_PLACE_CUDA;
  const bool to_device = program_.buffers[target].place == TGC_PLACE_CUDA;
  if (!from_device) await_device();  // the host reads
  if (!from_device && !to_device) {
    std::memmove(to, from, bytes);
  } else if (from_device && to_device) {
    context_.queue_->copy(to, from, bytes);
  } else if (to_device) {
    context_.queue_->upload(to, from, bytes);
  } else {
    context_.queue_->download(to, from, bytes);
    is_device_writing_ = true;
  }
}

void Execution::run_loop(uint32_t number) {
  const tgc_plan_step& step = program_.steps[number];
  const int64_t count = binding_.steps[number].count;
  int64_t done = 0;
  bool is_over = false;
  while (done < count && !is_over) {
    memory_.iterations[number] = done++;
    if (!memory_.symbols[number].empty()) {
      forget_measured(context_.engine_.engine, function_, memory_.symbols[number],
                      memory_.measured);
    }
    place_views(memory_.loop_views[number]);
    run_steps(step.body, step.body_end);
    if (step.symbol == TGC_NONE) continue;
    await_device();
    is_over = *static_cast<const uint8_t*>(memory_.pointers[program_.pool[step.args]]) != 0;
  }
  if (!is_over && (step.flags & TGC_STEP_MUST_END) != 0) {
    const int64_t failure[2] = {TGC_FAIL_STEPS, count};
    compute_failure(step, failure);
  }
  if (step.symbol != TGC_NONE) measure(step.symbol, done);
}

void Execution::measure(uint32_t symbol, int64_t value) {
  set_measured(context_.engine_.engine, function_, symbol, value, memory_.measured);
  place_measured();
  place_views(memory_.views);
}

// Gives what has become known its memory. A little more than is needed, since the next call or step
// may need a little more.
void Execution::place_measured() {
  for (uint32_t i = 0; i < program_.buffers.size(); ++i) {
    const tgc_plan_buffer& buffer = program_.buffers[i];
    if (!binding_.is_measured[buffer.bytes] || !is_known(buffer.bytes)) continue;
    const auto bytes = static_cast<uint64_t>(expr(buffer.bytes));
    if (buffer.kind == TGC_BUFFER_OUTPUT && memory_.pointers[i] == nullptr) {
      place_output(buffer.index, outputs_[buffer.index], inputs_);
    } else if (buffer.kind == TGC_BUFFER_ARENA && buffer.first != TGC_NONE) {
      memory_.pointers[i] =
          memory_.measured_blocks[i].at_least(bytes + bytes / 4 + 64, "a measured size");
    }
  }
}

void Execution::run_device_kernel(uint32_t number) {
  const tgc_plan_step& step = program_.steps[number];
  const BoundStep& bound = binding_.steps[number];
  if (bound.launch.grid[0] == 0) return;  // no elements
  for (uint32_t i = 0; i < step.arg_count; ++i) {
    memory_.args[i] = memory_.pointers[program_.pool[step.args + i]];
  }
  Queue& queue = *context_.queue_;
  if (context_.is_profiling_) queue.mark();
  queue.launch(bound.launch, memory_.args.data(), step.arg_count, bound.dims,
               context_.failure_words_.data() + size_t{bound.failure_word} * kFailureBytes);
  if (context_.is_profiling_) {
    queue.mark();
    memory_.timed.push_back(number);
  }
}

void Execution::await_device() {
  if (!is_device_writing_) return;
  context_.queue_->synchronize();
  is_device_writing_ = false;
}

// Waits for the device; fails where a kernel did, as its first failing step in the plan's order
// says.
void Execution::finish_device() {
  Queue& queue = *context_.queue_;
  const size_t bytes = binding_.failure_words * kFailureBytes;
  const auto* failures = reinterpret_cast<const int64_t*>(context_.failures_.data());
  if (bytes > 0) queue.download(context_.failures_.data(), context_.failure_words_.data(), bytes);
  queue.synchronize();
  for (size_t i = 0; i < memory_.timed.size(); ++i) {
    StepTime& time = memory_.times[memory_.timed[i]];
    time.nanoseconds += queue.nanoseconds_between(2 * i, 2 * i + 1);
    ++time.calls;
  }
  for (uint32_t i = 0; bytes > 0 && i < program_.steps.size(); ++i) {
    const tgc_plan_step& step = program_.steps[i];
    const bool may_fail = step.kind == TGC_STEP_KERNEL && step.place == TGC_PLACE_CUDA &&
                          (step.flags & TGC_STEP_FALLIBLE) != 0;
    if (!may_fail) continue;
    const int64_t* failure = failures + 2 * size_t{binding_.steps[i].failure_word};
    if (failure[0] != 0) compute_failure(step, failure);
  }
}

void Execution::abandon() noexcept {
  if (!context_.queue_) return;
  context_.queue_->settle();
  if (binding_.failure_words == 0) return;
  try {
    const std::vector<int64_t> none(2 * size_t{binding_.failure_words}, 0);
    context_.queue_->upload(context_.failure_words_.data(), none.data(),
                            none.size() * sizeof none[0]);
  } catch (const Failure&) {
    // the device is lost: every later call says so itself
  }
  context_.queue_->settle();
}

void Execution::finish(tgc_tensor* outputs) {
  if (context_.queue_) finish_device();
  for (size_t i = 0; i < program_.outputs.size(); ++i) {
    const uint32_t buffer = program_.outputs[i].buffer;
    void* result = memory_.pointers[buffer];
    if (result == nullptr) {
      fail(TGC_ERROR_BUNDLE, "output '" + function_.output_names[i] + "' of function '" +
                                 function_.name + "' has a size that no step measures");
    }
    if (outputs[i].data == nullptr) {
      outputs[i].data = result;
      outputs[i].capacity = static_cast<size_t>(expr(program_.buffers[buffer].bytes));
    } else if (outputs[i].data != result) {
      std::memcpy(outputs[i].data, result,
                  static_cast<size_t>(expr(program_.buffers[buffer].bytes)));
    }
  }
  for (const tgc_plan_update& update : program_.updates) {
    if (program_.buffers[update.buffer].kind == TGC_BUFFER_SHARED_NEXT) {
      context_.state_->state.commit(update.shared);
    }
  }
}

}  // namespace tgc::runtime
