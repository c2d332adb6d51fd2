// SPDX-License-Identifier: Apache-2.0
// ShapeOpt, local_shape_to_shape_i: sizes that are known before the call need no tensor.
//   shape_i(x, 0) + 1  ->  dim(n + 1), or the constant it is
//   shape(x)           ->  a constant vector where all dims are integers
// In Theano ShapeOpt attaches symbolic shapes to the graph; here every type has its shape, and the
// integers computed from shapes carry their value, so the pass only uses what is known.
// Guarantees: the value is the same; the tensor whose size was asked for may become unused.
#include "graph/op_def.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

std::shared_ptr<const Tensor> constant_of(const TensorType& type,
                                          const std::vector<DimExpr>& value) {
  std::vector<int64_t> dims;
  for (const DimExpr& dim : type.shape) {
    const auto length = dim.constant();
    if (!length) return nullptr;
    dims.push_back(*length);
  }
  auto tensor = std::make_shared<Tensor>(type.dtype, dims);
  if (tensor->size() != static_cast<int64_t>(value.size())) return nullptr;
  for (size_t i = 0; i < value.size(); ++i) {
    const auto number = value[i].constant();
    if (!number) return nullptr;
    tensor->set_int(static_cast<int64_t>(i), *number);
  }
  return tensor;
}

bool is_from_a_dim(const Graph& graph, VariableId id) {
  const auto inner = argument_of(graph, id, "cast");
  return made_by(graph, inner ? *inner : id, "dim") != nullptr;
}

// What the variable of a known value becomes; nullopt: it is that already, or cannot be.
std::optional<VariableId> value_of(Graph& graph, const PassContext& context, VariableId id) {
  const Variable variable = graph.variable(id);
  if (!variable.value || is_float(variable.type.dtype) || !variable.type.place.is_host()) {
    return std::nullopt;
  }
  if (auto constant = constant_of(variable.type, *variable.value)) {
    return graph.add_constant(std::move(constant), {}, variable.origin);
  }
  if (!has_bound_value(variable) || is_from_a_dim(graph, id)) return std::nullopt;
  Builder builder = context.builder(graph);
  builder.set_origin(variable.origin);
  const VariableId dim = builder.call("dim", {}, {{"value", variable.value->front()}});
  return builder.cast(dim, variable.type.dtype);
}

void shape_opt(Graph& graph, PassContext& context) {
  for (const ApplyId id : graph.topological_order()) {
    const std::vector<VariableId> outputs = graph.apply(id).outputs;
    for (const VariableId output : outputs) {
      if (graph.use_count(output) == 0) continue;
      const auto value = value_of(graph, context, output);
      if (value && context.allows_one()) replace_in(graph, context, "ShapeOpt", output, *value);
    }
  }
}

Replacements shape_to_shape_i(Rewrite& rewrite) {
  const auto value = value_of(rewrite.graph, rewrite.context, rewrite.output());
  return value ? Replacements{*value} : Replacements{};
}

}  // namespace

std::vector<Pass> shape_opt_passes() {
  return {graph_pass("ShapeOpt", "sizes and arithmetic on them -> dims and constants", shape_opt),
          node_pass("local_shape_to_shape_i", "shape(x) -> its dims", {"shape", "shape_i"},
                    shape_to_shape_i)};
}

}  // namespace tgc
