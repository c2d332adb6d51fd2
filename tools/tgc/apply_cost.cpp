// SPDX-License-Identifier: Apache-2.0
// See apply_cost.h.
#include "tgc/apply_cost.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "graph/op_def.h"

namespace tgc {
namespace {

DimExpr bytes_of(const TensorType& type) {
  return element_count(type.shape) * DimExpr(dtype_size(type.dtype));
}

bool is_among(std::string_view op, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), op) != names.end();
}

// Which input is the left factor; its last axis is summed over.
std::optional<size_t> left_factor(std::string_view op) {
  if (is_among(op, {"dot", "dot22", "dot22scalar", "batched_dot"})) return 0;
  if (is_among(op, {"gemm", "gemv"})) return 2;
  return std::nullopt;
}

bool is_reduction(std::string_view op) {
  return is_among(op, {"sum", "prod", "mean", "max", "min", "argmax", "argmin", "all", "any",
                       "cumsum", "cumprod"});
}

}  // namespace

ApplyCost apply_cost(const Graph& graph, const Apply& apply) {
  ApplyCost cost;
  const std::set<VariableId> read(apply.inputs.begin(), apply.inputs.end());
  for (const VariableId input : read) cost.bytes = cost.bytes + bytes_of(graph.type(input));
  for (const VariableId output : apply.outputs) {
    cost.bytes = cost.bytes + bytes_of(graph.type(output));
  }
  const std::string_view op = apply.op->name;
  const DimExpr results = element_count(graph.type(apply.outputs.at(0)).shape);
  if (op == "composite") {
    cost.flops = results * DimExpr(static_cast<int64_t>(apply.inner.at(0)->apply_count()));
  } else if (apply.op->is_elementwise()) {
    cost.flops = results;
  } else if (const auto left = left_factor(op)) {
    const Shape& shape = graph.type(apply.inputs.at(*left)).shape;
    const DimExpr depth = shape.empty() ? DimExpr(1) : shape.back();
    cost.flops = DimExpr(2) * results * depth;
  } else if (op == "ger") {
    cost.flops = DimExpr(2) * results;
  } else if (is_reduction(op)) {
    cost.flops = element_count(graph.type(apply.inputs.at(0)).shape);
  }
  return cost;
}

}  // namespace tgc
