// SPDX-License-Identifier: Apache-2.0
// The stage that makes ifelse lazy: what only one branch needs moves into that branch's Graph.
#pragma once
#include "passes/pass.h"

namespace tgc {

void sink_ifelse(Graph& graph, PassContext& context);

}  // namespace tgc
