// SPDX-License-Identifier: Apache-2.0
// What the verifier accepts and what it stops.
#include "graph/verifier.h"

#include "catch2/catch.hpp"
#include "graph/node.h"
#include "ops/op_list.h"
#include "support/check.h"

namespace tgc {
namespace {

const DimExpr kN = DimExpr::symbol("n");

struct Example {
  Example() : builder(graph, op_registry()) {}

  Node input(const char* name, Shape shape, VariableKind kind = VariableKind::input) {
    return {builder, graph.add_input({DType::float32, std::move(shape), {}}, name, kind)};
  }
  ApplyId made(const Node& node) const { return graph.owner(node.id())->id; }

  Graph graph;
  Builder builder;
};

TEST_CASE("a graph that was built is accepted") {
  Example e;
  const Node x = e.input("x", {kN, 4});
  e.graph.add_output((exp(x) + 1).id());
  CHECK_NOTHROW(verify(e.graph, {}));
}

TEST_CASE("a type that inference does not give is stopped") {
  Example e;
  const Node x = e.input("x", {kN, 4});
  const Node y = exp(x);
  e.graph.add_output(y.id());
  e.graph.set_shape(y.id(), {kN, 5});
  CHECK_THROWS_AS(verify(e.graph, {}), InternalError);
  e.graph.set_shape(y.id(), {DimExpr::symbol("m"), 4});  // may be equal in a call
  CHECK_NOTHROW(verify(e.graph, {}));
  e.graph.set_shape(y.id(), {1, 4});  // broadcasting is never in doubt
  CHECK_THROWS_AS(verify(e.graph, {}), InternalError);
}

TEST_CASE("a destroyed value may be read before, not after") {
  Example e;
  const Node x = e.input("x", {kN});
  const Node y = exp(x);
  const Node z = y.call("neg");
  e.graph.add_output(z.id());
  e.graph.set_destroys(e.made(z), {{0, 0}});
  CHECK_NOTHROW(verify(e.graph, {}));
  const Node early = y.call("sin");  // can be done first
  e.graph.add_output(early.id());
  CHECK_NOTHROW(verify(e.graph, {}));
  const Node late = y * z;  // needs both
  e.graph.add_output(late.id());
  CHECK_THROWS_AS(verify(e.graph, {}), InternalError);
}

TEST_CASE("arguments, results and constants are not destroyed") {
  Example e;
  const Node x = e.input("x", {kN});
  const Node y = exp(x);
  e.graph.add_output(y.id());
  e.graph.set_destroys(e.made(y), {{0, 0}});
  CHECK_THROWS_AS(verify(e.graph, {}), InternalError);
  e.graph.set_destroys(e.made(y), {});
  const Node z = y.call("neg");
  e.graph.add_output(z.id());
  e.graph.set_destroys(e.made(z), {{0, 0}});
  CHECK_THROWS_AS(verify(e.graph, {}), InternalError);
}

TEST_CASE("what is destroyed through a view counts for the value behind it") {
  Example e;
  const Node x = e.input("x", {kN, 4});
  const Node y = exp(x);
  const Node view = y.call("dimshuffle", {}, {{"order", std::vector<int64_t>{1, 0}}});
  const Node z = view.call("neg");
  e.graph.add_output(z.id());
  e.graph.add_output(y.id());
  e.graph.set_destroys(e.made(z), {{0, 0}});
  CHECK_THROWS_AS(verify(e.graph, {}), InternalError);
}

TEST_CASE("a shared variable is destroyed only where the function updates it") {
  Example e;
  const Node w = e.input("w", {kN}, VariableKind::shared);
  const Node y = w.call("neg");
  e.graph.add_output(y.id());
  e.graph.set_destroys(e.made(y), {{0, 0}});
  CHECK_THROWS_AS(verify(e.graph, {}), InternalError);
  CHECK_NOTHROW(verify(e.graph, {DType::float64, {"w"}}));
}

TEST_CASE("one piece of memory is destroyed once") {
  Example e;
  const Node x = e.input("x", {kN});
  const Node y = exp(x);
  const Node a = y.call("neg");
  const Node b = y.call("sin");
  e.graph.add_output(a.id());
  e.graph.add_output(b.id());
  e.graph.set_destroys(e.made(a), {{0, 0}});
  e.graph.set_destroys(e.made(b), {{0, 0}});
  CHECK_THROWS_AS(verify(e.graph, {}), InternalError);
}

}  // namespace
}  // namespace tgc
