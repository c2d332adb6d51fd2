// SPDX-License-Identifier: Apache-2.0
// Scalar functions over 230,000 elements beside loops over libm, in turns, medians.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "bench.h"
#include "unit/prelude/kernels.h"

namespace {

const int kCount = 230000;

struct Rival {
  const char* name;
  float (*float32)(float);
  double (*float64)(double);
};
#define RIVAL(name, function)                                                        \
  {                                                                                  \
#name, [](float x) { return function(x); }, [](double x) { return function(x); } \
  }
template <class T>
T sigmoid(T x) {
  return 1 / (1 + std::exp(-x));
}
template <class T>
T softplus(T x) {
  return std::log1p(std::exp(x));
}
const Rival kRivals[] = {
    RIVAL(exp, std::exp),       RIVAL(exp2, std::exp2),     RIVAL(expm1, std::expm1),
    RIVAL(log, std::log),       RIVAL(log2, std::log2),     RIVAL(log10, std::log10),
    RIVAL(log1p, std::log1p),   RIVAL(sin, std::sin),       RIVAL(cos, std::cos),
    RIVAL(tan, std::tan),       RIVAL(arcsin, std::asin),   RIVAL(arccos, std::acos),
    RIVAL(arctan, std::atan),   RIVAL(sinh, std::sinh),     RIVAL(cosh, std::cosh),
    RIVAL(tanh, std::tanh),     RIVAL(arcsinh, std::asinh), RIVAL(arccosh, std::acosh),
    RIVAL(arctanh, std::atanh), RIVAL(sigmoid, sigmoid),    RIVAL(softplus, softplus),
};

const UnaryKernel& kernel(const PreludeKernels& set, const char* name) {
  return *std::find_if(set.unary, set.unary + set.unary_count,
                       [&](const UnaryKernel& k) { return std::strcmp(k.name, name) == 0; });
}

// Nanoseconds an element: v3, v4 (0 without AVX-512), libm.
template <class T, class Kernel, class Function>
void print_type(Kernel v3, Kernel v4, Function libm) {
  std::vector<T> x(kCount), y(kCount);
  for (int i = 0; i < kCount; ++i) x[size_t(i)] = T(0.01) + T(0.98) * T(i) / T(kCount);
  std::vector<double> first, second, third;
  for (int round = 0; round < 15; ++round) {
    first.push_back(seconds_per_call([&] { v3(x.data(), y.data(), kCount); }, 3));
    if (v4 != nullptr)
      second.push_back(seconds_per_call([&] { v4(x.data(), y.data(), kCount); }, 3));
    third.push_back(
        seconds_per_call([&] { std::transform(x.begin(), x.end(), y.begin(), libm); }, 1));
  }
  const double unit = 1e9 / kCount, own = median(second.empty() ? first : second);
  std::printf(" %.2f | %.2f | %.2f | %.1f |", unit * median(first), unit * own,
              unit * median(third), median(third) / own);
}

}  // namespace

void print_scalars() {
  std::puts("### Scalar functions over 230,000 elements, nanoseconds an element, one thread\n");
  std::puts(
      "| function | float v3 | float v4 | libm | times as fast | double v3 | double v4 | libm | "
      "times as fast |");
  std::puts("|---|---|---|---|---|---|---|---|---|");
  const bool v4 = prelude_levels() == 2;
  for (const Rival& rival : kRivals) {
    const UnaryKernel& first = kernel(kPreludeKernelsV3, rival.name);
    const UnaryKernel& second = kernel(kPreludeKernelsV4, rival.name);
    std::printf("| %s |", rival.name);
    print_type<float>(first.float32, v4 ? second.float32 : nullptr, rival.float32);
    print_type<double>(first.float64, v4 ? second.float64 : nullptr, rival.float64);
    std::puts("");
    std::fflush(stdout);
  }
}
