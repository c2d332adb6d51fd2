// SPDX-License-Identifier: Apache-2.0
// Times calls of bundles on the CPU, told by beside.py through stdin; peer_worker.py is its twin.
//   load NAME BUNDLE FUNCTION DTYPE:DIMxDIM:FILE…   calls once; answers with the last output's mean
//   run NAME SECONDS     calls for about so long; answers "CALLS MINIMUM MEDIAN", in microseconds
//   profile NAME         answers with the lines of tgc_context_profile, then an empty one
//   peak float32|float64 answers with the fused multiply-adds' GFLOP/s of one thread
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "tgc/runtime.hpp"

double run_peak_v3(bool wide, int64_t steps);
double run_peak_v4(bool wide, int64_t steps);

namespace {

struct Case {
  tgc::Engine engine;
  tgc::Context context;
  uint32_t function;
  std::vector<tgc::Array> inputs;
  std::vector<tgc_tensor> views;
  std::vector<tgc_tensor> outputs;

  Case(const std::string& bundle, const std::string& name, int threads)
      : engine(bundle, options(threads)), context(engine), function(engine.function(name)) {}

  static tgc::EngineOptions options(int threads) {
    tgc::EngineOptions options;
    options.threads = threads;
    return options;
  }

  void add_input(const std::string& text) {
    std::istringstream parts(text);
    std::string dtype, dims, path;
    std::getline(parts, dtype, ':');
    std::getline(parts, dims, ':');
    std::getline(parts, path);
    std::replace(dims.begin(), dims.end(), 'x', ' ');
    std::istringstream numbers(dims);
    std::vector<int64_t> list;
    for (int64_t dim = 0; numbers >> dim;) list.push_back(dim);
    const uint32_t number = dtype == "float32"   ? TGC_FLOAT32
                            : dtype == "float64" ? TGC_FLOAT64
                                                 : TGC_INT32;
    inputs.push_back(tgc::Array::zeros(number, list));
    std::ifstream file(path, std::ios::binary);
    file.read(static_cast<char*>(inputs.back().bytes()),
              static_cast<std::streamsize>(inputs.back().byte_count()));
    if (!file) throw std::runtime_error("cannot read " + path);
  }

  void prepare() {
    for (const tgc::Array& input : inputs) views.push_back(input.view());
    outputs.resize(engine.describe(function).outputs.size());
  }
  // The results stay in the context's memory, as a peer's borrowed outputs do.
  void call() {
    for (tgc_tensor& output : outputs) output.data = nullptr;
    context.call(function, views, outputs);
  }

  double mean_of_last_output() const {
    const tgc_tensor& last = outputs.back();
    int64_t count = 1;
    for (uint32_t i = 0; i < last.rank; ++i) count *= last.dims[i];
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
      sum += last.dtype == TGC_FLOAT64 ? static_cast<const double*>(last.data)[i]
                                       : double(static_cast<const float*>(last.data)[i]);
    }
    return sum / static_cast<double>(count);
  }
};

double now() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

std::string measure(Case& subject, double seconds) {
  constexpr size_t kFewest = 3;
  std::vector<double> times;
  const double end = now() + seconds;
  for (double start = now(); start < end || times.size() < kFewest;) {
    subject.call();
    const double stop = now();
    times.push_back(1e6 * (stop - start));
    start = stop;
  }
  std::sort(times.begin(), times.end());
  std::ostringstream answer;
  answer << times.size() << ' ' << times.front() << ' ' << times[times.size() / 2];
  return answer.str();
}

double peak(bool is_wide) {
  const auto run = __builtin_cpu_supports("avx512f") ? run_peak_v4 : run_peak_v3;
  constexpr int64_t kSteps = 200000;
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const double start = now();
    const double operations = run(is_wide, kSteps);
    best = std::max(best, operations / (now() - start));
  }
  return best / 1e9;
}

std::string answer(std::map<std::string, Case>& cases, int threads, const std::string& line) {
  std::istringstream words(line);
  std::string verb, name;
  words >> verb >> name;
  if (verb == "peak") return std::to_string(peak(name == "float64"));
  if (verb == "load") {
    std::string bundle, function;
    words >> bundle >> function;
    Case& subject = cases.try_emplace(name, bundle, function, threads).first->second;
    for (std::string input; words >> input;) subject.add_input(input);
    subject.prepare();
    subject.call();
    std::ostringstream text;
    text.precision(9);
    text << subject.mean_of_last_output();
    return text.str();
  }
  if (verb == "profile") return cases.at(name).context.profile() + "\n";
  double seconds = 0;
  words >> seconds;
  return measure(cases.at(name), seconds);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const int threads = count > 1 ? std::stoi(arguments[1]) : 1;
    std::map<std::string, Case> cases;
    for (std::string line; std::getline(std::cin, line);) {
      std::cout << answer(cases, threads, line) << std::endl;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bundle_worker: %s\n", error.what());
    return 1;
  }
}
