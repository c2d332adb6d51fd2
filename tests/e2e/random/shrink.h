// SPDX-License-Identifier: Apache-2.0
// From a graph that is computed wrongly to a small one that still is.
#pragma once
#include <functional>

#include "e2e/random/sketch.h"

namespace tgc {

// Leaves out outputs and updates, puts inputs in the place of nodes and makes dims smaller, while
// `is_wrong` holds for what is left.
Sketch shrink(Sketch sketch, const std::function<bool(const Sketch&)>& is_wrong);

}  // namespace tgc
