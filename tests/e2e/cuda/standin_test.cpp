// SPDX-License-Identifier: Apache-2.0
// Bundles on the stand-in driver: each function gives on cuda0 what it gives on the CPU, in three
// thread orders, and each way a driver can fail has its own message. The parts are the real ones
// but for the driver: compiler, fatbin, plan, runtime; the kernels are the texts NVRTC got.
#include <cmath>
#include <cstdlib>
#include <map>
#include <random>

#include "catch2/catch.hpp"
#include "driver/compile.h"
#include "flags/config.h"
#include "helpers/emulation/emulated_module.h"
#include "support/file.h"
#include "tgc/runtime.hpp"

namespace tgc {
namespace {

using Catch::Matchers::Contains;

constexpr double kTolerance = 1e-5;

// A compiled model and its emulated kernels, in a folder that lives as long as the test program.
struct Compiled {
  std::string bundle;
  std::string kernels;
};

const TempFolder& work_folder() {
  static const TempFolder folder = [] {
    std::error_code error;
    auto made = TempFolder::make("", "tgc-standin-", error);
    REQUIRE(made.has_value());
    return std::move(*made);
  }();
  return folder;
}

std::string first_message(const Diagnostics& diagnostics) {
  return diagnostics.all().empty() ? "" : diagnostics.all()[0].message;
}

Compiled compile_model(const std::string& model) {
  static int count = 0;
  Compiled compiled;
  compiled.bundle = join_path(work_folder().path(), std::to_string(count++) + ".tgc");
  compiled.kernels = compiled.bundle + ".kernels.so";
  CompileRequest request;
  request.model_path = std::string(TGC_SOURCE_DIR) + "/" + model;
  request.targets = {"cpu:x86-64-v3", "cuda:sm_90"};
  request.output = compiled.bundle;
  request.emits = {EmitStage::cuda};
  request.environment = process_environment();
  Diagnostics diagnostics;
  const auto result = compile(request, Config(), diagnostics);
  INFO(first_message(diagnostics));
  REQUIRE(result.has_value());
  std::vector<EmulatedText> texts;
  for (const auto& [file, text] : result->emitted) texts.push_back({file, text});
  std::string error;
  const bool is_built = build_emulated_library(texts, true, compiled.kernels, error);
  INFO(error);
  REQUIRE(is_built);
  return compiled;
}

const Compiled& compiled(const std::string& model) {
  static std::map<std::string, Compiled> known;
  const auto found = known.find(model);
  return found != known.end() ? found->second : known[model] = compile_model(model);
}

// Environment variables for the life of the object.
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> variables)
      : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : variables_) unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::map<std::string, std::string> variables_;
};

Environment standin(const Compiled& model, std::map<std::string, std::string> more = {}) {
  more["TGC_CUDA_DRIVER"] = TGC_STANDIN_DRIVER;
  more["TGC_STANDIN_KERNELS"] = model.kernels;
  return Environment(std::move(more));
}

Array random_floats(std::vector<int64_t> dims, uint64_t seed) {
  std::mt19937_64 random(seed);
  Array array = Array::zeros(TGC_FLOAT32, std::move(dims));
  for (size_t i = 0; i < array.count(); ++i) {
    array.data<float>()[i] = static_cast<float>(random() % 2000) / 1000.0f - 1.0f;
  }
  return array;
}

template <class T>
Array random_numbers(std::vector<int64_t> dims, uint64_t below, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> values(Array::zeros(TGC_INT8, dims).count());
  for (T& value : values) value = static_cast<T>(random() % below);
  return Array(std::move(dims), values);
}

double element(const Array& array, size_t i) {
  if (array.dtype() == TGC_FLOAT32) return static_cast<double>(array.data<float>()[i]);
  if (array.dtype() == TGC_FLOAT64) return array.data<double>()[i];
  if (array.dtype() == TGC_INT64) return static_cast<double>(array.data<int64_t>()[i]);
  return static_cast<double>(array.data<int32_t>()[i]);
}

// "" when equal within kTolerance of the largest element.
std::string difference(const Array& got, const Array& expected) {
  if (got.dtype() != expected.dtype() || got.dims() != expected.dims()) return "another type";
  double largest = 0;
  for (size_t i = 0; i < expected.count(); ++i) {
    largest = std::max(largest, std::abs(element(expected, i)));
  }
  for (size_t i = 0; i < expected.count(); ++i) {
    const double a = element(got, i);
    const double b = element(expected, i);
    if (!(std::abs(a - b) <= kTolerance * largest)) {
      return "element " + std::to_string(i) + " is " + std::to_string(a) + ", expected " +
             std::to_string(b);
    }
  }
  return "";
}

struct Call {
  std::string function;
  std::vector<Array> inputs;
};

