// SPDX-License-Identifier: Apache-2.0
// Everything a generated CUDA kernel text may use. The text is handed to NVRTC with this header and
// tgc/cuda/*.h in memory (no system or CUDA header is needed), and the very same bytes are compiled
// as host C++ with TGC_EMULATION naming the header that stands for platform.h and instructions.h.
//
// Conventions of a kernel text (what makes both builds possible):
//  1. It includes "tgc/cuda_prelude.h" and nothing else.
//  2. A kernel is
//       TGC_KERNEL(name, threads, blocks, (TGC_GLOBAL(const float) x, …, int64_t n)) { … }
//     `threads` is the largest block it is launched with, `blocks` how many of its blocks should
//     fit on one multiprocessor (1: no wish). Under NVRTC it is extern "C" __global__ `name`;
//     emulated it is extern "C" void name__emulated(void** args), args as for cuLaunchKernel.
//  3. Parameters are TGC_GLOBAL(T) pointers (no two of which overlap), TGC_POINTER(T) pointers
//     (which may overlap others: in-place kernels) and numbers by value. A struct's pointer member
//     is a TGC_POINTER(T). T is a name without commas, const where the kernel only reads.
//  4. Global and shared elements are used as p[i]; p + i makes a pointer; what takes a pointer is a
//     template over its type. What is read goes into a variable with its type written out, never
//     `auto`; an element's address is never taken. Wider accesses: tgc_load_pack<N>(p, i) and
//     tgc_store_pack(p, i, pack).
//  5. Shared memory is TGC_SHARED(T, name, count) in a function body: flat, 16-byte aligned, not
//     initialised. TGC_DYNAMIC_SHARED(T, name) is the launch's dynamic part.
//  6. Free device functions start with TGC_DEVICE, methods with TGC_METHOD; a lambda may stand in
//     for a functor. A text's own names start with its kernel's name, so that texts may be joined.
//  7. Barriers are __syncthreads() and __syncwarp(), reached by all threads of the block or warp:
//  no
//     thread returns before the last barrier. Blocks are a multiple of 32 threads, in x only,
//     wherever a warp or block function is used.
//  8. threadIdx, blockIdx, blockDim and gridDim are CUDA's. Loops are unrolled with TGC_UNROLL.
//  9. Inline PTX stands only in tgc/cuda/instructions.h; each such wrapper has an emulation twin.
// NVRTC's flags: -std=c++20 -minimal -fmad=false (a fused multiply-add is written tgc_fma).
#pragma once

#ifdef TGC_EMULATION
#include TGC_EMULATION
#else
#include "tgc/cuda/platform.h"

#include "tgc/cuda/instructions.h"
#endif

#include "tgc/cuda/contraction.h"
#include "tgc/cuda/grid.h"
#include "tgc/cuda/math.h"
#include "tgc/cuda/reduce.h"
#include "tgc/cuda/row.h"
#include "tgc/cuda/scalar.h"
#include "tgc/cuda/special.h"
#include "tgc/cuda/tensor_core.h"
