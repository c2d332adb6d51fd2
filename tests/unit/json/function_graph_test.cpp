// SPDX-License-Identifier: Apache-2.0
// Functions as views of one graph: givens and what they tell of dims, updates.
#include "json/function_graph.h"

#include <catch2/catch.hpp>

#include "graph/op_def.h"
#include "unit/json/read_text.h"

namespace tgc {
namespace {

const std::string kSections = R"(
  "inputs": {"x": {"dtype": "float64", "shape": ["n", 2]},
             "i": {"dtype": "int64", "shape": []},
             "k": {"dtype": "int64", "shape": []}},
  "shared": {"data": {"dtype": "float64", "shape": [6, 2],
                      "value": [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]},
             "a": {"dtype": "float64", "shape": [], "value": 1},
             "b": {"dtype": "float64", "shape": [], "value": 2}},
  "constants": {"three": {"dtype": "int64", "shape": [], "value": 3}},
  "nodes": [
    {"op": "subtensor", "inputs": ["data"], "index": ["i*2 : i*2+2"], "name": "batch"},
    {"op": "subtensor", "inputs": ["data"], "index": ["1:4"], "name": "middle"},
    {"op": "reshape", "inputs": ["x"], "shape": ["2*n"], "name": "flat"},
    {"op": "zeros", "shape": ["k"], "name": "nothing"},
    {"op": "add", "inputs": ["x", 1], "name": "x1"}
  ])";

std::string first_problem(const std::string& function) {
  const ReadResult result = read_text(file_with(kSections, function));
  return result.problems.empty() ? "" : result.problems[0];
}

}  // namespace

TEST_CASE("a given stands for its variable, dims and all") {
  const ReadResult result = read_text(
      file_with(kSections, R"({"inputs": [], "outputs": ["flat"], "givens": {"x": "middle"}})"));
  CHECK(nodes_of(function_of(result, "f")) ==
        std::vector<std::string>{"subtensor(data) -> middle: float64[3, 2]",
                                 "reshape(middle) -> flat: float64[6]"});
  CHECK(run(result, "f", {})[0] == std::vector<double>{2, 3, 4, 5, 6, 7});
}

TEST_CASE("a given may depend on other inputs") {
  const ReadResult result = read_text(
      file_with(kSections, R"({"inputs": ["i"], "outputs": ["flat"], "givens": {"x": "batch"}})"));
  CHECK(run(result, "f", {{"i", Tensor::scalar_int(DType::int64, 2)}})[0] ==
        std::vector<double>{8, 9, 10, 11});
}

TEST_CASE("a given for an integer input tells its value") {
  const ReadResult result = read_text(
      file_with(kSections, R"({"inputs": [], "outputs": ["nothing"], "givens": {"k": "three"}})"));
  CHECK(nodes_of(function_of(result, "f")).back() == "alloc(0.000000) -> nothing: float64[3]");
}

TEST_CASE("a dim that an argument tells is checked against the given") {
  const std::string two = R"(
    "inputs": {"x": {"dtype": "float64", "shape": ["n"]}, "y": {"dtype": "float64", "shape": ["n"]}},
    "constants": {"c": {"dtype": "float64", "shape": [2], "value": [1, 2]}},
    "nodes": [{"op": "add", "inputs": ["x", "y"], "name": "z"}])";
  const ReadResult given =
      read_text(file_with(two, R"({"inputs": ["y"], "outputs": ["z"], "givens": {"x": "c"}})"));
  const auto& equalities = function_of(given, "f").graph.equalities();
  REQUIRE(equalities.size() == 1);
  CHECK(equalities[0].left.text() + " = " + equalities[0].right.text() == "n = 2");
}

