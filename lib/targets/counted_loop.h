// SPDX-License-Identifier: Apache-2.0
// Serial loops whose number of iterations data decides. In Kernel IR such a loop runs over all it
// could need, and from `count` on an iteration does nothing: its body is one If (index < count) and
// what it carries stays. Targets end the loop there.
#pragma once
#include <optional>
#include <vector>

#include "kernel/kernel.h"

namespace tgc {

struct CountedLoop {
  ExprRef count;                 // int64, at most the loop's extent, free of its counter
  std::vector<Carried> carried;  // `next` of the iterations that do something
  std::shared_ptr<const Body> body;
};

std::optional<CountedLoop> counted_loop(const Serial& serial);

}  // namespace tgc
