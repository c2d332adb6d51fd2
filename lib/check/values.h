// SPDX-License-Identifier: Apache-2.0
// Are two values the same but for rounding? What was not finite before says nothing: making it
// finite is what the rewrites for stability are for.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "types/tensor.h"

namespace tgc {

// Two floats a, b differ where |a - b| > absolute * (1 + largest |a|) + relative * |a|.
struct Tolerance {
  double relative = 0;
  double absolute = 0;
};

// For values of the dtype that were computed in `coarsest` (float32 parts of a float64 graph) or
// better. `sloppiness` is Theano's tensor.cmp_sloppy: 0, 1 and 2 take 1, 10 and 100 times as much.
Tolerance tolerance_of(DType dtype, DType coarsest, int sloppiness);

struct Difference {
  int64_t count = 0;  // elements that differ; 0: the dtype or dims do
  int64_t total = 0;
  std::string text;  // "[1, 2] was 0, is 1; 3 of 6 elements differ by more than ..."
};

std::optional<Difference> difference_of(const Tensor& before, const Tensor& after,
                                        const Tolerance& tolerance);

bool is_all_finite(const Tensor& tensor);

}  // namespace tgc