TEST_CASE("a given for a computed variable cuts what it was computed from") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float64", "shape": ["n", 2]},
               "c": {"dtype": "float64", "shape": ["m"]}},
    "constants": {"three": {"dtype": "float64", "shape": [3], "value": [1, 2, 3]},
                  "six": {"dtype": "float64", "shape": [6], "value": [1, 2, 3, 4, 5, 6]}},
    "nodes": [{"op": "sum", "inputs": ["x"], "axis": 1, "name": "h"},
              {"op": "mul", "inputs": ["h", 2], "name": "y"},
              {"op": "reshape", "inputs": ["x"], "shape": ["2*n"], "name": "flat"},
              {"op": "neg", "inputs": ["flat"], "name": "z"},
              {"op": "reshape", "inputs": ["z"], "shape": ["n", 2], "name": "back"},
              {"op": "sum", "inputs": ["z"], "name": "total"},
              {"op": "grad", "cost": "total", "wrt": ["flat"], "name": "g"}])";
  const auto with = [&](const std::string& function) {
    return read_text(file_with(sections, function));
  };

  const ReadResult constant = with(R"({"inputs": [], "outputs": ["y"], "givens": {"h": "three"}})");
  CHECK(nodes_of(function_of(constant, "f")) ==
        std::vector<std::string>{"mul(three, 2) -> y: float64[3]"});
  CHECK(run(constant, "f", {})[0] == std::vector<double>{2, 4, 6});

  const ReadResult input = with(R"({"inputs": ["c"], "outputs": ["z"], "givens": {"flat": "c"}})");
  CHECK(nodes_of(function_of(input, "f")) == std::vector<std::string>{"neg(c) -> z: float64[m]"});
  CHECK(function_of(input, "f").graph.equalities().empty());

  const ReadResult dims =
      with(R"({"inputs": [], "outputs": ["back", "g"], "givens": {"flat": "six"}})");
  CHECK(nodes_of(function_of(dims, "f"))[1] == "reshape(z) -> back: float64[3, 2]");
  CHECK(run(dims, "f", {})[1] == std::vector<double>(6, -1));
}

TEST_CASE("what a given cut off keeps its own sizes where it is used beside it") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float64", "shape": ["n"]}},
    "constants": {"three": {"dtype": "float64", "shape": [3], "value": [1, 2, 3]}},
    "nodes": [{"op": "exp", "inputs": ["x"], "name": "h"},
              {"op": "neg", "inputs": ["h"], "name": "y"},
              {"op": "neg", "inputs": ["x"], "name": "z"}])";
  const ReadResult result = read_text(
      file_with(sections, R"({"inputs": ["x"], "outputs": ["y", "z"], "givens": {"h": "three"}})"));
  CHECK(function_of(result, "f").graph.equalities().empty());
  Tensor x(DType::float64, {2});
  const auto values = run(result, "f", {{"x", x}});
  CHECK(values[0] == std::vector<double>{-1, -2, -3});
  CHECK(values[1].size() == 2);
}

TEST_CASE("a given for a computed variable must fit the nodes that read it") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float64", "shape": ["n"]}},
    "shared": {"w": {"dtype": "float64", "shape": [4], "value": [1, 2, 3, 4]}},
    "constants": {"three": {"dtype": "float64", "shape": [3], "value": [1, 2, 3]}},
    "nodes": [{"op": "exp", "inputs": ["x"], "name": "h"},
              {"op": "add", "inputs": ["h", "w"], "name": "y"},
              {"op": "neg", "inputs": ["h"], "name": "z"}])";
  const auto problem = [&](const std::string& function) {
    const ReadResult result = read_text(file_with(sections, function));
    return result.problems.empty() ? "" : result.problems[0];
  };
  CHECK(problem(R"({"inputs": [], "outputs": ["y"], "givens": {"h": "three"}})")
            .find("shape-mismatch: add (y): dimension mismatch on axis 0: n (h) and 4 (w)") !=
        std::string::npos);
  CHECK(problem(R"({"inputs": ["x"], "outputs": ["x", "y"], "givens": {"h": "three"}})")
            .find("shape-mismatch: add: dimension mismatch on axis 0: 3 (three) and 4 (w)") !=
        std::string::npos);
  CHECK(problem(R"({"inputs": ["x"], "outputs": ["x"], "updates": {"w": "z"},
                    "givens": {"h": "three"}})")
            .find("shape-mismatch: function 'f': new value of 'w' is float64[3], the shared "
                  "variable has the shape [4]") != std::string::npos);
  CHECK(problem(R"({"inputs": [], "outputs": ["y"], "givens": {"h": "w"}})").empty());
}

