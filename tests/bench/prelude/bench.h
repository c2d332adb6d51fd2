// SPDX-License-Identifier: Apache-2.0
// What the prelude's benchmarks share: a clock and the median. Times are processor time of the
// calling thread, so that a busy machine disturbs them little; all programs run on one thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <vector>

inline double thread_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Seconds of one call, from as many calls as take about two milliseconds.
template <class Run>
double seconds_per_call(const Run& run, int calls) {
  const double start = thread_seconds();
  for (int i = 0; i < calls; ++i) run();
  return (thread_seconds() - start) / calls;
}

// Floating point operations per second of independent fused multiply-adds; false if not supported.
bool measure_peak(int level, bool wide_elements, double& flops);

void print_contractions();
void print_scalars();
