// SPDX-License-Identifier: Apache-2.0
// What the interpreter makes of a graph, and how exactly that must be met. An element's tolerance
// comes from repeated evaluation in which every rounding op sees operands and gives results that
// are off by up to one unit in the last place: errors grow as the graph makes them grow, and only
// there. (Monte Carlo arithmetic: Parker, "Monte Carlo Arithmetic", 1997.) Ops that move, compare
// or select are left exact. Elements that depend on infinities, NaN or overflow are not compared,
// since rewrites may move these; neither are integers that change with the noise.
#pragma once
#include <string>
#include <vector>

#include "graph/model.h"
#include "types/tensor.h"

namespace tgc {

struct ReferenceOutput {
  Tensor value;
  bool is_wild = false;           // not finite somewhere on the way: not compared
  std::vector<double> tolerance;  // of each element; infinite: it changes with the noise
};

struct Reference {
  std::string failure;       // "" when the call succeeds
  bool is_doubtful = false;  // with noise it fails, without it does not, or the other way round
  std::vector<ReferenceOutput> outputs;
};

// Strict: NaN and infinities of float32 and float64 are compared, too, where the noise leaves them.
Reference make_reference(const Function& function, const std::vector<Tensor>& inputs, int samples,
                         bool is_strict = false);

struct Comparison {
  std::string difference;  // "" when all elements agree
  int64_t compared = 0;
  int64_t skipped = 0;
};
Comparison compare(const Tensor& got, const ReferenceOutput& expected);

}  // namespace tgc
