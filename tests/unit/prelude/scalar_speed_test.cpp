// SPDX-License-Identifier: Apache-2.0
// The scalar functions exist to vectorise: loops over them must be several times faster than loops
// over libm. Measured in processor time of this thread, best of several runs.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <vector>

#include "catch2/catch.hpp"
#include "kernels.h"

namespace {

template <class Run>
double best_seconds(Run run) {
  double best = 1e9;
  for (int i = 0; i < 15; ++i) {
    timespec before, after;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    run();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    best = std::min(
        best, double(after.tv_sec - before.tv_sec) + 1e-9 * double(after.tv_nsec - before.tv_nsec));
  }
  return best;
}

// How many times faster the widest kernel is than f in a loop.
double speed_up(const char* name, float (*f)(float)) {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  const PreludeKernels& set = *sets[count - 1];
  const auto* kernel = std::find_if(set.unary, set.unary + set.unary_count,
                                    [&](auto& k) { return std::strcmp(k.name, name) == 0; });
  const int n = 230000;
  std::vector<float> x(n), y(n);
  for (int i = 0; i < n; ++i) x[size_t(i)] = 0.01f + 3.0f * float(i) / float(n);
  const double ours = best_seconds([&] { kernel->float32(x.data(), y.data(), n); });
  const double libm = best_seconds([&] { std::transform(x.begin(), x.end(), y.begin(), f); });
  return libm / ours;
}

}  // namespace

TEST_CASE("230,000 float exp, log, tanh and sigmoid are several times faster than libm") {
  if (prelude_levels() == 0) return;
  CHECK(speed_up("exp", [](float x) { return std::exp(x); }) > 2.5);
  CHECK(speed_up("log", [](float x) { return std::log(x); }) > 2.5);
  CHECK(speed_up("tanh", [](float x) { return std::tanh(x); }) > 5);
  CHECK(speed_up("sigmoid", [](float x) { return 1 / (1 + std::exp(-x)); }) > 2.5);
}
