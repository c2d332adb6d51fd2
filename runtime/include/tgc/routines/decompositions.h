// SPDX-License-Identifier: Apache-2.0
// Eigenvalues, singular values and QR of stacks of row-major matrices. Each task is a matrix. It is
// transposed into LAPACK's order, so that vectors have the signs that NumPy's have.
#pragma once

#include "lapack.h"

// to[columns, rows] = the transpose of from[rows, columns], block by block.
template <class T>
TGC_OUTLINE void tgc_transpose(const T* from, T* to, int64_t rows, int64_t columns) {
  constexpr int64_t kSide = 16;
  for (int64_t top = 0; top < rows; top += kSide) {
    const int64_t bottom = top + kSide < rows ? top + kSide : rows;
    for (int64_t left = 0; left < columns; left += kSide) {
      const int64_t right = left + kSide < columns ? left + kSide : columns;
      for (int64_t i = top; i < bottom; ++i) {
        for (int64_t j = left; j < right; ++j) to[j * rows + i] = from[i * columns + j];
      }
    }
  }
}

template <class T>
TGC_INLINE void tgc_set_identity(T* to, int64_t n) {
  for (int64_t i = 0; i < n * n; ++i) to[i] = i % (n + 1) == 0;
}

// w[n] and the columns of v[n, n] of symmetric a[n, n], which is read from one triangle; of w alone
// where v is null.
template <class T>
TGC_OUTLINE void tgc_symmetric_eigen(const tgc_kernel_call* call, int64_t begin, int64_t end,
                                     const T* a, T* w, T* v, T* columns, T* work, int* iwork,
                                     int64_t n, int64_t lower, int64_t lwork, int64_t liwork) {
  const auto syevd = tgc_lapack<tgc_syevd_function<T>>(call, tgc_lapack_names<T>::syevd);
  if (syevd == nullptr || !tgc_fits_lapack(call, lwork)) return;
  const int size = static_cast<int>(n);
  const int work_size = static_cast<int>(lwork);
  const int iwork_size = static_cast<int>(liwork);
  for (int64_t task = begin; task < end && n > 0; ++task) {
    T* const matrix = columns + task * n * n;
    tgc_transpose(a + task * n * n, matrix, n, n);
    int info = 0;
    syevd(v != nullptr ? "V" : "N", lower != 0 ? "L" : "U", &size, matrix, &size, w + task * n,
          work + task * lwork, &work_size, iwork + task * liwork, &iwork_size, &info, 1, 1);
    if (info != 0) return tgc_fail(call, kTgcConvergence, task);
    if (v != nullptr) tgc_transpose(matrix, v + task * n * n, n, n);
  }
}

template <class T>
TGC_INLINE void tgc_eigh(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a, T* w,
                         T* v, T* columns, T* work, int* iwork, int64_t n, int64_t lower,
                         int64_t lwork, int64_t liwork) {
  tgc_symmetric_eigen(call, begin, end, a, w, v, columns, work, iwork, n, lower, lwork, liwork);
}

template <class T>
TGC_INLINE void tgc_eigvalsh(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a,
                             T* w, T* columns, T* work, int* iwork, int64_t n, int64_t lower,
                             int64_t lwork, int64_t liwork) {
  tgc_symmetric_eigen(call, begin, end, a, w, static_cast<T*>(nullptr), columns, work, iwork, n,
                      lower, lwork, liwork);
}

// w[n] and the columns of v[n, n] of any a[n, n] whose eigenvalues are real.
template <class T>
TGC_OUTLINE void tgc_eig(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a, T* w,
                         T* v, T* columns, T* vectors, T* imaginary, T* work, int64_t n,
                         int64_t lwork) {
  const auto geev = tgc_lapack<tgc_geev_function<T>>(call, tgc_lapack_names<T>::geev);
  if (geev == nullptr || !tgc_fits_lapack(call, lwork)) return;
  const int size = static_cast<int>(n);
  const int one = 1;
  const int work_size = static_cast<int>(lwork);
  for (int64_t task = begin; task < end && n > 0; ++task) {
    T* const matrix = columns + task * n * n;
    T* const right = vectors + task * n * n;
    T* const rest = imaginary + task * n;
    tgc_transpose(a + task * n * n, matrix, n, n);
    int info = 0;
    geev("N", "V", &size, matrix, &size, w + task * n, rest, right, &one, right, &size,
         work + task * lwork, &work_size, &info, 1, 1);
    if (info != 0) return tgc_fail(call, kTgcConvergence, task);
    for (int64_t i = 0; i < n; ++i) {
      if (rest[i] != 0) return tgc_fail(call, kTgcComplex, task);
    }
    tgc_transpose(right, v + task * n * n, n, n);
  }
}

// What an SVD of a[m, n] works in: column-major, `left` columns of u and `right` rows of vt.
template <class T>
struct tgc_svd_memory {
  T* columns;
  T* s;
  T* u;
  T* vt;
  T* work;
  int* iwork;
};

