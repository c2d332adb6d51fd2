// SPDX-License-Identifier: Apache-2.0
// Factorisations and solutions of stacks of row-major matrices. Each task is a matrix.
#pragma once

#include "lapack.h"

// l[n, n] of a = l l^T, which reads a's lower triangle alone. The transpose that LAPACK sees of it
// is the upper triangle, and l's is u of u^T u. Where there is none l is NaN, if that is allowed.
template <class T>
TGC_OUTLINE void tgc_cholesky(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a,
                              T* l, int64_t n, int64_t gives_nan) {
  const auto potrf = tgc_lapack<tgc_potrf_function<T>>(call, tgc_lapack_names<T>::potrf);
  if (potrf == nullptr || !tgc_fits_lapack(call, n)) return;
  const int size = static_cast<int>(n);
  for (int64_t task = begin; task < end && n > 0; ++task) {
    const T* const from = a + task * n * n;
    T* const to = l + task * n * n;
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) to[i * n + j] = j <= i ? from[i * n + j] : T(0);
    }
    int info = 0;
    potrf("U", &size, to, &size, &info, 1);
    if (info == 0) continue;
    if (gives_nan == 0) return tgc_fail(call, kTgcNotPositiveDefinite, task);
    for (int64_t i = 0; i < n * n; ++i) to[i] = static_cast<T>(__builtin_nan(""));
  }
}

// x of t x = b with t[n, n] triangular and b[n, k]. The transposes say x^T t^T = b^T.
template <class T>
TGC_OUTLINE void tgc_solve_triangle(const tgc_kernel_call* call, int64_t begin, int64_t end,
                                    const T* t, const T* b, T* x, int64_t n, int64_t k,
                                    int64_t lower, int64_t unit_diagonal) {
  const auto trsm = tgc_lapack<tgc_trsm_function<T>>(call, tgc_lapack_names<T>::trsm);
  if (trsm == nullptr || !tgc_fits_lapack(call, n) || !tgc_fits_lapack(call, k)) return;
  const int rows = static_cast<int>(k);
  const int size = static_cast<int>(n);
  const T one = 1;
  for (int64_t task = begin; task < end && n > 0 && k > 0; ++task) {
    const T* const triangle = t + task * n * n;
    T* const to = x + task * n * k;
    for (int64_t i = 0; i < n * k; ++i) to[i] = b[task * n * k + i];
    for (int64_t i = 0; i < n && unit_diagonal == 0; ++i) {
      if (triangle[i * n + i] == 0) return tgc_fail(call, kTgcSingular, task);
    }
    trsm("R", lower != 0 ? "U" : "L", "N", unit_diagonal != 0 ? "U" : "N", &rows, &size, &one,
         triangle, &size, to, &rows, 1, 1, 1, 1);
  }
}

// Overwrites a[n, n] with the factors P L U of its transpose; 0, or the first pivot that is 0.
template <class T>
TGC_INLINE int tgc_factorise(tgc_getrf_function<T> getrf, const T* a, T* lu, int* pivots,
                             int64_t n) {
  const int size = static_cast<int>(n);
  for (int64_t i = 0; i < n * n; ++i) lu[i] = a[i];
  int info = 0;
  getrf(&size, &size, lu, &size, pivots, &info);
  return info;
}

// x of a x = b with b[n, k]: x^T P L U = b^T, so x^T = ((b^T U^-1) L^-1) P^-1.
template <class T>
TGC_OUTLINE void tgc_solve(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a,
                           const T* b, T* x, T* lu, int* pivots, int64_t n, int64_t k) {
  const auto getrf = tgc_lapack<tgc_getrf_function<T>>(call, tgc_lapack_names<T>::getrf);
  const auto trsm = tgc_lapack<tgc_trsm_function<T>>(call, tgc_lapack_names<T>::trsm);
  if (getrf == nullptr || trsm == nullptr) return;
  if (!tgc_fits_lapack(call, n) || !tgc_fits_lapack(call, k)) return;
  const int rows = static_cast<int>(k);
  const int size = static_cast<int>(n);
  const T one = 1;
  for (int64_t task = begin; task < end && n > 0; ++task) {
    T* const factors = lu + task * n * n;
    int* const swaps = pivots + task * n;
    T* const to = x + task * n * k;
    if (tgc_factorise(getrf, a + task * n * n, factors, swaps, n) != 0) {
      return tgc_fail(call, kTgcSingular, task);
    }
    if (k == 0) continue;
    for (int64_t i = 0; i < n * k; ++i) to[i] = b[task * n * k + i];
    trsm("R", "U", "N", "N", &rows, &size, &one, factors, &size, to, &rows, 1, 1, 1, 1);
    trsm("R", "L", "N", "U", &rows, &size, &one, factors, &size, to, &rows, 1, 1, 1, 1);
    for (int64_t i = n - 1; i >= 0; --i) {
      const int64_t other = swaps[i] - 1;
      for (int64_t j = 0; j < k && other != i; ++j) {
        const T kept = to[i * k + j];
        to[i * k + j] = to[other * k + j];
        to[other * k + j] = kept;
      }
    }
  }
}

// The product of n pivots as its sign and the logarithm of its magnitude; 0 and -inf where a is
// singular.
template <class T>
TGC_OUTLINE void tgc_slogdet(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a,
                             T* sign, T* logarithm, T* lu, int* pivots, int64_t n) {
  const auto getrf = tgc_lapack<tgc_getrf_function<T>>(call, tgc_lapack_names<T>::getrf);
  if (getrf == nullptr || !tgc_fits_lapack(call, n)) return;
  for (int64_t task = begin; task < end; ++task) {
    T* const factors = lu + task * n * n;
    int* const swaps = pivots + task * n;
    if (n > 0) tgc_factorise(getrf, a + task * n * n, factors, swaps, n);
    T direction = 1;
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      const T pivot = factors[i * n + i];
      if (swaps[i] - 1 != i) direction = -direction;
      if (pivot < 0) direction = -direction;
      if (pivot == 0) direction = 0;
      sum += tgc_log(pivot < 0 ? -pivot : pivot);
    }
    sign[task] = direction;
    logarithm[task] = sum;
  }
}

template <class T>
TGC_OUTLINE void tgc_det(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a,
                         T* det, T* lu, int* pivots, int64_t n) {
  const auto getrf = tgc_lapack<tgc_getrf_function<T>>(call, tgc_lapack_names<T>::getrf);
  if (getrf == nullptr || !tgc_fits_lapack(call, n)) return;
  for (int64_t task = begin; task < end; ++task) {
    T* const factors = lu + task * n * n;
    int* const swaps = pivots + task * n;
    if (n > 0) tgc_factorise(getrf, a + task * n * n, factors, swaps, n);
    T product = 1;
    for (int64_t i = 0; i < n; ++i) {
      product *= swaps[i] - 1 != i ? -factors[i * n + i] : factors[i * n + i];
    }
    det[task] = product;
  }
}
