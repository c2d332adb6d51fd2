// SPDX-License-Identifier: Apache-2.0
// See match.h.
#include "passes/match.h"

#include <algorithm>
#include <cmath>

#include "graph/verifier.h"
#include "kernel/scalar_value.h"
#include "support/check.h"

namespace tgc {
namespace {

std::optional<double> uniform_element(const Tensor& tensor) {
  if (tensor.size() == 0 || is_complex(tensor.dtype())) return std::nullopt;
  constexpr int64_t kLooked = 4096;  // larger constants are weights, not fills
  if (tensor.size() > kLooked) return std::nullopt;
  const int64_t size = tensor.byte_size() / tensor.size();
  for (int64_t i = 1; i < tensor.size(); ++i) {
    if (!std::equal(tensor.bytes(), tensor.bytes() + size, tensor.bytes() + i * size)) {
      return std::nullopt;
    }
  }
  const double value = element(tensor, 0).as_double();
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (is_discrete(tensor.dtype()) && std::abs(value) >= kExact) return std::nullopt;
  return value;
}

}  // namespace

const Apply* made_by(const Graph& graph, VariableId id, std::string_view op) {
  const Apply* owner = graph.owner(id);
  return owner != nullptr && owner->op->name == op ? owner : nullptr;
}

std::optional<VariableId> argument_of(const Graph& graph, VariableId id, std::string_view op,
                                      size_t index) {
  const Apply* owner = made_by(graph, id, op);
  if (owner == nullptr || index >= owner->inputs.size()) return std::nullopt;
  return owner->inputs[index];
}

std::optional<double> uniform_value(const Graph& graph, VariableId id) {
  const DType dtype = graph.type(id).dtype;
  for (;;) {
    const Variable& variable = graph.variable(id);
    if (variable.kind == VariableKind::constant) {
      const auto value = uniform_element(*variable.constant);
      if (!value || variable.type.dtype == dtype) return value;
      const ScalarValue converted = cast(scalar_value(variable.type.dtype, *value), dtype);
      return converted.as_double() == *value ? value : std::nullopt;
    }
    const Apply* owner = graph.owner(id);
    if (owner == nullptr) return std::nullopt;
    const std::string_view op = owner->op->name;
    if (op == "alloc" || op == "dimshuffle" || op == "reshape" || op == "cast" ||
        op == "gpu_from_host" || op == "host_from_gpu") {
      id = owner->inputs.at(0);
    } else if (op == "fill") {
      id = owner->inputs.at(1);
    } else {
      return std::nullopt;
    }
  }
}

bool is_uniform(const Graph& graph, VariableId id, double value) {
  return uniform_value(graph, id) == value;
}

std::optional<VariableId> scalar_behind(const Graph& graph, VariableId id) {
  for (;;) {
    if (graph.type(id).rank() == 0) return id;
    const auto source = argument_of(graph, id, "dimshuffle");
    if (!source) break;
    id = *source;
  }
  const Variable& variable = graph.variable(id);
  const bool is_single = variable.kind == VariableKind::constant && variable.constant->size() == 1;
  return is_single ? std::optional(id) : std::nullopt;
}

Node as_scalar(Builder& builder, VariableId scalar, DType dtype) {
  const Variable variable = builder.graph().variable(scalar);
  if (variable.type.rank() == 0) return Node(builder, scalar).cast(dtype);
  auto value = std::make_shared<const Tensor>(variable.constant->reshaped({}).cast_to(dtype));
  return {builder,
          builder.graph().add_constant(std::move(value), {}, variable.origin, variable.type.place)};
}

bool has_one_use(const Graph& graph, VariableId id) {
  return graph.use_count(id) == 1 && !is_graph_output(graph, id);
}

VariableId fitted(Builder& builder, VariableId value, const TensorType& wanted) {
  const VariableId typed = builder.cast(value, wanted.dtype);
  if (shapes_agree(builder.graph().type(typed).shape, wanted.shape)) return typed;
  return builder.alloc(typed, wanted.shape);
}

VariableId filled(Builder& builder, double value, const TensorType& wanted) {
  return fitted(builder, builder.scalar(wanted.dtype, value), wanted);
}

Node combined(std::string_view op, const std::vector<Node>& terms) {
  TGC_CHECK(!terms.empty(), "combining nothing");
  if (terms.size() == 1) return terms[0];
  return terms[0].call(op, {terms.begin() + 1, terms.end()});
}

bool is_graph_output(const Graph& graph, VariableId id) {
  const auto uses = graph.uses(id);
  return !uses.empty() && !uses.front().apply.valid();  // sorted: invalid ids come first
}

}  // namespace tgc
