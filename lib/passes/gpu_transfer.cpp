// SPDX-License-Identifier: Apache-2.0
// See gpu_transfer.h.
#include "passes/gpu_transfer.h"

#include "passes/match.h"

namespace tgc {
namespace {

// The result of a transfer op that already reads `id`.
std::optional<VariableId> existing(const Graph& graph, VariableId id, std::string_view op) {
  for (const Use& use : graph.uses(id)) {
    if (!use.apply.valid()) continue;
    const Apply& apply = graph.apply(use.apply);
    if (apply.op->name == op) return apply.outputs[0];
  }
  return std::nullopt;
}

}  // namespace

VariableId on_gpu(Builder& builder, VariableId id) {
  Graph& graph = builder.graph();
  if (!graph.type(id).place.is_host()) return id;
  if (const auto source = argument_of(graph, id, "host_from_gpu")) return *source;
  const Variable variable = graph.variable(id);
  if (variable.kind == VariableKind::constant) {
    return graph.add_constant(variable.constant, variable.name, variable.origin,
                              {std::string(kGpuContext)});
  }
  if (const auto known = existing(graph, id, "gpu_from_host")) return *known;
  return builder.call("gpu_from_host", {id}, {{"context", std::string(kGpuContext)}});
}

VariableId on_host(Builder& builder, VariableId id) {
  const Graph& graph = builder.graph();
  if (graph.type(id).place.is_host()) return id;
  if (const auto source = argument_of(graph, id, "gpu_from_host")) return *source;
  if (const auto known = existing(graph, id, "host_from_gpu")) return *known;
  return builder.call("host_from_gpu", {id});
}

}  // namespace tgc
