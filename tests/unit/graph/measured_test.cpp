// SPDX-License-Identifier: Apache-2.0
// Sizes that Applies measure: their names, who needs whom, what stays alive and in which order.
#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "graph/clone.h"
#include "graph/graph_symbols.h"
#include "helpers/values.h"
#include "interp/interpreter.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

// y = zeros of as many elements as x has that are not 0; nobody reads the positions themselves.
struct Example {
  Graph graph;
  VariableId x, found, y;

  Example() {
    Builder builder(graph, op_registry());
    x = graph.add_input(float64_type({DimExpr::symbol("n")}), "x");
    found = builder.call("nonzero", {x});
    const Shape shape = graph.type(found).shape;
    y = builder.alloc(builder.scalar(DType::float64, 0), shape);
    graph.add_output(y);
  }
};

}  // namespace

TEST_CASE("sizes measured of the same inputs have one name, others another") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId x = graph.add_input(float64_type({DimExpr::symbol("n")}), "x");
  const VariableId z = graph.add_input(float64_type({DimExpr::symbol("n")}), "z");
  const VariableId first = builder.call("nonzero", {x});
  const VariableId second = builder.call("nonzero", {x});
  const VariableId other = builder.call("nonzero", {z});
  CHECK(graph.type(first).shape == graph.type(second).shape);
  CHECK(graph.type(first).shape != graph.type(other).shape);
  CHECK(graph.type(first).shape[0].mentions(SymbolKind::measured));
}

TEST_CASE("what measures a size that is mentioned stays, comes first, and is copied") {
  Example example;
  CHECK(example.graph.erase_dead() == 0);
  const auto order = example.graph.topological_order();
  REQUIRE(order.size() == 2);
  CHECK(example.graph.apply(order[0]).op->name == "nonzero");

  Graph copy;
  Builder builder(copy, op_registry());
  CloneMap map;
  Diagnostics diagnostics;
  REQUIRE(clone(example.graph, {example.y}, builder, map, diagnostics).has_value());
  CHECK(copy.apply_count() == 2);

  Builder other(example.graph, op_registry());
  example.graph.set_output(0, example.x);
  example.graph.erase_dead();
  example.graph.erase_dead();
  CHECK(example.graph.apply_count() == 0);
}

TEST_CASE("the interpreter measures what only a size is wanted of") {
  const Example example;
  const EvaluateResult result = evaluate(example.graph, {vector_of({0, 2, 0, -1, 3})});
  REQUIRE(result.failure == "");
  CHECK(result.outputs.at(0).dims() == std::vector<int64_t>{3});
}

TEST_CASE("symbols of an Apply are those of its inputs, attributes and outputs") {
  const Example example;
  const Apply& alloc = *example.graph.owner(example.y);
  const Apply& nonzero = *example.graph.owner(example.found);
  CHECK(symbols_in(example.graph, alloc) == std::set<std::string>{measured_symbol(nonzero)});
  CHECK(measured_symbol(alloc).empty());
  CHECK(unread_measures(example.graph, {alloc.id}) == std::vector<ApplyId>{nonzero.id});
  CHECK(unread_measures(example.graph, {alloc.id, nonzero.id}).empty());
}

}  // namespace tgc
