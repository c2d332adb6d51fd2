// SPDX-License-Identifier: Apache-2.0
// A whole training step, as an example of graphs that users compile: what is left of it after
// optimisation, and that it still computes the same.
#include "catch2/catch.hpp"

#include <cmath>
#include <random>

#include "graph/grad.h"
#include "unit/passes/pass_fixture.h"

namespace tgc {
namespace {

const DimExpr kRows = DimExpr::symbol("n");

// A perceptron with one hidden layer; cross entropy with column numbers; sgd with momentum.
PassFixture training_step(bool with_relu) {
  PassFixture f;
  const Node x = f.input("x", {kRows, 8});
  const Node y = f.input("y", {kRows}, DType::int32);
  const Node rate = f.input("rate", {});
  const std::vector<std::pair<std::string, Shape>> shapes = {
      {"w1", {8, 6}}, {"b1", {6}}, {"w2", {6, 4}}, {"b2", {4}}};
  std::vector<Node> params;
  std::vector<Node> velocities;
  for (const auto& [name, shape] : shapes) params.push_back(f.shared(name, shape));
  for (const auto& [name, shape] : shapes)
    velocities.push_back(f.shared(name + ".momentum", shape));
  const Node pre = x.call("dot", {params[0]}) + params[1];
  const Node hidden = with_relu ? pre.call("relu") : pre.call("tanh");
  const Node p = (hidden.call("dot", {params[2]}) + params[3]).call("softmax");
  const Node cost = p.call("categorical_crossentropy", {y}).call("mean");
  std::vector<VariableId> wrt;
  for (const Node& param : params) wrt.push_back(param.id());
  Diagnostics diagnostics;
  const auto grads = grad(f.builder(), cost.id(), wrt, {}, diagnostics);
  REQUIRE(grads.has_value());
  f.output(cost);
  for (size_t i = 0; i < params.size(); ++i) {
    const Node g(f.builder(), (*grads)[i]);
    const Node velocity = velocities[i] * 0.9 - rate * g;
    f.update(shapes[i].first + ".momentum", velocity);
    f.update(shapes[i].first, params[i] + velocity);
  }
  return f;
}

std::vector<Tensor> inputs_for(const Graph& graph, int64_t rows) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<Tensor> inputs;
  for (const VariableId id : graph.inputs()) {
    const Variable& variable = graph.variable(id);
    std::vector<int64_t> dims;
    for (const DimExpr& dim : variable.type.shape) dims.push_back(dim.constant().value_or(rows));
    Tensor value(variable.type.dtype, dims);
    for (int64_t i = 0; i < value.size(); ++i) {
      value.set_double(i, is_float(value.dtype()) ? uniform(random) : static_cast<double>(i % 4));
    }
    inputs.push_back(std::move(value));
  }
  return inputs;
}

void check_same(const std::vector<Tensor>& got, const std::vector<Tensor>& wanted,
                double tolerance) {
  REQUIRE(got.size() == wanted.size());
  for (size_t i = 0; i < got.size(); ++i) {
    REQUIRE(got[i].dims() == wanted[i].dims());
    REQUIRE(got[i].dtype() == wanted[i].dtype());
    for (int64_t k = 0; k < got[i].size(); ++k) {
      const double a = got[i].get_double(k);
      const double b = wanted[i].get_double(k);
      INFO("output " << i << " element " << k);
      CHECK(std::abs(a - b) <= tolerance * (1 + std::abs(b)));
    }
  }
}

TEST_CASE("a training step computes the same under every optimizer") {
  const bool with_relu = GENERATE(false, true);
  const PassFixture f = training_step(with_relu);
  const auto inputs = inputs_for(f.function.graph, 5);
  const auto plain = PassFixture::values(f.function, inputs);
  for (const char* optimizer :
       {"None", "merge", "fast_compile", "o2", "o3", "fast_run", "unsafe"}) {
    INFO(optimizer);
    check_same(PassFixture::values(f.optimized(optimizer), inputs), plain, 1e-5);
  }
}

TEST_CASE("a training step computes the same on a GPU's graph") {
  const PassFixture f = training_step(false);
  const auto inputs = inputs_for(f.function.graph, 5);
  const auto plain = PassFixture::values(f.function, inputs);
  for (const char* optimizer : {"None", "fast_compile", "fast_run"}) {
    INFO(optimizer);
    PipelineOptions options = PassFixture::options(optimizer);
    options.for_cuda = true;
    check_same(PassFixture::values(f.optimized(options), inputs), plain, 1e-5);
  }
}

TEST_CASE("a training step ends as few kernels") {
  const Graph graph = training_step(false).optimized("fast_run").graph;
  INFO(graph_text(graph));
  CHECK(count(graph, "crossentropy_softmax_argmax_1hot_with_bias") == 1);
  CHECK(count(graph, "crossentropy_softmax_1hot_with_bias_dx") == 1);
  CHECK(count(graph, "softmax") + count(graph, "softmax_with_bias") == 0);
  CHECK(count(graph, "dot22") == 3);
  CHECK(count(graph, "gemm") == 2);
  CHECK(count(graph, "sum") == 3);
  int kernels = 0;
  for (const ApplyId id : graph.applies()) {
    const std::string_view op = graph.apply(id).op->name;
    kernels += op == "dimshuffle" || op == "dim" ? 0 : 1;
  }
  CHECK(kernels <= 22);
}

TEST_CASE("on a GPU's graph nothing but arguments and results crosses") {
  PipelineOptions options = PassFixture::options("fast_run");
  options.for_cuda = true;
  options.assert_no_cpu_op = "raise";
  const Graph graph = training_step(false).optimized(options).graph;
  INFO(graph_text(graph));
  CHECK(count(graph, "host_from_gpu") == 1);  // the cost
  CHECK(count(graph, "gpu_from_host") <= 4);  // x, y, rate, and the number of rows
}

TEST_CASE("a lift that is excluded leaves its ops on the host, between transfers") {
  const PassFixture f = training_step(false);
  PipelineOptions options = PassFixture::options("fast_run");
  options.for_cuda = true;
  options.excluding = {"local_gpua_dot22"};
  const Function placed = f.optimized(options);
  INFO(graph_text(placed.graph));
  for (const ApplyId id : placed.graph.applies()) {
    const Apply& apply = placed.graph.apply(id);
    if (apply.op->name != "dot22") continue;
    CHECK(placed.graph.type(apply.outputs[0]).place.is_host());
  }
  const auto inputs = inputs_for(f.function.graph, 5);
  check_same(PassFixture::values(placed, inputs), PassFixture::values(f.function, inputs), 1e-5);
}

}  // namespace
}  // namespace tgc
