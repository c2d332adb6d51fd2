// SPDX-License-Identifier: Apache-2.0
// What the targets' kernels are held against: every kernel that the examples of the op registry
// lower to, with the memory it is given and what the kernel interpreter (itself held against eval)
// makes of that memory.
#pragma once
#include <string>
#include <vector>

#include "interp/kernel_interpreter.h"
#include "targets/kernel_set.h"

namespace tgc {

struct KernelCase {
  std::string what;  // the example and its variant
  Kernel kernel;
  Bindings bindings;
  std::vector<Tensor> before;  // one flat Tensor per param
  std::vector<Tensor> after;   // of a failing kernel: meaningless
  KernelFailure failure;

  // The narrowest float among the params: what the values passed through.
  [[nodiscard]] DType loosest() const;
  [[nodiscard]] std::vector<int64_t> dims(const EmittedKernel& emitted) const;
  // "" where the memory and the failure are as expected (floats within rounding), else what
  // differs.
  [[nodiscard]] std::string difference(const std::vector<Tensor>& got,
                                       const KernelFailure& failed) const;
};

// Every example of every op: as it is (also on strided inputs and in place), with dims as symbols,
// in each float dtype and some integer ones; then kernels that must fail. Each kernel with each
// memory once.
std::vector<KernelCase> registry_cases();

// The kernels of the cases as one set, equal texts once.
KernelSet make_case_set(const std::vector<KernelCase>& cases, const EmitFunction& emit);

}  // namespace tgc
