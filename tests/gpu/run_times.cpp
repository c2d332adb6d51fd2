// SPDX-License-Identifier: Apache-2.0
// Times of tgc bundles on cuda0: of whole calls (with their copies from and to the host) and of
// their kernels on the GPU, from the runtime's profile. tests/gpu/peers measures the same samples.
#include <algorithm>
#include <iostream>
#include <random>
#include <sstream>

#include "gpu/runner.h"
#include "tgc/runtime.hpp"

namespace tgc::gpu {
namespace {

struct Sample {
  const char* name;
  const char* bundle;
  const char* function;
  std::vector<std::vector<int64_t>> floats;  // dims of the float32 inputs
  int64_t labels;                            // of an int32 input after them; 0: none
  std::vector<std::vector<int64_t>> small;   // the same for an emulated device
};

std::vector<Sample> samples() {
  return {
      {"digits step, batch 20", "digits", "train", {{20, 64}}, 20, {{20, 64}}},
      {"digits step, batch 200", "digits", "train", {{200, 64}}, 200, {{20, 64}}},
      {"digits step, batch 2000", "digits", "train", {{2000, 64}}, 2000, {{20, 64}}},
      {"matmul 1024", "matmul", "f", {{1024, 1024}, {1024, 1024}}, 0, {{40, 40}, {40, 40}}},
      {"matmul 4096", "matmul", "f", {{4096, 4096}, {4096, 4096}}, 0, {{40, 40}, {40, 40}}},
      {"softmax 4096x1000", "softmax", "f", {{4096, 1000}}, 0, {{10, 100}}},
      {"chain of 10 operations, 1e7", "chain", "f", {{10000000}}, 0, {{1000}}},
      {"sum of 1e7", "sum", "f", {{10000000}}, 0, {{1000}}},
  };
}

Array random_floats(const std::vector<int64_t>& dims) {
  std::mt19937 random(1);
  Array array = Array::zeros(TGC_FLOAT32, dims);
  for (size_t i = 0; i < array.count(); ++i) {
    array.data<float>()[i] = static_cast<float>(random() % 2000) / 1000.0F - 1.0F;
  }
  return array;
}

// Microseconds on the GPU that one call took, by the profile of `calls` calls.
double gpu_microseconds(const std::string& profile, double calls) {
  double total = 0;
  std::istringstream lines(profile);
  for (std::string line; std::getline(lines, line);) {
    double percent = 0;
    double microseconds = 0;
    unsigned long long count = 0;
    if (std::sscanf(line.c_str(), "%lf %% %lf us %llu calls", &percent, &microseconds, &count) ==
        3) {
      total += microseconds * static_cast<double>(count);
    }
  }
  return total / calls;
}

void measure(const RunOptions& options, const Sample& sample, Session& session) {
  const Engine engine(options.folder + "/bundles/" + sample.bundle + ".tgc", {"cuda0"});
  Context context(engine);
  std::vector<Array> inputs;
  const auto& dims = options.is_small ? sample.small : sample.floats;
  for (const auto& each : dims) inputs.push_back(random_floats(each));
  if (sample.labels > 0) {
    const int64_t rows = dims[0][0];
    std::vector<int32_t> labels;
    for (int64_t i = 0; i < rows; ++i) labels.push_back(static_cast<int32_t>(i % 10));
    inputs.emplace_back(std::vector<int64_t>{rows}, labels);
  }
  std::vector<tgc_tensor> views;
  for (const Array& input : inputs) views.push_back(input.view());
  const uint32_t function = engine.function(sample.function);
  std::vector<tgc_tensor> outputs(engine.describe(function).outputs.size());
  const auto call = [&] {
    for (tgc_tensor& output : outputs) output = {};
    context.call(function, views, outputs);
  };
  const int most = options.is_small ? 2 : 200;
  for (int i = 0; i < 3; ++i) call();
  std::vector<double> times;
  const double begin = session.seconds();
  while (static_cast<int>(times.size()) < most &&
         (times.size() < 5 || session.seconds() - begin < 3)) {
    const double before = session.seconds();
    call();
    times.push_back((session.seconds() - before) * 1e6);
  }
  std::sort(times.begin(), times.end());
  context.profile();
  const int profiled = options.is_small ? 2 : 20;
  for (int i = 0; i < profiled; ++i) call();
  const double on_gpu = gpu_microseconds(context.profile(), profiled);
  session.add({"times", sample.name, "tgc, on the GPU", fixed(on_gpu, 1), "us",
               "kernels alone, mean of " + std::to_string(profiled)});
  session.add({"times", sample.name, "tgc, whole call", fixed(times[times.size() / 2], 1), "us",
               "with copies from and to the host, median of " + std::to_string(times.size())});
}

}  // namespace

int run_times(const RunOptions& options) {
  Session session(options);
  int exit_code = 0;
  for (const Sample& sample : samples()) {
    const std::string path = options.folder + "/bundles/" + sample.bundle + ".tgc/manifest.json";
    if (!std::ifstream(path)) continue;
    if (session.is_over_budget()) {
      session.add({"times", sample.name, "tgc, on the GPU", "left out", "", "no time was left"});
      continue;
    }
    try {
      measure(options, sample, session);
    } catch (const RuntimeError& error) {
      session.add({"times", sample.name, "tgc, on the GPU", "failed", "", error.what()});
      exit_code = 1;
    }
  }
  return exit_code;
}

}  // namespace tgc::gpu
