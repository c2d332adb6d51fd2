// SPDX-License-Identifier: Apache-2.0
// What lib/graph/graph promises, one behaviour a test.
#include "graph/graph.h"

#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "helpers/values.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");

// y = exp(x) + exp(x); two uses of one Apply.
struct Example {
  Graph graph;
  VariableId x, e, y;

  Example() {
    Builder builder(graph, op_registry());
    x = graph.add_input(float64_type({n}), "x");
    e = builder.call("exp", {x});
    y = builder.call("add", {e, e});
    graph.add_output(y);
  }
};

}  // namespace

TEST_CASE("uses list every place a variable is read") {
  const Example example;
  CHECK(example.graph.use_count(example.e) == 2);
  CHECK(example.graph.use_count(example.x) == 1);
  const auto uses = example.graph.uses(example.y);
  REQUIRE(uses.size() == 1);
  CHECK_FALSE(uses[0].apply.valid());
}

TEST_CASE("replacing a variable moves all its uses and notes the rewrite") {
  Example example;
  Builder builder(example.graph, op_registry());
  const VariableId other = builder.call("sin", {example.x});
  example.graph.replace(example.e, other, "local_test");
  CHECK(example.graph.use_count(example.e) == 0);
  CHECK(example.graph.use_count(other) == 2);
  const Apply* owner = example.graph.owner(other);
  CHECK(owner->origin.rewrites == std::vector<std::string>{"local_test"});
}

TEST_CASE("a replacement of another type is refused") {
  Example example;
  Builder builder(example.graph, op_registry());
  const VariableId other = builder.cast(example.x, DType::float32);
  CHECK_THROWS_AS(example.graph.replace(example.e, other, "local_test"), InternalError);
}

TEST_CASE("what no output needs is erased") {
  Example example;
  Builder builder(example.graph, op_registry());
  builder.call("sqr", {builder.call("cos", {example.x})});
  CHECK(example.graph.apply_count() == 4);
  CHECK(example.graph.erase_dead() == 2);
  CHECK(example.graph.apply_count() == 2);
  CHECK(example.graph.use_count(example.x) == 1);
}

TEST_CASE("the topological order puts inputs first and is the same every time") {
  const Example example;
  const auto order = example.graph.topological_order();
  REQUIRE(order.size() == 2);
  CHECK(example.graph.apply(order[0]).outputs[0] == example.e);
  CHECK(example.graph.topological_order() == order);
}

TEST_CASE("a chain of a hundred thousand nodes is ordered without recursion") {
  Graph graph;
  Builder builder(graph, op_registry());
  VariableId value = graph.add_input(float64_type({}), "x");
  for (int i = 0; i < 100000; ++i) value = builder.call("neg", {value});
  graph.add_output(value);
  CHECK(graph.topological_order().size() == 100000);
}

TEST_CASE("a copied graph changes alone") {
  Example example;
  Graph copy = example.graph;
  copy.set_name(example.y, "renamed");
  CHECK(example.graph.variable(example.y).name.empty());
  CHECK(copy.variable(example.y).name == "renamed");
}

TEST_CASE("small integer constants carry their value") {
  Graph graph;
  Tensor two(DType::int64, {2});
  two.set_int(1, 5);
  const VariableId id = graph.add_constant(std::make_shared<const Tensor>(two));
  REQUIRE(graph.variable(id).value);
  CHECK((*graph.variable(id).value)[1].is(5));
  const VariableId real =
      graph.add_constant(std::make_shared<const Tensor>(Tensor::scalar(DType::float64, 1)));
  CHECK_FALSE(graph.variable(real).value);
}

}  // namespace tgc
