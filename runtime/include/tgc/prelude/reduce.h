// SPDX-License-Identifier: Apache-2.0
// Reductions over 0 <= i < n of a functor f(i) with a fixed order: element i goes to lane
// i % tgc_lanes<Acc>, lanes take their elements in rising order, then lane j takes lane j + half,
// halving until one is left. The order depends on n and Acc alone, not on threads or instructions.
#pragma once

#include "basic.h"
#include "rounding.h"

template <class Acc>
inline constexpr int64_t tgc_lanes = sizeof(Acc) == 8 ? 32 : 64;

template <class Acc, class F, class Combine>
TGC_INLINE Acc tgc_reduce(int64_t n, Acc start, const F& f, const Combine& combine) {
  constexpr int64_t lanes = tgc_lanes<Acc>;
  Acc acc[lanes];
  for (int64_t j = 0; j < lanes; ++j) acc[j] = start;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma omp simd
    for (int64_t j = 0; j < lanes; ++j) acc[j] = combine(acc[j], (Acc)f(i + j));
  }
  for (int64_t j = 0; i + j < n; ++j) acc[j] = combine(acc[j], (Acc)f(i + j));
  for (int64_t half = lanes / 2; half > 0; half /= 2)
    for (int64_t j = 0; j < half; ++j) acc[j] = combine(acc[j], acc[j + half]);
  return acc[0];
}

// Σ f(i); 0 for n == 0. Acc is the accumulator's type: double for float data is Theano's rule.
template <class Acc, class F>
TGC_INLINE Acc tgc_reduce_sum(int64_t n, const F& f) {
  return tgc_reduce<Acc>(n, (Acc)0, f, [](Acc x, Acc y) { return (Acc)(x + y); });
}
// Π f(i); 1 for n == 0.
template <class Acc, class F>
TGC_INLINE Acc tgc_reduce_prod(int64_t n, const F& f) {
  return tgc_reduce<Acc>(n, (Acc)1, f, [](Acc x, Acc y) { return (Acc)(x * y); });
}
// The largest f(i), NaN if any is NaN; n >= 1.
template <class Acc, class F>
TGC_INLINE Acc tgc_reduce_max(int64_t n, const F& f) {
  return tgc_reduce<Acc>(n, (Acc)f(0), f, [](Acc x, Acc y) { return tgc_maximum(x, y); });
}
// The smallest f(i), NaN if any is NaN; n >= 1.
template <class Acc, class F>
TGC_INLINE Acc tgc_reduce_min(int64_t n, const F& f) {
  return tgc_reduce<Acc>(n, (Acc)f(0), f, [](Acc x, Acc y) { return tgc_minimum(x, y); });
}
// Whether any (every) f(i) is non-zero; false (true) for n == 0.
template <class F>
TGC_INLINE bool tgc_reduce_any(int64_t n, const F& f) {
  return tgc_reduce<uint8_t>(n, 0, [&](int64_t i) { return (uint8_t)(f(i) ? 1 : 0); },
                             [](uint8_t x, uint8_t y) { return (uint8_t)(x | y); }) != 0;
}
template <class F>
TGC_INLINE bool tgc_reduce_all(int64_t n, const F& f) {
  return tgc_reduce<uint8_t>(n, 1, [&](int64_t i) { return (uint8_t)(f(i) ? 1 : 0); },
                             [](uint8_t x, uint8_t y) { return (uint8_t)(x & y); }) != 0;
}

// Index of the first largest f(i); the first NaN wins; n >= 1. T is the type of f(i).
template <class T, class F>
TGC_INLINE int64_t tgc_reduce_argmax(int64_t n, const F& f) {
  const T best = tgc_reduce_max<T>(n, f);
  for (int64_t i = 0; i < n; ++i) {
    const T value = f(i);
    if (value == best || value != value) return i;
  }
  return 0;
}
// Index of the first smallest f(i); the first NaN wins; n >= 1.
template <class T, class F>
TGC_INLINE int64_t tgc_reduce_argmin(int64_t n, const F& f) {
  const T best = tgc_reduce_min<T>(n, f);
  for (int64_t i = 0; i < n; ++i) {
    const T value = f(i);
    if (value == best || value != value) return i;
  }
  return 0;
}
