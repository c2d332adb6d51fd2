// SPDX-License-Identifier: Apache-2.0
// Formulas that rewrites look for, grown as one: chance alone rarely puts their parts together.
#pragma once
#include "e2e/random/graph_maker.h"

namespace tgc {

// Adds the nodes of a random formula and at times its gradient; false when a node was refused.
bool grow_motif(GraphMaker& maker);

}  // namespace tgc
