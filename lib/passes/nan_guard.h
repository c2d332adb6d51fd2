// SPDX-License-Identifier: Apache-2.0
// The stage of NanGuardMode: every float that is computed, and every float argument and shared
// variable, is looked at before it is used.
#pragma once
#include "passes/pass.h"

namespace tgc {

void nan_guard(Graph& graph, PassContext& context);

}  // namespace tgc
