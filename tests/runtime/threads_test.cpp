// SPDX-License-Identifier: Apache-2.0
// One engine and one state, used by many threads at once.
#include <atomic>
#include <thread>

#include "catch2/catch.hpp"
#include "runtime/test_bundle.h"

namespace tgc {
namespace {

// A prediction sees all updates of a training call or none: it is one of the values that training
// alone gives.
TEST_CASE("seven threads predict while one trains") {
  constexpr int kSteps = 200;
  const Engine engine(bundle_path("linear"));
  std::vector<std::vector<float>> expected;
  {
    Context alone(engine);
    expected.push_back(floats(alone.call("predict", {two_rows()})[0]));
    for (int i = 0; i < kSteps; ++i) {
      alone.call("train", {two_rows(), two_targets()});
      expected.push_back(floats(alone.call("predict", {two_rows()})[0]));
    }
  }
  State state(engine);
  std::atomic<bool> is_done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 7; ++i) {
    threads.emplace_back([&] {
      Context context(engine, state);
      size_t at = 0;  // states are seen in their order
      while (!is_done) {
        const std::vector<float> seen = floats(context.call("predict", {two_rows()})[0]);
        while (at < expected.size() && expected[at] != seen) ++at;
        if (at == expected.size()) {
          ++wrong;
          return;
        }
      }
    });
  }
  Context trainer(engine, state);
  for (int i = 0; i < kSteps; ++i) trainer.call("train", {two_rows(), two_targets()});
  is_done = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(state.value("steps").value<int64_t>() == kSteps);
}

TEST_CASE("threads open, use and close bundles of their own") {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) {
        const Engine engine(bundle_path("linear"));
        Context context(engine);
        if (floats(context.call("predict", {two_rows()})[0])[1] == 2.5F) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 40);
}

TEST_CASE("results do not depend on the number of threads") {
  Array x = Array::zeros(TGC_FLOAT32, {4000, 4});
  Array t = Array::zeros(TGC_FLOAT32, {4000});
  for (size_t i = 0; i < x.count(); ++i) x.data<float>()[i] = static_cast<float>(i % 97) / 97;
  for (size_t i = 0; i < t.count(); ++i) t.data<float>()[i] = static_cast<float>(i % 13) / 13;
  std::vector<float> losses;
  for (const int count : {1, 2, 5}) {
    EngineOptions options;
    options.threads = count;
    const Engine engine(bundle_path("linear"), options);
    Context context(engine);
    losses.push_back(context.call("train", {x, t})[0].value<float>());
    losses.push_back(floats(context.state().value("w"))[0]);
  }
  CHECK(losses[2] == losses[0]);
  CHECK(losses[4] == losses[0]);
  CHECK(losses[3] == losses[1]);
  CHECK(losses[5] == losses[1]);
}

}  // namespace
}  // namespace tgc
