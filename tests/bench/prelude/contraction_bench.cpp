// SPDX-License-Identifier: Apache-2.0
// Matrix products beside OpenBLAS (loaded at run time, one thread), in turns, medians.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "bench.h"
#include "tgc/prelude/contraction_tiles.h"
#include "unit/prelude/contraction_kernels.h"
#include "unit/prelude/kernels.h"

namespace {

// What of cblas.h is used; the enumerators are CBLAS's.
const int kRowMajor = 101, kNoTrans = 111, kTrans = 112;
using SingleGemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*,
                            int, float, float*, int);
using DoubleGemm = void (*)(int, int, int, int, int, int, double, const double*, int, const double*,
                            int, double, double*, int);
struct Blas {
  SingleGemm sgemm = nullptr;
  DoubleGemm dgemm = nullptr;
};

template <class Function>
Function symbol(void* library, const char* name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

Blas load_blas() {
  void* library = dlopen("libopenblas.so.0", RTLD_NOW);
  if (library == nullptr) return {};
  const auto set_threads = symbol<void (*)(int)>(library, "openblas_set_num_threads");
  if (set_threads != nullptr) set_threads(1);
  return {symbol<SingleGemm>(library, "cblas_sgemm"), symbol<DoubleGemm>(library, "cblas_dgemm")};
}

struct Shape {
  int m, n, k;
  bool a_transposed, b_transposed;  // stored as k x m, n x k
  const char* what;
};
const Shape kShapes[] = {
    {1024, 1024, 1024, false, false, ""},
    {1024, 1024, 1024, true, false, ""},
    {1024, 1024, 1024, false, true, ""},
    {512, 512, 512, false, false, ""},
    {256, 256, 256, false, false, ""},
    {128, 128, 128, false, false, ""},
    {64, 64, 64, false, false, ""},
    {32, 32, 32, false, false, ""},
    {100, 100, 100, false, false, ""},
    {20, 500, 784, false, false, "digits, batch 20: forward"},
    {784, 500, 20, true, false, "its weight gradient"},
    {20, 784, 500, false, true, "its input gradient"},
    {20, 10, 500, false, false, "output layer"},
    {500, 10, 20, true, false, "its weight gradient"},
    {20, 500, 10, false, true, "its input gradient"},
    {128, 500, 784, false, false, "digits, batch 128: forward"},
    {784, 500, 128, true, false, "its weight gradient"},
    {500, 784, 20, true, false, ""},
    {500, 20, 784, false, false, ""},
    {600, 10, 784, false, false, "logistic regression, batch 600"},
    {784, 10, 600, true, false, "its weight gradient"},
    {20, 100, 64, false, false, ""},
    {64, 3136, 147, false, false, "a convolution as a product"},
    {1, 1024, 1024, false, false, "one row"},
    {1, 1024, 1024, false, true, "one row"},
    {1024, 1, 1024, false, false, "one column"},
    {8, 1024, 1024, false, false, ""},
};

template <class T>
struct Times {
  std::vector<double> v4, v3, blas;
};

template <class T, class Kernel, class Gemm>
Times<T> time_shape(const Shape& shape, Kernel v3, Kernel v4, Gemm gemm) {
  const int64_t m = shape.m, n = shape.n, k = shape.k;
  std::mt19937 random(1);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> a(static_cast<size_t>(m * k)), b(static_cast<size_t>(k * n));
  std::vector<T> c(static_cast<size_t>(m * n));
  for (T& x : a) x = uniform(random);
  for (T& x : b) x = uniform(random);
  std::vector<char> scratch(static_cast<size_t>(tgc_contraction_scratch_bytes(m, n, k, sizeof(T))));
  const MatrixStrides a_strides =
      shape.a_transposed ? MatrixStrides{0, 1, m} : MatrixStrides{0, k, 1};
  const MatrixStrides b_strides =
      shape.b_transposed ? MatrixStrides{0, 1, k} : MatrixStrides{0, n, 1};
  const ContractionCall<T> call = {1,        m,
                                   n,        k,
                                   a.data(), a_strides,
                                   b.data(), b_strides,
                                   c.data(), scratch.data(),
                                   0,        tgc_contraction_tasks(1, m, n)};
  const auto blas = [&] {
    gemm(kRowMajor, shape.a_transposed ? kTrans : kNoTrans, shape.b_transposed ? kTrans : kNoTrans,
         shape.m, shape.n, shape.k, T(1), a.data(), shape.a_transposed ? shape.m : shape.k,
         b.data(), shape.b_transposed ? shape.k : shape.n, T(0), c.data(), shape.n);
  };
  const int calls = 1 + static_cast<int>(1e8 / (2.0 * shape.m * shape.n * shape.k));
  Times<T> times;
  for (int round = 0; round < 21; ++round) {
    times.v3.push_back(seconds_per_call([&] { v3(call); }, calls));
    if (v4 != nullptr) times.v4.push_back(seconds_per_call([&] { v4(call); }, calls));
    if (gemm != nullptr) times.blas.push_back(seconds_per_call(blas, calls));
  }
  return times;
}

template <class T, class Kernel, class Gemm>
void print_shape(const Shape& shape, double peak, Kernel v3, Kernel v4, Gemm gemm) {
  const Times<T> times = time_shape<T>(shape, v3, v4, gemm);
  const double operations = 2e-9 * shape.m * shape.n * shape.k;
  const double own = median(times.v4.empty() ? times.v3 : times.v4);
  std::printf("| %d x %d x %d %s%s | %.2f | %.1f | %.0f %% | %.1f |", shape.m, shape.n, shape.k,
              shape.a_transposed ? "T" : "N", shape.b_transposed ? "T" : "N", own * 1e6,
              operations / own, 100e9 * operations / own / peak, operations / median(times.v3));
  if (times.blas.empty()) {
    std::printf(" | | %s |\n", shape.what);
  } else {
    const double blas = median(times.blas);
    std::printf(" %.1f | %.2f | %s |\n", operations / blas, blas / own, shape.what);
  }
  std::fflush(stdout);
}

template <class T, class Kernel, class Gemm>
void print_table(const char* type, Kernel v3, Kernel v4, Gemm gemm) {
  double peak = 0;
  const int level = prelude_levels() == 2 ? 4 : 3;
  measure_peak(level, sizeof(T) == 8, peak);
  std::printf("### %s, one thread, peak %.1f GFLOP/s (x86-64-v%d)\n\n", type, peak * 1e-9, level);
  std::puts(
      "| m x n x k, storage | us | GFLOP/s | of peak | v3 GFLOP/s | OpenBLAS GFLOP/s | "
      "times as fast | what |");
  std::puts("|---|---|---|---|---|---|---|---|");
  for (const Shape& shape : kShapes) print_shape<T>(shape, peak, v3, v4, gemm);
  std::puts("");
}

}  // namespace

void print_contractions() {
  const Blas blas = load_blas();
  const bool v4 = prelude_levels() == 2;
  print_table<float>("float32", kContractionKernelsV3.float32,
                     v4 ? kContractionKernelsV4.float32 : nullptr, blas.sgemm);
  print_table<double>("float64", kContractionKernelsV3.float64,
                      v4 ? kContractionKernelsV4.float64 : nullptr, blas.dgemm);
}
