// SPDX-License-Identifier: Apache-2.0
// QR of stacks of row-major matrices, by LAPACK's Householder reflections. Each task is a matrix.
#pragma once

#include "decompositions.h"

// The reflections of a[m, n] in columns[n, m], column-major, and tau[min(m, n)].
template <class T>
TGC_INLINE void tgc_reflections(tgc_geqrf_function<T> geqrf, const T* a, T* columns, T* tau,
                                T* work, int64_t m, int64_t n, int64_t lwork) {
  const int rows = static_cast<int>(m);
  const int width = static_cast<int>(n);
  const int work_size = static_cast<int>(lwork);
  tgc_transpose(a, columns, m, n);
  int info = 0;
  geqrf(&rows, &width, columns, &rows, tau, work, &work_size, &info);
}

// r[rows, n], what reflections leave on and above the diagonal.
template <class T>
TGC_INLINE void tgc_upper_triangle(const T* columns, T* r, int64_t m, int64_t n, int64_t rows) {
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < n; ++j) r[i * n + j] = j >= i ? columns[j * m + i] : T(0);
  }
}

// q[m, width] and r[width, n] of a[m, n] = q r. columns[wide, m] has room for both.
template <class T>
TGC_OUTLINE void tgc_qr(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a, T* q,
                        T* r, T* columns, T* tau, T* work, int64_t m, int64_t n, int64_t width,
                        int64_t wide, int64_t lwork) {
  const auto geqrf = tgc_lapack<tgc_geqrf_function<T>>(call, tgc_lapack_names<T>::geqrf);
  const auto orgqr = tgc_lapack<tgc_orgqr_function<T>>(call, tgc_lapack_names<T>::orgqr);
  if (geqrf == nullptr || orgqr == nullptr || !tgc_fits_lapack(call, lwork)) return;
  if (!tgc_fits_lapack(call, m)) return;
  const int64_t k = m < n ? m : n;
  const int rows = static_cast<int>(m);
  const int q_width = static_cast<int>(width);
  const int count = static_cast<int>(k);
  const int work_size = static_cast<int>(lwork);
  for (int64_t task = begin; task < end && m > 0; ++task) {
    T* const matrix = columns + task * wide * m;
    tgc_reflections(geqrf, a + task * m * n, matrix, tau + task * k, work + task * lwork, m, n,
                    lwork);
    tgc_upper_triangle(matrix, r + task * width * n, m, n, width);
    int info = 0;
    orgqr(&rows, &q_width, &count, matrix, &rows, tau + task * k, work + task * lwork, &work_size,
          &info);
    tgc_transpose(matrix, q + task * m * width, width, m);
  }
}

// r[min(m, n), n] alone.
template <class T>
TGC_OUTLINE void tgc_qr_triangle(const tgc_kernel_call* call, int64_t begin, int64_t end,
                                 const T* a, T* r, T* columns, T* tau, T* work, int64_t m,
                                 int64_t n, int64_t lwork) {
  const auto geqrf = tgc_lapack<tgc_geqrf_function<T>>(call, tgc_lapack_names<T>::geqrf);
  if (geqrf == nullptr || !tgc_fits_lapack(call, lwork) || !tgc_fits_lapack(call, m)) return;
  const int64_t k = m < n ? m : n;
  for (int64_t task = begin; task < end && k > 0; ++task) {
    T* const matrix = columns + task * n * m;
    tgc_reflections(geqrf, a + task * m * n, matrix, tau + task * k, work + task * lwork, m, n,
                    lwork);
    tgc_upper_triangle(matrix, r + task * k * n, m, n, k);
  }
}

// The reflections themselves: h[n, m], r on and below its diagonal, and tau[min(m, n)].
template <class T>
TGC_OUTLINE void tgc_qr_raw(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a,
                            T* h, T* tau, T* work, int64_t m, int64_t n, int64_t lwork) {
  const auto geqrf = tgc_lapack<tgc_geqrf_function<T>>(call, tgc_lapack_names<T>::geqrf);
  if (geqrf == nullptr || !tgc_fits_lapack(call, lwork) || !tgc_fits_lapack(call, m)) return;
  const int64_t k = m < n ? m : n;
  for (int64_t task = begin; task < end && k > 0; ++task) {
    tgc_reflections(geqrf, a + task * m * n, h + task * n * m, tau + task * k, work + task * lwork,
                    m, n, lwork);
  }
}
