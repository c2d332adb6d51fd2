/* SPDX-License-Identifier: Apache-2.0
   tgc runtime: loads a bundle that `tgc compile` wrote and runs its functions. C11.

   Engine: the loaded bundle, immutable, shared by any number of threads.
   State: the values of the shared variables on one device; reference-counted, shared by contexts;
     many calls that only read it, or one that updates it, run at a time (others wait).
   Context: memory and bindings for calls; used by one thread at a time, cheap to make.

   Every function that can fail returns a tgc_status and fills *error when error is not NULL; no
   function throws, prints (except where a flag asks for it) or exits. A pointer parameter may be
   NULL only where that is said. Strings are UTF-8. Sizes are bytes, strides too. */
#ifndef TGC_RUNTIME_H
#define TGC_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#include "tgc/bundle_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TGC_API __attribute__((visibility("default")))
#define TGC_RUNTIME_VERSION 1 /* grows when something is added; nothing is ever removed */

typedef enum tgc_status {
  TGC_OK = 0,
  TGC_ERROR_ARGUMENT = 1, /* an argument of the call does not fit the function or the API */
  TGC_ERROR_BUNDLE = 2,   /* the bundle is damaged, incomplete or of another version */
  TGC_ERROR_ENVIRONMENT =
      3,                /* no such device, driver too old, a library or CPU feature is missing */
  TGC_ERROR_MEMORY = 4, /* out of memory, on the host or the device */
  TGC_ERROR_COMPUTE =
      5,              /* an op failed while running: index out of bounds, …; no update was made */
  TGC_ERROR_FILE = 6, /* a file could not be read or written */
  TGC_ERROR_INTERNAL = 7 /* a bug of tgc */
} tgc_status;

/* Owned by the caller; set size = sizeof(tgc_error) before the first use. */
typedef struct tgc_error {
  size_t size;
  tgc_status status;
  char message[2000];
} tgc_error;

typedef struct tgc_engine tgc_engine;
typedef struct tgc_state tgc_state;
typedef struct tgc_context tgc_context;

/* An array. As an input: data, dtype, rank, dims are read; strides count when has_strides is not 0
   (bytes, any sign), otherwise the array is contiguous row-major. As an output: with data NULL the
   runtime gives memory of the context that lives until the context's next call; with data set, the
   result is written there (capacity bytes, contiguous). rank and dims are always filled in. */
typedef struct tgc_tensor {
  void* data;
  uint32_t dtype; /* TGC_FLOAT32, … of bundle_abi.h */
  uint32_t rank;
  int64_t dims[TGC_MAX_RANK];
  int64_t strides[TGC_MAX_RANK];
  uint32_t has_strides;
  uint32_t reserved;
  size_t capacity;
} tgc_tensor;

/* Zero means "as the configuration says": TGC_FLAGS, then THEANO_FLAGS, then the file that
   TGC_CONFIG names, then the default. Set size = sizeof(tgc_options). */
typedef struct tgc_options {
  size_t size;
  const char* device;    /* "cpu" (default), "cuda", "cuda0", …; NULL: configured */
  int32_t threads;       /* CPU threads of the process's pool; 0: configured, else all cores */
  int32_t check_digests; /* 0: yes; -1: no (the caller vouches for the bundle) */
  double preallocate;    /* GPU memory, Theano's gpuarray.preallocate; NaN or 0: configured */
} tgc_options;

typedef struct tgc_function_info {
  const char* name; /* owned by the engine, as are all texts here */
  uint32_t input_count, output_count, update_count;
} tgc_function_info;

typedef struct tgc_value_info {
  const char* name;
  uint32_t dtype;
  uint32_t rank;
  int64_t dims[TGC_MAX_RANK]; /* -1 where the dim is known only when the function is called */
} tgc_value_info;

TGC_API int tgc_runtime_version(void);
TGC_API const char* tgc_status_text(tgc_status status);

/* Opens a bundle folder. The digests of plan and code are checked before anything runs. */
TGC_API tgc_status tgc_engine_open(const char* path, const tgc_options* options /* or NULL */,
                                   tgc_engine** engine, tgc_error* error);
