// SPDX-License-Identifier: Apache-2.0
// The reference interpreter: evaluates a Graph on host Tensors in the plainest way, one Apply after
// the other with the ops' own eval. It is the oracle for passes, kernels and gradients.
#pragma once
#include <string>
#include <vector>

#include "graph/model.h"
#include "interp/bindings.h"
#include "types/tensor.h"

namespace tgc {

struct EvaluateResult {
  std::vector<Tensor> outputs;  // in order of graph.outputs(); empty when it failed
  std::string failure;          // names the user's node and the inputs' shapes
};

// Inputs in order of graph.inputs(). `bounds` are the model's dims, whose limits are checked. Only
// what the outputs need is evaluated: of an ifelse the condition and the branch it takes.
EvaluateResult evaluate(const Graph& graph, const std::vector<Tensor>& inputs,
                        const std::vector<DimSymbol>& bounds = {});
// The same for an inner Graph, whose symbols may be bound outside.
EvaluateResult evaluate(const Graph& graph, const std::vector<Tensor>& inputs, Bindings bindings,
                        const std::vector<DimSymbol>& bounds = {});

}  // namespace tgc
