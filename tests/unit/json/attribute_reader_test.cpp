// SPDX-License-Identifier: Apache-2.0
// Attributes by kind: what is accepted, and what is said otherwise.
#include "json/attribute_reader.h"

#include <catch2/catch.hpp>

#include "unit/json/read_text.h"

namespace tgc {
namespace {

const std::string kInputs = R"(
  "inputs": {"x": {"dtype": "float32", "shape": ["n", 6]},
             "image": {"dtype": "float32", "shape": ["n", 1, 8, 8]},
             "row": {"dtype": "int64", "shape": []},
             "rows": {"dtype": "int64", "shape": ["r"]}},
  "shared": {"filters": {"dtype": "float32", "shape": [2, 1, 3, 3], "value": {"init": "zeros"}},
             "at": {"dtype": "int64", "shape": [], "value": 1}},
  "nodes": [{"op": "shape", "inputs": ["x"], "name": "x_shape"}])";

// The result's type, or "code: message".
std::string node(const std::string& text, const std::string& inputs) {
  ReadOptions options;
  options.on_unused_input = OnUnusedInput::ignore;
  const ReadResult result = read_text(
      file_with(kInputs, "{\"inputs\": " + inputs + R"(, "outputs": ["y"], "nodes": [{"op": )" +
                             text + ", \"name\": \"y\"}]}"),
      options);
  if (!result.model) return result.problems[0].substr(result.problems[0].find(' ') + 1);
  const Graph& graph = function_of(result, "f").graph;
  return type_text(graph.type(graph.outputs()[0]));
}
std::string x_node(const std::string& text) {
  return node(text, R"(["x"])");
}

}  // namespace

TEST_CASE("axes are one integer or several") {
  CHECK(x_node(R"("sum", "inputs": ["x"], "axis": 0)") == "float32[6]");
  CHECK(x_node(R"("sum", "inputs": ["x"], "axis": [0, -1])") == "float32[]");
  CHECK(x_node(R"("sum", "inputs": ["x"], "axis": 0.5)") ==
        "bad-attribute: node 'y': 'axis' must be an integer, got 0.5");
  CHECK(x_node(R"("sum", "inputs": ["x"], "axis": "0")").substr(0, 10) == "wrong-kind");
}

TEST_CASE("dimshuffle writes new axes as x") {
  CHECK(x_node(R"("dimshuffle", "inputs": ["x"], "order": [1, "x", 0])") == "float32[6, 1, n]");
  CHECK(x_node(R"("dimshuffle", "inputs": ["x"], "order": [1, "y", 0])").substr(0, 13) ==
        "bad-attribute");
}

TEST_CASE("dims are integers, names, arithmetic, or a known vector") {
  CHECK(x_node(R"("reshape", "inputs": ["x"], "shape": ["n*2", 3])") == "float32[2*n, 3]");
  CHECK(x_node(R"("reshape", "inputs": ["x"], "shape": [3, -1])") == "float32[3, 2*n]");
  CHECK(x_node(R"("reshape", "inputs": ["x"], "shape": "x_shape")") == "float32[n, 6]");
  CHECK(node(R"("reshape", "inputs": ["x"], "shape": "rows")", R"(["x", "rows"])") ==
        "unknown-value: node 'y': 'shape': 'rows' (int64[r]) is no integer vector whose value is "
        "known before the call");
  CHECK(node(R"("reshape", "inputs": ["x"], "shape": ["at"])", R"(["x"])") ==
        "unknown-value: node 'y': 'at' (int64[]) is no integer scalar whose value is known before "
        "the call");
  CHECK(x_node(R"("reshape", "inputs": ["x"], "shape": ["q"])") ==
        "unknown-dim: node 'y': unknown dim 'q'");
  CHECK(x_node(R"("reshape", "inputs": ["x"], "shape": [2.5])") ==
        "bad-dim: node 'y': dim 2.5 is not an integer");
}

TEST_CASE("indices are integers, slices, names and numbers of inputs") {
  CHECK(x_node(R"("subtensor", "inputs": ["x"], "index": [0, "1:-1"])") == "float32[4]");
  CHECK(x_node(R"("subtensor", "inputs": ["x"], "index": [":", "::2"])") == "float32[n, 3]");
  CHECK(x_node(R"("subtensor", "inputs": ["x"], "index": [":", "::-1"])") == "float32[n, 6]");
  CHECK(node(R"("subtensor", "inputs": ["x"], "index": [":", "row"])", R"(["x", "row"])") ==
        "float32[n]");
  CHECK(node(R"("subtensor", "inputs": ["x", "at"], "index": [{"input": 1}])", R"(["x"])") ==
        "float32[6]");
  CHECK(node(R"("subtensor", "inputs": ["x"], "index": ["at"])", R"(["x"])") == "float32[6]");
  CHECK(node(R"("advanced_subtensor", "inputs": ["x"], "index": ["rows", "2:4"])",
             R"(["x", "rows"])") == "float32[r, 2]");
}

TEST_CASE("malformed indices are explained") {
  CHECK(x_node(R"("subtensor", "inputs": ["x"], "index": ["1:2:3:4"])") ==
        "bad-index: node 'y': '1:2:3:4' has more than two colons");
  CHECK(x_node(R"("subtensor", "inputs": ["x"], "index": ["::0"])") ==
        "bad-index: node 'y': the step of a slice must be an integer other than 0, got '0'");
  CHECK(x_node(R"("subtensor", "inputs": ["x"], "index": ["::n"])").substr(0, 9) == "bad-index");
  CHECK(x_node(R"("subtensor", "inputs": ["x"], "index": ["x"])") ==
        "bad-index: node 'y': 'x' (float32[n, 6]) is no integer and cannot index");
  CHECK(x_node(R"("subtensor", "inputs": ["x"], "index": [{"input": 3}])") ==
        "bad-index: node 'y': the node has no input number 3, it has 1 input");
  CHECK(x_node(R"("subtensor", "inputs": ["x"], "index": ["q"])") ==
        "unknown-dim: node 'y': unknown dim 'q'");
}

TEST_CASE("padding is a word, one integer, one per axis or one pair per axis") {
  const auto conv = [](const std::string& mode) {
    return node(R"("conv2d", "inputs": ["image", "filters"], "border_mode": )" + mode,
                R"(["image"])");
  };
  CHECK(conv("\"valid\"") == "float32[n, 2, 6, 6]");
  CHECK(conv("1") == "float32[n, 2, 8, 8]");
  CHECK(conv("[1, 0]") == "float32[n, 2, 8, 6]");
  CHECK(conv("[[0, 1], [2, 0]]") == "float32[n, 2, 7, 8]");
  CHECK(conv("\"vaild\"").substr(0, 13) == "bad-attribute");
  CHECK(conv("[[1]]").substr(0, 13) == "bad-attribute");
}

TEST_CASE("words are among the choices") {
  CHECK(node(R"("pool_2d", "inputs": ["image"], "ws": [2, 2], "mode": "maxx")", R"(["image"])") ==
        "bad-attribute: node 'y': 'mode' is 'maxx', which is none of its values");
}

}  // namespace tgc
