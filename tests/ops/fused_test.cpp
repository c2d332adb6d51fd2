// SPDX-License-Identifier: Apache-2.0
// The ops that rewrites make: fused groups of elementwise ops, and products that write into an
// operand.
#include <catch2/catch.hpp>

#include "graph/node.h"
#include "helpers/values.h"
#include "interp/interpreter.h"
#include "interp/kernel_interpreter.h"
#include "ops/check_op.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");

TensorType scalar(DType dtype) {
  return {dtype, {}, {}};
}

// s = x + y is used twice: s², s·3 as float16.
InnerGraph two_results() {
  Graph inner;
  Builder builder(inner, op_registry());
  const Node x(builder, inner.add_input(scalar(DType::float32), "x"));
  const Node y(builder, inner.add_input(scalar(DType::int8), "y"));
  const Node sum = x + y;
  inner.add_output((sum * sum).id());
  inner.add_output((sum * 3).cast(DType::float16).id());
  return std::make_shared<const Graph>(std::move(inner));
}

struct Fused {
  Graph graph;
  ApplyId apply;

  explicit Fused(const InnerGraph& inner, const std::vector<TensorType>& types) {
    Builder builder(graph, op_registry());
    std::vector<VariableId> inputs;
    for (const TensorType& type : types) inputs.push_back(graph.add_input(type, "x"));
    apply = builder.add("composite", inputs, {}, {inner});
    for (const VariableId output : graph.apply(apply).outputs) graph.add_output(output);
  }
};

std::vector<Tensor> matrix_and_row() {
  return {make_tensor(DType::float32, {2, 3}, {1, 2, 3, 4, 5, 6}),
          make_tensor(DType::int8, {3}, {10, 20, 30})};
}

std::string text_of(const Graph& graph, ApplyId id) {
  const Apply& apply = graph.apply(id);
  LowerContext context(graph, apply);
  for (const VariableId input : apply.inputs) {
    context.inputs.push_back(contiguous_layout(graph, input));
  }
  for (const VariableId output : apply.outputs) {
    context.outputs.push_back(contiguous_layout(graph, output));
  }
  context.kernel_name = "composite_1";
  apply.op->lower(context);
  return kernel_text(context.result.kernels.at(0).kernel);
}

}  // namespace

TEST_CASE("a composite computes all its results for each element") {
  const Fused fused(two_results(), {{DType::float32, {n, 3}, {}}, {DType::int8, {3}, {}}});
  CHECK(type_text(fused.graph.type(fused.graph.outputs()[1])) == "float16[n, 3]");
  const EvaluateResult result = evaluate(fused.graph, matrix_and_row());
  REQUIRE(result.failure == "");
  CHECK(numbers(result.outputs[0]) == std::vector<double>{121, 484, 1089, 196, 625, 1296});
  CHECK(numbers(result.outputs[1]) == std::vector<double>{33, 66, 99, 42, 75, 108});
  CHECK(check_kernels(fused.graph, matrix_and_row()) == "");
}

TEST_CASE("a composite names what it uses more than once") {
  const Fused fused(two_results(), {{DType::float32, {n, 3}, {}}, {DType::int8, {3}, {}}});
  CHECK(text_of(fused.graph, fused.apply) ==
        "kernel composite_1\n"
        "  param x_0: float32 read\n"
        "  param x_1: int8 read\n"
        "  param v_2: float32 write\n"
        "  param v_3: float16 write\n"
        "  parallel i0 < n, i1 < 3\n"
        "    t0 = add(x_0[3*i0 + i1], float32(x_1[i1]))\n"
        "    v_2[3*i0 + i1] = mul(t0, t0)\n"
        "    v_3[3*i0 + i1] = float16(mul(t0, 3))\n");
}

TEST_CASE("a composite that destroys an input reads it before it writes") {
  Graph inner;
  Builder builder(inner, op_registry());
  const Node x(builder, inner.add_input(scalar(DType::float64), "x"));
  inner.add_output((x * 2).id());
  inner.add_output((x + 1).id());
  Fused fused(std::make_shared<const Graph>(std::move(inner)), {float64_type({n})});
  Apply apply = fused.graph.apply(fused.apply);
  apply.destroys = {{0, 0}};
  Bindings bindings;
  bindings.set("n", 2);
  const LoweredResult result = run_lowered(fused.graph, apply, {vector_of({1, 2})}, bindings);
  CHECK(numbers(result.outputs.at(0)) == std::vector<double>{2, 4});
  CHECK(numbers(result.outputs.at(1)) == std::vector<double>{2, 3});
}

