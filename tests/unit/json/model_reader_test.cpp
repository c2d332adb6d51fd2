// SPDX-License-Identifier: Apache-2.0
// What a graph file means: names, order, literals, gradients, loops, functions.
#include "json/model_reader.h"

#include <catch2/catch.hpp>

#include "graph/op_def.h"
#include "support/text.h"
#include "unit/json/read_text.h"

namespace tgc {
namespace {

const std::string kLinear = R"(
  "inputs": {"x": {"dtype": "float32", "shape": ["n", 3]}},
  "shared": {"w": {"dtype": "float32", "shape": [3, 2], "value": [[1, 2], [3, 4], [5, 6]]}},
  "nodes": [
    {"op": "add", "inputs": ["xw", 1], "name": "y"},
    {"op": "dot", "inputs": ["x", "w"], "name": "xw"}
  ])";

std::string first_problem(const std::string& text, const ReadOptions& options = {}) {
  const ReadResult result = read_text(text, options);
  return result.problems.empty() ? "" : result.problems[0];
}

Tensor floats(std::vector<int64_t> dims, const std::vector<double>& values,
              DType dtype = DType::float32) {
  Tensor tensor(dtype, std::move(dims));
  for (size_t i = 0; i < values.size(); ++i) tensor.set_double(static_cast<int64_t>(i), values[i]);
  return tensor;
}

}  // namespace

TEST_CASE("nodes may stand in any order") {
  const ReadResult result = read_text(file_with(kLinear, R"({"inputs": ["x"], "outputs": ["y"]})"));
  CHECK(
      nodes_of(function_of(result, "f")) ==
      std::vector<std::string>{"dot(x, w) -> xw: float32[n, 2]", "add(xw, 1) -> y: float32[n, 2]"});
  CHECK(run(result, "f", {{"x", floats({1, 3}, {1, 1, 1})}}) ==
        std::vector<std::vector<double>>{{10, 13}});
}

TEST_CASE("a function holds its arguments in order, then the shared variables it reads") {
  const std::string sections = R"(
    "inputs": {"a": {"dtype": "int32", "shape": []}, "b": {"dtype": "int32", "shape": []}},
    "shared": {"s": {"dtype": "int32", "shape": [], "value": 1},
               "unread": {"dtype": "int32", "shape": [], "value": 2}},
    "nodes": [{"op": "add", "inputs": ["a", "b", "s"], "name": "c"}])";
  const ReadResult result =
      read_text(file_with(sections, R"({"inputs": ["b", "a"], "outputs": ["c"]})"));
  const Graph& graph = function_of(result, "f").graph;
  std::vector<std::string> names;
  for (const VariableId id : graph.inputs()) names.push_back(graph.variable(id).name);
  CHECK(names == std::vector<std::string>{"b", "a", "s"});
  CHECK(graph.variable(graph.inputs()[2]).kind == VariableKind::shared);
}

TEST_CASE("dims come from inputs or are declared, with bounds and a hint") {
  const std::string sections = R"(
    "dims": {"n": {"min": 1, "max": 8, "hint": 4}},
    "inputs": {"x": {"dtype": "float32", "shape": ["n", "m"]}})";
  const ReadResult result =
      read_text(file_with(sections, R"({"inputs": ["x"], "outputs": ["x"]})"));
  REQUIRE(result.model);
  REQUIRE(result.model->dims.size() == 2);
  CHECK(result.model->dims[0].upper == 8);
  CHECK(result.model->dims[0].hint == 4);
  CHECK(result.model->dims[1].name == "m");
  CHECK(result.model->dims[1].lower == 0);
}

TEST_CASE("a dim may stand among a node's inputs") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float32", "shape": ["n"]}},
    "nodes": [{"op": "sum", "inputs": ["x"], "name": "s"},
              {"op": "true_div", "inputs": ["s", "n"], "name": "average"}])";
  const ReadResult result =
      read_text(file_with(sections, R"({"inputs": ["x"], "outputs": ["average"]})"));
  CHECK(run(result, "f", {{"x", floats({4}, {1, 2, 3, 6})}}) ==
        std::vector<std::vector<double>>{{3}});
}

