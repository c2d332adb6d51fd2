// SPDX-License-Identifier: Apache-2.0
// ifelse and scan.
#include "catch2/catch.hpp"
#include "graph/grad.h"
#include "interp/interpreter.h"
#include "ops/op_list.h"
#include "ops/scan.h"
#include "unit/ops/op_run.h"

namespace tgc {
namespace {

using Values = std::vector<double>;

Tensor vector(const Values& values) {
  return tensor(DType::float64, {static_cast<int64_t>(values.size())}, values);
}

TensorType real(Shape shape) {
  return {DType::float64, std::move(shape), {}};
}

const DimExpr kN = DimExpr::symbol("n");

// The step  s' = s·x + c, and the further result s - x.
InnerGraph recurrence() {
  Graph step;
  Builder builder(step, op_registry());
  const VariableId x = step.add_input(real({}), "x");
  const VariableId s = step.add_input(real({}), "s");
  const VariableId c = step.add_input(real({}), "c");
  step.add_output(builder.call("add", {builder.call("mul", {s, x}), c}));
  step.add_output(builder.call("sub", {s, x}));
  return std::make_shared<const Graph>(std::move(step));
}

struct ScanGraph {
  Graph graph;
  std::vector<VariableId> outputs;
  std::string diagnostic;
};

ScanGraph make_loop(const InnerGraph& step, const std::vector<TensorType>& types,
                    Attributes attributes) {
  ScanGraph loop;
  Builder builder(loop.graph, op_registry());
  NodeSpec spec;
  spec.op = &op_registry().get("scan");
  for (size_t i = 0; i < types.size(); ++i) {
    spec.inputs.push_back(loop.graph.add_input(types[i], "x" + std::to_string(i)));
  }
  spec.attributes = std::move(attributes);
  spec.inner = {step};
  Diagnostics diagnostics;
  const auto outputs = builder.add_node(std::move(spec), diagnostics);
  if (!outputs) {
    loop.diagnostic = diagnostics.all().at(0).message;
    return loop;
  }
  loop.outputs = *outputs;
  for (const VariableId output : *outputs) loop.graph.add_output(output);
  return loop;
}

// The attributes of a loop whose states each see the step before.
Attributes counts(size_t sequences, size_t states) {
  return scan_attributes(sequences, std::vector<std::vector<int64_t>>(states, {-1}));
}

}  // namespace

TEST_CASE("scan carries a state and stacks every step's results") {
  const ScanGraph loop = make_loop(recurrence(), {real({kN}), real({1}), real({})}, counts(1, 1));
  REQUIRE(loop.diagnostic.empty());
  CHECK(type_text(loop.graph.type(loop.outputs[0])) == "float64[n + 1]");
  const auto result =
      evaluate(loop.graph, {vector({2, 3, 4}), vector({1}), Tensor::scalar(DType::float64, 10)});
  REQUIRE(result.failure.empty());
  CHECK(values_of(result.outputs.at(0)) == Values{1, 12, 46, 194});
  CHECK(values_of(result.outputs.at(1)) == Values{-1, 9, 42});
}

TEST_CASE("scan reads sequences from their end") {
  Attributes attributes = counts(1, 1);
  attributes["go_backwards"] = true;
  attributes["n_steps"] = DimExpr(2);
  const ScanGraph loop = make_loop(recurrence(), {real({kN}), real({1}), real({})}, attributes);
  const auto result =
      evaluate(loop.graph, {vector({2, 3, 4}), vector({1}), Tensor::scalar(DType::float64, 10)});
  REQUIRE(result.failure.empty());
  CHECK(values_of(result.outputs.at(0)) == Values{1, 14, 52});
}

TEST_CASE("scan of no steps gives the initial values alone") {
  const ScanGraph loop = make_loop(recurrence(), {real({kN}), real({1}), real({})}, counts(1, 1));
  const auto result =
      evaluate(loop.graph, {vector({}), vector({1}), Tensor::scalar(DType::float64, 10)});
  REQUIRE(result.failure.empty());
  CHECK(result.outputs.at(0).dims() == std::vector<int64_t>{1});
  CHECK(result.outputs.at(1).dims() == std::vector<int64_t>{0});
}

TEST_CASE("scan takes as many steps as the shortest sequence has") {
  Graph step;
  Builder builder(step, op_registry());
  const VariableId a = step.add_input(real({}), "a");
  const VariableId b = step.add_input(real({}), "b");
  step.add_output(builder.call("add", {a, b}));
  const ScanGraph loop = make_loop(std::make_shared<const Graph>(std::move(step)),
                                   {real({kN}), real({DimExpr::symbol("m")})}, counts(2, 0));
  CHECK(type_text(loop.graph.type(loop.outputs.at(0))) == "float64[min(m, n)]");
  const auto result = evaluate(loop.graph, {vector({1, 2, 3}), vector({10, 20})});
  CHECK(values_of(result.outputs.at(0)) == Values{11, 22});
}

TEST_CASE("scan fails when a sequence is shorter than n_steps") {
  Attributes attributes = counts(1, 1);
  attributes["n_steps"] = DimExpr(4);
  const ScanGraph loop = make_loop(recurrence(), {real({kN}), real({1}), real({})}, attributes);
  const auto result =
      evaluate(loop.graph, {vector({2, 3, 4}), vector({1}), Tensor::scalar(DType::float64, 10)});
  CHECK(result.failure.find("scan: n_steps is 4, but x0 has n elements") != std::string::npos);
}

TEST_CASE("scan needs n_steps or a sequence") {
  Graph step;
  const VariableId s = step.add_input(real({}), "s");
  step.add_output(s);
  const ScanGraph loop =
      make_loop(std::make_shared<const Graph>(std::move(step)), {real({1})}, counts(0, 1));
  CHECK(loop.diagnostic == "scan: needs n_steps or a sequence");
}

TEST_CASE("scan refuses a state whose next value has another type") {
  Graph step;
  Builder builder(step, op_registry());
  const VariableId s = step.add_input({DType::float32, {}, {}}, "s");
  step.add_output(builder.cast(s, DType::float64));
  Attributes attributes = counts(0, 1);
  attributes["n_steps"] = DimExpr(3);
  const ScanGraph loop = make_loop(std::make_shared<const Graph>(std::move(step)),
                                   {{DType::float32, {1}, {}}}, attributes);
  CHECK(loop.diagnostic ==
        "scan: the next value of state x0 is float64[], but the step takes float32[]");
}

// s(t) = c*s(t - 2) + s(t - 1)*x(t).
InnerGraph second_order() {
  Graph step;
  Builder builder(step, op_registry());
  const VariableId x = step.add_input(real({}), "x");
  const VariableId before = step.add_input(real({}), "before");
  const VariableId last = step.add_input(real({}), "last");
  const VariableId c = step.add_input(real({}), "c");
  step.add_output(
      builder.call("add", {builder.call("mul", {before, c}), builder.call("mul", {last, x})}));
  return std::make_shared<const Graph>(std::move(step));
}

TEST_CASE("scan looks back as far as its taps say") {
  const ScanGraph loop = make_loop(second_order(), {real({kN}), real({2}), real({})},
                                   scan_attributes(1, {{-2, -1}}, kN));
  REQUIRE(loop.diagnostic.empty());
  const auto result = evaluate(
      loop.graph, {vector({1, 2, 3}), vector({10, 1}), Tensor::scalar(DType::float64, 0.5)});
  REQUIRE(result.failure.empty());
  CHECK(values_of(result.outputs.at(0)) == Values{10, 1, 6, 12.5, 40.5});
}

TEST_CASE("scan gives the last value alone when told to") {
  Attributes attributes = scan_attributes(1, {{-2, -1}}, kN);
  attributes["last_only"] = std::vector<int64_t>{0};
  const ScanGraph loop = make_loop(second_order(), {real({kN}), real({2}), real({})}, attributes);
  REQUIRE(loop.diagnostic.empty());
  CHECK(type_text(loop.graph.type(loop.outputs[0])) == "float64[1]");
  const auto last = [&](const Values& sequence) {
    const auto result = evaluate(
        loop.graph, {vector(sequence), vector({10, 1}), Tensor::scalar(DType::float64, 0.5)});
    return values_of(result.outputs.at(0));
  };
  CHECK(last({1, 2, 3}) == Values{40.5});
  CHECK(last({}) == Values{1});
}

TEST_CASE("scan refuses initial values that its taps do not fit") {
  const ScanGraph loop = make_loop(second_order(), {real({kN}), real({3}), real({})},
                                   scan_attributes(1, {{-2, -1}}, kN));
  CHECK(loop.diagnostic == "scan: x1 has 3 initial values, the step looks back 2 steps");
}

// The gradients of `cost` of the loop's outputs by the chain rule and by differences of the loop.
void check_gradients(const ScanGraph& loop, const std::vector<Tensor>& inputs) {
  Graph graph = loop.graph;
  Builder builder(graph, op_registry());
  std::vector<VariableId> terms;
  for (const VariableId output : loop.outputs) {
    const VariableId squares = builder.call("sqr", {builder.call("sin", {output})});
    terms.push_back(builder.call("sum", {squares}));
  }
  const VariableId cost = terms.size() == 1 ? terms[0] : builder.call("add", terms);
  Diagnostics diagnostics;
  const auto gradients = grad(builder, cost, graph.inputs(), {}, diagnostics);
  REQUIRE(gradients.has_value());
  while (!graph.outputs().empty() && graph.outputs()[0] != cost) graph.set_output(0, cost);
  for (const VariableId gradient : *gradients) graph.add_output(gradient);
  const auto result = evaluate(graph, inputs);
  REQUIRE(result.failure.empty());
  constexpr double kStep = 1e-6;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& gradient = result.outputs.at(loop.outputs.size() + i);
    REQUIRE(gradient.dims() == inputs[i].dims());
    for (int64_t element = 0; element < inputs[i].size(); ++element) {
      const auto shifted = [&](double by) {
        std::vector<Tensor> moved = inputs;
        moved[i].set_double(element, moved[i].get_double(element) + by);
        return evaluate(graph, moved).outputs.at(0).get_double(0);
      };
      const double difference = (shifted(kStep) - shifted(-kStep)) / (2 * kStep);
      CHECK(gradient.get_double(element) == Approx(difference).epsilon(1e-6).margin(1e-8));
    }
  }
}

