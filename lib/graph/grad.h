// SPDX-License-Identifier: Apache-2.0
// Reverse-mode gradients as further nodes of the same Graph: Theano's grad(). Linear in the size of
// the Graph, no recursion.
#pragma once
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/builder.h"

namespace tgc {

// What to do about a wrt variable that the cost does not depend on; warn and ignore give zeros.
enum class DisconnectedInputs { raise, warn, ignore };

struct GradOptions {
  std::vector<VariableId> consider_constant;  // nothing flows back through these
  // Variables whose gradient is given: (variable, gradient). What they are computed from gets its
  // gradient from it, in addition to the cost's.
  std::vector<std::pair<VariableId, VariableId>> known_grads;
  DisconnectedInputs disconnected_inputs = DisconnectedInputs::raise;
  // Where the parts of the request stand in the file: "cost", "wrt/0", "known_grads/0".
  std::function<Location(std::string_view part)> locate;
};

// The gradients of scalar `cost` (absent when all of it is in known_grads) with respect to each of
// `wrt`, each with its variable's shape and dtype. Theano's rules: a discrete variable gets zeros
// of floatX and nothing flows back through it; step functions give zeros; a variable that is used
// only where its elements do not matter is disconnected. nullopt after reporting.
std::optional<std::vector<VariableId>> grad(Builder& builder, std::optional<VariableId> cost,
                                            const std::vector<VariableId>& wrt,
                                            const GradOptions& options, Diagnostics& diagnostics);

}  // namespace tgc
