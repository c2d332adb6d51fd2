// SPDX-License-Identifier: Apache-2.0
// Complex numbers as two real Nodes. Complex arithmetic is written with them, so that gradients,
// passes and kernels see real ops; a complex tensor is made or taken apart at the edges only.
#pragma once
#include <vector>

#include "graph/node.h"
#include "graph/op_def.h"

namespace tgc {

struct Parts {
  Node re, im;
};

// Both parts of a variable; the imaginary one of a real variable is zeros of its shape.
Parts parts_of(Builder& builder, VariableId variable);
Node joined(const Parts& parts);  // the complex number

// Gives OpDef::on_complex to the ops that know complex numbers.
void add_complex_rules(std::vector<OpDef>& records);

}  // namespace tgc