TEST_CASE("the gradient of scan is that of its differences") {
  const Tensor c = Tensor::scalar(DType::float64, 0.7);
  SECTION("a state and a result") {
    check_gradients(make_loop(recurrence(), {real({kN}), real({1}), real({})}, counts(1, 1)),
                    {vector({0.3, -0.5, 0.8}), vector({0.4}), c});
  }
  SECTION("from the end, of fewer steps than elements") {
    Attributes attributes = counts(1, 1);
    attributes["go_backwards"] = true;
    attributes["n_steps"] = DimExpr(2);
    check_gradients(make_loop(recurrence(), {real({kN}), real({1}), real({})}, attributes),
                    {vector({0.3, -0.5, 0.8}), vector({0.4}), c});
  }
  SECTION("two steps back") {
    check_gradients(make_loop(second_order(), {real({kN}), real({2}), real({})},
                              scan_attributes(1, {{-2, -1}}, kN)),
                    {vector({0.3, -0.5, 0.8, 0.2}), vector({0.4, -0.6}), c});
  }
  SECTION("no steps") {
    check_gradients(make_loop(second_order(), {real({kN}), real({2}), real({})},
                              scan_attributes(1, {{-2, -1}}, kN)),
                    {vector({}), vector({0.4, -0.6}), c});
  }
}

