// SPDX-License-Identifier: Apache-2.0
// Times calls of bundles on the CPU, told by beside.py through stdin; peer_worker.py is its twin.
//   load NAME BUNDLE FUNCTION DTYPE:DIMxDIM:FILE…   calls once; answers with the last output's mean
//   run NAME SECONDS     calls for about so long; answers "CALLS MINIMUM MEDIAN PROCESSOR":
//                        microseconds, the last being processor time of all threads for each call
//   profile NAME         answers with the lines of tgc_context_profile, then an empty one
//   peak float32|float64 answers with the fused multiply-adds' GFLOP/s of one thread
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

#include "tgc/runtime.hpp"

double run_peak_v3(bool wide, int64_t steps);
double run_peak_v4(bool wide, int64_t steps);

namespace {

struct Case {
  tgc::Engine engine;
  tgc::Context context;
  uint32_t function;
  std::vector<std::unique_ptr<void, decltype(&std::free)>> memory;
  std::vector<tgc_tensor> inputs;  // at least 64-byte aligned, as those of the peers
  std::vector<tgc_tensor> outputs;

  Case(const std::string& bundle, const std::string& name, int threads)
      : engine(bundle, options(threads)), context(engine), function(engine.function(name)) {}

  static tgc::EngineOptions options(int threads) {
    tgc::EngineOptions options;
    options.threads = threads;
    return options;
  }

  // As NumPy does: huge pages for large arrays.
  static void* allocate(size_t bytes) {
    constexpr size_t kLarge = size_t{1} << 22;
    const size_t unit = bytes >= kLarge ? size_t{1} << 21 : 64;
    const size_t rounded = (bytes + unit - 1) / unit * unit;
    void* data = std::aligned_alloc(unit, rounded);
    if (bytes >= kLarge) madvise(data, rounded, MADV_HUGEPAGE);
    return data;
  }

  void add_input(const std::string& text) {
    std::istringstream parts(text);
    std::string dtype, dims, path;
    std::getline(parts, dtype, ':');
    std::getline(parts, dims, ':');
    std::getline(parts, path);
    std::replace(dims.begin(), dims.end(), 'x', ' ');
    std::istringstream numbers(dims);
    tgc_tensor tensor = {};
    tensor.dtype = dtype == "float32" ? TGC_FLOAT32 : dtype == "float64" ? TGC_FLOAT64 : TGC_INT32;
    size_t bytes = tgc::element_bytes(tensor.dtype);
    for (int64_t dim = 0; numbers >> dim;) {
      tensor.dims[tensor.rank++] = dim;
      bytes *= static_cast<size_t>(dim);
    }
    tensor.capacity = bytes;
    tensor.data = allocate(bytes);
    memory.emplace_back(tensor.data, &std::free);
    inputs.push_back(tensor);
    std::ifstream file(path, std::ios::binary);
    file.read(static_cast<char*>(tensor.data), static_cast<std::streamsize>(bytes));
    if (!file) throw std::runtime_error("cannot read " + path);
  }

  // The results stay in the context's memory, as a peer's borrowed outputs do.
  void call() {
    for (tgc_tensor& output : outputs) output.data = nullptr;
    context.call(function, inputs, outputs);
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

double processor_seconds() {
  timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::string measure(Case& subject, double seconds) {
  constexpr size_t kFewest = 3;
  std::vector<double> times;
  const double processor = processor_seconds();
  const double end = now() + seconds;
  for (double start = now(); start < end || times.size() < kFewest;) {
    subject.call();
    const double stop = now();
    times.push_back(1e6 * (stop - start));
    start = stop;
  }
  const double spent = 1e6 * (processor_seconds() - processor);
  std::sort(times.begin(), times.end());
  std::ostringstream answer;
  answer << times.size() << ' ' << times.front() << ' ' << times[times.size() / 2] << ' '
         << spent / static_cast<double>(times.size());
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
    subject.outputs.resize(subject.engine.describe(subject.function).outputs.size());
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
