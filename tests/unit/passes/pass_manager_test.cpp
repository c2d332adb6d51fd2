// SPDX-License-Identifier: Apache-2.0
// What the manager does around the passes: counts, hooks, verification, inner graphs, limits.
#include "catch2/catch.hpp"

#include <algorithm>

#include "graph/verifier.h"
#include "unit/passes/pass_fixture.h"

namespace tgc {
namespace {

PassFixture log_of_one_plus() {
  PassFixture f;
  f.output(log(1 + f.input("x", {3})));
  return f;
}

TEST_CASE("optimizer_verbose prints the rewrite, the old and the new variable") {
  const PassFixture f = log_of_one_plus();
  PipelineOptions options = PassFixture::options("fast_run");
  std::vector<std::string> lines;
  options.hooks.verbose = [&](const std::string& line) { lines.push_back(line); };
  f.optimized(options);
  CHECK(lines == std::vector<std::string>{"local_log1p Elemwise{log}.0 Elemwise{log1p}.0"});
}

TEST_CASE("the report counts replacements per step and per member") {
  PassFixture f = log_of_one_plus();
  Diagnostics diagnostics;
  const auto report = optimize(f.function, PassFixture::options("fast_run"), diagnostics);
  REQUIRE(report.has_value());
  CHECK(report->nodes_before == 2);
  CHECK(report->nodes_after == 1);
  const auto find = [&](const std::string& name, const std::string& within) {
    return std::find_if(report->records.begin(), report->records.end(),
                        [&](const PassRecord& r) { return r.name == name && r.within == within; });
  };
  REQUIRE(find("stabilize", "") != report->records.end());
  CHECK(find("stabilize", "")->fired == 1);
  CHECK(find("stabilize", "")->nodes_before == 2);
  CHECK(find("stabilize", "")->nodes_after == 1);
  REQUIRE(find("local_log1p", "stabilize") != report->records.end());
  CHECK(find("local_log1p", "stabilize")->fired == 1);
  CHECK(std::find(report->passes.begin(), report->passes.end(), "merge3") != report->passes.end());
}

TEST_CASE("stages are dumped in order, the input first") {
  const PassFixture f = log_of_one_plus();
  PipelineOptions options = PassFixture::options("merge");
  std::vector<std::string> stages;
  options.hooks.dump = [&](int number, const std::string& name, const std::string& text) {
    CHECK(text.find("input x: float32[3]") == 0);
    stages.push_back(std::to_string(number) + " " + name);
  };
  f.optimized(options);
  CHECK(stages == std::vector<std::string>{"0 input", "1 merge1", "2 merge1.1", "3 merge1.2",
                                           "4 sink_ifelse", "5 merge2", "6 merge3"});
}

TEST_CASE("print_changed shows each changed graph once, print_after what is named") {
  const PassFixture f = log_of_one_plus();
  PipelineOptions options = PassFixture::options("fast_run");
  std::vector<std::string> shown;
  options.hooks.print = [&](const std::string& name, const std::string&) { shown.push_back(name); };
  options.hooks.print_changed = true;
  f.optimized(options);
  CHECK(shown == std::vector<std::string>{"local_log1p"});
  shown.clear();
  options.hooks.print_changed = false;
  options.hooks.print_after = {"merge1", "local_log1p", "stabilize"};
  f.optimized(options);
  CHECK(shown == std::vector<std::string>{"merge1", "local_log1p", "stabilize"});
}

TEST_CASE("excluding fusion leaves one Apply per op") {
  PassFixture f;
  const Node x = f.input("x", {3});
  f.output(x.call("tanh") * x.call("sigmoid"));
  PipelineOptions options = PassFixture::options("fast_run");
  CHECK(f.optimized(options).graph.apply_count() == 1);
  options.excluding = {"fusion"};
  const Graph graph = f.optimized(options).graph;
  CHECK(graph.apply_count() == 3);
  CHECK(count(graph, "composite") == 0);
}

TEST_CASE("excluding inplace leaves nothing destroyed") {
  PassFixture f;
  const Node x = f.input("x", {3, 3});
  f.output(x.call("dot", {x}).call("tanh"));
  const auto destroys = [](const Graph& graph) {
    size_t number = 0;
    for (const ApplyId id : graph.applies()) number += graph.apply(id).destroys.size();
    return number;
  };
  PipelineOptions options = PassFixture::options("fast_run");
  CHECK(destroys(f.optimized(options).graph) == 1);
  options.excluding = {"inplace"};
  CHECK(destroys(f.optimized(options).graph) == 0);
  options.excluding = {"add_destroy_handler"};
  CHECK(destroys(f.optimized(options).graph) == 0);
}

TEST_CASE("arguments and values read later are never destroyed") {
  PassFixture f;
  const Node x = f.input("x", {3, 3});
  const Node product = x.call("dot", {x});
  f.output(product.call("tanh"));
  f.output(product);
  f.output(x.call("sin"));
  const Graph graph = f.optimized("fast_run").graph;
  for (const ApplyId id : graph.applies()) CHECK(graph.apply(id).destroys.empty());
}

TEST_CASE("a shared variable is destroyed by its own update alone") {
  PassFixture f;
  const Node w = f.shared("w", {3});
  const Node x = f.input("x", {3});
  f.output((w * x).call("sum"));
  f.update("w", w - x);
  const Graph graph = f.optimized("fast_run").graph;
  INFO(graph_text(graph));
  const Apply& update = *graph.owner(graph.outputs()[1]);
  REQUIRE(update.destroys.size() == 1);
  CHECK(graph.variable(update.inputs[static_cast<size_t>(update.destroys[0].input)]).name == "w");
}

TEST_CASE("composites share what several of their outputs need") {
  PassFixture f;
  const Node w = f.shared("w", {3});
  const Node v = f.shared("v", {3});
  const Node g = f.input("g", {3});
  const Node velocity = v * 0.9 - g;
  f.update("v", velocity);
  f.update("w", w + velocity);
  const Graph graph = f.optimized("fast_run").graph;
  INFO(graph_text(graph));
  CHECK(graph.apply_count() == 1);
  CHECK(graph.owner(graph.outputs()[0])->outputs.size() == 2);
}

TEST_CASE("what broadcasts stays outside of a composite") {
  PassFixture f;
  const Node x = f.input("x", {3, 4});
  const Node b = f.input("b", {4});
  f.output(exp(x * b.call("tanh")));
  const Graph graph = f.optimized("fast_run").graph;
  INFO(graph_text(graph));
  CHECK(count(graph, "tanh") == 1);
  CHECK(count(graph, "composite") == 1);
}

TEST_CASE("ifelse computes in the branch what that branch alone needs") {
  PassFixture f;
  const Node c = f.input("c", {}, DType::boolean);
  const Node x = f.input("x", {3});
  const Node shared_part = x.call("tanh");
  f.output(c.call("ifelse", {exp(shared_part) * 2, shared_part}));
  const Graph graph = f.optimized("None").graph;
  INFO(graph_text(graph));
  REQUIRE(graph.apply_count() == 2);
  const Apply& branch = *graph.owner(graph.outputs()[0]);
  REQUIRE(branch.inner.size() == 2);
  CHECK(count(*branch.inner[0], "exp") == 1);
  CHECK(count(*branch.inner[0], "mul") == 1);
  CHECK(branch.inner[1]->apply_count() == 0);
  CHECK(count(graph, "tanh") == 1);
}

TEST_CASE("passes run inside branches and loops too") {
  PassFixture f;
  const Node c = f.input("c", {}, DType::boolean);
  const Node x = f.input("x", {3});
  f.output(c.call("ifelse", {exp(x) * 2 + 1, x}));
  const Graph graph = f.optimized("fast_run").graph;
  INFO(graph_text(graph));
  const Apply& branch = *graph.owner(graph.outputs()[0]);
  CHECK(count(*branch.inner[0], "composite") == 1);
  CHECK(branch.inner[0]->apply_count() == 1);
}

TEST_CASE("an ifelse inside a branch is nested too") {
  PassFixture f;
  const Node c = f.input("c", {}, DType::boolean);
  const Node d = f.input("d", {}, DType::boolean);
  const Node x = f.input("x", {3});
  const Node inside = d.call("ifelse", {exp(x), x});
  f.output(c.call("ifelse", {inside, x}));
  const Graph graph = f.optimized("None").graph;
  INFO(graph_text(graph));
  REQUIRE(graph.apply_count() == 1);
  const Graph& branch = *graph.owner(graph.outputs()[0])->inner[0];
  REQUIRE(branch.apply_count() == 1);
  CHECK(branch.owner(branch.outputs()[0])->inner.size() == 2);
  const std::vector<Tensor> inputs = {tensor(DType::boolean, {}, {1}),
                                      tensor(DType::boolean, {}, {0}), floats({3}, {1, 2, 3})};
  Function placed = f.function;
  placed.graph = graph;
  CHECK(PassFixture::values(placed, inputs)[0] == inputs[2]);
}

// h' = tanh(h * w + x) over the rows of xs.
PassFixture loop() {
  Graph step;
  Builder builder(step, op_registry(), DType::float32);
  const Node x(builder, step.add_input({DType::float32, {3}, {}}, "x"));
  const Node h(builder, step.add_input({DType::float32, {3}, {}}, "h"));
  const Node w(builder, step.add_input({DType::float32, {3}, {}}, "w"));
  step.add_output((h * w + x).call("tanh").id());
  PassFixture f;
  const Node xs = f.input("xs", {4, 3});
  const Node h0 = f.input("h0", {1, 3});
  const Node weights = f.shared("w", {3});
  const ApplyId scan =
      f.builder().add("scan", {xs.id(), h0.id(), weights.id()}, scan_attributes(1, {{-1}}, 4),
                      {std::make_shared<const Graph>(std::move(step))});
  f.output({f.builder(), f.function.graph.apply(scan).outputs[0]});
  return f;
}

TEST_CASE("the step of a loop is optimised") {
  const PassFixture f = loop();
  const Graph graph = f.optimized("fast_run").graph;
  INFO(graph_text(graph));
  REQUIRE(count(graph, "scan") == 1);
  const Graph& step = *graph.owner(graph.outputs()[0])->inner[0];
  CHECK(step.apply_count() == 1);
  CHECK(count(step, "composite") == 1);
}

TEST_CASE("a loop moves to the GPU with its step") {
  const PassFixture f = loop();
  PipelineOptions options = PassFixture::options("fast_run");
  options.for_cuda = true;
  const Function placed = f.optimized(options);
  INFO(graph_text(placed.graph));
  const Apply* transfer = placed.graph.owner(placed.graph.outputs()[0]);
  REQUIRE(transfer->op->name == "host_from_gpu");
  const Apply* scan = placed.graph.owner(transfer->inputs[0]);
  REQUIRE(scan->op->name == "scan");
  CHECK(scan->inner[0]->apply_count() == 1);
  const std::vector<Tensor> inputs = {floats({4, 3}, {1, 2, 3, -1, 0, 1, 0.5, 0.25, 0, 1, 1, 1}),
                                      floats({1, 3}, {0, 1, 2}), floats({3}, {0.5, -0.5, 1})};
  CHECK(PassFixture::values(placed, inputs) == PassFixture::values(f.function, inputs));
}

TEST_CASE("an op left on the host is reported when assert_no_cpu_op says so") {
  PassFixture f;
  const Node x = f.input("x", {3});
  f.output(x.call("tanh") * f.shared("w", {3}));
  PipelineOptions options = PassFixture::options("fast_run");
  options.for_cuda = true;
  options.assert_no_cpu_op = "raise";
  options.excluding = {"local_gpua_elemwise"};
  Diagnostics diagnostics;
  CHECK_FALSE(optimize(f.function, options, diagnostics).has_value());
  REQUIRE(diagnostics.has_errors());
  CHECK(diagnostics.all()[0].code == "cpu-op-left");
}

}  // namespace
}  // namespace tgc