TEST_CASE("a truncated gradient of scan sees its last steps only") {
  Attributes attributes = counts(1, 1);
  attributes["truncate_gradient"] = int64_t{2};
  ScanGraph loop = make_loop(recurrence(), {real({kN}), real({1}), real({})}, attributes);
  Builder builder(loop.graph, op_registry());
  const VariableId cost = builder.call("sum", {loop.outputs[0]});
  Diagnostics diagnostics;
  const auto gradients = grad(builder, cost, loop.graph.inputs(), {}, diagnostics);
  REQUIRE(gradients.has_value());
  for (const VariableId gradient : *gradients) loop.graph.add_output(gradient);
  const auto result =
      evaluate(loop.graph, {vector({2, 3, 4}), vector({1}), Tensor::scalar(DType::float64, 10)});
  REQUIRE(result.failure.empty());
  // s = 12, 46, 194: ds3 = 1, ds2 = 1 + 4 = 5; dx = s of the step before times ds.
  CHECK(values_of(result.outputs.at(2)) == Values{0, 60, 46});
  CHECK(values_of(result.outputs.at(3)) == Values{1});  // the trace's own first element
  CHECK(values_of(result.outputs.at(4)) == Values{6});
}

TEST_CASE("ifelse takes one branch, whatever the other would do") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId condition = graph.add_input({DType::boolean, {}, {}}, "condition");
  const VariableId x = graph.add_input(real({3}), "x");
  const VariableId at = graph.add_input({DType::int64, {}, {}}, "at");
  IndexEntry entry;
  entry.kind = IndexEntry::Kind::input;
  entry.input = 1;
  const VariableId element =
      builder.call("subtensor", {x, at}, {{"index", std::vector<IndexEntry>{entry}}});
  const VariableId zero = builder.scalar(DType::float64, 0);
  graph.add_output(builder.call("ifelse", {condition, element, zero}));
  const auto outcome = [&](bool chosen, int64_t position) {
    return evaluate(graph, {Tensor::scalar(DType::boolean, chosen ? 1 : 0), vector({1, 2, 3}),
                            Tensor::scalar_int(DType::int64, position)});
  };
  CHECK(values_of(outcome(true, 1).outputs.at(0)) == Values{2});
  CHECK_FALSE(outcome(true, 7).failure.empty());
  CHECK(values_of(outcome(false, 7).outputs.at(0)) == Values{0});
}

