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

// The dtypes in which at least one example is accepted, in the order of all_dtypes(). An example
// with neither inputs nor a dtype tells nothing of complex numbers.
std::vector<DType> accepted_dtypes(const OpDef& op);

// The same as words: "bool, int, uint, float" where a kind is whole, else one by one.
std::string dtypes_text(const std::vector<DType>& dtypes);

bool has_gradient(const OpDef& op);

enum class DeviceKind { cpu, cuda };
// How an op gets to run on a kind of device: "kernel", code made for it; "composed", other ops or,
// for loops and branches, steps of the plan; "library", a call of one; "host", on the CPU between
// copies. Empty: not at all, and why.
struct Realization {
  std::string_view how;
  std::string_view reason;
};
Realization realization(const OpDef& op, DeviceKind device);

}  // namespace tgc
