// SPDX-License-Identifier: Apache-2.0
// Calls: arguments of any layout, results, what the API tells about a bundle.
#include <cstring>

#include "catch2/catch.hpp"
#include "runtime/test_bundle.h"

namespace tgc {
namespace {

TEST_CASE("a bundle tells its functions, inputs, outputs and shared variables") {
  const Engine engine(bundle_path("linear"));
  CHECK(engine.name() == "linear");
  CHECK(engine.device() == "cpu");
  REQUIRE(engine.function_count() == 4);
  const FunctionInfo train = engine.describe(engine.function("train"));
  CHECK(train.update_count == 3);
  REQUIRE(train.inputs.size() == 2);
  CHECK(train.inputs[0].name == "x");
  CHECK(train.inputs[0].dtype == TGC_FLOAT32);
  CHECK(train.inputs[0].dims == std::vector<int64_t>{-1, 4});
  REQUIRE(train.outputs.size() == 1);
  CHECK(train.outputs[0].name == "loss");
  CHECK(train.outputs[0].dims.empty());
  const std::vector<ValueInfo> shared = engine.shared();
  REQUIRE(shared.size() == 3);
  CHECK(shared[0].name == "w");
  CHECK(shared[0].dims == std::vector<int64_t>{4});
  CHECK_FALSE(engine.has_function("predictt"));
}

TEST_CASE("a function gives its outputs") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  const auto results = context.call("predict", {two_rows()});
  REQUIRE(results.size() == 1);
  CHECK(results[0].dims() == std::vector<int64_t>{2});
  CHECK(floats(results[0]) == std::vector<float>{1.5F, 2.5F});
}

TEST_CASE("one bundle runs at any batch size, one after the other") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  for (const int64_t rows : {1, 7, 64, 1000, 7, 1}) {
    const Array x({rows, 4}, std::vector<float>(static_cast<size_t>(rows) * 4, 1.0F));
    const auto results = context.call("predict", {x});
    CHECK(floats(results[0]) == std::vector<float>(static_cast<size_t>(rows), 10.5F));
  }
}

TEST_CASE("a call makes its updates from the old values") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  const auto results = context.call("train", {two_rows(), two_targets()});
  CHECK(results[0].value<float>() == 2.5F);
  const State state = context.state();
  CHECK(floats(state.value("w")) == std::vector<float>{0.875F, 1.75F, 3, 4});
  CHECK(state.value("b").value<float>() == 0.125F);
  CHECK(state.value("steps").value<int64_t>() == 1);
  CHECK(floats(context.call("predict", {two_rows()})[0]) == std::vector<float>{1.0F, 1.875F});
}

TEST_CASE("inputs may have any strides, also negative and zero, and any alignment") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  // Column-major, backwards, one byte off: the rows 1 0 0 0 and 0 1 0 0.
  alignas(4) char memory[1 + 8 * sizeof(float)];
  const float elements[8] = {0, 0, 0, 0, 1, 0, 0, 1};  // element (r, c) lies at 7 - (2c + r)
  std::memcpy(memory + 1, elements, sizeof elements);
  tgc_tensor x = {};
  x.data = memory + 1 + 7 * sizeof(float);
  x.dtype = TGC_FLOAT32;
  x.rank = 2;
  x.dims[0] = 2;
  x.dims[1] = 4;
  x.has_strides = 1;
  x.strides[0] = -static_cast<int64_t>(sizeof(float));
  x.strides[1] = -2 * static_cast<int64_t>(sizeof(float));
  std::vector<tgc_tensor> outputs(1);
  context.call(engine.function("predict"), {x}, outputs);
  CHECK(floats(Array::copy_of(outputs[0])) == std::vector<float>{1.5F, 2.5F});

  const float one = 1;
  x.data = const_cast<float*>(&one);
  x.strides[0] = 0;
  x.strides[1] = 0;
  context.call(engine.function("predict"), {x}, outputs);
  CHECK(floats(Array::copy_of(outputs[0])) == std::vector<float>{10.5F, 10.5F});
}

TEST_CASE("results go to the caller's memory where it gives some") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  Array result = Array::zeros(TGC_FLOAT32, {2});
  std::vector<tgc_tensor> outputs = {result.view()};
  const Array x = two_rows();
  context.call(engine.function("predict"), {x.view()}, outputs);
  CHECK(outputs[0].data == result.bytes());
  CHECK(floats(result) == std::vector<float>{1.5F, 2.5F});
}

TEST_CASE("outputs may not lie in each other's memory") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  const Array x = two_rows();
  Array memory = Array::zeros(TGC_FLOAT32, {3});
  std::vector<tgc_tensor> outputs = {memory.view(), memory.view()};
  outputs[1].data = memory.data<float>() + 1;
  outputs[1].capacity = 8;
  CHECK(message_of([&] { context.call(engine.function("both"), {x.view()}, outputs); }) ==
        "bad argument: the memory for outputs 'xw' and 'y' of function 'both' overlaps");
}

TEST_CASE("an output may lie where an input lies") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  Array x = two_rows();
  std::vector<tgc_tensor> outputs = {x.view()};
  context.call(engine.function("predict"), {x.view()}, outputs);
  CHECK(x.data<float>()[0] == 1.5F);
  CHECK(x.data<float>()[1] == 2.5F);
}

TEST_CASE("the memory a call needs is told before it") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  const Array few = two_rows();
  const Array many = Array::zeros(TGC_FLOAT32, {4000, 4});
  const uint32_t train = engine.function("train");
  const uint64_t small = context.memory_need(train, {few.view(), two_targets().view()});
  const Array targets = Array::zeros(TGC_FLOAT32, {4000});
  const uint64_t large = context.memory_need(train, {many.view(), targets.view()});
  CHECK(small < large);
}

TEST_CASE("the profile names the steps once it has been asked for") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  context.profile();
  context.call("predict", {two_rows()});
  CHECK(context.profile().find("predict: ") != std::string::npos);
}

TEST_CASE("two bundles live in one program") {
  const Engine first(bundle_path("linear"));
  const Engine second(bundle_path("linear"));
  Context one(first);
  Context two(second);
  one.call("train", {two_rows(), two_targets()});
  CHECK(two.state().value("steps").value<int64_t>() == 0);
}

TEST_CASE("engine and state live as long as a context that uses them") {
  std::unique_ptr<Context> context;
  {
    const Engine engine(bundle_path("linear"));
    const State state(engine);
    context = std::make_unique<Context>(engine, state);
  }
  CHECK(floats(context->call("predict", {two_rows()})[0]) == std::vector<float>{1.5F, 2.5F});
}

}  // namespace
}  // namespace tgc