// job: A, all vectors, S, min(m, n) of them, or N, none. False after failing.
template <class T>
TGC_OUTLINE bool tgc_gesdd(const tgc_kernel_call* call, tgc_gesdd_function<T> gesdd,
                           const char* job, int64_t task, const T* a,
                           const tgc_svd_memory<T>& memory, int64_t m, int64_t n, int64_t lwork) {
  const int rows = static_cast<int>(m);
  const int columns = static_cast<int>(n);
  const int right = job[0] == 'A' || m > n ? columns : rows;
  const int work_size = static_cast<int>(lwork);
  tgc_transpose(a, memory.columns, m, n);
  int info = 0;
  gesdd(job, &rows, &columns, memory.columns, &rows, memory.s, memory.u, &rows, memory.vt, &right,
        memory.work, &work_size, memory.iwork, &info, 1);
  if (info != 0) tgc_fail(call, kTgcConvergence, task);
  return info == 0;
}

// u[m, left], s[k] and vt[right, n] of a[m, n] = u s vt; left = right = k, or m and n.
template <class T>
TGC_OUTLINE void tgc_svd(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a, T* u,
                         T* s, T* vt, T* columns, T* u_columns, T* vt_columns, T* work, int* iwork,
                         int64_t m, int64_t n, int64_t left, int64_t right, int64_t lwork) {
  const auto gesdd = tgc_lapack<tgc_gesdd_function<T>>(call, tgc_lapack_names<T>::gesdd);
  if (gesdd == nullptr || !tgc_fits_lapack(call, lwork)) return;
  const int64_t k = m < n ? m : n;
  const bool is_full = left == m && right == n;
  for (int64_t task = begin; task < end; ++task) {
    if (k == 0) {
      tgc_set_identity(u + task * left * left, left);
      tgc_set_identity(vt + task * right * right, right);
      continue;
    }
    const tgc_svd_memory<T> memory = {columns + task * m * n,      s + task * k,
                                      u_columns + task * m * left, vt_columns + task * right * n,
                                      work + task * lwork,         iwork + task * 8 * k};
    if (!tgc_gesdd(call, gesdd, is_full ? "A" : "S", task, a + task * m * n, memory, m, n, lwork)) {
      return;
    }
    tgc_transpose(memory.u, u + task * m * left, left, m);
    tgc_transpose(memory.vt, vt + task * right * n, n, right);
  }
}

template <class T>
TGC_OUTLINE void tgc_singular_values(const tgc_kernel_call* call, int64_t begin, int64_t end,
                                     const T* a, T* s, T* columns, T* work, int* iwork, int64_t m,
                                     int64_t n, int64_t lwork) {
  const auto gesdd = tgc_lapack<tgc_gesdd_function<T>>(call, tgc_lapack_names<T>::gesdd);
  if (gesdd == nullptr || !tgc_fits_lapack(call, lwork)) return;
  const int64_t k = m < n ? m : n;
  for (int64_t task = begin; task < end && k > 0; ++task) {
    const tgc_svd_memory<T> memory = {columns + task * m * n, s + task * k,        nullptr, nullptr,
                                      work + task * lwork,    iwork + task * 8 * k};
    if (!tgc_gesdd(call, gesdd, "N", task, a + task * m * n, memory, m, n, lwork)) return;
  }
}

// p[n, m] = v s^-1 u^T, where singular values up to rcond times the largest count as 0. What LAPACK
// sees of p is its transpose, u s^-1 vt.
template <class T>
TGC_OUTLINE void tgc_pinv(const tgc_kernel_call* call, int64_t begin, int64_t end, const T* a,
                          const T* rcond, T* p, T* columns, T* s, T* u, T* vt, T* work, int* iwork,
                          int64_t m, int64_t n, int64_t lwork) {
  const auto gesdd = tgc_lapack<tgc_gesdd_function<T>>(call, tgc_lapack_names<T>::gesdd);
  const auto gemm = tgc_lapack<tgc_gemm_function<T>>(call, tgc_lapack_names<T>::gemm);
  if (gesdd == nullptr || gemm == nullptr || !tgc_fits_lapack(call, lwork)) return;
  const int64_t k = m < n ? m : n;
  const int rows = static_cast<int>(m);
  const int width = static_cast<int>(n);
  const int inner = static_cast<int>(k);
  const T one = 1;
  const T zero = 0;
  for (int64_t task = begin; task < end && k > 0; ++task) {
    const tgc_svd_memory<T> memory = {columns + task * m * n, s + task * k,
                                      u + task * m * k,       vt + task * k * n,
                                      work + task * lwork,    iwork + task * 8 * k};
    if (!tgc_gesdd(call, gesdd, "S", task, a + task * m * n, memory, m, n, lwork)) return;
    const T cutoff = rcond[0] * memory.s[0];
    for (int64_t j = 0; j < k; ++j) {
      const T scale = memory.s[j] > cutoff ? 1 / memory.s[j] : T(0);
      for (int64_t i = 0; i < m; ++i) memory.u[j * m + i] *= scale;
    }
    gemm("N", "N", &rows, &width, &inner, &one, memory.u, &rows, memory.vt, &inner, &zero,
         p + task * n * m, &rows, 1, 1);
  }
}
