// SPDX-License-Identifier: Apache-2.0
// Proposals for nodes: any op of the registry from its definition and examples, and for ops whose
// operands must fit each other families that know how.
#pragma once
#include <vector>

#include "e2e/random/graph_maker.h"

namespace tgc {

// Tries once to add a node of the op; false when the proposal was refused.
bool grow(GraphMaker& maker, const OpDef& op);
// From one of the op's examples, with operands that fit it.
bool grow_from_example(GraphMaker& maker, const OpDef& op);
// From its definition: as many inputs as it takes, random attributes.
bool grow_from_definition(GraphMaker& maker, const OpDef& op);
// nullopt: there is no family for the op.
std::optional<bool> grow_from_family(GraphMaker& maker, const OpDef& op);
std::optional<bool> grow_from_index_family(GraphMaker& maker, const OpDef& op);

bool grow_scan(GraphMaker& maker);
bool grow_branch(GraphMaker& maker);
bool grow_gradient(GraphMaker& maker);

// The ops that files may name.
const std::vector<const OpDef*>& drawn_ops();
// Tries several times, at last from an example.
bool grow_op(GraphMaker& maker, const OpDef& op);
// Any ops, formulas and gradients.
void grow_some(GraphMaker& maker, int nodes);

}  // namespace tgc
