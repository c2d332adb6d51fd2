// SPDX-License-Identifier: Apache-2.0
// Cutting graph files down: all goes but what the check asks for, and the file stays one that a
// reader would accept where the check asks for that.
#include "tgc/model_reducer.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "json/json_parser.h"

namespace tgc {
namespace {

const char* const kModel = R"({
  "tgc": 1, "name": "m",
  "dims": {"k": {"min": 1}},
  "inputs": {"x": {"dtype": "float32", "shape": ["n", 64]}, "i": {"dtype": "int32", "shape": []}},
  "shared": {"w": {"dtype": "float32", "shape": [64], "value": [1, 2]}},
  "nodes": [
    {"op": "exp", "inputs": ["x"], "name": "e"},
    {"op": "mul", "inputs": ["e", "w"], "name": "p"},
    {"op": "log", "inputs": ["p"], "name": "l", "trace": ["a.py:1"]},
    {"op": "sum", "inputs": ["l"], "axis": 0, "name": "s"}
  ],
  "functions": {"f": {"inputs": ["x"], "outputs": ["s", "e"], "updates": {"w": "s"}},
                "g": {"inputs": ["x", "i"], "outputs": ["p"]}}
})";

JsonTree model() {
  Diagnostics diagnostics;
  return tree_of(parse_json("m.json", kModel, {}, diagnostics)->root());
}

bool has_op(const JsonTree& tree, const std::string& op) {
  const JsonTree* nodes = tree.find("nodes");
  if (nodes == nullptr) return false;
  for (const auto& [key, node] : nodes->children) {
    const JsonTree* name = node.find("op");
    if (name != nullptr && name->text == op) return true;
  }
  return false;
}

// Every name that a node reads or a function gives is declared.
bool is_closed(const JsonTree& tree) {
  std::vector<std::string> names;
  for (const char* section : {"inputs", "shared"}) {
    if (const JsonTree* all = tree.find(section)) {
      for (const auto& [name, declaration] : all->children) names.push_back(name);
    }
  }
  const auto is_known = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const auto& [key, node] : tree.find("nodes")->children) {
    for (const auto& [position, input] : node.find("inputs")->children) {
      if (!is_known(input.text)) return false;
    }
    names.push_back(node.find("name")->text);
  }
  for (const auto& [name, function] : tree.find("functions")->children) {
    const JsonTree* outputs = function.find("outputs");
    if (outputs == nullptr || outputs->children.empty()) return false;
    for (const auto& [key, output] : outputs->children) {
      if (!is_known(output.text)) return false;
    }
  }
  return true;
}

TEST_CASE("one node is left where one node fails") {
  int trials = 0;
  const JsonTree small = reduced(model(), {[&](const JsonTree& tree) {
                                             ++trials;
                                             return has_op(tree, "log") && is_closed(tree);
                                           },
                                           [](const JsonTree&) { return NodeTypes(); }});
  CHECK(has_op(small, "log"));
  CHECK(small.find("nodes")->children.size() == 1);
  CHECK(small.find("nodes")->children[0].second.find("trace") == nullptr);
  CHECK(small.find("functions")->children.size() == 1);
  CHECK(small.find("shared") == nullptr);
  CHECK(small.find("dims") == nullptr);
  CHECK(small.find("inputs")->children.size() == 1);
  CHECK(tree_text(small).find("64") == std::string::npos);
  CHECK(trials < 200);
}

TEST_CASE("a node becomes an input where its type is known") {
  JsonTree type;
  type.kind = JsonKind::object;
  type.children = {{"dtype", json_text_tree("float32")}};
  const JsonTree small =
      reduced(model(), {[](const JsonTree& tree) {
                          return has_op(tree, "sum") && is_closed(tree) &&
                                 tree_text(tree).find("\"inputs\": [\"l\"]") != std::string::npos &&
                                 tree_text(tree).find("\"outputs\": [\"s\"") != std::string::npos;
                        },
                        [&](const JsonTree&) {
                          return NodeTypes{{"e", type}, {"p", type}, {"l", type}, {"s", type}};
                        }});
  CHECK(small.find("nodes")->children.size() == 1);
  CHECK(small.find("inputs")->find("l") != nullptr);
}

TEST_CASE("what nothing may be cut from stays") {
  const std::string before = tree_text(model());
  const JsonTree same =
      reduced(model(), {[&](const JsonTree& tree) { return tree_text(tree) == before; },
                        [](const JsonTree&) { return NodeTypes(); }});
  CHECK(tree_text(same) == before);
}

}  // namespace
}  // namespace tgc