TEST_CASE("integer inputs and arithmetic on them can be dims and slice bounds") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float32", "shape": ["n"]}, "k": {"dtype": "int64", "shape": []}},
    "nodes": [{"op": "subtensor", "inputs": ["x"], "index": ["k:k+2"], "name": "part"},
              {"op": "add", "inputs": ["k", 1], "name": "k1"},
              {"op": "zeros", "shape": ["k1", "n // 2"], "dtype": "float32", "name": "z"}])";
  const ReadResult result =
      read_text(file_with(sections, R"({"inputs": ["x", "k"], "outputs": ["part", "z"]})"));
  const auto values =
      run(result, "f",
          {{"x", floats({5}, {1, 2, 3, 4, 5})}, {"k", Tensor::scalar_int(DType::int64, 1)}});
  CHECK(values[0] == std::vector<double>{2, 3});
  CHECK(values[1].size() == 4);
}

TEST_CASE("literals follow the flag floatX") {
  const std::string text = file_with(kLinear + R"(,
    "constants": {"c": {"dtype": "floatX", "shape": [], "value": 0.1}})",
                                     R"({"inputs": ["x"], "outputs": ["y", "z"],
      "nodes": [{"op": "mul", "inputs": ["y", 0.1], "name": "z"}]})");
  ReadOptions options;
  const auto last = [&] { return nodes_of(function_of(read_text(text, options), "f")).back(); };
  CHECK(last() == "mul(y, 0.100000) -> z: float64[n, 2]");
  options.float_x = DType::float32;
  CHECK(last() == "mul(y, 0.100000) -> z: float32[n, 2]");
}

TEST_CASE("grad nodes expand to the gradient") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float64", "shape": ["n"]}},
    "nodes": [{"op": "sqr", "inputs": ["x"], "name": "y"},
              {"op": "sum", "inputs": ["y"], "name": "cost"},
              {"op": "grad", "cost": "cost", "wrt": ["x"], "name": "g"}])";
  const ReadResult result =
      read_text(file_with(sections, R"({"inputs": ["x"], "outputs": ["g"]})"));
  CHECK(run(result, "f", {{"x", floats({3}, {1, -2, 3}, DType::float64)}}) ==
        std::vector<std::vector<double>>{{2, -4, 6}});
}

TEST_CASE("consider_constant and known_grads change where gradients flow") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float64", "shape": []}},
    "nodes": [{"op": "mul", "inputs": ["x", 3], "name": "y"},
              {"op": "mul", "inputs": ["x", "y"], "name": "cost"},
              {"op": "grad", "cost": "cost", "wrt": ["x"], "consider_constant": ["y"], "name": "g"},
              {"op": "grad", "known_grads": {"y": "x"}, "wrt": ["x"], "name": "k"}])";
  const ReadResult result =
      read_text(file_with(sections, R"({"inputs": ["x"], "outputs": ["g", "k"]})"));
  CHECK(run(result, "f", {{"x", Tensor::scalar(DType::float64, 5)}}) ==
        std::vector<std::vector<double>>{{15}, {15}});
}

TEST_CASE("a scan sees one element of its sequences, its states and the names around it") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float64", "shape": ["t"]}, "a": {"dtype": "float64", "shape": []}},
    "constants": {"zero": {"dtype": "float64", "shape": [], "value": 0}},
    "nodes": [{"op": "scan", "sequences": {"x_t": "x"}, "states": {"h": "zero"},
      "body": {"nodes": [{"op": "mul", "inputs": ["h", "a"], "name": "ha"},
                         {"op": "add", "inputs": ["ha", "x_t"], "name": "h_new"},
                         {"op": "sqr", "inputs": ["h"], "name": "square"}],
               "next": {"h": "h_new"}, "outputs": ["square"]},
      "outputs": ["hs", "squares"]}])";
  const ReadResult result =
      read_text(file_with(sections, R"({"inputs": ["x", "a"], "outputs": ["hs", "squares"]})"));
  const auto values = run(
      result, "f",
      {{"x", floats({3}, {1, 2, 3}, DType::float64)}, {"a", Tensor::scalar(DType::float64, 10)}});
  CHECK(values == std::vector<std::vector<double>>{{1, 12, 123}, {0, 1, 144}});
}