TEST_CASE("an integer division inside a composite still fails on zero") {
  Graph inner;
  Builder builder(inner, op_registry());
  const Node x(builder, inner.add_input(scalar(DType::int64), "x"));
  const Node y(builder, inner.add_input(scalar(DType::int64), "y"));
  inner.add_output((x.call("int_div", {y}) + 1).id());
  Fused fused(std::make_shared<const Graph>(std::move(inner)),
              {{DType::int64, {n}, {}}, {DType::int64, {n}, {}}});
  const Tensor sevens = make_tensor(DType::int64, {2}, {7, -7});
  const Tensor good = make_tensor(DType::int64, {2}, {2, 2});
  const Tensor bad = make_tensor(DType::int64, {2}, {2, 0});
  CHECK(numbers(evaluate(fused.graph, {sevens, good}).outputs.at(0)) == std::vector<double>{4, -3});
  CHECK(evaluate(fused.graph, {sevens, bad}).failure.find("integer division by zero") !=
        std::string::npos);
  CHECK(check_kernels(fused.graph, {sevens, good}) == "");
  CHECK(check_kernels(fused.graph, {sevens, bad}) == "");
}

TEST_CASE("products write into the operand they may destroy") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId z = graph.add_input(float64_type({2, 2}), "z");
  const VariableId x = graph.add_input(float64_type({2, n}), "x");
  const VariableId y = graph.add_input(float64_type({n, 2}), "y");
  const VariableId two = builder.scalar(DType::float64, 2);
  const VariableId half = builder.scalar(DType::float64, 0.5);
  Apply apply = graph.apply(builder.add("gemm", {z, two, x, y, half}));
  apply.destroys = {{0, 0}};
  Bindings bindings;
  bindings.set("n", 3);
  const std::vector<Tensor> inputs{
      make_tensor(DType::float64, {2, 2}, {10, 20, 30, 40}), Tensor::scalar(DType::float64, 2),
      make_tensor(DType::float64, {2, 3}, {1, 2, 3, 4, 5, 6}),
      make_tensor(DType::float64, {3, 2}, {1, 0, 0, 1, 1, 1}), Tensor::scalar(DType::float64, 0.5)};
  const LoweredResult result = run_lowered(graph, apply, inputs, bindings, {true, true});
  CHECK(numbers(result.outputs.at(0)) == std::vector<double>{13, 20, 35, 42});
}

TEST_CASE("a literal beta of zero leaves the destination unread") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId z = graph.add_input(float64_type({2}), "z");
  const VariableId x = graph.add_input(float64_type({2, 1}), "x");
  const VariableId y = graph.add_input(float64_type({1}), "y");
  const VariableId one = builder.scalar(DType::float64, 1);
  const VariableId zero = builder.scalar(DType::float64, 0);
  graph.add_output(builder.call("gemv", {z, one, x, y, zero}));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Tensor> inputs{vector_of({nan, nan}),
                                   make_tensor(DType::float64, {2, 1}, {3, 4}), vector_of({2})};
  CHECK(numbers(evaluate(graph, inputs).outputs.at(0)) == std::vector<double>{6, 8});
  CHECK(check_kernels(graph, inputs) == "");
}

TEST_CASE("a target that is no column fails the call") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId x = graph.add_input(float64_type({n, 3}), "x");
  const VariableId b = graph.add_input(float64_type({3}), "b");
  const VariableId y = graph.add_input({DType::int32, {n}, {}}, "y");
  for (const VariableId output :
       graph.apply(builder.add("crossentropy_softmax_argmax_1hot_with_bias", {x, b, y})).outputs) {
    graph.add_output(output);
  }
  const Tensor logits = make_tensor(DType::float64, {2, 3}, {1, 2, 3, 1000, -1000, 0});
  const Tensor bias = vector_of({0, 0, 0});
  const Tensor good = make_tensor(DType::int32, {2}, {2, 1});
  CHECK(check_kernels(graph, {logits, bias, good}) == "");
  CHECK(numbers(evaluate(graph, {logits, bias, good}).outputs.at(0))[1] == 2000);
  for (const double target : {3.0, -1.0}) {
    const Tensor bad = make_tensor(DType::int32, {2}, {0, target});
    CHECK(evaluate(graph, {logits, bias, bad})
              .failure.find("is out of bounds for axis 1 with "
                            "size 3") != std::string::npos);
    CHECK(check_kernels(graph, {logits, bias, bad}) == "");
  }
}

}  // namespace tgc
