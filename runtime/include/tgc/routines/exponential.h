// SPDX-License-Identifier: Apache-2.0
// The exponential of stacks of square matrices: Padé's approximant of a fraction 2^-s of the
// matrix, squared s times, after Higham (SIAM J. Matrix Anal. Appl. 26, 2005), whose bounds these
// are. A matrix and its transpose have the same polynomials, so rows need not become columns.
#pragma once

#include "lapack.h"

// An approximant of degree `degree` is as exact as T for matrices of 1-norm up to `bound`.
struct tgc_pade {
  int degree;
  double bound;
};
TGC_INLINE tgc_pade tgc_pade_for(double, double norm) {
  if (norm <= 1.495585217958292e-2) return {3, 1.495585217958292e-2};
  if (norm <= 2.539398330063230e-1) return {5, 2.539398330063230e-1};
  if (norm <= 9.504178996162932e-1) return {7, 9.504178996162932e-1};
  if (norm <= 2.097847961257068e0) return {9, 2.097847961257068e0};
  return {13, 5.371920351148152e0};
}
TGC_INLINE tgc_pade tgc_pade_for(float, float norm) {
  if (norm <= 4.258730016922831e-1F) return {3, 4.258730016922831e-1};
  if (norm <= 1.880152677804762e0F) return {5, 1.880152677804762e0};
  return {7, 3.925724783138660e0};
}

// The largest sum of magnitudes of a column.
template <class T>
TGC_INLINE T tgc_norm_1(const T* a, int64_t n) {
  T largest = 0;
  for (int64_t j = 0; j < n; ++j) {
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += a[j * n + i] < 0 ? -a[j * n + i] : a[j * n + i];
    if (!(sum <= largest)) largest = sum;
  }
  return largest;
}

template <class T>
struct tgc_square_product {
  tgc_gemm_function<T> gemm;
  int size;

  TGC_INLINE_MEMBER void operator()(const T* a, const T* b, T* c) const {
    const T one = 1;
    const T zero = 0;
    gemm("N", "N", &size, &size, &size, &one, a, &size, b, &size, &zero, c, &size, 1, 1);
  }
};

// The even and odd parts of the approximant's numerator, in powers of the square of x: even(x^2)
// and x odd(x^2). `powers` has room for two matrices; `x` is overwritten.
template <class T>
TGC_OUTLINE void tgc_pade_parts(const tgc_square_product<T>& product, int degree, T* x, T* even,
                                T* odd, T* powers, int64_t n) {
  T* const square = powers;
  T* power = powers + n * n;
  double factors[14] = {1};
  for (int k = 1; k <= degree; ++k) {
    factors[k] = factors[k - 1] * (degree - k + 1) / (k * (2.0 * degree - k + 1));
  }
  product(x, x, square);
  for (int64_t i = 0; i < n * n; ++i) {
    const T unit = i % (n + 1) == 0 ? T(1) : T(0);
    even[i] = unit + static_cast<T>(factors[2]) * square[i];
    odd[i] = static_cast<T>(factors[1]) * unit + static_cast<T>(factors[3]) * square[i];
    power[i] = square[i];
  }
  // The next power replaces the last one by way of the room after it.
  T* spare = powers + 2 * n * n;
  for (int k = 4; k < degree; k += 2) {
    product(power, square, spare);
    T* const last = power;
    power = spare;
    spare = last;
    for (int64_t i = 0; i < n * n; ++i) {
      even[i] += static_cast<T>(factors[k]) * power[i];
      odd[i] += static_cast<T>(factors[k + 1]) * power[i];
    }
  }
  product(x, odd, spare);
  for (int64_t i = 0; i < n * n; ++i) x[i] = spare[i];
}

// to[n, n] = exp(a). `space` has room for six matrices, `pivots` for n numbers.
template <class T>
TGC_OUTLINE void tgc_expm(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a,
                          T* to, T* space, int* pivots, int64_t n) {
  const auto gemm = tgc_lapack<tgc_gemm_function<T>>(call, tgc_lapack_names<T>::gemm);
  const auto gesv = tgc_lapack<tgc_gesv_function<T>>(call, tgc_lapack_names<T>::gesv);
  if (gemm == nullptr || gesv == nullptr || !tgc_fits_lapack(call, n)) return;
  const int size = static_cast<int>(n);
  const tgc_square_product<T> product = {gemm, size};
  const int64_t area = n * n;
  for (int64_t task = begin; task < end && n > 0; ++task) {
    const T* const from = a + task * area;
    T* const result = to + task * area;
    T* const x = space + task * 6 * area;
    T* const even = x + area;
    T* const odd = x + 2 * area;
    T norm = tgc_norm_1(from, n);
    const tgc_pade pade = tgc_pade_for(T(0), norm);
    T scale = 1;
    int squarings = 0;
    for (; norm > static_cast<T>(pade.bound) && squarings < 2000; ++squarings) {
      norm /= 2;
      scale /= 2;
    }
    for (int64_t i = 0; i < area; ++i) x[i] = from[i] * scale;
    tgc_pade_parts(product, pade.degree, x, even, odd, x + 3 * area, n);
    // (even - x) r = even + x
    for (int64_t i = 0; i < area; ++i) {
      result[i] = even[i] + x[i];
      even[i] -= x[i];
    }
    int info = 0;
    gesv(&size, &size, even, &size, pivots + task * n, result, &size, &info);
    if (info != 0) return tgc_fail(call, kTgcSingular, task);
    for (; squarings > 0; --squarings) {
      product(result, result, x);
      for (int64_t i = 0; i < area; ++i) result[i] = x[i];
    }
  }
}
