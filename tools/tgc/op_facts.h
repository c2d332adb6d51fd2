// SPDX-License-Identifier: Apache-2.0
// What `tgc ops` says of an op beyond its record: which dtypes it takes, found by asking the reader
// of graph files to accept the op's own examples in each dtype.
#pragma once
#include <string>
#include <vector>

#include "graph/op_def.h"
#include "types/dtype.h"

namespace tgc {

// A whole graph file with the example as its only node and "example" as its only function. The
// dtype of the inputs named like the first floating-point one (or the first one) becomes `dtype`.
std::string example_model(const OpExample& example, DType dtype);

// The dtypes in which at least one example is accepted, in the order of all_dtypes().
std::vector<DType> accepted_dtypes(const OpDef& op);

bool has_gradient(const OpDef& op);
// Is there a way to compiled code? The same for every target, as all of them take Kernel IR.
bool is_compiled(const OpDef& op);

}  // namespace tgc
