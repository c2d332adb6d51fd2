// SPDX-License-Identifier: Apache-2.0
// What lib/graph/builder promises, one behaviour a test.
#include "graph/builder.h"

#include <catch2/catch.hpp>

#include "helpers/values.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");
const DimExpr m = DimExpr::symbol("m");

struct Outcome {
  std::vector<std::string> types;  // of the outputs
  std::string code;
  std::string message;
  std::vector<std::string> notes;
};

// Adds one node whose inputs x, y, … have the given types.
Outcome add(const std::string& op, const std::vector<TensorType>& types,
            const Attributes& attributes = {}) {
  Graph graph;
  Builder builder(graph, op_registry());
  NodeSpec spec;
  spec.op = &op_registry().get(op);
  spec.attributes = attributes;
  std::string name = "x";
  for (const TensorType& type : types) {
    spec.inputs.push_back(graph.add_input(type, name));
    ++name[0];
  }
  Diagnostics diagnostics;
  const auto outputs = builder.add_node(std::move(spec), diagnostics);
  Outcome outcome;
  if (outputs) {
    for (const VariableId output : *outputs) {
      outcome.types.push_back(type_text(graph.type(output)));
    }
    return outcome;
  }
  const Diagnostic& first = diagnostics.all().at(0);
  outcome.code = first.code;
  outcome.message = first.message;
  for (const DiagnosticNote& note : first.notes) outcome.notes.push_back(note.message);
  return outcome;
}

TensorType type(DType dtype, Shape shape) {
  return {dtype, std::move(shape), {}};
}

}  // namespace

TEST_CASE("a wrong number of inputs says how many the op takes") {
  CHECK(add("exp", {}).message == "exp: takes 1 input, got 0");
  CHECK(add("clip", {float64_type({})}).message == "clip: takes 3 inputs, got 1");
  CHECK(add("add", {}).message == "add: takes at least 1 input, got 0");
  CHECK(add("relu", {float64_type({}), float64_type({}), float64_type({})}).message ==
        "relu: takes 1 to 2 inputs, got 3");
}

TEST_CASE("shapes that can never agree are reported with both dims and both names") {
  const Outcome outcome = add("add", {float64_type({2, 3}), float64_type({2, 4})});
  CHECK(outcome.code == "shape-mismatch");
  CHECK(outcome.message == "add: dimension mismatch on axis 1: 3 (x) and 4 (y)");
  CHECK(outcome.notes == std::vector<std::string>{"'x' is float64[2, 3]", "'y' is float64[2, 4]"});
}

TEST_CASE("shapes that may agree are recorded as an equality") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId x = graph.add_input(float64_type({n}), "x");
  const VariableId y = graph.add_input(float64_type({m}), "y");
  builder.call("add", {x, y});
  REQUIRE(graph.equalities().size() == 1);
  CHECK(graph.equalities()[0].message ==
        "add: dimension mismatch on axis 0: n (x) and m (y); inputs: x float64[n], y float64[m]");
}

TEST_CASE("an equality tells the node and what it got, of many inputs the first") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId x = graph.add_input(float64_type({n, 3}), "x");
  const VariableId y = graph.add_input(float64_type({m, 3}), "y");
  builder.set_origin({"/nodes/0", {"total"}, {}, {"model.py:12"}});
  builder.call("add", {x, builder.call("exp", {y}), x, x, x, x, x, x});
  REQUIRE(graph.equalities().size() == 1);
  CHECK(graph.equalities()[0].message ==
        "add (total): dimension mismatch on axis 0: n (x) and m (input 1), created at model.py:12; "
        "inputs: x float64[n, 3], input 1 float64[m, 3], x float64[n, 3], x float64[n, 3], "
        "x float64[n, 3], x float64[n, 3] and 2 more");
}

TEST_CASE("only the integer one broadcasts and lower ranks get leading axes") {
  CHECK(add("add", {float64_type({n, 1}), float64_type({m})}).types ==
        std::vector<std::string>{"float64[n, m]"});
  CHECK(add("add", {float64_type({2}), float64_type({n})}).types ==
        std::vector<std::string>{"float64[2]"});
}

TEST_CASE("dtypes an op is not defined for are named") {
  const Outcome outcome = add("sub", {type(DType::boolean, {}), type(DType::boolean, {})});
  CHECK(outcome.code == "bad-dtype");
  CHECK(outcome.message == "sub: is not defined for bool (x) and bool (y)");
}

TEST_CASE("inner dimensions of dot are compared") {
  CHECK(add("dot", {float64_type({n, 784}), float64_type({512, 10})}).message ==
        "dot: inner dimensions differ: 784 (x) and 512 (y)");
}

TEST_CASE("bad axes are reported with the rank") {
  CHECK(add("sum", {float64_type({2, 3})}, {{"axis", int64_t{2}}}).message ==
        "sum: axis 2 is out of range for 2 dimensions");
  CHECK(add("sum", {float64_type({2, 3})}, {{"axis", std::vector<int64_t>{0, -2}}}).message ==
        "sum: axis names an axis twice");
}

TEST_CASE("a maximum of nothing is refused, and checked at bind where it is not known") {
  CHECK(add("max", {float64_type({0})}).message == "max: axis 0 of x has no elements");
  Graph graph;
  Builder builder(graph, op_registry());
  builder.call("max", {graph.add_input(float64_type({n}), "x")});
  REQUIRE(graph.equalities().size() == 1);
  CHECK(graph.equalities()[0].left == DimExpr::max(n, 1));
}

TEST_CASE("a composition becomes primitive nodes with the node's origin and name") {
  Graph graph;
  Builder builder(graph, op_registry());
  NodeSpec spec;
  spec.op = &op_registry().get("mean");
  spec.inputs = {graph.add_input(float64_type({n}), "x")};
  spec.name = "average";
  spec.origin = {"/nodes/4", {"average"}, {}};
  Diagnostics diagnostics;
  const auto outputs = builder.add_node(std::move(spec), diagnostics);
  REQUIRE(outputs);
  CHECK(graph.variable(outputs->at(0)).name == "average");
  for (const ApplyId id : graph.topological_order()) {
    CHECK(graph.apply(id).op->name != "mean");
    CHECK(graph.apply(id).origin.pointer == "/nodes/4");
  }
}

TEST_CASE("a composition cannot be asked for as one Apply") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId x = graph.add_input(float64_type({n}), "x");
  CHECK_THROWS_AS(builder.add("mean", {x}), InternalError);
  CHECK_NOTHROW(builder.call("mean", {x}));
}

TEST_CASE("integer arithmetic on sizes is known before the call") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId x = graph.add_input(float64_type({n, 3}), "x");
  const VariableId rows = builder.call("shape_i", {x}, {{"i", int64_t{0}}});
  const VariableId two =
      graph.add_constant(std::make_shared<const Tensor>(Tensor::scalar_int(DType::int8, 2)));
  const VariableId half = builder.call("int_div", {builder.call("add", {rows, two}), two});
  REQUIRE(graph.variable(half).value);
  CHECK(graph.variable(half).value->at(0) == DimExpr::floor_div(n + 2, 2));
}

TEST_CASE("narrow integers that would wrap are not taken for known sizes") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId hundred =
      graph.add_constant(std::make_shared<const Tensor>(Tensor::scalar_int(DType::int8, 100)));
  CHECK_FALSE(graph.variable(builder.call("add", {hundred, hundred})).value);
  const VariableId ten =
      graph.add_constant(std::make_shared<const Tensor>(Tensor::scalar_int(DType::int8, 10)));
  CHECK(graph.variable(builder.call("add", {ten, ten})).value);
}

}  // namespace tgc
