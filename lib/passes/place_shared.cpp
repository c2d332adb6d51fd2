// SPDX-License-Identifier: Apache-2.0
// Mandatory stage of graphs compiled for a GPU. Before -> after:
//   y = f(w); update w: g(w)  ->  y = f(host_from_gpu(w)); update w: gpu_from_host(g(...))
// Shared variables live on the GPU, arguments and results on the host (Theano's rule with a cuda
// device). Everything else stays where it is until the passes of gpuarray_opt move it.
#include "passes/place_shared.h"

#include <utility>

#include "passes/gpu_transfer.h"
#include "passes/graph_copy.h"

namespace tgc {

void place_shared(Graph& graph, PassContext& context) {
  Graph placed;
  VariableMap known;
  for (const VariableId id : graph.inputs()) {
    const Variable& variable = graph.variable(id);
    TensorType type = variable.type;
    if (variable.kind == VariableKind::shared) type.place = {std::string(kGpuContext)};
    const VariableId input = placed.add_input(type, variable.name, variable.kind, variable.origin);
    if (variable.value) placed.set_value(input, *variable.value);
    known[id] = input;
    const bool moves = type.place != variable.type.place && graph.use_count(id) > 0;
    if (moves) known[id] = context.builder(placed).call("host_from_gpu", {input});
  }
  for (const ApplyId id : graph.topological_order()) copy_apply(graph, id, placed, known);
  for (const VariableId id : graph.outputs()) placed.add_output(copied(graph, id, placed, known));
  for (const DimEquality& equality : graph.equalities()) placed.add_equality(equality);
  for (const Update& update : context.updates) {
    const VariableId value = placed.outputs().at(update.output);
    if (!placed.type(value).place.is_host()) continue;
    placed.set_output(update.output,
                      context.builder(placed).call("gpu_from_host", {value},
                                                   {{"context", std::string(kGpuContext)}}));
  }
  graph = std::move(placed);
}

}  // namespace tgc