TEST_CASE("givens must fit") {
  CHECK(first_problem(R"({"inputs": ["i"], "outputs": ["x1"], "givens": {"x": "i"}})")
            .find("given-type: function 'f': givens: 'x' is float64[n, 2], its replacement is "
                  "int64[]") != std::string::npos);
  CHECK(first_problem(R"({"inputs": ["x"], "outputs": ["x1"], "givens": {"x": "x1"}})")
            .find("given-cycle") != std::string::npos);
  CHECK(first_problem(R"({"inputs": ["x"], "outputs": ["x1"], "givens": {"z": "x1"}})")
            .find("unknown-name") != std::string::npos);
}

TEST_CASE("updates are simultaneous: outputs and new values see the old ones") {
  const ReadResult result = read_text(
      file_with(kSections, R"({"inputs": [], "outputs": ["a"], "updates": {"a": "b", "b": "a"}})"));
  const Function& function = function_of(result, "f");
  REQUIRE(function.updates.size() == 2);
  CHECK(function.updates[0].shared == "a");
  const auto values = run(result, "f", {});
  CHECK(values[0] == std::vector<double>{1});
  CHECK(values[function.updates[0].output] == std::vector<double>{2});
  CHECK(values[function.updates[1].output] == std::vector<double>{1});
}

TEST_CASE("an update must have its shared variable's type") {
  CHECK(first_problem(R"({"inputs": ["i"], "updates": {"a": "i"}})")
            .find("update-type: function 'f': an update must have the type of its shared variable: "
                  "'a' is float64[], its new value is int64[]") != std::string::npos);
  CHECK(first_problem(R"({"inputs": [], "updates": {"data": "middle"}})").find("update-type") !=
        std::string::npos);
  CHECK(first_problem(R"({"inputs": ["x"], "updates": {"x": "x1"}})").find("bad-update") !=
        std::string::npos);
  CHECK(first_problem(R"({"inputs": [], "updates": [{"a": "b"}, {"a": "a"}]})")
            .find("bad-update: function 'f': updates: 'a' is updated twice") != std::string::npos);
}

TEST_CASE("an update of a size known only in a call is checked in the call") {
  const ReadResult result =
      read_text(file_with(kSections, R"({"inputs": ["x"], "updates": {"data": "x1"}})"));
  const auto& equalities = function_of(result, "f").graph.equalities();
  REQUIRE(equalities.size() == 1);
  CHECK(equalities[0].left.text() + " = " + equalities[0].right.text() == "6 = n");
}

TEST_CASE("state of an update rule is shared by the functions that use the rule") {
  const std::string text = R"({"tgc": 1, "name": "test",
    "shared": {"w": {"dtype": "float64", "shape": [2], "value": [1, 2]}},
    "nodes": [{"op": "sqr", "inputs": ["w"], "name": "w2"},
              {"op": "sum", "inputs": ["w2"], "name": "cost"}],
    "functions": {
      "f": {"inputs": [], "outputs": ["cost"], "updates":
            {"rule": "momentum", "cost": "cost", "params": ["w"], "learning_rate": 0.1}},
      "g": {"inputs": [], "outputs": ["cost"], "updates": [
            {"rule": "momentum", "cost": "cost", "params": ["w"], "learning_rate": 0.01}]},
      "reset": {"inputs": [], "updates": {"w.momentum": "w"}}}})";
  const ReadResult result = read_text(text);
  REQUIRE(result.model);
  REQUIRE(result.model->shared.size() == 2);
  CHECK(result.model->shared[1].name == "w.momentum");
  CHECK(run(result, "f", {})[1] == std::vector<double>{-0.2, -0.4});
}

}  // namespace tgc