// Makes the calls one after the other on both devices; the first difference in outputs or, at the
// end, in shared variables.
std::string compare_devices(const Compiled& model, const std::vector<Call>& calls) {
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

// The first line of what opening the model on cuda0 and one training step say.
std::string failure_of(const Compiled& model, const std::string& failure, tgc_status& status) {
  const Environment environment = standin(model, {{"TGC_STANDIN_FAIL", failure}});
  try {
    const Engine engine(model.bundle, {"cuda0", 1});
    Context context(engine);
    context.call("train", {random_floats({4, 64}, 1), random_numbers<int32_t>({4}, 10, 2)});
  } catch (const RuntimeError& error) {
    status = error.status();
    return error.what();
  }
  return "no failure";
}

constexpr const char* kOrders[] = {"forward", "reverse", "20240229"};

}  // namespace

TEST_CASE("the digits model trains on cuda0 as on the CPU in every thread order") {
  const Compiled& model = compiled("samples/digits/model.json");
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
  const Compiled& model = compiled("samples/lenet/model.json");
  const Environment environment = standin(model);
  std::vector<Call> calls;
  for (uint64_t step = 0; step < 3; ++step) {
    calls.push_back(
        {"train", {random_floats({6, 64}, step), random_numbers<int32_t>({6}, 10, 100 + step)}});
  }
  CHECK(compare_devices(model, calls) == "");
}

TEST_CASE("pooling, indexing, scan and ifelse give on cuda0 what they give on the CPU") {
  const Compiled& model = compiled("tests/e2e/cuda/mixed.json");
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

TEST_CASE("a failing op on the device is reported and changes nothing") {
  const Compiled& model = compiled("tests/e2e/cuda/mixed.json");
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

TEST_CASE("each failure of the driver has its own message") {
  const Compiled& model = compiled("samples/digits/model.json");
  const std::map<std::string, std::pair<tgc_status, std::string>> expected = {
      {"no-device",
       {TGC_ERROR_ENVIRONMENT,
        "the CUDA driver cannot start: CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected)"}},
      {"driver-mismatch",
       {TGC_ERROR_ENVIRONMENT,
        "the CUDA driver cannot start: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (system has unsupported "
        "display driver / cuda driver combination)"}},
      {"old-driver",
       {TGC_ERROR_ENVIRONMENT,
        "the CUDA driver is too old: it supports CUDA 12.2, the bundle needs CUDA 13.0; install a "
        "newer driver"}},
      {"busy-device",
       {TGC_ERROR_ENVIRONMENT,
        "cannot open a context on cuda0: CUDA_ERROR_DEVICE_UNAVAILABLE (CUDA-capable device(s) "
        "is/are busy or unavailable)"}},
      {"wrong-architecture",
       {TGC_ERROR_ENVIRONMENT,
        "BUNDLE/digits.fatbin has no code for cuda0, which is sm_70; compile it with --target "
        "cuda:sm_70"}},
      {"unsupported-ptx",
       {TGC_ERROR_ENVIRONMENT,
        "CUDA_ERROR_UNSUPPORTED_PTX_VERSION (the provided PTX was compiled with an unsupported "
        "toolchain.)"}},
      {"out-of-memory", {TGC_ERROR_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY (out of memory)"}},
      {"lost-device",
       {TGC_ERROR_ENVIRONMENT,
        "the GPU stopped with an error: CUDA_ERROR_LAUNCH_FAILED (unspecified launch failure)"}},
  };
  for (const auto& [failure, wanted] : expected) {
    INFO(failure);
    tgc_status status = TGC_OK;
    std::string message = failure_of(model, failure, status);
    if (const size_t at = message.find(model.bundle); at != std::string::npos) {
      message.replace(at, model.bundle.size(), "BUNDLE");
    }
    CHECK(status == wanted.first);
    CHECK_THAT(message, Contains(wanted.second));
  }
}

TEST_CASE("without a driver the message says what to do") {
  const Compiled& model = compiled("samples/digits/model.json");
  const Environment environment({{"TGC_CUDA_DRIVER", "/nowhere/libcuda.so.1"}});
  CHECK_THROWS_WITH(Engine(model.bundle, {"cuda0", 1}),
                    "no CUDA driver: /nowhere/libcuda.so.1 cannot be loaded; install the NVIDIA "
                    "driver, or run with device=cpu");
}

TEST_CASE("too little memory on the device names what was wanted") {
  const Compiled& model = compiled("samples/digits/model.json");
  const Environment environment = standin(model, {{"TGC_STANDIN_MEMORY", "1"}});
  const Engine engine(model.bundle, {"cuda0", 1});
  Context context(engine);
  CHECK_THROWS_WITH(context.call("predict", {random_floats({100000, 64}, 1)}),
                    Contains("out of memory on cuda0") && Contains("of 1048576 free"));
}

}  // namespace tgc
