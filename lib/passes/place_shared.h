// SPDX-License-Identifier: Apache-2.0
// The stage that gives shared variables their home on the GPU.
#pragma once
#include "passes/pass.h"

namespace tgc {

void place_shared(Graph& graph, PassContext& context);

}  // namespace tgc
