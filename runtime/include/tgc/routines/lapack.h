// SPDX-License-Identifier: Apache-2.0
// LAPACK, loaded when a routine first needs it: the library at $TGC_LAPACK, else OpenBLAS, else the
// reference LAPACK. Nothing links against it, so a bundle starts without. Its matrices are
// column-major: what it sees of a row-major matrix is the transpose, which the routines allow for.
#pragma once

#include "../kernel_prelude.h"

extern "C" {
void* dlopen(const char*, int);
void* dlsym(void*, const char*);
char* getenv(const char*);
}

// Codes of bundle_abi.h, which kernels do not include.
enum {
  kTgcSingular = 4,
  kTgcNotPositiveDefinite = 5,
  kTgcConvergence = 6,
  kTgcLibrary = 7,
  kTgcTooLarge = 13,
  kTgcComplex = 14
};

TGC_OUTLINE void* tgc_lapack_library() {
  static void* library = nullptr;
  void* found = __atomic_load_n(&library, __ATOMIC_ACQUIRE);
  if (found != nullptr) return found;
  constexpr int kLazy = 1;
  const char* const path = getenv("TGC_LAPACK");
  if (path != nullptr && path[0] != 0) {
    found = dlopen(path, kLazy);
  } else {
    found = dlopen("libopenblas.so.0", kLazy);
    if (found == nullptr) found = dlopen("liblapack.so.3", kLazy);
  }
  if (found != nullptr) __atomic_store_n(&library, found, __ATOMIC_RELEASE);
  return found;
}

// Looked up at each call, which costs little beside what it finds.
TGC_INLINE void* tgc_lapack_function(const char* name) {
  void* const library = tgc_lapack_library();
  return library != nullptr ? dlsym(library, name) : nullptr;
}

// The first failure of a thread stays.
TGC_INLINE void tgc_fail(const tgc_kernel_call* call, int64_t code, int64_t value) {
  if (call->failure[0] != 0) return;
  call->failure[0] = code;
  call->failure[1] = value;
}

// LAPACK counts in 32 bits; false, after failing, where a size does not fit.
TGC_INLINE bool tgc_fits_lapack(const tgc_kernel_call* call, int64_t size) {
  if (size <= 2147483647) return true;
  tgc_fail(call, kTgcTooLarge, size);
  return false;
}

// Function `name` of LAPACK or BLAS as an F; null, after failing, where there is none.
template <class F>
TGC_INLINE F tgc_lapack(const tgc_kernel_call* call, const char* name) {
  void* const found = tgc_lapack_function(name);
  if (found == nullptr) tgc_fail(call, kTgcLibrary, 0);
  return reinterpret_cast<F>(found);
}

// Fortran's names of the two precisions; the lengths of text arguments follow the arguments.
template <class T>
struct tgc_lapack_names;
#define TGC_LAPACK_NAMES(T, letter)                       \
  template <>                                             \
  struct tgc_lapack_names<T> {                            \
    static constexpr const char* potrf = letter "potrf_"; \
    static constexpr const char* getrf = letter "getrf_"; \
    static constexpr const char* gesv = letter "gesv_";   \
    static constexpr const char* trsm = letter "trsm_";   \
    static constexpr const char* gemm = letter "gemm_";   \
    static constexpr const char* syevd = letter "syevd_"; \
    static constexpr const char* geev = letter "geev_";   \
    static constexpr const char* gesdd = letter "gesdd_"; \
    static constexpr const char* geqrf = letter "geqrf_"; \
    static constexpr const char* orgqr = letter "orgqr_"; \
  }
TGC_LAPACK_NAMES(float, "s");
TGC_LAPACK_NAMES(double, "d");
#undef TGC_LAPACK_NAMES

template <class T>
using tgc_potrf_function = void (*)(const char* uplo, const int* n, T* a, const int* lda, int* info,
                                    uint64_t);
template <class T>
using tgc_getrf_function = void (*)(const int* m, const int* n, T* a, const int* lda, int* pivots,
                                    int* info);
template <class T>
using tgc_gesv_function = void (*)(const int* n, const int* columns, T* a, const int* lda,
                                   int* pivots, T* b, const int* ldb, int* info);
template <class T>
using tgc_trsm_function = void (*)(const char* side, const char* uplo, const char* trans,
                                   const char* diag, const int* m, const int* n, const T* alpha,
                                   const T* a, const int* lda, T* b, const int* ldb, uint64_t,
                                   uint64_t, uint64_t, uint64_t);
template <class T>
using tgc_gemm_function = void (*)(const char* trans_a, const char* trans_b, const int* m,
                                   const int* n, const int* k, const T* alpha, const T* a,
                                   const int* lda, const T* b, const int* ldb, const T* beta, T* c,
                                   const int* ldc, uint64_t, uint64_t);
template <class T>
using tgc_syevd_function = void (*)(const char* job, const char* uplo, const int* n, T* a,
                                    const int* lda, T* w, T* work, const int* lwork, int* iwork,
                                    const int* liwork, int* info, uint64_t, uint64_t);
template <class T>
using tgc_geev_function = void (*)(const char* job_left, const char* job_right, const int* n, T* a,
                                   const int* lda, T* real, T* imaginary, T* left,
                                   const int* ldleft, T* right, const int* ldright, T* work,
                                   const int* lwork, int* info, uint64_t, uint64_t);
template <class T>
using tgc_gesdd_function = void (*)(const char* job, const int* m, const int* n, T* a,
                                    const int* lda, T* s, T* u, const int* ldu, T* vt,
                                    const int* ldvt, T* work, const int* lwork, int* iwork,
                                    int* info, uint64_t);
template <class T>
using tgc_geqrf_function = void (*)(const int* m, const int* n, T* a, const int* lda, T* tau,
                                    T* work, const int* lwork, int* info);
template <class T>
using tgc_orgqr_function = void (*)(const int* m, const int* n, const int* k, T* a, const int* lda,
                                    const T* tau, T* work, const int* lwork, int* info);
