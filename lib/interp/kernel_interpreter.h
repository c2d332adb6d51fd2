// SPDX-License-Identifier: Apache-2.0
// Runs Kernel IR on host buffers without any compiler, to hold each op's lowering against its eval.
// Every access is checked; outer iterations may be run backwards, since their order must not
// matter.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "interp/bindings.h"
#include "kernel/kernel.h"
#include "types/tensor.h"

namespace tgc {

// One param's memory: a flat Tensor and which of its elements a kernel has written.
struct KernelBuffer {
  Tensor elements;
  std::vector<bool> written;

  explicit KernelBuffer(Tensor flat)
      : elements(std::move(flat)), written(static_cast<size_t>(elements.size()), false) {}
};

struct KernelFailure {
  int code = 0;  // kFail…; 0: none
  int64_t value = 0;
};

// TGC_CHECKs accesses outside of a buffer and of params' access rights.
KernelFailure run_kernel(const Kernel& kernel, const std::vector<KernelBuffer*>& params,
                         const Bindings& bindings, bool backwards = false);

// Runs one kernel: run_kernel, or something that is held against it.
using KernelRunner = std::function<KernelFailure(
    const Kernel& kernel, const std::vector<KernelBuffer*>& params, const Bindings& bindings)>;

struct LoweredOptions {
  bool strided = false;      // inputs lie in memory in another order, with gaps and an offset
  bool backwards = false;    // outer iterations run in reverse order
  KernelRunner runner = {};  // in the place of run_kernel
};

struct LoweredResult {
  std::vector<Tensor> outputs;
  KernelFailure failure;
};

// Does the Apply lower to a routine? Those are host code, which no interpreter runs.
bool has_routine(const Graph& graph, const Apply& apply);

// Lowers one Apply and runs what it gives, views and temporaries included. Where the Apply destroys
// an input, the output's memory holds that input beforehand. TGC_CHECKs that all of every output
// gets written.
LoweredResult run_lowered(const Graph& graph, const Apply& apply, const std::vector<Tensor>& inputs,
                          const Bindings& bindings, const LoweredOptions& options = {});

}  // namespace tgc
