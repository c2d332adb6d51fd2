// SPDX-License-Identifier: Apache-2.0
// See op_run.h.
#include "unit/ops/op_run.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "catch2/catch.hpp"
#include "interp/interpreter.h"
#include "interp/kernel_interpreter.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

void require_same(const Tensor& got, const Tensor& expected) {
  REQUIRE(got.dtype() == expected.dtype());
  REQUIRE(got.dims() == expected.dims());
  const double tolerance = expected.dtype() == DType::float64   ? 1e-12
                           : expected.dtype() == DType::float32 ? 1e-5
                                                                : 1e-2;
  for (int64_t i = 0; i < expected.size(); ++i) {
    INFO("element " << i);
    if (is_discrete(expected.dtype())) {
      REQUIRE(got.get_int(i) == expected.get_int(i));
      continue;
    }
    const double want = expected.get_double(i);
    if (std::isfinite(want)) {
      REQUIRE(got.get_double(i) == Approx(want).epsilon(tolerance).margin(tolerance));
    } else {
      REQUIRE((std::isnan(want) ? std::isnan(got.get_double(i)) : got.get_double(i) == want));
    }
  }
}

std::vector<VariableId> add_inputs(Graph& graph, const OpCase& op_case) {
  std::vector<VariableId> inputs;
  for (size_t i = 0; i < op_case.inputs.size(); ++i) {
    TensorType type;
    type.dtype = op_case.inputs[i].dtype();
    const auto& dims = op_case.inputs[i].dims();
    for (size_t axis = 0; axis < dims.size(); ++axis) {
      const bool is_symbol = op_case.symbolic && dims[axis] != 1;
      type.shape.push_back(is_symbol ? DimExpr::symbol(dim_name(i, axis)) : DimExpr(dims[axis]));
    }
    inputs.push_back(graph.add_input(type, "x" + std::to_string(i)));
  }
  for (const size_t i : op_case.known_values) {
    graph.set_value(inputs[i], {DimExpr::symbol("v" + std::to_string(i), SymbolKind::value)});
  }
  return inputs;
}

// The tensors the Apply reads, when they are all arguments and constants.
std::optional<std::vector<Tensor>> operands_of(const Graph& graph, const Apply& apply,
                                               const std::vector<Tensor>& inputs) {
  std::vector<Tensor> operands;
  for (const VariableId id : apply.inputs) {
    const auto found = std::find(graph.inputs().begin(), graph.inputs().end(), id);
    const Variable& variable = graph.variable(id);
    if (found != graph.inputs().end()) {
      operands.push_back(inputs.at(static_cast<size_t>(found - graph.inputs().begin())));
    } else if (variable.constant) {
      operands.push_back(*variable.constant);
    } else {
      return std::nullopt;
    }
  }
  return operands;
}

void check_lowering(const Graph& graph, const Apply& apply, const std::vector<Tensor>& inputs,
                    const Bindings& bindings, OpRun& run) {
  if (apply.outputs.size() != run.outputs.size()) return;  // one node of a composition
  for (const bool strided : {false, true}) {
    for (const bool backwards : {false, true}) {
      INFO("strided " << strided << ", backwards " << backwards);
      LoweredOptions options;
      options.strided = strided;
      options.backwards = backwards;
      const LoweredResult result = run_lowered(graph, apply, inputs, bindings, options);
      REQUIRE((result.failure.code != 0) == !run.failure.empty());
      if (!run.failure.empty()) continue;
      REQUIRE(result.outputs.size() == run.outputs.size());
      for (size_t i = 0; i < run.outputs.size(); ++i) {
        require_same(result.outputs[i], run.outputs[i]);
      }
    }
  }
  LowerContext context(graph, apply);
  for (const VariableId input : apply.inputs) {
    context.inputs.push_back(contiguous_layout(graph, input));
  }
  for (const VariableId output : apply.outputs) {
    context.outputs.push_back(contiguous_layout(graph, output));
  }
  context.kernel_name = "k";
  apply.op->lower(context);
  run.kernels = static_cast<int>(context.result.kernels.size());
  run.views = static_cast<int>(context.result.views.size());
}

}  // namespace

std::string dim_name(size_t input, size_t axis) {
  return std::string(1, "nmpqrs"[input]) + std::to_string(axis);
}

OpRun run_op(const OpCase& op_case) {
  INFO("op " << op_case.op << (op_case.symbolic ? ", symbolic dims" : ""));
  Graph graph;
  Builder builder(graph, op_registry());
  NodeSpec spec;
  spec.op = &op_registry().get(op_case.op);
  spec.inputs = add_inputs(graph, op_case);
  spec.attributes = op_case.attributes;
  OpRun run;
  Diagnostics diagnostics;
  const auto outputs = builder.add_node(std::move(spec), diagnostics);
  if (!outputs) {
    REQUIRE(diagnostics.has_errors());
    run.diagnostic = diagnostics.all()[0].message;
    run.code = diagnostics.all()[0].code;
    return run;
  }
  const Apply* apply = graph.owner(outputs->at(0));
  if (op_case.in_place) graph.set_destroys(apply->id, {{0, 0}});
  return run_node(graph, *outputs, op_case.inputs);
}

OpRun run_node(Graph& graph, const std::vector<VariableId>& outputs,
               const std::vector<Tensor>& inputs) {
  OpRun run;
  for (const VariableId output : outputs) {
    graph.add_output(output);
    run.types.push_back(graph.type(output));
  }
  EvaluateResult result = evaluate(graph, inputs);
  run.outputs = std::move(result.outputs);
  run.failure = std::move(result.failure);
  Bindings bindings;
  const bool is_bound =
      bindings.bind(graph, inputs).empty() && bindings.check_equalities(graph).empty();
  const Apply* apply = graph.owner(outputs.at(0));
  if (!is_bound || apply == nullptr || apply->op->lower == nullptr) return run;
  if (const auto operands = operands_of(graph, *apply, inputs)) {
    check_lowering(graph, *apply, *operands, bindings, run);
  }
  return run;
}

Tensor tensor(DType dtype, std::vector<int64_t> dims, const std::vector<double>& values) {
  Tensor result(dtype, std::move(dims));
  REQUIRE(result.size() == static_cast<int64_t>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    result.set_double(static_cast<int64_t>(i), values[i]);
  }
  return result;
}

Tensor filled(DType dtype, std::vector<int64_t> dims, int64_t step) {
  Tensor result(dtype, std::move(dims));
  for (int64_t i = 0; i < result.size(); ++i) {
    result.set_double(i, static_cast<double>(i * step % 13 - 6));
  }
  return result;
}

std::vector<double> values_of(const Tensor& tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.size(); ++i) values.push_back(tensor.get_double(i));
  return values;
}

}  // namespace tgc
