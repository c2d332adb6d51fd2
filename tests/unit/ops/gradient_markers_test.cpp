// SPDX-License-Identifier: Apache-2.0
// theano.gradient's markers: what they do to the gradient of sum(marker(x)·w + x).
#include "catch2/catch.hpp"
#include "graph/grad.h"
#include "graph/node.h"
#include "interp/interpreter.h"
#include "ops/op_list.h"
#include "unit/ops/op_run.h"

namespace tgc {
namespace {

using Values = std::vector<double>;

struct Result {
  Values gradient;
  std::string error;
};

Result gradient_through(const std::string& marker, const Attributes& attributes,
                        bool adds_x = true) {
  Graph graph;
  Builder builder(graph, op_registry());
  const Node x(builder, graph.add_input({DType::float64, {3}, {}}, "x"));
  const Node w(builder, graph.add_input({DType::float64, {3}, {}}, "w"));
  Node y = x.call(marker, {}, attributes) * w;
  if (adds_x) y = y + x;
  Diagnostics diagnostics;
  const auto gradients = grad(builder, y.call("sum").id(), {x.id()}, {}, diagnostics);
  if (!gradients) return {{}, diagnostics.all().at(0).message};
  graph.add_output(gradients->at(0));
  const Tensor values = tensor(DType::float64, {3}, {1, 2, 3});
  const Tensor weights = tensor(DType::float64, {3}, {-2, 0.25, 5});
  return {values_of(evaluate(graph, {values, weights}).outputs.at(0)), ""};
}

}  // namespace

TEST_CASE("consider_constant, zero_grad and disconnected_grad let no gradient through") {
  for (const char* const marker : {"consider_constant", "zero_grad", "disconnected_grad"}) {
    INFO(marker);
    CHECK(gradient_through(marker, {}).gradient == Values{1, 1, 1});
  }
}

TEST_CASE("a zero gradient is connected, a disconnected one is not") {
  CHECK(gradient_through("zero_grad", {}, false).gradient == Values{0, 0, 0});
  CHECK(gradient_through("consider_constant", {}, false).gradient == Values{0, 0, 0});
  CHECK(gradient_through("disconnected_grad", {}, false).error ==
        "grad: the cost does not depend on the elements of x");
}

TEST_CASE("grad_clip clips and grad_scale scales what flows back") {
  CHECK(gradient_through("grad_clip", {{"lower", -1.0}, {"upper", 0.5}}).gradient ==
        Values{0, 1.25, 1.5});
  CHECK(gradient_through("grad_scale", {{"multiplier", -2.0}}).gradient == Values{5, 0.5, -9});
  CHECK(run_op({"grad_clip", {Tensor(DType::float64, {1})}, {{"lower", 1.0}, {"upper", 0.0}}})
            .diagnostic == "grad_clip: lower must not be above upper");
}

TEST_CASE("a gradient through undefined_grad is an error") {
  CHECK(gradient_through("undefined_grad", {}).error.find("undefined_grad") != std::string::npos);
}

}  // namespace tgc
