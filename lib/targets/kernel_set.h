// SPDX-License-Identifier: Apache-2.0
// KernelSet: the kernels of a plan as text, equal ones once. Params are renamed p0, p1, … before
// printing, so that layers of the same shape share one kernel; comments keep the user's names.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "targets/target.h"

namespace tgc {

struct UniqueKernel {
  std::string name;                // a C identifier, unique in the set
  std::string text;                // with its name in place
  std::vector<std::string> nodes;  // the user's nodes of all its users, sorted
  bool is_contraction = false;
  std::string header;  // EmittedKernel::header
};

// For messages: "gemm_1 (p, loss)".
std::string kernel_label(const UniqueKernel& kernel);

struct KernelSet {
  std::vector<UniqueKernel> kernels;
  // One entry per input kernel, in order: launch facts, and which unique kernel each variant is.
  struct Use {
    std::vector<EmittedKernel> variants;
    std::vector<int> kernels;
  };
  std::vector<Use> uses;
};

using EmitFunction = std::function<std::vector<EmittedKernel>(const Kernel&)>;

// Selects which of `kernels` to print (a plan may mix host and device kernels).
KernelSet make_kernel_set(const std::vector<Kernel>& kernels, const std::vector<bool>& selected,
                          const EmitFunction& emit);

}  // namespace tgc
