// SPDX-License-Identifier: Apache-2.0
// Nodes that stand for others: Lop, Rop, jacobian and hessian against differences of the function
// itself, graphs that are used several times, and the views of scan.
#include <catch2/catch.hpp>

#include "helpers/values.h"
#include "read_text.h"

namespace tgc {
namespace {

const std::string kSections = R"(
  "inputs": {"x": {"dtype": "float64", "shape": ["n"]}, "w": {"dtype": "float64", "shape": ["m", "n"]},
             "v": {"dtype": "float64", "shape": ["m", "n"]}, "u": {"dtype": "float64", "shape": ["m"]}},
  "nodes": [
    {"op": "dot", "inputs": ["w", "x"], "name": "h"},
    {"op": "tanh", "inputs": ["h"], "name": "y"},
    {"op": "sqr", "inputs": ["y"], "name": "z"},
    {"op": "sum", "inputs": ["z"], "name": "cost"},
    {"op": "outer", "inputs": ["y", "x"], "name": "matrix"},
    {"op": "Lop", "f": ["y"], "wrt": ["x", "w"], "eval_points": ["u"], "outputs": ["lx", "lw"]},
    {"op": "Rop", "f": ["y", "z", "x"], "wrt": ["w"], "eval_points": ["v"], "outputs": ["ry", "rz", "rx"]},
    {"op": "jacobian", "expression": "y", "wrt": ["x", "w"], "outputs": ["jx", "jw"]},
    {"op": "jacobian", "expression": "matrix", "wrt": ["x"], "outputs": ["jm"]},
    {"op": "jacobian", "expression": "cost", "wrt": ["x"], "outputs": ["jc"]},
    {"op": "grad", "cost": "cost", "wrt": ["x", "w"], "outputs": ["gx", "gw"]},
    {"op": "hessian", "cost": "cost", "wrt": ["x", "w"], "outputs": ["hx", "hw"]}])";

using Values = std::vector<double>;

constexpr int64_t kRows = 2;
constexpr int64_t kColumns = 3;

struct Point {
  Values x{0.3, -0.7, 1.1};
  Values w{0.5, -0.2, 0.8, -0.4, 0.9, 0.1};
  Values v{1.0, 0.5, -0.25, 0.75, -1.5, 2.0};
  Values u{0.6, -1.2};
};

Tensor tensor_of(const Values& values, std::vector<int64_t> dims) {
  Tensor tensor(DType::float64, std::move(dims));
  for (size_t i = 0; i < values.size(); ++i) tensor.set_double(static_cast<int64_t>(i), values[i]);
  return tensor;
}

std::vector<Values> results(const std::vector<std::string>& names, const Point& at = {}) {
  std::string outputs;
  for (const std::string& name : names) outputs += (outputs.empty() ? "\"" : ", \"") + name + "\"";
  ReadOptions options;
  options.on_unused_input = OnUnusedInput::ignore;
  const ReadResult read = read_text(
      file_with(kSections, R"({"inputs": ["x", "w", "v", "u"], "outputs": [)" + outputs + "]}"),
      options);
  CAPTURE(read.problems);
  REQUIRE(read.problems.empty());
  return run(read, "f",
             {{"x", tensor_of(at.x, {kColumns})},
              {"w", tensor_of(at.w, {kRows, kColumns})},
              {"v", tensor_of(at.v, {kRows, kColumns})},
              {"u", tensor_of(at.u, {kRows})}});
}

// The derivative of every element of `name` by every element of a member, first by last.
Values differences(const std::string& name, Values Point::*member) {
  constexpr double kStep = 1e-5;
  const size_t count = results({name})[0].size();
  const size_t by = (Point().*member).size();
  Values result(count * by);
  for (size_t j = 0; j < by; ++j) {
    Point above;
    Point below;
    (above.*member)[j] += kStep;
    (below.*member)[j] -= kStep;
    const Values high = results({name}, above)[0];
    const Values low = results({name}, below)[0];
    for (size_t i = 0; i < count; ++i) result[i * by + j] = (high[i] - low[i]) / (2 * kStep);
  }
  return result;
}

void check_near(const Values& ours, const Values& expected) {
  REQUIRE(ours.size() == expected.size());
  for (size_t i = 0; i < ours.size(); ++i) {
    CAPTURE(i);
    CHECK(ours[i] == Approx(expected[i]).margin(1e-8).epsilon(1e-7));
  }
}

}  // namespace

