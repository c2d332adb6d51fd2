// SPDX-License-Identifier: Apache-2.0
// Array kernels over the prelude's scalar functions, shaped like generated code. kernels.cpp is
// compiled once for each instruction set with the flags of generated code; the tests call both.
#pragma once

#include <cstdint>

struct UnaryKernel {
  const char* name;
  void (*float32)(const float* x, float* y, int64_t n);
  void (*float64)(const double* x, double* y, int64_t n);
};
struct BinaryKernel {
  const char* name;
  void (*float32)(const float* x, const float* y, float* z, int64_t n);
  void (*float64)(const double* x, const double* y, double* z, int64_t n);
};
struct ReductionKernel {
  const char* name;
  float (*float32)(const float* x, int64_t n);
  double (*float64)(const double* x, int64_t n);
};

struct PreludeKernels {
  const UnaryKernel* unary;
  int unary_count;
  const BinaryKernel* binary;
  int binary_count;
  const ReductionKernel* reductions;
  int reduction_count;
  double (*sum_float_in_double)(const float* x, int64_t n);
  void (*halves_to_floats)(const uint16_t* x, float* y, int64_t n);
  void (*floats_to_halves)(const float* x, uint16_t* y, int64_t n);
};

// x86-64-v3 (AVX2) and x86-64-v4 (AVX-512).
extern const PreludeKernels kPreludeKernelsV3;
extern const PreludeKernels kPreludeKernelsV4;

// How many of the two levels this machine can run.
inline int prelude_levels() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
  const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return v4 ? 2 : 1;
}

// The tables this machine can run, v3 first.
inline int prelude_kernel_sets(const PreludeKernels* (&sets)[2]) {
  sets[0] = &kPreludeKernelsV3;
  sets[1] = &kPreludeKernelsV4;
  return prelude_levels();
}
