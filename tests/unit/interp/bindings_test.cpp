// SPDX-License-Identifier: Apache-2.0
// What lib/interp/bindings promises, one behaviour a test.
#include "interp/bindings.h"

#include <catch2/catch.hpp>

#include "helpers/values.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");
const DimExpr m = DimExpr::symbol("m");

Tensor zeros(std::vector<int64_t> dims) {
  return {DType::float64, std::move(dims)};
}

}  // namespace

TEST_CASE("dims of inputs give the symbols their values") {
  Graph graph;
  graph.add_input(float64_type({n, 3}), "x");
  graph.add_input(float64_type({m * 2, n}), "y");
  graph.add_input(float64_type({m}), "z");
  Bindings bindings;
  CHECK(bindings.bind(graph, {zeros({5, 3}), zeros({8, 5}), zeros({4})}) == "");
  CHECK(bindings.find("n") == 5);
  CHECK(bindings.find("m") == 4);
}

TEST_CASE("a symbol that is two things at once is reported with both places") {
  Graph graph;
  graph.add_input(float64_type({n}), "x");
  graph.add_input(float64_type({2, n}), "y");
  Bindings bindings;
  CHECK(bindings.bind(graph, {zeros({5}), zeros({2, 6})}) ==
        "axis 1 of y is 6, expected n = 5 (axis 0 of x)");
}

TEST_CASE("fixed dims, expressions, dtypes and counts are checked") {
  Graph graph;
  graph.add_input(float64_type({m * 2, 3}), "x");
  graph.add_input(float64_type({m}), "y");
  CHECK(Bindings().bind(graph, {zeros({4, 2}), zeros({2})}) == "axis 1 of x is 2, expected 3");
  CHECK(Bindings().bind(graph, {zeros({5, 3}), zeros({2})}) ==
        "axis 0 of x is 5, expected 2*m = 4");
  CHECK(Bindings().bind(graph, {zeros({5}), zeros({2})}) ==
        "x is float64[5], expected float64[2*m, 3]");
  CHECK(Bindings().bind(graph, {zeros({5})}) == "takes 2 inputs, got 1");
}

TEST_CASE("integer inputs give value symbols") {
  Graph graph;
  const VariableId k = graph.add_input({DType::int32, {}, {}}, "k");
  graph.set_value(k, {DimExpr::symbol("k", SymbolKind::value)});
  Bindings bindings;
  CHECK(bindings.bind(graph, {Tensor::scalar_int(DType::int32, -3)}) == "");
  CHECK(bindings.find("k") == -3);
}

TEST_CASE("declared bounds are checked") {
  Graph graph;
  graph.add_input(float64_type({n}), "x");
  const std::vector<DimSymbol> bounds{{"n", 1, 8, std::nullopt}};
  CHECK(Bindings().bind(graph, {zeros({8})}, bounds) == "");
  CHECK(Bindings().bind(graph, {zeros({9})}, bounds) ==
        "dim n is 9, it must be at least 1 and at most 8");
  CHECK(Bindings().bind(graph, {zeros({0})}, bounds) ==
        "dim n is 0, it must be at least 1 and at most 8");
}

TEST_CASE("a failed equality says its message with both numbers") {
  Graph graph;
  graph.add_equality({n, m, "add: n and m differ", {}});
  Bindings bindings;
  bindings.set("n", 2);
  CHECK(bindings.check_equalities(graph) == "");
  bindings.set("m", 3);
  CHECK(bindings.check_equalities(graph) == "add: n and m differ (2 and 3)");
}

}  // namespace tgc
