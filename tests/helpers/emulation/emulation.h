// SPDX-License-Identifier: Apache-2.0
// Running CUDA kernel texts on the CPU: the interface for tests and for the stand-in driver. A text
// compiled with -DTGC_EMULATION becomes a shared library; this one library (tgc_emulation) owns the
// threads, which are fibers on the calling thread, and the registered buffers. Launches are
// serialised; a launch runs its blocks one after the other.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The order in which the threads of a block, and the blocks, take their turns.
enum tgc_emulated_order {
  TGC_EMULATED_FORWARD = 0,
  TGC_EMULATED_REVERSE = 1,
  TGC_EMULATED_SEEDED = 2,  // shuffled anew in every round
};
struct tgc_emulated_mode {
  enum tgc_emulated_order order;
  uint64_t seed;  // of TGC_EMULATED_SEEDED
};

// What a text defines for each kernel as NAME__emulated.
typedef void (*tgc_emulated_entry)(void** args);
// And as NAME__parameters: one letter a parameter, p for a pointer, else its size as a digit
// ("pp8p").
typedef const char* (*tgc_emulated_parameters)(void);

// Runs a kernel over a grid. args are what cuLaunchKernel takes: one pointer to each parameter's
// value. mode may be NULL (forward). Returns NULL, or a message that names kernel, block and thread
// and says what went wrong; it stays valid until this thread's next launch. After a failure buffers
// hold whatever was written so far.
const char* tgc_emulated_launch(tgc_emulated_entry entry, const unsigned grid[3],
                                const unsigned block[3], size_t shared_bytes, void** args,
                                const struct tgc_emulated_mode* mode);

// The name of the kernel launched last.
const char* tgc_emulated_kernel_name(void);

// Buffers kernels may touch. A pointer parameter of a checked kernel must point into a registered
// buffer and stays within the smallest one that holds it; NULL may be passed, not used.
void tgc_emulated_register_buffer(const void* begin, size_t bytes, const char* name);
void tgc_emulated_unregister_buffer(const void* begin);

#ifdef __cplusplus
}
#endif
