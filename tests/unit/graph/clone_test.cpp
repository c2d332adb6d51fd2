// SPDX-License-Identifier: Apache-2.0
// What lib/graph/clone promises, one behaviour a test.
#include "graph/clone.h"

#include <catch2/catch.hpp>

#include "helpers/values.h"
#include "interp/interpreter.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");

// h = x * 2, y = exp(h) + w; z is not needed by y.
struct Example {
  Graph graph;
  VariableId x, w, h, y;

  Example() {
    Builder builder(graph, op_registry());
    x = graph.add_input(float64_type({n}), "x");
    w = graph.add_input(float64_type({}), "w", VariableKind::shared);
    builder.call("sin", {graph.add_input(float64_type({}), "z")});
    h = builder.call("mul", {x, builder.scalar(DType::float64, 2)});
    graph.set_name(h, "h");
    y = builder.call("add", {builder.call("exp", {h}), w});
  }
};

struct Copy {
  Graph graph;
  CloneMap map;
  Diagnostics diagnostics;
  std::optional<std::vector<VariableId>> outputs;

  explicit Copy(const Example& example, CloneMap start = {}) : map(std::move(start)) {
    Builder builder(graph, op_registry());
    outputs = clone(example.graph, {example.y}, builder, map, diagnostics);
  }
};

}  // namespace

TEST_CASE("a copy holds what its outputs need and no more") {
  const Example example;
  Copy copy(example);
  REQUIRE(copy.outputs);
  CHECK(copy.graph.apply_count() == 3);
  REQUIRE(copy.graph.inputs().size() == 2);
  CHECK(copy.graph.variable(copy.graph.inputs()[0]).name == "x");
  CHECK(copy.graph.variable(copy.graph.inputs()[1]).kind == VariableKind::shared);
  CHECK(copy.graph.variable(copy.map.at(example.h)).name == "h");
}

TEST_CASE("a given stands in the place of a variable and what made it") {
  const Example example;
  Graph graph;
  Builder builder(graph, op_registry());
  CloneMap map;
  map[example.h] = graph.add_input(float64_type({7}), "given");
  Diagnostics diagnostics;
  const auto outputs = clone(example.graph, {example.y}, builder, map, diagnostics);
  REQUIRE(outputs);
  CHECK(graph.inputs().size() == 2);
  CHECK(type_text(graph.type(outputs->at(0))) == "float64[7]");
}

TEST_CASE("a given that does not fit is reported") {
  const Example example;
  Graph graph;
  Builder builder(graph, op_registry());
  CloneMap map;
  map[example.h] = graph.add_input(float64_type({2, 3}), "given");
  map[example.w] = graph.add_input(float64_type({4}), "weights");
  Diagnostics diagnostics;
  CHECK_FALSE(clone(example.graph, {example.y}, builder, map, diagnostics));
  CHECK(diagnostics.all().at(0).code == "shape-mismatch");
}

TEST_CASE("a copy computes the same") {
  Example example;
  Copy copy(example);
  copy.graph.add_output(copy.outputs->at(0));
  const EvaluateResult result =
      evaluate(copy.graph, {vector_of({0, 0}), Tensor::scalar(DType::float64, 1)});
  REQUIRE(result.failure == "");
  CHECK(numbers(result.outputs[0]) == std::vector<double>{2, 2});
}

}  // namespace tgc
