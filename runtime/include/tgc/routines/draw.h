// SPDX-License-Identifier: Apache-2.0
// Draws of NumPy's generators. The samples of a draw follow each other, so each call is one task;
// the state after it is written beside the state before.
#pragma once

#include "../kernel_prelude.h"

extern "C" {
double acos(double);
double cos(double);
double exp(double);
double expm1(double);
double floor(double);
double fmod(double, double);
double log(double);
double log1p(double);
double pow(double, double);
double sqrt(double);
}

TGC_INLINE double tgc_c_acos(double x) {
  return acos(x);
}
TGC_INLINE double tgc_c_cos(double x) {
  return cos(x);
}
TGC_INLINE double tgc_c_exp(double x) {
  return exp(x);
}
TGC_INLINE double tgc_c_expm1(double x) {
  return expm1(x);
}
TGC_INLINE double tgc_c_floor(double x) {
  return floor(x);
}
TGC_INLINE double tgc_c_fmod(double x, double y) {
  return fmod(x, y);
}
TGC_INLINE double tgc_c_log(double x) {
  return log(x);
}
TGC_INLINE double tgc_c_log1p(double x) {
  return log1p(x);
}
TGC_INLINE double tgc_c_pow(double x, double y) {
  return pow(x, y);
}
TGC_INLINE double tgc_c_sqrt(double x) {
  return sqrt(x);
}
#define TGC_DRAW [[maybe_unused]] static
#define TGC_DRAW_INFINITY __builtin_inf()

#include "../random/random.h"

// Codes of bundle_abi.h, which kernels do not include.
enum { kTgcRandomState = 15, kTgcParameter = 16 };

// Copies the state; false after reporting one that no generator has.
template <class W>
TGC_INLINE bool tgc_draw_begins(const tgc_kernel_call* call, const W* before, W* after) {
  using Bits = typename tgc_bits_of<W>::type;
  for (int64_t i = 0; i < Bits::kWords; ++i) after[i] = before[i];
  if (Bits::is_valid(before)) return true;
  call->failure[0] = kTgcRandomState;
  call->failure[1] = 0;
  return false;
}
TGC_INLINE void tgc_draw_ends(const tgc_kernel_call* call, int64_t failed) {
  if (failed < 0) return;
  call->failure[0] = kTgcParameter;
  call->failure[1] = failed;
}

#define TGC_DRAW_ROUTINE(name)                                                                     \
  template <class W>                                                                               \
  TGC_OUTLINE void tgc_draw_##name(const tgc_kernel_call* call, int64_t, int64_t, const W* before, \
                                   const tgc_##name##_draw::A* a, const tgc_##name##_draw::B* b,   \
                                   W* after, tgc_##name##_draw::R* sample, int64_t count,          \
                                   int64_t step_a, int64_t step_b) {                               \
    if (!tgc_draw_begins(call, before, after)) return;                                             \
    tgc_draw_ends(                                                                                 \
        call, tgc_draw_samples<tgc_##name##_draw>(after, a, b, sample, count, step_a, step_b));    \
  }
TGC_DISTRIBUTIONS(TGC_DRAW_ROUTINE)
#undef TGC_DRAW_ROUTINE

template <class W>
TGC_OUTLINE void tgc_draw_permutation(const tgc_kernel_call* call, int64_t, int64_t,
                                      const W* before, W* after, int64_t* orders, int64_t rows,
                                      int64_t n) {
  if (!tgc_draw_begins(call, before, after)) return;
  tgc_draw_orders(after, orders, rows, n);
}

template <class W, class T>
TGC_OUTLINE void tgc_draw_multinomial(const tgc_kernel_call* call, int64_t, int64_t,
                                      const W* before, const int64_t* n, const T* pvals, W* after,
                                      int64_t* counts, T* spare, int64_t rows, int64_t k,
                                      int64_t step_n, int64_t step_p, int64_t shrinks) {
  if (!tgc_draw_begins(call, before, after)) return;
  tgc_draw_ends(call,
                tgc_draw_counts(after, n, pvals, counts, spare, rows, k, step_n, step_p, shrinks));
}

template <class W>
TGC_OUTLINE void tgc_draw_choice(const tgc_kernel_call* call, int64_t, int64_t, const W* before,
                                 const double* p, W* after, int64_t* chosen, double* spare,
                                 int64_t count, int64_t n) {
  if (!tgc_draw_begins(call, before, after)) return;
  for (int64_t i = 0; i < n; ++i) spare[i] = p[i];
  if (!tgc_draw_distinct(after, spare, chosen, spare + n, count, n)) tgc_draw_ends(call, 0);
}

template <class W>
TGC_OUTLINE void tgc_draw_positions(const tgc_kernel_call* call, int64_t, int64_t, const W* before,
                                    W* after, int64_t* chosen, int64_t* spare, int64_t count,
                                    int64_t n) {
  if (tgc_draw_begins(call, before, after)) tgc_draw_positions(after, chosen, spare, count, n);
}

template <class W>
TGC_OUTLINE void tgc_draw_hypergeometric(const tgc_kernel_call* call, int64_t, int64_t,
                                         const W* before, const int64_t* good, const int64_t* bad,
                                         const int64_t* sample, W* after, int64_t* result,
                                         int64_t count, int64_t step_good, int64_t step_bad,
                                         int64_t step_sample) {
  if (!tgc_draw_begins(call, before, after)) return;
  tgc_draw_ends(call, tgc_draw_hypergeometric_numbers(after, good, bad, sample, result, count,
                                                      step_good, step_bad, step_sample));
}

template <class W>
TGC_OUTLINE void tgc_draw_dirichlet(const tgc_kernel_call* call, int64_t, int64_t, const W* before,
                                    const double* alpha, W* after, double* rows, int64_t count,
                                    int64_t k, int64_t step) {
  if (!tgc_draw_begins(call, before, after)) return;
  tgc_draw_ends(call, tgc_draw_dirichlet_rows(after, alpha, rows, count, k, step));
}
