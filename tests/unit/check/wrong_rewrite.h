// SPDX-License-Identifier: Apache-2.0
// A rewrite that is wrong on purpose, for tests of what finds such: tanh(x) -> tan(x).
#pragma once
#include "passes/pipeline.h"

namespace tgc {

inline const Pass& wrong_rewrite() {
  static const Pass kPass =
      node_pass("wrong_tanh", "tanh(x) -> tan(x)", {"tanh"},
                [](Rewrite& rewrite) { return rewrite.give(rewrite.x().call("tan")); });
  return kPass;
}

}  // namespace tgc
