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
enum { kTgcSingular = 4, kTgcNotPositiveDefinite = 5, kTgcConvergence = 6, kTgcLibrary = 7 };

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

// Fortran's names of the two precisions; the lengths of text arguments follow the arguments.
template <class T>
struct tgc_lapack_names;
template <>
struct tgc_lapack_names<float> {
  static constexpr const char* potrf = "spotrf_";
  static constexpr const char* getrf = "sgetrf_";
  static constexpr const char* trsm = "strsm_";
};
template <>
struct tgc_lapack_names<double> {
  static constexpr const char* potrf = "dpotrf_";
  static constexpr const char* getrf = "dgetrf_";
  static constexpr const char* trsm = "dtrsm_";
};

template <class T>
using tgc_potrf_function = void (*)(const char* uplo, const int* n, T* a, const int* lda, int* info,
                                    uint64_t);
template <class T>
using tgc_getrf_function = void (*)(const int* m, const int* n, T* a, const int* lda, int* pivots,
                                    int* info);
template <class T>
using tgc_trsm_function = void (*)(const char* side, const char* uplo, const char* trans,
                                   const char* diag, const int* m, const int* n, const T* alpha,
                                   const T* a, const int* lda, T* b, const int* ldb, uint64_t,
                                   uint64_t, uint64_t, uint64_t);
