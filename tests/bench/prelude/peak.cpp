// SPDX-License-Identifier: Apache-2.0
// Chains of fused multiply-adds that depend on nothing else: what the machine can do at most.
// TGC_LEVEL is the x86-64 level this translation unit is compiled for.
#include "tgc/prelude/contraction_vector.h"

namespace {

template <class T>
double run_chains(int64_t steps) {
  constexpr int chains = kTgcVectorBytes == 64 ? 16 : 12;
  tgc_vector<T> sum[chains];
  for (int j = 0; j < chains; ++j) sum[j] = tgc_vector<T>{} + (T)j;  // else they would be merged
  const tgc_vector<T> x = tgc_vector<T>{} + (T)0.999, y = tgc_vector<T>{} + (T)0.001;
  for (int64_t i = 0; i < steps; ++i) {
#pragma GCC unroll 16
    for (int j = 0; j < chains; ++j) sum[j] = tgc_fma(sum[j], x, y);
  }
  double total = 0;
  for (int j = 0; j < chains; ++j) total += (double)sum[j][0];
  // Each step does two operations a lane; the sum is only there to be used.
  const double operations = 2.0 * chains * tgc_vector_of<T>::lanes * (double)steps;
  return total == -1 ? 0 : operations;
}

}  // namespace

#if TGC_LEVEL == 4
double run_peak_v4(bool wide, int64_t steps) {
  return wide ? run_chains<double>(steps) : run_chains<float>(steps);
}
#else
double run_peak_v3(bool wide, int64_t steps) {
  return wide ? run_chains<double>(steps) : run_chains<float>(steps);
}
#endif
