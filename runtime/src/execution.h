// SPDX-License-Identifier: Apache-2.0
// Execution: one call of one function, from checked arguments to committed updates.
#pragma once
#include <vector>

#include "context.h"

namespace tgc::runtime {

class Execution {
 public:
  Execution(Context& context, uint32_t function, const Binding& binding);

  // Pointers of all buffers; strided arguments are copied, results placed.
  void place(const tgc_tensor* inputs, tgc_tensor* outputs);
  void run() { run_steps(0, static_cast<uint32_t>(program_.steps.size())); }
  // After success: new values take their place; results leave staging.
  void finish(tgc_tensor* outputs);
  // After a failure: nothing of this call is left on the device.
  void abandon() noexcept;

 private:
  void measure(uint32_t symbol, int64_t value);
  void place_measured();
  void place_input(size_t input, const tgc_tensor& tensor);
  void place_output(size_t output, tgc_tensor& tensor, const tgc_tensor* inputs);
  void place_views(const std::vector<uint32_t>& views);
  void run_steps(uint32_t begin, uint32_t end);
  void check_measured(uint32_t number) const;
  void run_step(uint32_t number);
  void run_kernel(uint32_t number);
  void run_timed(uint32_t number);
  void run_device_kernel(uint32_t number);
  void await_device();
  void finish_device();
  void run_copy(const tgc_plan_step& step);
  void run_loop(uint32_t number);
  [[noreturn]] void compute_failure(const tgc_plan_step& step, const int64_t* failure) const;
  [[nodiscard]] int64_t expr(uint32_t number) const { return binding_.exprs[number]; }
  [[nodiscard]] bool is_known(uint32_t number) const {
    return binding_.is_known.empty() || binding_.is_known[number];
  }

  Context& context_;
  const FunctionEntry& function_;
  const Program& program_;
  const Binding& binding_;
  Context::FunctionMemory& memory_;
  const tgc_tensor* inputs_ = nullptr;
  tgc_tensor* outputs_ = nullptr;
  bool is_device_writing_ = false;  // host memory, by a download not waited for yet
};

}  // namespace tgc::runtime
