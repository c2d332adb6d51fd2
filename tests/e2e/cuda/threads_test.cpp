// SPDX-License-Identifier: Apache-2.0
// The GPU shared by several engines, contexts and threads of one process, on the stand-in driver.
#include <atomic>
#include <filesystem>
#include <thread>

#include "catch2/catch.hpp"
#include "e2e/cuda/compiled_model.h"
#include "support/file.h"

namespace tgc {
namespace {

using Catch::Matchers::Contains;

constexpr const char* kDigits = "samples/digits/model.json";

std::vector<Array> batch(uint64_t seed) {
  return {random_floats({5, 64}, seed), random_numbers<int32_t>({5}, 10, seed + 100)};
}

size_t count_lines(const std::string& path) {
  std::error_code error;
  const auto text = read_file(path, error);
  REQUIRE(text.has_value());
  return static_cast<size_t>(std::count(text->begin(), text->end(), '\n'));
}

}  // namespace

TEST_CASE("one thread trains on cuda0 while others predict from the same state") {
  const CompiledModel& model = compiled(kDigits);
  const Environment environment = standin(model);
  const Engine engine(model.bundle, {"cuda0", 1});
  State state(engine);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      Context context(engine, state);
      for (int call = 0; call < 6; ++call) {
        const Array result = context.call("predict", {random_floats({3, 64}, i)})[1];
        double sum = 0;  // of three rows of probabilities
        for (size_t k = 0; k < result.count(); ++k) {
          sum += static_cast<double>(result.data<float>()[k]);
        }
        if (!(sum > 2.999 && sum < 3.001)) ++wrong;
      }
    });
  }
  Context trainer(engine, state);
  for (uint64_t i = 0; i < 6; ++i) trainer.call("train", batch(i));
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  const Engine alone(model.bundle, {"cuda0", 1});
  Context expected(alone);
  for (uint64_t i = 0; i < 6; ++i) expected.call("train", batch(i));
  CHECK(same_bits(state.value("w1"), expected.state().value("w1")));
}

TEST_CASE("engines of one GPU share the preallocated memory") {
  const CompiledModel& model = compiled(kDigits);
  const Environment environment = standin(model, {{"TGC_STANDIN_MEMORY", "100"}});
  const Engine first(model.bundle, {"cuda0", 1, 0.8});
  const Engine second(model.bundle, {"cuda0", 1, 0.8});
  Context a(first);
  Context b(second);
  CHECK(same_bits(a.call("train", batch(1))[0], b.call("train", batch(1))[0]));
}

TEST_CASE("preallocating more than is there says so in Theano's words") {
  const CompiledModel& model = compiled(kDigits);
  const Environment environment = standin(model, {{"TGC_STANDIN_MEMORY", "100"}});
  CHECK_THROWS_WITH(Engine(model.bundle, {"cuda0", 1, 200}),
                    "Trying to preallocate 200 MB of GPU memory while only 100 MB are available; "
                    "lower gpuarray.preallocate");
}

TEST_CASE("what does not fit the preallocated memory comes from the rest") {
  const CompiledModel& model = compiled(kDigits);
  const Environment environment = standin(model, {{"TGC_STANDIN_MEMORY", "100"}});
  const Engine engine(model.bundle, {"cuda0", 1, 2});  // 2 MB
  Context context(engine);
  CHECK(context.call("predict", {random_floats({20000, 64}, 1)})[0].count() == 20000);
}

TEST_CASE("opening an engine loads one kernel, calls load what they use") {
  const CompiledModel& model = compiled(kDigits);
  const std::string log = join_path(work_folder().path(), "loads");
  const Environment environment = standin(model, {{"TGC_STANDIN_LOADS", log}});
  const Engine engine(model.bundle, {"cuda0", 1});
  CHECK(count_lines(log) == 1);
  Context context(engine);
  context.call("predict", {random_floats({3, 64}, 1)});
  const size_t after_first = count_lines(log);
  context.call("predict", {random_floats({3, 64}, 2)});
  CHECK(after_first > 1);
  CHECK(count_lines(log) == after_first);
}

TEST_CASE("a training step moves its inputs, its loss and two failure words, and waits once") {
  const CompiledModel& model = compiled(kDigits);
  const std::string log = join_path(work_folder().path(), "traffic");
  const Environment environment = standin(model, {{"TGC_STANDIN_TRAFFIC", log}});
  const Engine engine(model.bundle, {"cuda0", 1});
  Context context(engine);
  for (uint64_t i = 0; i < 2; ++i) context.call("train", batch(i));
  std::filesystem::remove(log);
  context.call("train", batch(2));
  std::error_code error;
  CHECK(read_file(log, error) == "upload 1280\nupload 20\ndownload 4\ndownload 32\nwait 0\n");
}

TEST_CASE("the profile tells the GPU's time by step") {
  const CompiledModel& model = compiled(kDigits);
  const Environment environment = standin(model);
  const Engine engine(model.bundle, {"cuda0", 1});
  Context context(engine);
  context.profile();
  for (uint64_t i = 0; i < 3; ++i) context.call("train", batch(i));
  CHECK_THAT(context.profile(), Contains("3 calls  train: x_w1") && Contains("train: hidden_w2"));
}

TEST_CASE("calls on empty batches launch nothing that has no blocks") {
  const CompiledModel& model = compiled("tests/e2e/cuda/empty.json");
  const Environment environment = standin(model);
  const Engine engine(model.bundle, {"cuda0", 1});
  Context context(engine);
  const std::vector<Array> results = context.call("f", {random_floats({0, 3}, 1)});
  CHECK(results[0].dims() == std::vector<int64_t>{0, 3});
  CHECK(results[1].value<float>() == 0.0F);
}

}  // namespace tgc
