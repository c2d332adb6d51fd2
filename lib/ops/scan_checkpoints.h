// SPDX-License-Identifier: Apache-2.0
// Theano's scan_checkpoints: a loop that keeps its states every few steps only. Its gradient
// computes the steps between again, so that it needs memory for steps / save_every + save_every
// states instead of all of them, and the time of one more forward pass.
#pragma once
#include <vector>

#include "graph/builder.h"

namespace tgc {

// The same loop as `loop`, a scan whose states look back one step and that ends after n_steps: for
// each of its states, then results, the value of steps save_every - 1, 2 save_every - 1, … and of
// the last step, stacked. Steps that do not fill a whole part are a loop of their own.
std::vector<VariableId> checkpointed_scan(Builder& builder, ApplyId loop, int64_t save_every);

}  // namespace tgc
