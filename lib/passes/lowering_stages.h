// SPDX-License-Identifier: Apache-2.0
// Lowering stages: what must happen to every Graph whatever the optimizer. They have no name of
// Theano's, cannot be excluded, and stand in the pipeline at fixed positions.
#pragma once
#include <vector>

#include "passes/pass.h"

namespace tgc {

struct LoweringStage {
  double position = 0;
  bool cuda_only = false;
  bool guard_only = false;  // of mode=NanGuardMode
  Pass pass;
};

// In order of position. Each position is after the target-independent passes (the last is at 10)
// and before those that move the Graph to a GPU (gpuarray_opt at 48.5).
const std::vector<LoweringStage>& lowering_stages();

}  // namespace tgc
