// SPDX-License-Identifier: Apache-2.0
// Prints the tables of RESULTS.md: prelude_bench [contractions] [scalars].
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "bench.h"
#include "unit/prelude/kernels.h"

double run_peak_v3(bool wide, int64_t steps);
double run_peak_v4(bool wide, int64_t steps);

bool measure_peak(int level, bool wide_elements, double& flops) {
  if (prelude_levels() < level - 2) return false;
  flops = 0;
  for (int i = 0; i < 7; ++i) {
    const double start = thread_seconds();
    const int64_t steps = 1000000;
    const double operations =
        level == 4 ? run_peak_v4(wide_elements, steps) : run_peak_v3(wide_elements, steps);
    flops = std::max(flops, operations / (thread_seconds() - start));
  }
  return true;
}

static std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  std::string line, name = "unknown", family, model;
  while (std::getline(info, line)) {
    const std::string value = line.substr(std::min(line.size(), line.find(':') + 2));
    if (line.rfind("model name", 0) == 0) name = value;
    if (line.rfind("cpu family", 0) == 0) family = value;
    if (line.rfind("model\t", 0) == 0) model = value;
    if (line.empty()) break;
  }
  return name + ", family " + family + " model " + model;
}

int main(int argc, char** argv) {
  const auto wanted = [&](const char* name) {
    for (int i = 1; i < argc; ++i)
      if (std::strcmp(argv[i], name) == 0) return true;
    return argc == 1;
  };
  if (prelude_levels() == 0) {
    std::puts("skipped: needs a processor with AVX2");
    return 77;
  }
  std::printf("Processor: %s\n\n", processor_name().c_str());
  if (wanted("contractions")) print_contractions();
  if (wanted("scalars")) print_scalars();
  return 0;
}
