// SPDX-License-Identifier: Apache-2.0
// The text of graphs.
#include "graph/printer.h"

#include "catch2/catch.hpp"
#include "graph/node.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

TEST_CASE("a graph is its inputs, one line an Apply, its outputs") {
  Graph graph;
  Builder builder(graph, op_registry());
  const Node x(builder, graph.add_input({DType::float32, {DimExpr::symbol("n"), 4}, {}}, "x"));
  const Node w(builder, graph.add_input({DType::float32, {4}, {}}, "w", VariableKind::shared));
  const Node y = exp(x * w) + 2;
  graph.add_output(y.call("sum", {}, {{"axis", int64_t{1}}}).id());
  CHECK(graph_text(graph) ==
        "input x: float32[n, 4]\n"
        "shared w: float32[4]\n"
        "%0 = mul(x, w): float32[n, 4]\n"
        "%1 = exp(%0): float32[n, 4]\n"
        "%2 = add(%1, 2): float32[n, 4]\n"
        "%3 = sum(%2, acc_dtype=float64, axis=[1], dtype=float32): float32[n]\n"
        "output %3\n");
}

TEST_CASE("destroyed inputs, origins and several outputs are shown") {
  Graph graph;
  Builder builder(graph, op_registry());
  const Node x(builder, graph.add_input({DType::float32, {2, 4}, {}}, "x"));
  const Node y = exp(x);
  const Node z = y.call("neg");
  graph.add_output(z.id());
  const ApplyId id = graph.owner(z.id())->id;
  graph.set_destroys(id, {{0, 0}});
  graph.set_origin(id, {"/nodes/1", {"minus"}, {"local_neg"}});
  PrintOptions options;
  options.origins = true;
  CHECK(graph_text(graph, options) ==
        "input x: float32[2, 4]\n"
        "%0 = exp(x): float32[2, 4]\n"
        "%1 = neg(%0): float32[2, 4], destroys %0, from minus, by local_neg\n"
        "output %1\n");
}

TEST_CASE("constants show their dtype, shape and first elements") {
  CHECK(constant_text(Tensor::scalar(DType::float32, 1.5)) == "1.5");
  CHECK(constant_text(Tensor::scalar_int(DType::int64, 3)) == "int64 3");
  Tensor vector(DType::int32, {6});
  for (int64_t i = 0; i < 6; ++i) vector.set_int(i, i);
  CHECK(constant_text(vector) == "int32[6]{0, 1, 2, 3, ...}");
}

}  // namespace
}  // namespace tgc
