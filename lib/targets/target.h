// SPDX-License-Identifier: Apache-2.0
// What a target makes of one kernel: text, and the facts the plan's variants need to launch it.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "kernel/kernel.h"

namespace tgc {

// The text of one kernel function. `body` holds kEntryMark where the function's name goes, so equal
// bodies are recognised before they are named.
inline constexpr std::string_view kEntryMark = "@entry@";

struct EmittedKernel {
  std::string body;
  std::vector<DimExpr> dims;         // arguments d0, d1, … in order
  std::optional<DimExpr> predicate;  // chosen where it is not 0; none: always
  std::string header = {};           // included besides the prelude: "tgc/routines/sort.h"
  DimExpr needs = 1;  // where it is 0 the kernel would be wrong (the predicate is too)
  // host
  DimExpr tasks = 1;
  int64_t grain = 1;    // tasks worth a thread
  int64_t scratch = 0;  // bytes per thread; CUDA: dynamic shared bytes
  // CUDA
  std::array<DimExpr, 3> grid = {1, 1, 1};
  std::array<int64_t, 3> block = {1, 1, 1};
};

}  // namespace tgc
