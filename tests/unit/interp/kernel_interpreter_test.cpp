// SPDX-License-Identifier: Apache-2.0
// What lib/interp/kernel_interpreter promises, one behaviour a test.
#include "interp/kernel_interpreter.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "graph/builder.h"
#include "helpers/values.h"
#include "ops/op_list.h"

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

KernelBuilder vector_builder(DType out = DType::float64) {
  return {"test_1", [out](OperandRef operand) {
            OperandLayout layout;
            const bool is_input = operand.kind == OperandRef::Kind::input;
            layout.dtype = is_input ? DType::float64 : out;
            layout.shape = {n};
            layout.strides = {1};
            layout.name = is_input ? "x" : "y";
            return layout;
          }};
}

// Runs a kernel of params x (input) and y (output) over vectors of n elements.
std::vector<double> run(LoweredKernel lowered, const std::vector<double>& x, DType out,
                        int64_t out_size, bool backwards = false) {
  KernelBuffer input(vector_of(x));
  KernelBuffer output(Tensor(out, {out_size}));
  std::vector<KernelBuffer*> params;
  for (const OperandRef& operand : lowered.params) {
    params.push_back(operand.kind == OperandRef::Kind::input ? &input : &output);
  }
  Bindings bindings;
  bindings.set("n", static_cast<int64_t>(x.size()));
  run_kernel(lowered.kernel, params, bindings, backwards);
  return numbers(output.elements);
}

std::vector<double> reduced(ReduceKind kind, const std::vector<double>& x) {
  KernelBuilder builder = vector_builder(
      kind == ReduceKind::argmax || kind == ReduceKind::argmin ? DType::int64 : DType::float64);
  const Loop loop = builder.loop(n);
  const ExprRef value =
      builder.reduce(kind, {loop}, builder.load(input_ref(0), {IndexExpr(loop.index)}));
  builder.append(builder.store(output_ref(0), {0}, value));
  return run(builder.finish(), x, value->dtype, 1);
}

}  // namespace

TEST_CASE("reductions start from their neutral element") {
  CHECK(reduced(ReduceKind::sum, {}) == std::vector<double>{0});
  CHECK(reduced(ReduceKind::prod, {}) == std::vector<double>{1});
  CHECK(reduced(ReduceKind::sum, {1, 2, 4}) == std::vector<double>{7});
  CHECK(reduced(ReduceKind::prod, {2, 3}) == std::vector<double>{6});
}

TEST_CASE("the first extreme wins, and NaN before it") {
  CHECK(reduced(ReduceKind::argmax, {1, 3, 3}) == std::vector<double>{1});
  CHECK(reduced(ReduceKind::argmin, {4, 3, 3}) == std::vector<double>{1});
  CHECK(reduced(ReduceKind::argmax, {1, kNan, 3, kNan}) == std::vector<double>{1});
  CHECK(std::isnan(reduced(ReduceKind::max, {1, kNan, 3})[0]));
  CHECK(reduced(ReduceKind::min, {1, -2, 3}) == std::vector<double>{-2});
}

TEST_CASE("serial loops carry values in order") {
  KernelBuilder builder = vector_builder();
  const Loop loop = builder.loop(n);
  const LocalId sum = builder.local(DType::float64);
  const IndexExpr i(loop.index);
  const ExprRef next = call(ScalarOp::add, {builder.use(sum), builder.load(input_ref(0), {i})});
  Body body{builder.store(output_ref(0), {i}, next)};
  builder.append({Serial{
      loop, {{sum, constant(DType::float64, 0), next}}, std::make_shared<const Body>(body)}});
  CHECK(run(builder.finish(), {1, 2, 3}, DType::float64, 3, true) == std::vector<double>{1, 3, 6});
}

TEST_CASE("stores with add accumulate") {
  KernelBuilder builder = vector_builder();
  const IndexExpr i = builder.outer(n);
  builder.append(builder.store(output_ref(0), {0}, builder.load(input_ref(0), {i}), Combine::add));
  builder.set_conflicts();
  CHECK(run(builder.finish(), {1, 2, 4}, DType::float64, 1) == std::vector<double>{7});
}

TEST_CASE("a failed check stops its iteration and reports its value") {
  KernelBuilder builder = vector_builder();
  const IndexExpr i = builder.outer(n);
  const ExprRef x = builder.load(input_ref(0), {i});
  builder.append(
      {Check{call(ScalarOp::ge, {x, constant(DType::float64, 0)}), kFailIndex, to_expr(i)}});
  builder.append(builder.store(output_ref(0), {i}, x));
  const LoweredKernel lowered = builder.finish();
  KernelBuffer input(vector_of({1, -1, 2}));
  KernelBuffer output(vector_of({0, 0, 0}));
  Bindings bindings;
  bindings.set("n", 3);
  std::vector<KernelBuffer*> params{&input, &output};
  const KernelFailure failure = run_kernel(lowered.kernel, params, bindings);
  CHECK(failure.code == kFailIndex);
  CHECK(failure.value == 1);
  CHECK_FALSE(output.written[1]);
}

TEST_CASE("accesses outside of a buffer are our bug") {
  KernelBuilder builder = vector_builder();
  const IndexExpr i = builder.outer(n);
  builder.append(builder.store(output_ref(0), {i}, builder.load(input_ref(0), {i + 1})));
  CHECK_THROWS_AS(run(builder.finish(), {1, 2}, DType::float64, 2), InternalError);
}

TEST_CASE("lowered views are read through their strides") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId x = graph.add_input(float64_type({2, n}), "x");
  const VariableId y = builder.call("dimshuffle", {x}, {{"order", std::vector<int64_t>{1, 0}}});
  Bindings bindings;
  bindings.set("n", 3);
  const Tensor values = make_tensor(DType::float64, {2, 3}, {1, 2, 3, 4, 5, 6});
  for (const bool strided : {false, true}) {
    const LoweredResult result =
        run_lowered(graph, *graph.owner(y), {values}, bindings, {strided, false});
    REQUIRE(result.outputs.size() == 1);
    CHECK(numbers(result.outputs[0]) == std::vector<double>{1, 4, 2, 5, 3, 6});
  }
}

TEST_CASE("a destroyed input is read from the output's memory") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId x = graph.add_input(float64_type({n}), "x");
  const VariableId y = builder.call("mul", {x, builder.scalar(DType::float64, 3)});
  Apply apply = *graph.owner(y);
  apply.destroys = {{0, 0}};
  Bindings bindings;
  bindings.set("n", 2);
  const LoweredResult result =
      run_lowered(graph, apply, {vector_of({1, 2}), Tensor::scalar(DType::float64, 3)}, bindings);
  CHECK(numbers(result.outputs.at(0)) == std::vector<double>{3, 6});
}

}  // namespace tgc
