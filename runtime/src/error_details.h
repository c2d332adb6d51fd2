// SPDX-License-Identifier: Apache-2.0
// What exception_verbosity=high adds to the message of an op that failed, in Theano's words: types
// and strides of the arguments, the node with what it reads and writes, the footprint of memory.
#pragma once
#include <string>

#include "binding.h"

namespace tgc::runtime {

// What a failed kernel reports: "index 12 is out of bounds".
std::string failure_text(int64_t code, int64_t value);
// What a step reads, with the shapes that the plan tells and else the number of elements:
// "x[3], table[100, 8] and rows (12 elements)".
std::string arrays_text(const PlanFile& plan, const FunctionEntry& function,
                        const tgc_plan_step& step, const Binding& binding);
std::string error_details(const PlanFile& plan, const FunctionEntry& function,
                          const tgc_plan_step& step, const Binding& binding);

}  // namespace tgc::runtime
