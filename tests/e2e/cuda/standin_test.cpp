// SPDX-License-Identifier: Apache-2.0
// Bundles on the stand-in driver: each function gives on cuda0 what it gives on the CPU, in three
// thread orders. The parts are the real ones but for the driver: compiler, fatbin, plan, runtime;
// the kernels are the texts NVRTC got.
#include "catch2/catch.hpp"
#include "e2e/cuda/compiled_model.h"

namespace tgc {
namespace {

using Catch::Matchers::Contains;

struct Call {
  std::string function;
  std::vector<Array> inputs;
};

// Makes the calls one after the other on both devices; the first difference in outputs or, at the
// end, in shared variables.
std::string compare_devices(const CompiledModel& model, const std::vector<Call>& calls) {
  const Engine cpu(model.bundle, {"cpu", 1});
  const Engine gpu(model.bundle, {"cuda0", 1});
  Context on_cpu(cpu);
  Context on_gpu(gpu);
  for (size_t i = 0; i < calls.size(); ++i) {
    const auto expected = on_cpu.call(calls[i].function, calls[i].inputs);
    const auto got = on_gpu.call(calls[i].function, calls[i].inputs);
    for (size_t output = 0; output < expected.size(); ++output) {
      const std::string text = difference(got[output], expected[output]);
      if (!text.empty()) {
        return "call " + std::to_string(i) + " of " + calls[i].function + ", output " +
               std::to_string(output) + ": " + text;
      }
    }
  }
  for (const ValueInfo& shared : cpu.shared()) {
    const std::string text =
        difference(on_gpu.state().value(shared.name), on_cpu.state().value(shared.name));
    if (!text.empty()) return "shared " + shared.name + ": " + text;
  }
  return "";
}

Array random_doubles(const std::vector<int64_t>& dims, uint64_t seed) {
  const Array narrow = random_floats(dims, seed);
  const float* values = narrow.data<float>();
  return {dims, std::vector<double>(values, values + narrow.byte_count() / sizeof(float))};
}

constexpr const char* kOrders[] = {"forward", "reverse", "20240229"};

}  // namespace

TEST_CASE("the digits model trains on cuda0 as on the CPU in every thread order") {
  const CompiledModel& model = compiled("samples/digits/model.json");
  for (const char* order : kOrders) {
    INFO("order " << order);
    const Environment environment = standin(model, {{"TGC_STANDIN_ORDER", order}});
    std::vector<Call> calls;
    for (const int64_t batch : {20, 20, 20, 7, 1}) {
      const auto seed = static_cast<uint64_t>(calls.size());
      const Array x = random_floats({batch, 64}, seed);
      const Array y = random_numbers<int32_t>({batch}, 10, 100 + seed);
      calls.push_back({"train", {x, y}});
      calls.push_back({"accuracy", {x, y}});
      calls.push_back({"predict", {x}});
    }
    CHECK(compare_devices(model, calls) == "");
  }
}

TEST_CASE("a convolutional net trains on cuda0 as on the CPU") {
  const CompiledModel& model = compiled("samples/lenet/model.json");
  const Environment environment = standin(model);
  std::vector<Call> calls;
  for (uint64_t step = 0; step < 3; ++step) {
    calls.push_back(
        {"train", {random_floats({6, 64}, step), random_numbers<int32_t>({6}, 10, 100 + step)}});
  }
  CHECK(compare_devices(model, calls) == "");
}

TEST_CASE("pooling, indexing, scan and ifelse give on cuda0 what they give on the CPU") {
  const CompiledModel& model = compiled("tests/e2e/cuda/mixed.json");
  for (const char* order : kOrders) {
    INFO("order " << order);
    const Environment environment = standin(model, {{"TGC_STANDIN_ORDER", order}});
    std::vector<Call> calls;
    for (uint64_t step = 0; step < 2; ++step) {
      const Array image = random_floats({4, 2, 7, 6}, step);
      const Array label = random_numbers<int64_t>({4}, 5, step);
      const Array row = random_numbers<int64_t>({3}, 9, 7 + step);
      const Array sequence = random_floats({5, 5}, 30 + step);
      calls.push_back({"train", {image, label}});
      for (const bool is_scaled : {true, false}) {
        calls.push_back({"recur", {row, Array::scalar(is_scaled), sequence}});
      }
      calls.push_back({"grow", {row}});
    }
    CHECK(compare_devices(model, calls) == "");
  }
}

TEST_CASE("loops and their gradients give on cuda0 what they give on the CPU") {
  const CompiledModel& model = compiled("tests/e2e/programs/models/loops.json");
  const Environment environment = standin(model);
  const Array c({}, std::vector<double>{0.7});
  std::vector<Call> calls;
  for (const int64_t steps : {4, 1, 4}) {
    const auto seed = static_cast<uint64_t>(calls.size());
    const Array x = random_doubles({steps, 3}, seed);
    calls.push_back({"recurrent_step", {x, random_doubles({2}, seed + 1)}});
    calls.push_back(
        {"batch_step", {random_doubles({steps, 2, 3}, seed), random_doubles({2, 2}, seed + 2)}});
    calls.push_back({"taps", {random_doubles({2, 3}, seed), c}});
    calls.push_back({"nested", {x, c}});
    calls.push_back({"two_states", {x, c}});
  }
  CHECK(compare_devices(model, calls) == "");
}

TEST_CASE("sizes that are measured give on cuda0 what they give on the CPU") {
  const CompiledModel& model = compiled("tests/e2e/programs/models/measured.json");
  const Environment environment = standin(model);
  std::vector<Call> calls;
  for (const int64_t rows : {3, 1, 4}) {
    const auto seed = static_cast<uint64_t>(calls.size());
    const Array x = random_doubles({rows, 5}, seed);
    const Array v = random_doubles({rows}, seed + 1);
    calls.push_back({"positions", {x}});
    calls.push_back({"masks", {x, v}});
    calls.push_back({"sorting", {x, v}});
    calls.push_back({"early", {Array::scalar(0.3), Array::scalar(4.0)}});
    calls.push_back({"early_end", {Array::scalar(-0.3), Array::scalar(2.0)}});
    calls.push_back({"sizes_in_steps", {x}});
    calls.push_back({"early_in_steps", {v}});
  }
  CHECK(compare_devices(model, calls) == "");
}

TEST_CASE("a failing op on the device is reported and changes nothing") {
  const CompiledModel& model = compiled("tests/e2e/cuda/mixed.json");
  const Environment environment = standin(model);
  const Engine engine(model.bundle, {"cuda0", 1});
  Context context(engine);
  const Array before = context.state().value("table");
  const Array bad(std::vector<int64_t>{3}, std::vector<int64_t>{1, 12, 2});
  CHECK_THROWS_WITH(context.call("grow", {bad}),
                    Contains("index 12 is out of bounds") && Contains("grow"));
  CHECK(difference(context.state().value("table"), before) == "");
  const Array good(std::vector<int64_t>{3}, std::vector<int64_t>{1, 8, 1});
  context.call("grow", {good});
  CHECK(difference(context.state().value("table"), before) != "");
}

}  // namespace tgc
