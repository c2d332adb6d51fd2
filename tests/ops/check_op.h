// SPDX-License-Identifier: Apache-2.0
// The checks that hold for every op: kernels against eval, gradients against finite differences.
#pragma once
#include <string>
#include <vector>

#include "graph/builder.h"
#include "interp/kernel_interpreter.h"

namespace tgc {

// "" when equal within `relative` of the larger magnitude in the tensor (integers: exactly; NaN
// equals NaN), else where they differ.
std::string difference(const Tensor& got, const Tensor& expected, double relative);

// The tolerance for results computed in `dtype` by another order of operations.
double tolerance(DType dtype);

// Runs every Apply of the graph that has a lowering through the kernel interpreter, on contiguous
// and strided inputs, forwards and backwards, and in place where an elementwise result has an
// input's type; compares with eval. Returns the first disagreement, or "".
struct KernelCheckOptions {
  KernelRunner runner;      // in the interpreter's place
  bool is_thorough = true;  // strided and backwards too
  // Whether `runner` runs Routines, which the interpreter cannot; what needs one is left out else.
  bool runs_routines = false;
};
std::string check_kernels(const Graph& graph, const std::vector<Tensor>& inputs,
                          const KernelCheckOptions& options = {});

// Gradients of a weighted sum of the float outputs with respect to all float inputs, against
// central differences. Returns the first disagreement, or "". `gradient_graph`, when given, gets
// the graph that computes them.
std::string check_gradients(const Graph& graph, const std::vector<Tensor>& inputs,
                            Graph* gradient_graph);

}  // namespace tgc
