// SPDX-License-Identifier: Apache-2.0
// See kernels.h. TGC_LEVEL is the x86-64 level this translation unit is compiled for.
#include "kernels.h"

#include "tgc/kernel_prelude.h"

#define UNARY(name)                                              \
  {                                                              \
#name,                                                         \
   [](const float* x, float* y, int64_t n) {                      \
     _Pragma("omp simd") for (int64_t i = 0; i < n; ++i) y[i] = tgc_##name(x[i]); \
   },                                                             \
   [](const double* x, double* y, int64_t n) {                    \
     _Pragma("omp simd") for (int64_t i = 0; i < n; ++i) y[i] = tgc_##name(x[i]); \
   } \
  }
#define BINARY(name)                                             \
  {                                                              \
#name,                                                         \
   [](const float* x, const float* y, float* z, int64_t n) {      \
     _Pragma("omp simd") for (int64_t i = 0; i < n; ++i) z[i] = tgc_##name(x[i], y[i]); \
   },                                                             \
   [](const double* x, const double* y, double* z, int64_t n) {   \
     _Pragma("omp simd") for (int64_t i = 0; i < n; ++i) z[i] = tgc_##name(x[i], y[i]); \
   } \
  }
#define REDUCTION(name, type32, type64)                                                   \
  {                                                                                       \
#name,                                                                                  \
   [](const float* x, int64_t n) {                                                         \
     return (float)tgc_reduce_##name<type32>(n, [=](int64_t i) { return x[i]; });          \
   },                                                                                      \
   [](const double* x, int64_t n) {                                                        \
     return (double)tgc_reduce_##name<type64>(n, [=](int64_t i) { return x[i]; });         \
   } \
  }
#define TEST_REDUCTION(name)                                                              \
  {                                                                                       \
#name,                                                                                  \
   [](const float* x, int64_t n) {                                                         \
     return (float)tgc_reduce_##name(n, [=](int64_t i) { return x[i] != 0; });             \
   },                                                                                      \
   [](const double* x, int64_t n) {                                                        \
     return (double)tgc_reduce_##name(n, [=](int64_t i) { return x[i] != 0; });            \
   } \
  }

static const UnaryKernel kUnary[] = {
    UNARY(exp),
    UNARY(exp2),
    UNARY(expm1),
    UNARY(log),
    UNARY(log2),
    UNARY(log10),
    UNARY(log1p),
    UNARY(sin),
    UNARY(cos),
    UNARY(tan),
    UNARY(arcsin),
    UNARY(arccos),
    UNARY(arctan),
    UNARY(sinh),
    UNARY(cosh),
    UNARY(tanh),
    UNARY(arcsinh),
    UNARY(arccosh),
    UNARY(arctanh),
    UNARY(sigmoid),
    UNARY(softplus),
    UNARY(sqrt),
    UNARY(ceil),
    UNARY(floor),
    UNARY(trunc),
    UNARY(round_half_to_even),
    UNARY(round_half_away_from_zero),
    UNARY(abs),
    UNARY(sgn),
    UNARY(sqr),
    UNARY(inv),
    UNARY(deg2rad),
    UNARY(rad2deg),
    UNARY(softsign),
    UNARY(hard_sigmoid),
    UNARY(ultra_fast_sigmoid),
    UNARY(xlogx),
    UNARY(erf),
    UNARY(erfc),
    UNARY(erfcx),
    UNARY(erfinv),
    UNARY(erfcinv),
    UNARY(log1mexp),
    UNARY(gamma),
    UNARY(gammaln),
    UNARY(psi),
    UNARY(tri_gamma),
    UNARY(j0),
    UNARY(j1),
    UNARY(i0),
    UNARY(i1),
};

static const BinaryKernel kBinary[] = {
    BINARY(pow),     BINARY(arctan2), BINARY(maximum), BINARY(minimum),
    BINARY(int_div), BINARY(mod),     BINARY(xlogy0),
};

static const ReductionKernel kReductions[] = {
    REDUCTION(sum, float, double),
    REDUCTION(prod, float, double),
    REDUCTION(max, float, double),
    REDUCTION(min, float, double),
    REDUCTION(argmax, float, double),
    REDUCTION(argmin, float, double),
    TEST_REDUCTION(any),
    TEST_REDUCTION(all),
};

static double sum_float_in_double(const float* x, int64_t n) {
  return tgc_reduce_sum<double>(n, [=](int64_t i) { return x[i]; });
}
static void halves_to_floats(const uint16_t* x, float* y, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = tgc_half_to_float(tgc_half{x[i]});
}
static void floats_to_halves(const float* x, uint16_t* y, int64_t n) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = tgc_float_to_half(x[i]).bits;
}

#if TGC_LEVEL == 4
#define TGC_KERNELS kPreludeKernelsV4
#else
#define TGC_KERNELS kPreludeKernelsV3
#endif
extern const PreludeKernels TGC_KERNELS = {
    kUnary,
    sizeof(kUnary) / sizeof(kUnary[0]),
    kBinary,
    sizeof(kBinary) / sizeof(kBinary[0]),
    kReductions,
    sizeof(kReductions) / sizeof(kReductions[0]),
    sum_float_in_double,
    halves_to_floats,
    floats_to_halves,
};