TEST_CASE("ifelse with inner graphs runs the chosen one on its own inputs") {
  Graph first;
  Builder first_builder(first, op_registry());
  const VariableId a = first.add_input(real({kN}), "a");
  first.add_output(first_builder.call("neg", {a}));
  Graph second;
  Builder second_builder(second, op_registry());
  const VariableId b = second.add_input(real({kN}), "b");
  const VariableId c = second.add_input(real({}), "c");
  second.add_output(second_builder.call("mul", {b, c}));

  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId condition = graph.add_input({DType::int32, {}, {}}, "condition");
  const VariableId x = graph.add_input(real({kN}), "x");
  const VariableId y = graph.add_input(real({}), "y");
  const ApplyId branch = builder.add("ifelse", {condition, x, x, y}, {{"n_then", int64_t{1}}},
                                     {std::make_shared<const Graph>(std::move(first)),
                                      std::make_shared<const Graph>(std::move(second))});
  graph.add_output(graph.apply(branch).outputs.at(0));
  const auto values = [&](int64_t chosen) {
    const auto result = evaluate(graph, {Tensor::scalar_int(DType::int32, chosen), vector({1, 2}),
                                         Tensor::scalar(DType::float64, 10)});
    return values_of(result.outputs.at(0));
  };
  CHECK(values(3) == Values{-1, -2});
  CHECK(values(0) == Values{10, 20});
}

TEST_CASE("the gradient of ifelse flows into the chosen branch only") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId condition = graph.add_input({DType::boolean, {}, {}}, "condition");
  const VariableId x = graph.add_input(real({}), "x");
  const VariableId y = graph.add_input(real({}), "y");
  const VariableId chosen =
      builder.call("ifelse", {condition, builder.call("mul", {x, x}), builder.call("mul", {x, y})});
  Diagnostics diagnostics;
  const auto gradients = grad(builder, chosen, {x, y}, {}, diagnostics);
  REQUIRE(gradients.has_value());
  for (const VariableId gradient : *gradients) graph.add_output(gradient);
  const auto values = [&](double condition_value) {
    const auto result =
        evaluate(graph, {Tensor::scalar(DType::boolean, condition_value),
                         Tensor::scalar(DType::float64, 3), Tensor::scalar(DType::float64, 5)});
    return Values{result.outputs.at(0).get_double(0), result.outputs.at(1).get_double(0)};
  };
  CHECK(values(1) == Values{6, 0});
  CHECK(values(0) == Values{5, 3});
}

TEST_CASE("ifelse refuses branches of different types") {
  const OpRun run = run_op({"ifelse",
                            {Tensor::scalar(DType::boolean, 1), Tensor(DType::float64, {2}),
                             Tensor(DType::float32, {2})}});
  CHECK(run.diagnostic == "ifelse: the branches differ in value 0: float64[2] and float32[2]");
  CHECK(run_op({"ifelse", {vector({1, 0}), vector({1}), vector({2})}}).diagnostic ==
        "ifelse: the condition must be a scalar, but x0 is float64[2]");
}

}  // namespace tgc
