// SPDX-License-Identifier: Apache-2.0
// What lib/interp/interpreter promises, one behaviour a test.
#include "interp/interpreter.h"

#include <catch2/catch.hpp>

#include "graph/builder.h"
#include "helpers/values.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");
const DimExpr m = DimExpr::symbol("m");

struct Example {
  Graph graph;
  Builder builder{graph, op_registry()};

  VariableId input(const std::string& name, Shape shape, DType dtype = DType::float64) {
    return graph.add_input({dtype, std::move(shape), {}}, name);
  }
};

}  // namespace

TEST_CASE("outputs come in order, inputs and constants among them") {
  Example e;
  const VariableId x = e.input("x", {n});
  e.graph.add_output(e.builder.call("neg", {x}));
  e.graph.add_output(x);
  e.graph.add_output(e.builder.scalar(DType::float64, 4));
  const EvaluateResult result = evaluate(e.graph, {vector_of({1, 2})});
  REQUIRE(result.failure == "");
  CHECK(numbers(result.outputs[0]) == std::vector<double>{-1, -2});
  CHECK(numbers(result.outputs[1]) == std::vector<double>{1, 2});
  CHECK(numbers(result.outputs[2]) == std::vector<double>{4});
}

TEST_CASE("only the branch that is taken is evaluated") {
  Example e;
  const VariableId condition = e.input("condition", {}, DType::boolean);
  const VariableId k = e.input("k", {}, DType::int64);
  const VariableId zero =
      e.graph.add_constant(std::make_shared<const Tensor>(Tensor::scalar_int(DType::int64, 0)));
  const VariableId failing = e.builder.call("int_div", {k, e.builder.call("mul", {k, zero})});
  e.graph.add_output(e.builder.call("ifelse", {condition, k, failing}));
  const Tensor five = Tensor::scalar_int(DType::int64, 5);
  const EvaluateResult good = evaluate(e.graph, {Tensor::scalar_int(DType::boolean, 1), five});
  REQUIRE(good.failure == "");
  CHECK(good.outputs[0].get_int(0) == 5);
  const EvaluateResult bad = evaluate(e.graph, {Tensor::scalar_int(DType::boolean, 0), five});
  CHECK(bad.failure.find("integer division by zero") != std::string::npos);
}

TEST_CASE("a failure names the user's node and the shapes of its inputs") {
  Example e;
  const VariableId x = e.input("x", {n}, DType::int64);
  const VariableId y = e.input("y", {}, DType::int64);
  e.builder.set_origin({"/nodes/2", {"ratio"}, {}});
  e.graph.add_output(e.builder.call("mod", {x, y}));
  const Tensor numbers_in = make_tensor(DType::int64, {2}, {1, 2});
  CHECK(evaluate(e.graph, {numbers_in, Tensor::scalar_int(DType::int64, 0)}).failure ==
        "mod (ratio): integer division by zero; inputs: x int64[2], y int64[]");
}

TEST_CASE("dims that must agree are compared when they are bound") {
  Example e;
  e.graph.add_output(e.builder.call("add", {e.input("x", {n}), e.input("y", {m})}));
  CHECK(evaluate(e.graph, {vector_of({1, 2}), vector_of({3, 4})}).failure == "");
  CHECK(evaluate(e.graph, {vector_of({1, 2}), vector_of({3})}).failure ==
        "add: dimension mismatch on axis 0: n (x) and m (y); inputs: x float64[n], y float64[m] (2 "
        "and 1)");
}

TEST_CASE("a length of one at run time does not broadcast") {
  Example e;
  e.graph.add_output(e.builder.call("add", {e.input("x", {n}), e.input("y", {m})}));
  CHECK(evaluate(e.graph, {vector_of({1}), vector_of({3, 4})}).failure != "");
}

TEST_CASE("a long chain is evaluated without recursion") {
  Example e;
  VariableId value = e.input("x", {});
  for (int i = 0; i < 20001; ++i) value = e.builder.call("neg", {value});
  e.graph.add_output(value);
  CHECK(numbers(evaluate(e.graph, {Tensor::scalar(DType::float64, 2)}).outputs.at(0)) ==
        std::vector<double>{-2});
}

TEST_CASE("float16 is computed in float32 and rounded when stored") {
  Example e;
  const VariableId x = e.input("x", {}, DType::float16);
  e.graph.add_output(e.builder.call("mul", {x, x}));
  const EvaluateResult result = evaluate(e.graph, {Tensor::scalar(DType::float16, 2049)});
  REQUIRE(result.failure == "");
  CHECK(numbers(result.outputs[0])[0] == std::numeric_limits<double>::infinity());
}

}  // namespace tgc