/* The engine goes when the last state and context made from it are gone too. NULL is ignored. */
TGC_API void tgc_engine_close(tgc_engine* engine);
TGC_API const char* tgc_engine_name(const tgc_engine* engine);
TGC_API const char* tgc_engine_device(const tgc_engine* engine); /* "cpu", "cuda0" */
TGC_API uint32_t tgc_function_count(const tgc_engine* engine);
/* The position of a function, or -1. */
TGC_API int32_t tgc_function_find(const tgc_engine* engine, const char* name);
TGC_API tgc_status tgc_function_describe(const tgc_engine* engine, uint32_t function,
                                         tgc_function_info* info, tgc_error* error);
TGC_API tgc_status tgc_input_describe(const tgc_engine* engine, uint32_t function, uint32_t input,
                                      tgc_value_info* info, tgc_error* error);
TGC_API tgc_status tgc_output_describe(const tgc_engine* engine, uint32_t function, uint32_t output,
                                       tgc_value_info* info, tgc_error* error);
TGC_API uint32_t tgc_shared_count(const tgc_engine* engine);
TGC_API tgc_status tgc_shared_describe(const tgc_engine* engine, uint32_t shared,
                                       tgc_value_info* info, tgc_error* error);

/* A new state with the bundle's initial values (whose checksums are checked). Count is one. */
TGC_API tgc_status tgc_state_new(tgc_engine* engine, tgc_state** state, tgc_error* error);
TGC_API void tgc_state_retain(tgc_state* state);
TGC_API void tgc_state_release(tgc_state* state); /* NULL is ignored */
/* Copies a value out: tensor->data NULL asks for dtype and dims only. */
TGC_API tgc_status tgc_state_get(tgc_state* state, const char* name, tgc_tensor* tensor,
                                 tgc_error* error);
/* dtype and dims must be those of the variable. */
TGC_API tgc_status tgc_state_set(tgc_state* state, const char* name, const tgc_tensor* tensor,
                                 tgc_error* error);
/* Safetensors, all shared variables. Saving replaces the file in one step; loading takes all values
   or, on any error, none. */
TGC_API tgc_status tgc_state_save(tgc_state* state, const char* path, tgc_error* error);
TGC_API tgc_status tgc_state_load(tgc_state* state, const char* path, tgc_error* error);

/* state NULL: a new one of its own. The context holds a reference. */
TGC_API tgc_status tgc_context_new(tgc_engine* engine, tgc_state* state, tgc_context** context,
                                   tgc_error* error);
TGC_API void tgc_context_free(tgc_context* context); /* NULL is ignored */
TGC_API tgc_state* tgc_context_state(tgc_context* context);
/* Gives the context another state of the same engine between calls. */
TGC_API tgc_status tgc_context_set_state(tgc_context* context, tgc_state* state, tgc_error* error);

/* Runs function number `function`. Updates are made only when the call succeeds. After a first call
   with given dims, calls with the same dims allocate nothing. */
TGC_API tgc_status tgc_call(tgc_context* context, uint32_t function, const tgc_tensor* inputs,
                            uint32_t input_count, tgc_tensor* outputs, uint32_t output_count,
                            tgc_error* error);
/* Bytes of working memory a call with these inputs' dims needs (data pointers are not read, except
   of integer inputs that give dims). */
TGC_API tgc_status tgc_memory_need(tgc_context* context, uint32_t function,
                                   const tgc_tensor* inputs, uint32_t input_count, uint64_t* bytes,
                                   tgc_error* error);

/* Will this bundle run here with these options? TGC_OK, or the status and message of the first
   reason why not. All digests are checked, weights included; nothing of the bundle is executed. */
TGC_API tgc_status tgc_bundle_check(const char* path, const tgc_options* options /* or NULL */,
                                    tgc_error* error);

/* What the time of calls went to, on the CPU or the GPU, one line a step, most first;
   NULL-terminated text owned by the context, valid until its next call. Counting starts with the
   first call of this function. */
TGC_API const char* tgc_context_profile(tgc_context* context);

#ifdef __cplusplus
}
#endif
#endif
