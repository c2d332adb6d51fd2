// SPDX-License-Identifier: Apache-2.0
// Loop transformations every target wants: dropping loops of one iteration and joining neighbours
// that walk memory without a gap. Both never change what a kernel computes.
#pragma once
#include <functional>
#include <vector>

#include "kernel/kernel.h"

namespace tgc {

// Joins outer loops (and the loops of Reduces and ForEachs) where every address allows it; drops
// loops of extent 1.
Kernel collapse_loops(const Kernel& kernel);

// Calls f on every address of the body, nested statements and expressions included.
void for_each_address(const Body& body, const std::function<void(const IndexExpr&)>& f);
// Calls f on every expression node of the body, nested ones included (each visit once per parent).
void for_each_expr(const Body& body, const std::function<void(const ExprRef&)>& f);

}  // namespace tgc
