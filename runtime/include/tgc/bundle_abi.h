// SPDX-License-Identifier: Apache-2.0
// The contract between the compiler, the code it generates and the runtime: the plan file's layout
// and the table of CPU kernels. C11. All integers little-endian. Version it when a byte changes.
//
// A plan file is: tgc_plan_header, then tables and blobs at the offsets the header and the programs
// name (each aligned to 64 bytes), then 32 bytes of SHA-256 over everything before. A reader must
// check that every offset, count and index stays inside the file and its table.
#ifndef TGC_BUNDLE_ABI_H
#define TGC_BUNDLE_ABI_H

#ifdef __cplusplus
typedef decltype(sizeof(0)) tgc_size;
extern "C" {
#endif

typedef __UINT8_TYPE__ tgc_u8;
typedef __UINT32_TYPE__ tgc_u32;
typedef __UINT64_TYPE__ tgc_u64;
typedef __INT64_TYPE__ tgc_i64;

#define TGC_PLAN_MAGIC "TGCPLAN" /* with its final zero: 8 bytes */
#define TGC_PLAN_VERSION 3u
#define TGC_CODE_VERSION 1u
#define TGC_NONE 0xffffffffu /* "no such index" in every u32 index field */
#define TGC_MAX_RANK 16u

/* Element types: the values of lib/types/dtype.h. */
enum {
  TGC_BOOL = 0,
  TGC_INT8 = 1,
  TGC_INT16 = 2,
  TGC_INT32 = 3,
  TGC_INT64 = 4,
  TGC_UINT8 = 5,
  TGC_UINT16 = 6,
  TGC_UINT32 = 7,
  TGC_UINT64 = 8,
  TGC_FLOAT16 = 9,
  TGC_FLOAT32 = 10,
  TGC_FLOAT64 = 11,
  TGC_COMPLEX64 = 12, /* two float32: real, imaginary */
  TGC_COMPLEX128 = 13 /* two float64 */
};

/* ---- CPU code: libNAME.so exports one tgc_cpu_table named tgc_code_NAME ---- */

/* Codes a kernel reports through tgc_kernel_call::failure (0: none). */
enum {
  TGC_FAIL_NONE = 0,
  TGC_FAIL_INDEX = 1,    /* value: the index that is out of bounds */
  TGC_FAIL_DIVISION = 2, /* integer division or modulo by zero */
  TGC_FAIL_ASSERT = 3,
  TGC_FAIL_SINGULAR = 4,              /* value: the number of the matrix in its batch */
  TGC_FAIL_NOT_POSITIVE_DEFINITE = 5, /* likewise */
  TGC_FAIL_CONVERGENCE = 6,           /* likewise: an iteration of LAPACK did not converge */
  TGC_FAIL_LIBRARY = 7,               /* a library it needs is not there */
  TGC_FAIL_STEPS = 8,                 /* value: the limit of steps that a loop has reached */
  TGC_FAIL_ARGUMENT = 9,              /* value: what is out of its range */
  TGC_FAIL_NAN = 10,                  /* value: the position of the element, in C order */
  TGC_FAIL_INF = 11,                  /* likewise */
  TGC_FAIL_BIG = 12,                  /* likewise: its magnitude is above 1e10 */
  TGC_FAIL_TOO_LARGE = 13,            /* value: a size that a library of 32 bits cannot count */
  TGC_FAIL_COMPLEX = 14,              /* value: the matrix whose eigenvalues are not real */
  TGC_FAIL_RANDOM_STATE = 15,         /* value: the row of the state */
  TGC_FAIL_PARAMETER = 16             /* value: the number of the sample in its tensor */
};

typedef struct tgc_kernel_call {
  void* const* buffers; /* one per kernel param, in order; never overlap unless planned */
  const tgc_i64* dims;  /* one per kernel dim, in order */
  void* scratch;        /* scratch_bytes of the variant, 64-byte aligned, of this thread alone */
  tgc_i64* failure;     /* {code, value}: the first failing iteration of a thread stores both */
} tgc_kernel_call;

/* Runs tasks begin <= t < end of the step's task count. */
typedef void (*tgc_cpu_kernel)(const tgc_kernel_call* call, tgc_i64 begin, tgc_i64 end);

/* Instruction set levels a code table may hold, best last. */
enum { TGC_LEVEL_X86_64_V3 = 3, TGC_LEVEL_X86_64_V4 = 4, TGC_LEVEL_CUSTOM = 64 };

typedef struct tgc_cpu_level {
  tgc_u32 level;
  tgc_u32 reserved;
  const char* features;          /* TGC_LEVEL_CUSTOM: GCC feature names, comma-separated */
  const tgc_cpu_kernel* kernels; /* kernel_count entries */
} tgc_cpu_level;

typedef struct tgc_cpu_table {
  tgc_u32 version; /* TGC_CODE_VERSION */
  tgc_u32 kernel_count;
  tgc_u32 level_count;
  tgc_u32 reserved;
  const tgc_cpu_level* levels;
} tgc_cpu_table;

/* ---- the plan file ---- */

typedef struct tgc_plan_span {
  tgc_u64 offset;
  tgc_u64 count;
} tgc_plan_span; /* bytes from file start */
typedef struct tgc_plan_text {
  tgc_u32 offset;
  tgc_u32 length;
} tgc_plan_text; /* into header.texts */

typedef struct tgc_plan_header {
  char magic[8];
  tgc_u32 version;
  tgc_u32 header_bytes;
  tgc_u64 file_bytes;       /* with the final hash */
  tgc_u8 code_sha256[32];   /* of libNAME.so; zeros: no CPU code */
  tgc_u8 fatbin_sha256[32]; /* of NAME.fatbin; zeros: none */
  tgc_plan_text name;
  tgc_u32 minimum_driver; /* CUDA driver, e.g. 13000; 0 without CUDA */
  tgc_u32 reserved;
  tgc_plan_span texts;       /* bytes */
  tgc_plan_span shared;      /* tgc_plan_shared */
  tgc_plan_span constants;   /* tgc_plan_constant */
  tgc_plan_span programs;    /* tgc_plan_program */
  tgc_plan_span gpu_kernels; /* tgc_plan_gpu_kernel */
  tgc_plan_span integers;    /* i64: dims of shared variables and constants */
} tgc_plan_header;

typedef struct tgc_plan_shared {
  tgc_plan_text name;
  tgc_u32 dtype;
  tgc_u32 rank;
  tgc_u64 dims;           /* first of `rank` entries in header.integers */
  tgc_u64 weights_offset; /* bytes from the start of weights.safetensors */
  tgc_u64 bytes;
  tgc_u64 checksum; /* XXH3-64 of the bytes */
} tgc_plan_shared;

typedef struct tgc_plan_constant { /* large constants; scalars are literals in the code */
  tgc_u32 dtype;
  tgc_u32 rank;
  tgc_u64 dims;
  tgc_u64 offset; /* bytes from the start of the plan file */
  tgc_u64 bytes;
} tgc_plan_constant;

/* NAME.fatbin is one fatbin after the other, each loaded as a module of its own. */
typedef struct tgc_plan_gpu_kernel {
  tgc_plan_text name; /* the entry in its module */
  tgc_u64 offset;     /* of its fatbin in the file; a multiple of 8 */
  tgc_u64 bytes;
} tgc_plan_gpu_kernel;

enum { TGC_PLACE_HOST = 0, TGC_PLACE_CUDA = 1 };

/* One function on one kind of device. A bundle holds one program per function and kind. */
typedef struct tgc_plan_program {
  tgc_plan_text function;
  tgc_u32 place; /* TGC_PLACE_…: the kind it is for */
  tgc_u32 reserved;
  tgc_plan_span symbols;    /* tgc_plan_symbol */
  tgc_plan_span exprs;      /* tgc_plan_expr, evaluated in order once per bind */
  tgc_plan_span equalities; /* tgc_plan_equality */
  tgc_plan_span inputs;     /* tgc_plan_value */
  tgc_plan_span outputs;    /* tgc_plan_value */
  tgc_plan_span updates;    /* tgc_plan_update */
  tgc_plan_span buffers;    /* tgc_plan_buffer */
  tgc_plan_span steps;      /* tgc_plan_step, run in order */
  tgc_plan_span variants;   /* tgc_plan_variant */
  tgc_plan_span pool;       /* u32: lists of buffer and expr numbers */
} tgc_plan_program;

/* A symbol gets its value from the first input dim whose expr is that bare symbol, or, when
   value_input is set, from element value_element of that integer input, or when it is measured from
   a step. */
typedef struct tgc_plan_symbol {
  tgc_plan_text name;
  tgc_i64 lower; /* inclusive bounds, checked at bind */
  tgc_i64 upper;
  tgc_u32 value_input;
  tgc_u32 value_element;
  tgc_u32 is_measured;
  tgc_u32 reserved;
} tgc_plan_symbol;

enum {
  TGC_EXPR_CONSTANT = 0, /* value */
  TGC_EXPR_SYMBOL = 1,   /* left: symbol number */
  TGC_EXPR_ADD = 2,
  TGC_EXPR_MUL = 3,
  TGC_EXPR_FLOOR_DIV = 4,
  TGC_EXPR_MOD = 5,
  TGC_EXPR_MIN = 6,
  TGC_EXPR_MAX = 7
};
typedef struct tgc_plan_expr { /* operands have smaller numbers; overflow fails the bind */
  tgc_u32 op;
  tgc_u32 left;
  tgc_u32 right;
  tgc_u32 reserved;
  tgc_i64 value;
} tgc_plan_expr;

typedef struct tgc_plan_equality {
  tgc_u32 left;
  tgc_u32 right;
  tgc_plan_text message;
} tgc_plan_equality;

typedef struct tgc_plan_value { /* an argument or a result */
  tgc_plan_text name;
  tgc_u32 dtype;
  tgc_u32 rank;
  tgc_u32 dims; /* first of `rank` expr numbers in the pool */
  tgc_u32 buffer;
} tgc_plan_value;

/* How a new value of a shared variable gets into the state when the call has succeeded:
   buffer kind SHARED_NEXT: the state swaps its two memories; otherwise it was written in place. */
typedef struct tgc_plan_update {
  tgc_u32 shared;
  tgc_u32 buffer;
} tgc_plan_update;

enum {
  TGC_BUFFER_INPUT = 0,       /* index: input number; contiguous, aligned for its dtype */
  TGC_BUFFER_OUTPUT = 1,      /* index: output number */
  TGC_BUFFER_SHARED = 2,      /* index: shared variable, its current value */
  TGC_BUFFER_SHARED_NEXT = 3, /* index: shared variable, the value after the call */
  TGC_BUFFER_CONSTANT = 4,    /* index: constant */
  TGC_BUFFER_ARENA = 5,       /* lives from step `first` to step `last` */
  TGC_BUFFER_VIEW = 6         /* index: buffer it lies in; see offset, stride, loop */
};
typedef struct tgc_plan_buffer {
  tgc_u32 kind;
  tgc_u32 place; /* TGC_PLACE_… of its memory */
  tgc_u32 dtype;
  tgc_u32 index;
  tgc_u32 bytes;  /* expr */
  tgc_u32 offset; /* view: expr, bytes into the base */
  tgc_u32 stride; /* view in a loop: expr, bytes per place it goes; else TGC_NONE */
  tgc_u32 loop;   /* step number of that loop; else TGC_NONE */
  tgc_u32 ring;   /* in iteration t it has gone t + phase places, */
  tgc_u32 phase;  /*   with a ring above 0 (t + phase) % ring */
  tgc_u32 first;  /* arena: steps that need it, inclusive; inside a loop the */
  tgc_u32 last;   /*        compiler widens them to the whole loop where needed */
  tgc_plan_text name;
} tgc_plan_buffer;

enum {
  TGC_STEP_KERNEL = 0,
  TGC_STEP_COPY = 1, /* args: source, destination; bytes: source's; any places */
  TGC_STEP_LOOP = 2, /* runs steps [body, body_end) count times; the next step is body_end */
  TGC_STEP_BRANCH =
      3, /* args[0]: bool, host; true runs [body, body_mid), false [body_mid, body_end) */
  TGC_STEP_MEASURE = 4 /* args[0]: int64, host; `symbol` has this value from here on */
};
enum {
  TGC_STEP_FALLIBLE = 1,
  TGC_STEP_WRITES_STATE = 2,
  TGC_STEP_MUST_END = 4 /* a loop that fails when it has done all its steps */
};
typedef struct tgc_plan_step {
  tgc_u32 kind;
  tgc_u32 place; /* where it runs */
  tgc_u32 flags;
  tgc_u32 args; /* first of arg_count buffer numbers in the pool */
  tgc_u32 arg_count;
  tgc_u32 dims; /* first of dim_count expr numbers in the pool */
  tgc_u32 dim_count;
  tgc_u32 variants; /* kernel: first of variant_count; the first whose predicate holds */
  tgc_u32 variant_count;
  tgc_u32 count; /* loop: expr */
  tgc_u32 body, body_mid, body_end;
  tgc_u32 symbol;     /* measure; a loop that ends after a step that sets args[0] (bool, host): the
                         number of its steps; else TGC_NONE */
  tgc_plan_text node; /* the user's node(s), for errors and profiles */
} tgc_plan_step;

typedef struct tgc_plan_variant {
  tgc_u32 predicate; /* expr, holds when not 0; TGC_NONE: always */
  tgc_u32 kernel;    /* host: number in the code table; CUDA: in gpu_kernels */
  tgc_u32 tasks;     /* host: expr, number of tasks */
  tgc_u32 scratch;   /* host: bytes per thread; CUDA: dynamic shared bytes */
  tgc_u32 grid[3];   /* CUDA: exprs */
  tgc_u32 block[3];  /* CUDA: threads */
  tgc_u32 grain;     /* host: tasks that are worth a thread at least */
  tgc_u32 reserved;
} tgc_plan_variant;

#ifdef __cplusplus
}
#endif
#endif
