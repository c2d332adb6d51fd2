// SPDX-License-Identifier: Apache-2.0
// Whole bundles through the runtime: training steps on cuda0 and on the CPU with the same inputs.
// In lockstep, the GPU's state set to the CPU's before each step, what one step does must agree
// within 1e-5 of the largest value; left alone, the losses must stay within 1e-3.
#include <cmath>
#include <cstring>
#include <iostream>
#include <random>

#include "gpu/runner.h"
#include "gpu/values.h"
#include "tgc/runtime.hpp"

namespace tgc::gpu {
namespace {

constexpr double kStepTolerance = 1e-5;
constexpr double kLossTolerance = 1e-3;

struct TrainedBundle {
  const char* name;
  int64_t features;
  int64_t classes;       // of int32 labels; 0: float labels 0 or 1
  uint32_t loss_output;  // of train
};
constexpr TrainedBundle kBundles[] = {
    {"digits", 64, 10, 0}, {"lenet", 64, 10, 0}, {"logistic_regression", 784, 0, 2}};

// Inputs with something to learn: the label depends on the features.
std::vector<Array> make_batch(const TrainedBundle& bundle, uint32_t dtype, int64_t rows,
                              uint64_t seed) {
  std::mt19937_64 random(seed);
  Array x = Array::zeros(dtype, {rows, bundle.features});
  std::vector<int32_t> labels;
  std::vector<double> flags;
  for (int64_t row = 0; row < rows; ++row) {
    const auto label = static_cast<int64_t>(random() % 10);
    labels.push_back(static_cast<int32_t>(label));
    flags.push_back(label < 5 ? 1.0 : 0.0);
    for (int64_t i = 0; i < bundle.features; ++i) {
      const double noise = static_cast<double>(random() % 1000) / 2000.0;
      const double value = (i % 10 == label ? 0.5 : 0.0) + noise;
      const auto at = static_cast<size_t>(row * bundle.features + i);
      if (dtype == TGC_FLOAT64) {
        x.data<double>()[at] = value;
      } else {
        x.data<float>()[at] = static_cast<float>(value);
      }
    }
  }
  if (bundle.classes > 0) return {x, Array({rows}, labels)};
  Array y = Array::zeros(dtype, {rows});
  for (size_t i = 0; i < flags.size(); ++i) {
    if (dtype == TGC_FLOAT64) {
      y.data<double>()[i] = flags[i];
    } else {
      y.data<float>()[i] = static_cast<float>(flags[i]);
    }
  }
  return {x, y};
}

std::string bytes_of(const Array& array) {
  return {static_cast<const char*>(array.bytes()), array.byte_count()};
}

std::string compare(const Array& got, const Array& expected, const std::string& what) {
  if (got.dtype() != expected.dtype() || got.dims() != expected.dims()) {
    return what + " is of another type";
  }
  const std::string text =
      difference(got.dtype(), bytes_of(got), bytes_of(expected), kStepTolerance);
  return text.empty() ? "" : what + " " + text;
}

class BundleRun {
 public:
  BundleRun(const RunOptions& options, const TrainedBundle& bundle)
      : bundle_(bundle),
        path_(options.folder + "/bundles/" + bundle.name + ".tgc"),
        cpu_(path_, {"cpu"}),
        gpu_(path_, {"cuda0"}),
        on_cpu_(cpu_),
        on_gpu_(gpu_),
        dtype_(cpu_.describe(cpu_.function("train")).inputs[0].dtype) {}

  // The first difference of `steps` steps in lockstep, or "".
  std::string lockstep(int steps, Session& session, int& done) {
    for (done = 0; done < steps && !session.is_over_budget(); ++done) {
      const int64_t rows = done % 3 == 2 ? 7 : 20;
      const auto batch = make_batch(bundle_, dtype_, rows, static_cast<uint64_t>(done));
      copy_state();
      std::string text = compare_call("train", batch);
      if (text.empty()) text = compare_call("predict", {batch[0]});
      if (text.empty()) text = compare_states();
      if (!text.empty()) return "step " + std::to_string(done) + ": " + text;
    }
    return "";
  }

  // The largest relative distance of the losses of `steps` steps from the same state.
  double free_run(int steps, Session& session, int& done) {
    copy_state();
    double worst = 0;
    for (done = 0; done < steps && !session.is_over_budget(); ++done) {
      const auto batch = make_batch(bundle_, dtype_, 20, static_cast<uint64_t>(1000 + done));
      const Array a = on_cpu_.call("train", batch)[bundle_.loss_output];
      const Array b = on_gpu_.call("train", batch)[bundle_.loss_output];
      const double expected = element(a.dtype(), bytes_of(a), 0);
      const double got = element(b.dtype(), bytes_of(b), 0);
      const double distance = std::abs(got - expected) / (std::abs(expected) + 1e-3);
      worst = std::isnan(distance) ? INFINITY : std::max(worst, distance);
    }
    return worst;
  }

 private:
  void copy_state() {
    for (const ValueInfo& shared : cpu_.shared()) {
      on_gpu_.state().set(shared.name, on_cpu_.state().value(shared.name));
    }
  }

  std::string compare_call(const std::string& function, const std::vector<Array>& inputs) {
    const auto expected = on_cpu_.call(function, inputs);
    const auto got = on_gpu_.call(function, inputs);
    for (size_t i = 0; i < expected.size(); ++i) {
      const std::string text =
          compare(got[i], expected[i], function + "'s output " + std::to_string(i));
      if (!text.empty()) return text;
    }
    return "";
  }

  std::string compare_states() {
    for (const ValueInfo& shared : cpu_.shared()) {
      const std::string text = compare(on_gpu_.state().value(shared.name),
                                       on_cpu_.state().value(shared.name), shared.name);
      if (!text.empty()) return text;
    }
    return "";
  }

  const TrainedBundle& bundle_;
  std::string path_;
  Engine cpu_;
  Engine gpu_;
  Context on_cpu_;
  Context on_gpu_;
  uint32_t dtype_;
};

}  // namespace

int run_bundles(const RunOptions& options) {
  Session session(options);
  const int steps = options.is_small ? 3 : 100;
  int exit_code = 0;
  for (const TrainedBundle& bundle : kBundles) {
    const std::string path = options.folder + "/bundles/" + bundle.name + ".tgc/manifest.json";
    if (!std::ifstream(path)) continue;
    try {
      BundleRun run(options, bundle);
      int done = 0;
      const std::string text = run.lockstep(steps, session, done);
      session.add({"bundles", bundle.name, "steps alike", std::to_string(done), "",
                   text.empty() ? "within 1e-5 of the CPU" : text});
      const double worst = run.free_run(steps, session, done);
      session.add({"bundles", bundle.name, "loss off by", fixed(worst * 1e6, 3), "1e-6",
                   std::to_string(done) + " steps; allowed: 1000"});
      if (!text.empty() || worst > kLossTolerance) exit_code = 1;
    } catch (const RuntimeError& error) {
      session.add({"bundles", bundle.name, "failed", "", "", error.what()});
      exit_code = 1;
    }
  }
  return exit_code;
}

}  // namespace tgc::gpu
