// SPDX-License-Identifier: Apache-2.0
// The rules of grad() itself; the ops' own gradients are checked against finite differences in
// tests/ops.
#include "graph/grad.h"

#include <catch2/catch.hpp>

#include "graph/node.h"
#include "helpers/values.h"
#include "interp/interpreter.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");

struct Fixture {
  Graph graph;
  Builder builder{graph, op_registry(), DType::float32};
  Diagnostics diagnostics;
  GradOptions options;

  Node input(const std::string& name, DType dtype, Shape shape) {
    return {builder, graph.add_input({dtype, std::move(shape), {}}, name)};
  }
  Node real(const std::string& name, Shape shape = {}) {
    return input(name, DType::float64, std::move(shape));
  }
  // Gradients of the cost, evaluated on the inputs.
  std::vector<std::vector<double>> values(const Node& cost, const std::vector<Node>& wrt,
                                          const std::vector<Tensor>& inputs) {
    std::vector<VariableId> ids;
    for (const Node& node : wrt) ids.push_back(node.id());
    const auto gradients = grad(builder, cost.id(), ids, options, diagnostics);
    REQUIRE(gradients);
    for (const VariableId gradient : *gradients) graph.add_output(gradient);
    const EvaluateResult result = evaluate(graph, inputs);
    REQUIRE(result.failure == "");
    std::vector<std::vector<double>> list;
    for (const Tensor& output : result.outputs) list.push_back(numbers(output));
    return list;
  }
  std::string error(const Node& cost, const std::vector<Node>& wrt) {
    std::vector<VariableId> ids;
    for (const Node& node : wrt) ids.push_back(node.id());
    const auto gradients = grad(builder, cost.id(), ids, options, diagnostics);
    CHECK_FALSE(gradients);
    return diagnostics.all().at(0).code + ": " + diagnostics.all().at(0).message;
  }
};

using Values = std::vector<std::vector<double>>;

}  // namespace

TEST_CASE("terms of several uses are added") {
  Fixture f;
  const Node x = f.real("x");
  CHECK(f.values(x * x + x, {x}, {Tensor::scalar(DType::float64, 3)}) == Values{{7}});
}

TEST_CASE("the gradient of the cost with respect to itself is one") {
  Fixture f;
  const Node x = f.real("x");
  const Node cost = x * 2;
  CHECK(f.values(cost, {cost, x}, {Tensor::scalar(DType::float64, 3)}) == Values{{1}, {2}});
}

