// SPDX-License-Identifier: Apache-2.0
// What surrounds the lifts of gpu_lifts.cpp.
//   InputToGpuArrayOptimizer     argument x -> host_from_gpu(gpu_from_host(x)), so that lifting
//   starts local_gpua_scan_to_gpua, local_gpua_lazy_ifelse  loop or branch on the host -> on the
//   GPU cut_gpua_host_transfers      gpu_from_host(host_from_gpu(x)) -> x, and the reverse
//   cut_gpua_constant_transfers  gpu_from_host(constant) -> a constant on the GPU
//   gpua_assert_no_cpu_op        says which ops are left on the host, as the flag wants
#include <algorithm>

#include "passes/gpu_transfer.h"
#include "passes/graph_copy.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

void move_inputs(Graph& graph, PassContext& context) {
  const std::vector<VariableId> inputs = graph.inputs();
  for (const VariableId id : inputs) {
    const Variable variable = graph.variable(id);
    if (!variable.type.place.is_host() || variable.type.rank() == 0 || variable.value) continue;
    const std::vector<Use> uses = graph.uses(id);
    const bool is_read = std::any_of(uses.begin(), uses.end(), [&](const Use& use) {
      return use.apply.valid() && graph.apply(use.apply).op->name != "gpu_from_host";
    });
    if (!is_read) continue;
    Builder builder = context.builder(graph);
    builder.set_origin(variable.origin);
    const VariableId moved =
        builder.call("gpu_from_host", {id}, {{"context", std::string(kGpuContext)}});
    const VariableId back = builder.call("host_from_gpu", {moved});
    if (context.on_replace) {
      context.on_replace(
          {"InputToGpuArrayOptimizer", variable_label(graph, id), variable_label(graph, back)});
    }
    for (const Use& use : uses) {
      if (!use.apply.valid()) continue;
      const bool is_transfer = graph.apply(use.apply).op->name == "gpu_from_host";
      graph.replace_input(use.apply, use.index, is_transfer ? id : back, "");
    }
  }
}

// The same step or branch with inputs and outputs on the GPU; its body is lifted when the passes
// run inside it.
// Its outputs after the first `count` stay: the host decides when a loop ends.
InnerGraph body_on_gpu(const Graph& body, size_t count, const PassContext& context) {
  Graph moved;
  VariableMap known;
  for (const VariableId id : body.inputs()) {
    const Variable& variable = body.variable(id);
    TensorType type = variable.type;
    type.place = {std::string(kGpuContext)};
    const VariableId input = moved.add_input(type, variable.name, variable.kind, variable.origin);
    if (variable.value) moved.set_value(input, *variable.value);
    known[id] = input;
    if (body.use_count(id) > 0) known[id] = context.builder(moved).call("host_from_gpu", {input});
  }
  for (const ApplyId id : body.topological_order()) copy_apply(body, id, moved, known);
  for (const VariableId id : body.outputs()) {
    Builder builder = context.builder(moved);
    const VariableId output = copied(body, id, moved, known);
    moved.add_output(moved.outputs().size() < count ? on_gpu(builder, output) : output);
  }
  for (const DimEquality& equality : body.equalities()) moved.add_equality(equality);
  return std::make_shared<const Graph>(std::move(moved));
}

// A loop or branch moves as a whole; `first` is its first input that does.
Replacements move_bodies(Rewrite& rewrite, size_t first) {
  const Graph& graph = rewrite.graph;
  const Apply& apply = rewrite.apply;
  if (apply.inner.empty() || !graph.type(apply.outputs[0]).place.is_host()) return {};
  const bool comes_from_gpu = std::any_of(
      apply.inputs.begin(), apply.inputs.end(),
      [&](VariableId input) { return made_by(graph, input, "host_from_gpu") != nullptr; });
  if (!comes_from_gpu) return {};
  std::vector<VariableId> inputs(apply.inputs.begin(),
                                 apply.inputs.begin() + static_cast<std::ptrdiff_t>(first));
  for (size_t i = first; i < apply.inputs.size(); ++i) {
    inputs.push_back(on_gpu(rewrite.builder, apply.inputs[i]));
  }
  std::vector<InnerGraph> inner;
  for (const InnerGraph& body : apply.inner) {
    inner.push_back(body_on_gpu(*body, apply.outputs.size(), rewrite.context));
  }
  const ApplyId made = rewrite.builder.add(apply.op->name, inputs, apply.attributes, inner);
  const std::vector<VariableId> outputs = graph.apply(made).outputs;
  Replacements results;
  for (const VariableId output : outputs) {
    results.push_back(rewrite.builder.call("host_from_gpu", {output}));
  }
  return results;
}

Replacements move_scan(Rewrite& rewrite) {
  return move_bodies(rewrite, 0);
}
// The host decides which branch runs, so the condition stays there.
Replacements move_ifelse(Rewrite& rewrite) {
  return move_bodies(rewrite, 1);
}

Replacements cut_transfers(Rewrite& rewrite) {
  const bool to_gpu = rewrite.apply.op->name == "gpu_from_host";
  const auto source =
      argument_of(rewrite.graph, rewrite.input(0), to_gpu ? "host_from_gpu" : "gpu_from_host");
  return source ? Replacements{*source} : Replacements{};
}

Replacements cut_constants(Rewrite& rewrite) {
  if (rewrite.graph.variable(rewrite.input(0)).kind != VariableKind::constant) return {};
  return {on_gpu(rewrite.builder, rewrite.input(0))};
}

bool is_left_on_host(const Graph& graph, const Apply& apply) {
  const std::string_view op = apply.op->name;
  if (op == "gpu_from_host" || op == "host_from_gpu") return false;
  return std::any_of(apply.outputs.begin(), apply.outputs.end(), [&](VariableId output) {
    const Variable& variable = graph.variable(output);
    return variable.type.place.is_host() && !variable.value;
  });
}

void assert_no_cpu_op(Graph& graph, PassContext& context) {
  for (const ApplyId id : graph.topological_order()) {
    const Apply& apply = graph.apply(id);
    if (!is_left_on_host(graph, apply)) continue;
    const std::string message = "assert_no_cpu_op: " + display_name(graph, apply.outputs[0]) +
                                " (" + std::string(apply.op->name) + ") stays on the host";
    Location location;
    location.pointer = apply.origin.pointer;
    if (context.assert_no_cpu_op == "warn") {
      context.diagnostics.warning("cpu-op-left", message, location);
    } else {
      context.diagnostics.error("cpu-op-left", message, location);
    }
  }
}

}  // namespace

std::vector<Pass> gpu_graph_passes() {
  return {
      graph_pass("InputToGpuArrayOptimizer", "argument x -> host_from_gpu(gpu_from_host(x))",
                 move_inputs),
      node_pass("local_gpua_scan_to_gpua", "a loop on the host -> on the GPU", {"scan"}, move_scan),
      node_pass("local_gpua_lazy_ifelse", "a branch on the host -> on the GPU", {"ifelse"},
                move_ifelse),
      node_pass("cut_gpua_host_transfers", "gpu_from_host(host_from_gpu(x)) -> x, and the reverse",
                {"gpu_from_host", "host_from_gpu"}, cut_transfers),
      node_pass("cut_gpua_constant_transfers", "gpu_from_host(constant) -> a constant on the GPU",
                {"gpu_from_host"}, cut_constants),
      graph_pass("gpua_assert_no_cpu_op", "reports ops that stay on the host", assert_no_cpu_op),
  };
}

}  // namespace tgc