TEST_CASE("jacobians hold every element's derivatives, in any rank") {
  const auto found = results({"jx", "jw", "jm", "jc"});
  check_near(found[0], differences("y", &Point::x));
  check_near(found[1], differences("y", &Point::w));
  check_near(found[2], differences("matrix", &Point::x));
  check_near(found[3], differences("cost", &Point::x));
}

TEST_CASE("hessians are jacobians of gradients") {
  const auto found = results({"hx", "hw"});
  check_near(found[0], differences("gx", &Point::x));
  check_near(found[1], differences("gw", &Point::w));
}

TEST_CASE("Lop and Rop are the jacobian times a vector, from the left and the right") {
  const Point at;
  const auto found = results({"lx", "lw", "ry", "rz", "rx"});
  const Values jx = differences("y", &Point::x);
  const Values jw = differences("y", &Point::w);
  const Values jz = differences("z", &Point::w);
  Values lx(at.x.size());
  Values lw(at.w.size());
  Values ry(at.u.size());
  Values rz(at.u.size());
  for (size_t i = 0; i < at.u.size(); ++i) {
    for (size_t j = 0; j < lx.size(); ++j) lx[j] += at.u[i] * jx[i * lx.size() + j];
    for (size_t j = 0; j < lw.size(); ++j) {
      lw[j] += at.u[i] * jw[i * lw.size() + j];
      ry[i] += jw[i * lw.size() + j] * at.v[j];
      rz[i] += jz[i * lw.size() + j] * at.v[j];
    }
  }
  check_near(found[0], lx);
  check_near(found[1], lw);
  check_near(found[2], ry);
  check_near(found[3], rz);
  check_near(found[4], Values(at.x.size()));  // x does not depend on w
}

TEST_CASE("a graph that is used twice is its nodes twice") {
  const std::string graphs = R"("graphs": {
    "layer": {"inputs": {"a": {"dtype": "float64", "shape": ["k"]}, "w": {"dtype": "float64", "shape": ["r", "k"]}},
      "nodes": [{"op": "dot", "inputs": ["w", "a"], "name": "h"},
                {"op": "alloc", "inputs": [0.5], "shape": ["r"], "name": "bias"},
                {"op": "add", "inputs": ["h", "bias"], "name": "y"}], "outputs": ["y", "h"]},
    "twice": {"inputs": ["a", "w"],
      "nodes": [{"op": "op_from_graph", "graph": "layer", "inputs": ["a", "w"], "outputs": ["b", "rows"]},
                {"op": "op_from_graph", "graph": "layer", "inputs": ["b", "w"], "outputs": ["c", "more"]}],
      "outputs": ["c"]}},
    "inputs": {"x": {"dtype": "float64", "shape": [2]}, "q": {"dtype": "float64", "shape": [2, 2]}},
    "nodes": [{"op": "op_from_graph", "graph": "twice", "inputs": ["x", "q"], "name": "out"}])";
  const ReadResult read =
      read_text(file_with(graphs, R"({"inputs": ["x", "q"], "outputs": ["out"]})"));
  CAPTURE(read.problems);
  REQUIRE(read.problems.empty());
  const auto found =
      run(read, "f", {{"x", tensor_of({1, 2}, {2})}, {"q", tensor_of({1, 3, -2, 0.5}, {2, 2})}});
  // b = q x + 1/2 = (7.5, -0.5), c = q b + 1/2
  CHECK(found[0] == Values{6.5, -14.75});
}