TEST_CASE("scans nest, and may run from the end and for a given number of steps") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float64", "shape": [3]}},
    "nodes": [{"op": "scan", "sequences": {"x_t": "x"}, "go_backwards": true,
      "body": {"nodes": [
        {"op": "scan", "states": {"p": "x_t"}, "n_steps": 2,
         "body": {"nodes": [{"op": "mul", "inputs": ["p", "x_t"], "name": "p_new"}],
                  "next": {"p": "p_new"}}, "name": "powers"}], "outputs": ["powers"]},
      "name": "all_powers"}])";
  const ReadResult result =
      read_text(file_with(sections, R"({"inputs": ["x"], "outputs": ["all_powers"]})"));
  CHECK(run(result, "f", {{"x", floats({3}, {2, 3, 5}, DType::float64)}}) ==
        std::vector<std::vector<double>>{{25, 125, 9, 27, 4, 8}});
}

TEST_CASE("a function's own nodes are seen by that function alone") {
  const std::string text = R"({"tgc": 1, "name": "test",
    "inputs": {"x": {"dtype": "float32", "shape": []}},
    "functions": {
      "f": {"inputs": ["x"], "outputs": ["y"],
            "nodes": [{"op": "exp", "inputs": ["x"], "name": "y"}]},
      "g": {"inputs": ["x"], "outputs": ["y"],
            "nodes": [{"op": "log", "inputs": ["x"], "name": "y"}]}}})";
  const ReadResult result = read_text(text);
  CHECK(nodes_of(function_of(result, "f"))[0].substr(0, 3) == "exp");
  CHECK(nodes_of(function_of(result, "g"))[0].substr(0, 3) == "log");
}

TEST_CASE("a declared type is checked, and recorded where it can only be checked in a call") {
  const std::string function = R"({"inputs": ["x"], "outputs": ["z"], "nodes": [
    {"op": "exp", "inputs": ["y"], "name": "z", "type": {"dtype": "float32", "shape": [7, 2]}}]})";
  const ReadResult result = read_text(file_with(kLinear, function));
  REQUIRE(function_of(result, "f").graph.equalities().size() == 1);
  CHECK(function_of(result, "f").graph.equalities()[0].message ==
        "node 'z': declared float32[7, 2], is float32[n, 2]");
}

TEST_CASE("independent mistakes are all reported, follow-up ones are not") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float99", "shape": ["n"]}},
    "nodes": [{"op": "exp", "inputs": ["x"], "name": "a"},
              {"op": "lgo", "inputs": ["a"], "name": "b"},
              {"op": "tanh", "inputs": ["b"], "name": "c"},
              {"op": "exp", "inputs": ["nowhere"], "name": "d"}])";
  const ReadResult result =
      read_text(file_with(sections, R"({"inputs": ["x"], "outputs": ["c", "d"]})"));
  std::vector<std::string> codes;
  for (const std::string& problem : result.problems) {
    codes.push_back(split(split(problem, ' ')[1], ':')[0]);
  }
  CHECK(codes == std::vector<std::string>{"bad-dtype", "unknown-op", "unknown-name"});
}

TEST_CASE("cycles are reported with their path") {
  const std::string sections = R"("nodes": [
      {"op": "exp", "inputs": ["b"], "name": "a"},
      {"op": "exp", "inputs": ["c"], "name": "b"},
      {"op": "exp", "inputs": ["a"], "name": "c"},
      {"op": "exp", "inputs": ["c"], "name": "d"}])";
  const ReadResult result = read_text(file_with(sections, R"({"inputs": [], "outputs": ["d"]})"));
  REQUIRE(result.problems.size() == 1);
  CHECK(result.problems[0].find("cycle: nodes need one another: a needs b needs c needs a") !=
        std::string::npos);
}

TEST_CASE("unused inputs follow on_unused_input") {
  const std::string text = file_with(R"(
    "inputs": {"x": {"dtype": "float32", "shape": []}, "y": {"dtype": "float32", "shape": []}})",
                                     R"({"inputs": ["x", "y"], "outputs": ["x"]})");
  ReadOptions options;
  CHECK_FALSE(read_text(text, options).model);
  options.on_unused_input = OnUnusedInput::warn;
  CHECK(read_text(text, options).model);
  CHECK(read_text(text, options).problems.size() == 1);
  options.on_unused_input = OnUnusedInput::ignore;
  CHECK(read_text(text, options).problems.empty());
}

