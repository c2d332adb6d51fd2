// SPDX-License-Identifier: Apache-2.0
// Reductions over 0 <= i < n of a functor f(i), in an order that depends on n and the accumulator's
// type alone, not on threads or instructions: fewer than 16 elements one after the other; else
// element i goes to lane i % tgc_lanes<Acc>, lanes take their elements in rising order, then lane j
// takes lane j + half, halving until one is left.
// Convert inside f or by choosing Acc (double for float data is Theano's rule). Acc is never
// deduced: tgc_reduce_sum<double>(n, [=](int64_t i) { return x[i]; }).
#pragma once

#include "rounding.h"

template <class Acc>
inline constexpr int64_t tgc_lanes = sizeof(Acc) == 8 ? 32 : 64;

struct tgc_add {
  template <class T>
  TGC_INLINE_MEMBER T operator()(T x, T y) const {
    return (T)(x + y);
  }
};
struct tgc_multiply {
  template <class T>
  TGC_INLINE_MEMBER T operator()(T x, T y) const {
    return (T)(x * y);
  }
};
struct tgc_larger {
  template <class T>
  TGC_INLINE_MEMBER T operator()(T x, T y) const {
    return tgc_maximum(x, y);
  }
};
struct tgc_smaller {
  template <class T>
  TGC_INLINE_MEMBER T operator()(T x, T y) const {
    return tgc_minimum(x, y);
  }
};

// The halving. Lanes from n on hold a neutral value and are left out.
template <int64_t half, class Acc, class Combine>
TGC_INLINE void tgc_fold_lanes(int64_t n, Acc* acc, const Combine& combine) {
  if (n > half) {
#pragma omp simd
    for (int64_t j = 0; j < half; ++j) acc[j] = combine(acc[j], acc[j + half]);
  }
  if constexpr (half > 1) tgc_fold_lanes<half / 2>(n, acc, combine);
}

// Any combiner; start must be neutral, or repeat one of the elements where that changes nothing.
template <class Acc, class F, class Combine>
TGC_INLINE Acc tgc_reduce(int64_t n, Acc start, const F& f, const Combine& combine) {
  if (n < 16) {
    Acc result = start;
    for (int64_t i = 0; i < n; ++i) result = combine(result, (Acc)f(i));
    return result;
  }
  constexpr int64_t lanes = tgc_lanes<Acc>;
  Acc acc[lanes];
  for (int64_t j = 0; j < lanes; ++j) acc[j] = start;
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma omp simd
    for (int64_t j = 0; j < lanes; ++j) acc[j] = combine(acc[j], (Acc)f(i + j));
  }
  for (int64_t j = 0; i + j < n; ++j) acc[j] = combine(acc[j], (Acc)f(i + j));
  tgc_fold_lanes<lanes / 2>(n, acc, combine);
  return acc[0];
}

// Σ f(i); 0 for n == 0.
template <class Acc, class F>
TGC_INLINE Acc tgc_reduce_sum(int64_t n, const F& f) {
  return tgc_reduce(n, (Acc)0, f, tgc_add());
}
// Π f(i); 1 for n == 0.
template <class Acc, class F>
TGC_INLINE Acc tgc_reduce_prod(int64_t n, const F& f) {
  return tgc_reduce(n, (Acc)1, f, tgc_multiply());
}
// The largest and the smallest f(i), NaN if any is NaN; 0 for n == 0 (a softmax of no columns).
template <class Acc, class F>
TGC_INLINE Acc tgc_reduce_max(int64_t n, const F& f) {
  return tgc_reduce(n, n > 0 ? (Acc)f(0) : (Acc)0, f, tgc_larger());
}
template <class Acc, class F>
TGC_INLINE Acc tgc_reduce_min(int64_t n, const F& f) {
  return tgc_reduce(n, n > 0 ? (Acc)f(0) : (Acc)0, f, tgc_smaller());
}

// Whether any f(i) is true (not zero); false for n == 0.
template <class F>
TGC_INLINE bool tgc_reduce_any(int64_t n, const F& f) {
  return tgc_reduce(
             n, (uint8_t)0, [&](int64_t i) { return f(i) ? 1 : 0; }, tgc_larger()) != 0;
}
// Whether all f(i) are true (not zero); true for n == 0.
template <class F>
TGC_INLINE bool tgc_reduce_all(int64_t n, const F& f) {
  return tgc_reduce(
             n, (uint8_t)1, [&](int64_t i) { return f(i) ? 1 : 0; }, tgc_smaller()) != 0;
}

// The first i whose f(i) equals `wanted` or is NaN; f is evaluated in whole blocks.
template <class T, class F>
TGC_INLINE int64_t tgc_find(int64_t n, T wanted, const F& f) {
  constexpr int64_t block = 64;
  int64_t i = 0;
  for (; i + block <= n; i += block) {
    int32_t found = 0;
#pragma omp simd reduction(| : found)
    for (int64_t j = 0; j < block; ++j) {
      const T value = (T)f(i + j);
      found |= value == wanted || value != value ? 1 : 0;
    }
    if (found != 0) break;
  }
  for (; i < n; ++i) {
    const T value = (T)f(i);
    if (value == wanted || value != value) return i;
  }
  return 0;
}

// Index of the first largest (smallest) f(i); the first NaN wins; n >= 1. T is the type of f(i),
// which is evaluated twice.
template <class T, class F>
TGC_INLINE int64_t tgc_reduce_argmax(int64_t n, const F& f) {
  return tgc_find(n, tgc_reduce_max<T>(n, f), f);
}
template <class T, class F>
TGC_INLINE int64_t tgc_reduce_argmin(int64_t n, const F& f) {
  return tgc_find(n, tgc_reduce_min<T>(n, f), f);
}

// Reduces the rows of f(row, column) for each column and hands store(column, value) the results;
// each column takes its rows in rising order. For memory that is contiguous along columns.
template <class Acc, class F, class Combine, class Store>
TGC_INLINE void tgc_reduce_columns(int64_t rows, int64_t columns, Acc start, const F& f,
                                   const Combine& combine, const Store& store) {
  constexpr int64_t block = 256;
  Acc acc[block];
  for (int64_t first = 0; first < columns; first += block) {
    const int64_t count = columns - first < block ? columns - first : block;
    for (int64_t j = 0; j < count; ++j) acc[j] = start;
    for (int64_t row = 0; row < rows; ++row) {
#pragma omp simd
      for (int64_t j = 0; j < count; ++j) acc[j] = combine(acc[j], (Acc)f(row, first + j));
    }
#pragma omp simd
    for (int64_t j = 0; j < count; ++j) store(first + j, acc[j]);
  }
}
