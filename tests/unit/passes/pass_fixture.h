// SPDX-License-Identifier: Apache-2.0
// A function under construction for pass tests: formulas in, optimised and evaluated values out.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catch2/catch.hpp"
#include "graph/node.h"
#include "graph/printer.h"
#include "interp/interpreter.h"
#include "ops/op_list.h"
#include "ops/scan.h"
#include "passes/pass_manager.h"

namespace tgc {

class PassFixture {
 public:
  explicit PassFixture(DType dtype = DType::float32) : dtype_(dtype) { function.name = "f"; }

  Builder& builder() {
    builders_.push_back(std::make_unique<Builder>(function.graph, op_registry(), DType::float32));
    return *builders_.back();
  }
  Node input(std::string name, Shape shape) {
    return input(std::move(name), std::move(shape), dtype_);
  }
  Node input(std::string name, Shape shape, DType dtype) {
    return {builder(), function.graph.add_input({dtype, std::move(shape), {}}, std::move(name))};
  }
  Node shared(std::string name, Shape shape) {
    return {builder(), function.graph.add_input({dtype_, std::move(shape), {}}, std::move(name),
                                                VariableKind::shared)};
  }
  Node constant(double value) { return {builder(), builder().scalar(dtype_, value)}; }
  void output(const Node& node) {
    function.graph.add_output(node.id());
    function.output_names.push_back("out" + std::to_string(function.output_names.size()));
  }
  void update(std::string shared, const Node& value) {
    function.updates.push_back({std::move(shared), function.graph.outputs().size()});
    function.graph.add_output(value.id());
  }

  static PipelineOptions options(std::string optimizer) {
    PipelineOptions result;
    result.optimizer = std::move(optimizer);
    result.float_x = DType::float32;
    result.verify = true;
    return result;
  }
  // Optimises a copy of the function; fails the test on any diagnostic.
  Function optimized(const PipelineOptions& wanted) const {
    Function copy = function;
    Diagnostics diagnostics;
    const auto report = optimize(copy, wanted, diagnostics);
    for (const Diagnostic& diagnostic : diagnostics.all()) FAIL_CHECK(diagnostic.message);
    CHECK(report.has_value());
    return copy;
  }
  Function optimized(std::string optimizer) const {
    return optimized(options(std::move(optimizer)));
  }
  std::string text(std::string optimizer) const {
    return graph_text(optimized(std::move(optimizer)).graph);
  }

  static std::vector<Tensor> values(const Function& of, const std::vector<Tensor>& inputs) {
    EvaluateResult result = evaluate(of.graph, inputs);
    CHECK(result.failure == "");
    return std::move(result.outputs);
  }
  // The first element of the first output.
  double value(std::string optimizer, const std::vector<Tensor>& inputs) const {
    return values(optimized(std::move(optimizer)), inputs).at(0).get_double(0);
  }

  Function function;

 private:
  DType dtype_;
  std::vector<std::unique_ptr<Builder>> builders_;
};

inline Tensor tensor(DType dtype, std::vector<int64_t> dims, const std::vector<double>& values) {
  Tensor result(dtype, std::move(dims));
  for (size_t i = 0; i < values.size(); ++i) {
    result.set_double(static_cast<int64_t>(i), values[i]);
  }
  return result;
}
inline Tensor floats(std::vector<int64_t> dims, const std::vector<double>& values) {
  return tensor(DType::float32, std::move(dims), values);
}

// How many Applies of the op there are.
inline int count(const Graph& graph, std::string_view op) {
  int number = 0;
  for (const ApplyId id : graph.applies()) number += graph.apply(id).op->name == op ? 1 : 0;
  return number;
}

}  // namespace tgc
