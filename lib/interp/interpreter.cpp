// SPDX-License-Identifier: Apache-2.0
// See interpreter.h.
#include "interp/interpreter.h"

#include <utility>

#include "interp/evaluation.h"

namespace tgc {

EvaluateResult evaluate(const Graph& graph, const std::vector<Tensor>& inputs,
                        const std::vector<DimSymbol>& bounds) {
  return evaluate(graph, inputs, Bindings{}, bounds);
}

EvaluateResult evaluate(const Graph& graph, const std::vector<Tensor>& inputs, Bindings bindings,
                        const std::vector<DimSymbol>& bounds) {
  Evaluation evaluation(graph, std::move(bindings));
  evaluation.bind(inputs, bounds);
  EvaluateResult result;
  for (const VariableId output : graph.outputs()) evaluation.find(output);
  result.failure = evaluation.failure();
  if (!result.failure.empty()) return result;
  for (const VariableId output : graph.outputs()) {
    result.outputs.push_back(*evaluation.find(output));
  }
  return result;
}

}  // namespace tgc