TEST_CASE("sizes measured in a graph are those of each use") {
  const std::string sections = R"("graphs": {
    "positions": {"inputs": ["a"],
      "nodes": [{"op": "gt", "inputs": ["a", 0.0], "name": "p"},
                {"op": "nonzero", "inputs": ["p"], "name": "at", "size": "k"},
                {"op": "zeros", "shape": ["k"], "name": "z"},
                {"op": "add", "inputs": ["at", "z"], "name": "y"}], "outputs": ["y"]}},
    "inputs": {"x": {"dtype": "float64", "shape": ["n"]}, "w": {"dtype": "float64", "shape": ["n"]}},
    "nodes": [{"op": "op_from_graph", "graph": "positions", "inputs": ["x"], "name": "first"},
              {"op": "op_from_graph", "graph": "positions", "inputs": ["w"], "name": "second"}])";
  const ReadResult read =
      read_text(file_with(sections, R"({"inputs": ["x", "w"], "outputs": ["first", "second"]})"));
  CAPTURE(read.problems);
  REQUIRE(read.problems.empty());
  const auto found =
      run(read, "f", {{"x", tensor_of({1, -2, 3}, {3})}, {"w", tensor_of({-1, 2, -3}, {3})}});
  CHECK(found[0] == Values{0, 2});
  CHECK(found[1] == Values{1});
}

TEST_CASE("reduce gives the last state, foldr goes from the end, map has no states") {
  const std::string loop = R"("sequences": {"a": "x"}, "states": {"s": "zero"}, "body": {"nodes": [
      {"op": "mul", "inputs": ["s", 10], "name": "t"}, {"op": "add", "inputs": ["t", "a"], "name": "u"}],
      "next": {"s": "u"}}, "name": )";
  const auto value_of = [&](const std::string& node) {
    const std::string sections = R"("inputs": {"x": {"dtype": "float64", "shape": ["n"]}},
      "constants": {"zero": {"dtype": "float64", "shape": [], "value": 0}}, "nodes": [)" +
                                 node + "]";
    const ReadResult read =
        read_text(file_with(sections, R"({"inputs": ["x"], "outputs": ["y"]})"));
    CAPTURE(read.problems);
    REQUIRE(read.problems.empty());
    return run(read, "f", {{"x", tensor_of({1, 2, 3}, {3})}})[0];
  };
  CHECK(value_of(R"({"op": "reduce", )" + loop + R"("y"})") == Values{123});
  CHECK(value_of(R"({"op": "foldl", )" + loop + R"("y"})") == Values{123});
  CHECK(value_of(R"({"op": "foldr", )" + loop + R"("y"})") == Values{321});
  CHECK(value_of(R"({"op": "scan", )" + loop + R"("y"})") == Values{1, 12, 123});
  CHECK(value_of(R"({"op": "map", "sequences": {"a": "x"}, "body": {"nodes": [
      {"op": "sqr", "inputs": ["a"], "name": "b"}], "outputs": ["b"]}, "name": "y"})") ==
        Values{1, 4, 9});
}

