// SPDX-License-Identifier: Apache-2.0
// The random graph of a seed.
#pragma once
#include "e2e/random/sketch.h"

namespace tgc {

struct GenerateOptions {
  int nodes = 0;          // 0: the seed decides, 2 to 200, mostly few
  bool is_wild = false;   // many nodes may overflow or fail
  bool is_small = false;  // few nodes and elements, for slow devices
};

Sketch generate(uint64_t seed, const GenerateOptions& options);

}  // namespace tgc
