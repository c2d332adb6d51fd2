// SPDX-License-Identifier: Apache-2.0
// The ops that move elements and make shapes: edge cases beyond the registry's examples.
#include "catch2/catch.hpp"
#include "ops/op_list.h"
#include "ops/reshaped_view.h"
#include "unit/ops/op_run.h"

namespace tgc {
namespace {

using Values = std::vector<double>;
using Integers = std::vector<int64_t>;

Tensor counting(std::vector<int64_t> dims) {
  Tensor result(DType::float64, std::move(dims));
  for (int64_t i = 0; i < result.size(); ++i) result.set_double(i, static_cast<double>(i));
  return result;
}

OperandLayout layout(Shape shape, std::vector<DimExpr> strides) {
  OperandLayout result;
  result.shape = std::move(shape);
  result.strides = std::move(strides);
  return result;
}

const DimExpr kN = DimExpr::symbol("n");
const DimExpr kM = DimExpr::symbol("m");

}  // namespace

TEST_CASE("dimshuffle moves, drops and inserts axes without a kernel") {
  const OpRun run =
      run_op({"dimshuffle", {counting({2, 1, 3})}, {{"order", Integers{2, -1, 0}}}, true});
  CHECK(run.outputs.at(0).dims() == Integers{3, 1, 2});
  CHECK(values_of(run.outputs[0]) == Values{0, 3, 1, 4, 2, 5});
  CHECK(run.kernels == 0);
}

TEST_CASE("dimshuffle refuses to drop an axis that is not known to be 1") {
  const OpRun run = run_op({"dimshuffle", {counting({2, 3})}, {{"order", Integers{1}}}, true});
  CHECK(run.diagnostic ==
        "dimshuffle: order drops axis 0 of length n0; only a dim that is 1 can be dropped");
}

TEST_CASE("dimshuffle refuses axes that do not exist or come twice") {
  CHECK(run_op({"dimshuffle", {counting({2})}, {{"order", Integers{0, 1}}}}).diagnostic ==
        "dimshuffle: order names axis 1, but x0 has 1 dimensions");
  CHECK(run_op({"dimshuffle", {counting({2})}, {{"order", Integers{0, 0}}}}).diagnostic ==
        "dimshuffle: order names axis 0 twice");
}

TEST_CASE("dimshuffle of a constant of one element stores it, since it has no memory to view") {
  Graph graph;
  Builder builder(graph, op_registry());
  const VariableId one = builder.scalar(DType::float64, 2.5);
  const VariableId result = builder.call("dimshuffle", {one}, {{"order", Integers{-1, -1}}});
  const OpRun run = run_node(graph, {result}, {});
  CHECK(values_of(run.outputs.at(0)) == Values{2.5});
  CHECK(run.kernels == 1);
}

TEST_CASE("squeeze drops integer ones and keeps symbols") {
  const OpRun run = run_op({"squeeze", {counting({1, 3, 1, 2})}, {}, true});
  CHECK(shape_text(run.types.at(0).shape) == "[n1, n3]");
}

TEST_CASE("transpose reverses all axes by default") {
  const OpRun run = run_op({"transpose", {counting({2, 1, 3})}});
  CHECK(run.outputs.at(0).dims() == Integers{3, 1, 2});
}

TEST_CASE("reshape fills in -1") {
  const OpRun run = run_op({"reshape", {counting({2, 6})}, {{"shape", Shape{3, -1, 2}}}});
  CHECK(run.outputs.at(0).dims() == Integers{3, 2, 2});
  CHECK(run.views == 1);
}

TEST_CASE("reshape keeps symbolic dims exact") {
  const OpRun run =
      run_op({"reshape", {counting({2, 6})}, {{"shape", Shape{-1, DimExpr::symbol("n1")}}}, true});
  CHECK(shape_text(run.types.at(0).shape) == "[n0, n1]");
}

TEST_CASE("reshape rejects another number of elements") {
  CHECK(run_op({"reshape", {counting({2, 3})}, {{"shape", Shape{4}}}}).diagnostic ==
        "reshape: cannot reshape [2, 3] (x0, 6 elements) to [4]");
  CHECK(run_op({"reshape", {counting({2, 3})}, {{"shape", Shape{4, -1}}}}).code ==
        "shape-mismatch");
  CHECK(run_op({"reshape", {counting({2, 3})}, {{"shape", Shape{-1, -1}}}}).diagnostic ==
        "reshape: shape holds -1 twice");
}

TEST_CASE("reshape checks a symbolic number of elements when dims are bound") {
  const OpRun run = run_op({"reshape", {counting({5})}, {{"shape", Shape{-1, 2}}}, true});
  CHECK(run.failure.find("cannot reshape [n0] (x0, n0 elements) to [-1, 2]") != std::string::npos);
}

TEST_CASE("a reshape of strided memory is a view where groups of axes allow it") {
  // transposed matrix, each axis split on its own
  const auto split = reshaped_strides(layout({6, 4}, {1, 6}), {2, 3, 2, 2});
  REQUIRE(split.has_value());
  CHECK(*split == std::vector<DimExpr>{3, 1, 12, 6});
  // rows with gaps can be cut but not joined
  CHECK(reshaped_strides(layout({4, 6}, {10, 1}), {2, 2, 6}).has_value());
  CHECK_FALSE(reshaped_strides(layout({4, 6}, {10, 1}), {24}).has_value());
  // symbolic dims, an axis of length 1 in between
  const auto joined = reshaped_strides(layout({kN, 1, kM}, {kM * 2, 0, 2}), {kN * kM});
  REQUIRE(joined.has_value());
  CHECK(joined->at(0) == DimExpr(2));
}

TEST_CASE("flatten keeps leading axes") {
  const OpRun run = run_op({"flatten", {counting({2, 3, 2})}, {{"ndim", int64_t{2}}}, true});
  CHECK(run.outputs.at(0).dims() == Integers{2, 6});
  CHECK(run_op({"flatten", {counting({2})}, {{"ndim", int64_t{3}}}}).diagnostic ==
        "flatten: ndim is 3, but x0 has 1 dimensions");
}

TEST_CASE("alloc broadcasts its value and refuses what does not fit") {
  const OpRun run = run_op({"alloc", {counting({2, 1})}, {{"shape", Shape{2, 2, 3}}}});
  CHECK(values_of(run.outputs.at(0)) == Values{0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1});
  CHECK(run_op({"alloc", {counting({2})}, {{"shape", Shape{3}}}}).diagnostic ==
        "alloc: axis 0 has length 3 in the shape and 2 in x0");
  CHECK(run_op({"alloc", {counting({})}, {{"shape", Shape{-2}}}}).diagnostic ==
        "alloc: shape holds a negative dim: -2");
}

TEST_CASE("join promotes dtypes and takes empty parts") {
  const OpRun run = run_op({"join",
                            {tensor(DType::int32, {1, 2}, {1, 2}), Tensor(DType::float32, {0, 2}),
                             tensor(DType::float32, {2, 2}, {3, 4, 5, 6})}});
  CHECK(run.types.at(0).dtype == DType::float64);
  CHECK(values_of(run.outputs.at(0)) == Values{1, 2, 3, 4, 5, 6});
}

TEST_CASE("join adds symbolic lengths and checks the others when dims are bound") {
  const OpRun run =
      run_op({"join", {counting({2, 3}), counting({2, 4})}, {{"axis", int64_t{-1}}}, true});
  CHECK(shape_text(run.types.at(0).shape) == "[n0, m1 + n1]");
  const OpRun bad =
      run_op({"join", {counting({2, 3}), counting({3, 4})}, {{"axis", int64_t{1}}}, true});
  CHECK(bad.failure.find("join: lengths of axis 0 differ: n0 (x0) and m0 (x1)") !=
        std::string::npos);
}

TEST_CASE("join refuses scalars and different ranks") {
  CHECK(run_op({"join", {counting({})}}).diagnostic == "join: scalars have no axis to join along");
  CHECK(run_op({"join", {counting({2}), counting({2, 1})}}).diagnostic ==
        "join: x1 has 2 dimensions, x0 has 1");
}

TEST_CASE("split gives views of the whole") {
  const OpRun run = run_op({"split",
                            {counting({2, 5})},
                            {{"axis", int64_t{1}}, {"sizes", std::vector<DimExpr>{2, 0, 3}}}});
  CHECK(values_of(run.outputs.at(0)) == Values{0, 1, 5, 6});
  CHECK(run.outputs.at(1).dims() == Integers{2, 0});
  CHECK(values_of(run.outputs.at(2)) == Values{2, 3, 4, 7, 8, 9});
  CHECK(run.views == 3);
}

TEST_CASE("split rejects sizes that do not sum to the axis") {
  CHECK(run_op({"split", {counting({5})}, {{"sizes", std::vector<DimExpr>{2, 2}}}}).diagnostic ==
        "split: the sizes sum to 4, but axis 0 of x0 has length 5");
}

TEST_CASE("stack of integer scalars keeps their known values") {
  const OpCase op_case{"stack",
                       {Tensor::scalar_int(DType::int64, 4), Tensor::scalar_int(DType::int32, 2)}};
  const OpRun run = run_op(op_case);
  CHECK(values_of(run.outputs.at(0)) == Values{4, 2});
}

TEST_CASE("eye places its diagonal anywhere, even outside") {
  const OpRun run =
      run_op({"eye",
              {},
              {{"n", DimExpr(2)}, {"m", DimExpr(3)}, {"k", DimExpr(1)}, {"dtype", DType::int8}}});
  CHECK(values_of(run.outputs.at(0)) == Values{0, 1, 0, 0, 0, 1});
  const OpRun outside =
      run_op({"eye", {}, {{"n", DimExpr(2)}, {"k", DimExpr(5)}, {"dtype", DType::boolean}}});
  CHECK(values_of(outside.outputs.at(0)) == Values{0, 0, 0, 0});
}

namespace {

// arange of constants, as the reader makes them from numbers.
OpRun arange(const std::vector<Tensor>& bounds, Attributes attributes = {}) {
  Graph graph;
  Builder builder(graph, op_registry());
  std::vector<VariableId> inputs;
  for (const Tensor& bound : bounds) {
    inputs.push_back(graph.add_constant(std::make_shared<const Tensor>(bound)));
  }
  NodeSpec spec;
  spec.op = &op_registry().get("arange");
  spec.inputs = inputs;
  spec.attributes = std::move(attributes);
  Diagnostics diagnostics;
  OpRun run;
  const auto outputs = builder.add_node(std::move(spec), diagnostics);
  if (!outputs) {
    run.diagnostic = diagnostics.all().at(0).message;
    return run;
  }
  return run_node(graph, *outputs, {});
}

Tensor integer(int64_t value) {
  return Tensor::scalar_int(DType::int8, value);
}
Tensor real(double value) {
  return Tensor::scalar(DType::float64, value);
}

}  // namespace

TEST_CASE("arange counts up and down, and is empty where the step leads away") {
  CHECK(values_of(arange({integer(4)}).outputs.at(0)) == Values{0, 1, 2, 3});
  CHECK(values_of(arange({integer(9), integer(2), integer(-3)}).outputs.at(0)) == Values{9, 6, 3});
  CHECK(arange({integer(2), integer(5), integer(-1)}).outputs.at(0).size() == 0);
  CHECK(arange({integer(4)}).types.at(0).dtype == DType::int64);
}

TEST_CASE("arange of floats has NumPy's length and values") {
  const OpRun run = arange({real(0.5), real(2), real(0.4)});
  REQUIRE(run.outputs.at(0).size() == 4);
  CHECK(run.outputs[0].get_double(3) == 0.5 + 3 * ((0.5 + 0.4) - 0.5));
}

TEST_CASE("arange refuses a step of 0 and values it cannot know") {
  CHECK(arange({integer(1), integer(5), integer(0)}).diagnostic == "arange: step is 0");
  CHECK(run_op({"arange", {Tensor::scalar_int(DType::int64, 3)}}).diagnostic ==
        "arange: the value of x0 must be known before the call");
  CHECK(run_op({"arange", {counting({2})}}).diagnostic == "arange: x0 must be a scalar");
}

TEST_CASE("arange takes a stop that is known when dims are bound") {
  const OpRun run = run_op({"arange", {Tensor::scalar_int(DType::int64, 3)}, {}, false, {0}});
  CHECK(shape_text(run.types.at(0).shape) == "[max(0, v0)]");
  CHECK(values_of(run.outputs.at(0)) == Values{0, 1, 2});
}

TEST_CASE("shape and shape_i give dims whatever the memory") {
  const OpRun shape = run_op({"shape", {counting({2, 1, 3})}, {}, true});
  CHECK(values_of(shape.outputs.at(0)) == Values{2, 1, 3});
  const OpRun last = run_op({"shape_i", {counting({2, 5})}, {{"i", int64_t{-1}}}, true});
  CHECK(values_of(last.outputs.at(0)) == Values{5});
  CHECK(run_op({"shape", {counting({})}}).outputs.at(0).dims() == Integers{0});
}

TEST_CASE("zeros_like and ones_like take the shape and another dtype") {
  const OpRun run = run_op({"ones_like", {counting({2, 2})}, {{"dtype", DType::int8}}, true});
  CHECK(run.types.at(0).dtype == DType::int8);
  CHECK(values_of(run.outputs.at(0)) == Values{1, 1, 1, 1});
}

}  // namespace tgc