TEST_CASE("gradients of broadcast values are summed to their shape") {
  Fixture f;
  const Node x = f.real("x", {n, 3});
  const Node b = f.real("b", {3});
  const Node column = f.real("c", {n, 1});
  const Node cost = (x * b + column).call("sum");
  const Tensor two_rows = make_tensor(DType::float64, {2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor zeros = make_tensor(DType::float64, {2, 1}, {0, 0});
  CHECK(f.values(cost, {b, column}, {two_rows, vector_of({1, 1, 1}), zeros}) ==
        Values{{5, 7, 9}, {3, 3}});
}

TEST_CASE("the cost must be a float scalar") {
  Fixture f;
  const Node x = f.real("x", {n});
  CHECK(f.error(x, {x}) == "bad-rank: grad: the cost must be a scalar, but x is float64[n]");
  Fixture g;
  const Node k = g.input("k", DType::int64, {});
  CHECK(g.error(k, {k}) == "bad-dtype: grad: the cost must be a float, but k is int64[]");
}

TEST_CASE("a wrt variable the cost does not depend on is reported") {
  Fixture f;
  const Node x = f.real("x");
  const Node y = f.real("y", {n});
  CHECK(f.error(sqr(x), {y}) ==
        "disconnected-input: grad: the cost does not depend on the elements of y");
}

TEST_CASE("a disconnected variable gets zeros when that is asked for") {
  Fixture f;
  f.options.disconnected_inputs = DisconnectedInputs::warn;
  const Node x = f.real("x");
  const Node y = f.real("y", {n});
  CHECK(f.values(sqr(x), {y}, {Tensor::scalar(DType::float64, 3), vector_of({1, 2})}) ==
        Values{{0, 0}});
  REQUIRE(f.diagnostics.all().size() == 1);
  CHECK(f.diagnostics.all()[0].severity == Severity::warning);
}

TEST_CASE("the shape of a variable does not connect it") {
  Fixture f;
  const Node x = f.real("x", {n});
  const Node y = f.real("y");
  const Node rows = x.call("shape_i", {}, {{"i", int64_t{0}}}).cast(DType::float64);
  CHECK(f.error(y * rows, {x}) ==
        "disconnected-input: grad: the cost does not depend on the elements of x");
}

TEST_CASE("the first input of fill is disconnected") {
  Fixture f;
  const Node x = f.real("x", {n});
  const Node y = f.real("y");
  CHECK(f.error(x.call("fill", {y}).call("sum"), {x}) ==
        "disconnected-input: grad: the cost does not depend on the elements of x");
}

TEST_CASE("step functions are connected with a gradient of zero") {
  Fixture f;
  const Node x = f.real("x", {n});
  const Node steps = x.call("floor") + gt(x, x.number(0)).cast(DType::float64);
  CHECK(f.values(steps.call("sum"), {x}, {vector_of({0.5, -0.5})}) == Values{{0, 0}});
}

TEST_CASE("an integer variable gets zeros of floatX and stops the flow") {
  Fixture f;
  const Node x = f.real("x");
  const Node k = f.input("k", DType::int32, {n});
  const Node cost = (k * x).call("sum") + x.cast(DType::int32).cast(DType::float64);
  const auto gradients = grad(f.builder, cost.id(), {x.id(), k.id()}, f.options, f.diagnostics);
  REQUIRE(gradients);
  CHECK(type_text(f.graph.type(gradients->at(1))) == "float32[n]");
  for (const VariableId gradient : *gradients) f.graph.add_output(gradient);
  const Tensor integers = make_tensor(DType::int32, {2}, {3, 4});
  const EvaluateResult result = evaluate(f.graph, {Tensor::scalar(DType::float64, 2), integers});
  CHECK(numbers(result.outputs.at(0)) == std::vector<double>{7});
  CHECK(numbers(result.outputs.at(1)) == std::vector<double>{0, 0});
}

TEST_CASE("gradients have the dtype of their variable") {
  Fixture f;
  const Node x = f.input("x", DType::float32, {});
  const Node y = f.real("y");
  const Node cost = x * y;
  const auto gradients = grad(f.builder, cost.id(), {x.id()}, f.options, f.diagnostics);
  REQUIRE(gradients);
  CHECK(f.graph.type(gradients->at(0)).dtype == DType::float32);
}

TEST_CASE("nothing flows through what is considered constant") {
  Fixture f;
  const Node x = f.real("x");
  const Node y = sqr(x);
  f.options.consider_constant = {y.id()};
  CHECK(f.values(x * y, {x}, {Tensor::scalar(DType::float64, 3)}) == Values{{9}});
}

TEST_CASE("known gradients flow on, with the cost's or without a cost") {
  Fixture f;
  const Node x = f.real("x");
  const Node y = sqr(x);
  f.options.known_grads = {{y.id(), y.number(10).id()}};
  CHECK(f.values(y + x, {x}, {Tensor::scalar(DType::float64, 3)}) == Values{{6 + 1 + 60}});
  Fixture g;
  const Node z = g.real("z");
  const Node square = sqr(z);
  g.options.known_grads = {{square.id(), square.number(10).id()}};
  const auto gradients = grad(g.builder, std::nullopt, {z.id()}, g.options, g.diagnostics);
  REQUIRE(gradients);
  g.graph.add_output(gradients->at(0));
  CHECK(numbers(evaluate(g.graph, {Tensor::scalar(DType::float64, 3)}).outputs.at(0)) ==
        std::vector<double>{60});
}

TEST_CASE("an op without gradient on the way is named with its reason") {
  Fixture f;
  const Node x = f.real("x", {n});
  const std::string text = f.error(x.call("ultra_fast_sigmoid").call("sum"), {x});
  CHECK(text.rfind("no-gradient: grad: ultra_fast_sigmoid (ultra_fast_sigmoid) has no gradient: "
                   "the pieces of the approximation",
                   0) == 0);
}

TEST_CASE("an op without gradient elsewhere does not matter") {
  Fixture f;
  const Node x = f.real("x");
  const Node y = f.real("y");
  CHECK(f.values(x * y.call("ultra_fast_sigmoid"), {x},
                 {Tensor::scalar(DType::float64, 3), Tensor::scalar(DType::float64, 0)}) ==
        Values{{0.5}});
}

TEST_CASE("gradients of a chain of fifty thousand nodes take no recursion") {
  Fixture f;
  const Node x = f.real("x");
  Node value = x;
  for (int i = 0; i < 50000; ++i) value = -value;
  const auto gradients = grad(f.builder, value.id(), {x.id()}, f.options, f.diagnostics);
  REQUIRE(gradients);
  f.graph.add_output(gradients->at(0));
  CHECK(numbers(evaluate(f.graph, {Tensor::scalar(DType::float64, 2)}).outputs.at(0)) ==
        std::vector<double>{1});
}

TEST_CASE("second derivatives are gradients of gradients") {
  Fixture f;
  const Node x = f.real("x");
  const Node cost = x * x * x;
  const auto first = grad(f.builder, cost.id(), {x.id()}, f.options, f.diagnostics);
  REQUIRE(first);
  CHECK(f.values({f.builder, first->at(0)}, {x}, {Tensor::scalar(DType::float64, 2)}) ==
        Values{{12}});
}

TEST_CASE("nodes of a gradient carry the origin of the node they are of") {
  Fixture f;
  const Node x = f.real("x");
  f.builder.set_origin({"/nodes/7", {"loss"}, {}});
  const Node cost = sqr(x);
  f.builder.set_origin({});
  const auto gradients = grad(f.builder, cost.id(), {x.id()}, f.options, f.diagnostics);
  REQUIRE(gradients);
  CHECK(f.graph.owner(gradients->at(0))->origin.nodes == std::vector<std::string>{"loss"});
  CHECK(f.builder.origin().nodes.empty());
}

TEST_CASE("all of a tie takes the gradient of a maximum over axes") {
  Fixture f;
  const Node x = f.real("x", {n});
  CHECK(f.values(x.call("max"), {x}, {vector_of({2, 1, 2})}) == Values{{1, 0, 1}});
}

TEST_CASE("kinks follow Theano") {
  Fixture f;
  const Node x = f.real("x");
  const Tensor zero = Tensor::scalar(DType::float64, 0);
  CHECK(f.values(x.call("relu"), {x}, {zero}) == Values{{0.5}});
  Fixture g;
  const Node y = g.real("y");
  CHECK(g.values(y.call("maximum", {y.number(0)}), {y}, {zero}) == Values{{1}});
  Fixture h;
  const Node z = h.real("z");
  CHECK(h.values(abs(z), {z}, {zero}) == Values{{0}});
}

TEST_CASE("products with zeros have the gradients of the other factors") {
  Fixture f;
  const Node x = f.real("x", {3, 3});
  const Tensor values = make_tensor(DType::float64, {3, 3}, {2, 3, 4, 0, 3, 4, 0, 0, 4});
  CHECK(f.values(x.call("prod", {}, {{"axis", int64_t{1}}}).call("sum"), {x}, {values}) ==
        Values{{12, 8, 6, 12, 0, 0, 0, 0, 0}});
}

}  // namespace tgc