TEST_CASE("checkpoints are every N-th state, and the gradient is that of the loop") {
  const auto values_of = [](const std::string& head, int64_t steps) {
    const std::string sections =
        R"("inputs": {"x": {"dtype": "float64", "shape": ["n"]}, "w": {"dtype": "float64", "shape": []}},
      "constants": {"one": {"dtype": "float64", "shape": [], "value": 1}},
      "nodes": [{)" +
        head + R"(, "sequences": {"a": "x"}, "states": {"s": "one"},
        "body": {"nodes": [{"op": "mul", "inputs": ["s", "w"], "name": "t"},
                           {"op": "add", "inputs": ["t", "a"], "name": "u"},
                           {"op": "sqr", "inputs": ["s"], "name": "v"}],
                 "next": {"s": "u"}, "outputs": ["v"]}, "outputs": ["states", "squares"]},
      {"op": "subtensor", "inputs": ["states"], "index": [-1], "name": "last"},
      {"op": "grad", "cost": "last", "wrt": ["x", "w"], "outputs": ["gx", "gw"]}])";
    const ReadResult read = read_text(file_with(
        sections, R"({"inputs": ["x", "w"], "outputs": ["states", "squares", "gx", "gw"]})"));
    CAPTURE(read.problems);
    REQUIRE(read.problems.empty());
    std::vector<double> x;
    for (int64_t i = 0; i < steps; ++i) x.push_back(0.25 * static_cast<double>(i + 1));
    return run(read, "f", {{"x", tensor_of(x, {steps})}, {"w", tensor_of({0.5}, {})}});
  };
  for (const std::string backwards : {"", R"(, "go_backwards": true)"}) {
    for (const int64_t steps : {1, 2, 3, 6, 7, 8}) {
      CAPTURE(steps, backwards);
      const auto all = values_of(R"("op": "scan")" + backwards, steps);
      const auto some =
          values_of(R"("op": "scan_checkpoints", "save_every_N": 3)" + backwards, steps);
      for (const size_t result : {size_t{0}, size_t{1}}) {
        Values kept;
        for (size_t i = 0; i < all[result].size(); ++i) {
          if (i % 3 == 2 || i + 1 == all[result].size()) kept.push_back(all[result][i]);
        }
        CHECK(some[result] == kept);
      }
      CHECK(some[2] == all[2]);
      CHECK(some[3] == all[3]);
    }
  }
}

TEST_CASE("the gradient of a loop measures the sizes of each step anew") {
  const std::string sections = R"(
    "inputs": {"x": {"dtype": "float64", "shape": ["n"]}, "i": {"dtype": "int64", "shape": ["m"]}},
    "nodes": [
      {"op": "scan", "sequences": {"k": "i"}, "body": {"nodes": [
        {"op": "measured_dim", "inputs": ["k"], "size": "q", "name": "size"},
        {"op": "subtensor", "inputs": ["x"], "index": [":q"], "name": "head"},
        {"op": "sqr", "inputs": ["head"], "name": "squares"},
        {"op": "sum", "inputs": ["squares"], "name": "s"}], "outputs": ["s"]}, "outputs": ["sums"]},
      {"op": "sum", "inputs": ["sums"], "name": "cost"},
      {"op": "grad", "cost": "cost", "wrt": ["x"], "outputs": ["g"]}])";
  const ReadResult read =
      read_text(file_with(sections, R"({"inputs": ["x", "i"], "outputs": ["sums", "g"]})"));
  CAPTURE(read.problems);
  REQUIRE(read.problems.empty());
  Tensor counts(DType::int64, {4});
  for (const auto& [at, count] : {std::pair{0, 3}, {1, 0}, {2, 1}, {3, 2}})
    counts.set_int(at, count);
  const auto found = run(read, "f", {{"x", tensor_of({1, 2, 3, 4}, {4})}, {"i", counts}});
  CHECK(found[0] == Values{14, 0, 1, 5});
  CHECK(found[1] == Values{6, 8, 6, 0});
}

TEST_CASE("functions check the sizes of their own nodes, whichever needed them first") {
  const ReadResult read = read_text(R"({"tgc": 1, "name": "pair",
    "inputs": {"x": {"dtype": "float64", "shape": ["n"]}, "y": {"dtype": "float64", "shape": ["m"]}},
    "nodes": [{"op": "add", "inputs": ["x", "y"], "name": "sum"},
              {"op": "mul", "inputs": ["x", "y"], "name": "product"}],
    "functions": {"plus": {"inputs": ["x", "y"], "outputs": ["sum"]},
                  "times": {"inputs": ["x", "y"], "outputs": ["product"]},
                  "both": {"inputs": ["x", "y"], "outputs": ["sum", "product"]}}})");
  REQUIRE(read.problems.empty());
  for (const char* name : {"plus", "times", "both"}) {
    CHECK(function_of(read, name).graph.equalities().size() == 1);
  }
}

}  // namespace tgc