TEST_CASE("an input that only tells a dim or a value is used") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float32", "shape": ["n"]}, "k": {"dtype": "int64", "shape": []}},
    "nodes": [{"op": "zeros", "shape": ["n", "k"], "name": "z"}])";
  CHECK(first_problem(file_with(sections, R"({"inputs": ["x", "k"], "outputs": ["z"]})")).empty());
  CHECK(first_problem(file_with(sections, R"({"inputs": ["x"], "outputs": ["z"]})"))
            .find("missing-input") != std::string::npos);
  CHECK(first_problem(file_with(sections, R"({"inputs": ["k"], "outputs": ["z"]})"))
            .find("unknown-dim") != std::string::npos);
}

TEST_CASE("weights files are listed among the sources") {
  Diagnostics diagnostics;
  const std::string folder = TGC_TEST_FOLDER;
  const auto model = read_model_text(folder + "/graph.json",
                                     file_with(R"(
    "shared": {"float64": {"dtype": "float64", "shape": [], "value": {"file": "weights/stored.npz"}},
      "b": {"dtype": "int32", "shape": [2],
            "value": {"file": "weights/stored.npz", "member": "int32"}}})",
                                               R"({"inputs": [], "outputs": ["float64", "b"]})"),
                                     {}, diagnostics);
  REQUIRE(model);
  CHECK(model->source_files ==
        std::vector<std::string>{folder + "/graph.json", folder + "/weights/stored.npz"});
  CHECK(model->shared[0].value->get_double(0) == 0.1);
}

TEST_CASE("hostile sizes take neither time nor memory") {
  const auto shared = [](const std::string& declaration) {
    return first_problem(file_with("\"shared\": {\"w\": " + declaration + "}",
                                   R"({"inputs": [], "outputs": ["w"]})"));
  };
  CHECK(shared(R"({"dtype": "float32", "shape": [1000000000],
                   "value": {"init": "zeros"}})")
            .find("too-large") != std::string::npos);
  CHECK(
      shared(R"({"dtype": "float32", "shape": [1000000000], "value": [1]})").find("value-shape") !=
      std::string::npos);
  CHECK(shared(R"({"dtype": "float32", "shape": [4294967296, 4294967296],
                   "value": {"init": "zeros"}})")
            .find("shape-overflow") != std::string::npos);
  CHECK(shared(R"({"dtype": "float32", "shape": [0, 9223372036854775807, 9223372036854775807],
                   "value": []})")
            .find("shape-overflow") != std::string::npos);
  CHECK(shared(R"({"dtype": "float32", "shape": [16000, 16000],
                   "value": {"init": "orthogonal", "seed": 1}})")
            .find("too-large") != std::string::npos);
}

TEST_CASE("dims that grow without bound are cut off") {
  std::string nodes = R"({"op": "add", "inputs": ["k", 1], "name": "v0"})";
  for (int i = 1; i <= 60; ++i) {
    const std::string last = "v" + std::to_string(i - 1);
    nodes += R"(, {"op": "mul", "inputs": [")" + last + R"(", ")" + last + R"("], "name": "v)" +
             std::to_string(i) + R"("})";
  }
  const ReadResult result = read_text(
      file_with(R"("inputs": {"k": {"dtype": "int64", "shape": []}}, "nodes": [)" + nodes + "]",
                R"({"inputs": ["k"], "outputs": ["v60"]})"));
  CHECK(result.model);
}

TEST_CASE("long chains of nodes are built without recursion") {
  std::string nodes = R"({"op": "exp", "inputs": ["x"], "name": "v0"})";
  for (int i = 1; i <= 20000; ++i) {
    nodes = R"({"op": "exp", "inputs": ["v)" + std::to_string(i - 1) + R"("], "name": "v)" +
            std::to_string(i) + R"("}, )" + nodes;
  }
  const ReadResult result = read_text(
      file_with(R"("inputs": {"x": {"dtype": "float32", "shape": []}}, "nodes": [)" + nodes + "]",
                R"({"inputs": ["x"], "outputs": ["v20000"]})"));
  CHECK(result.model);
}

}  // namespace tgc
