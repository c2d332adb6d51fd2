// SPDX-License-Identifier: Apache-2.0
// Stands for platform.h and instructions.h when a kernel text is compiled as host C++: CUDA's words
// over the fibers of scheduler.h. Pointers and shared memory are checked unless
// TGC_EMULATION_UNCHECKED is defined. Flags: -DTGC_EMULATION=<helpers/emulation/cuda_emulation.h>
// -std=c++20 -fPIC -fwrapv -fno-strict-aliasing -ffp-contract=off, includes tests, runtime/include.
#pragma once

#include <math.h>

#include <bit>
#include <tuple>
#include <utility>

#include "helpers/emulation/checked_memory.h"
#include "helpers/emulation/scheduler.h"

#define __global__
#define __device__
#define __forceinline__ inline
#define threadIdx (tgc::emulated_self->index)
#define blockIdx (tgc::emulated_block_index)
#define blockDim (tgc::emulated_block_dim)
#define gridDim (tgc::emulated_grid_dim)

#define TGC_DEVICE [[maybe_unused, gnu::always_inline]] static inline
#define TGC_DEVICE_LOOP [[maybe_unused]] static
#define TGC_METHOD [[gnu::always_inline]] inline
#define TGC_UNROLL
#define TGC_UNROLL_4
#define TGC_NO_UNROLL
#define TGC_REQUIRE(condition) \
  ((condition) ? (void)0 : tgc::fail_kernel("does not fulfil: " #condition))

#define TGC_KERNEL(name, threads, blocks, params) \
  static void name params;                        \
  extern "C" void name##__emulated(void** args) { \
    tgc::begin_kernel(#name, threads);            \
    tgc_call_kernel(&name, args);                 \
  }                                               \
  extern "C" const char* name##__parameters() {   \
    return tgc_kernel_parameters(&name);          \
  }                                               \
  static void name params

#ifdef TGC_EMULATION_UNCHECKED
#define TGC_GLOBAL(T) T* __restrict__
#define TGC_POINTER(T) T*
#define TGC_SHARED(T, name, count) alignas(16) static T name[count]
#define TGC_DYNAMIC_SHARED(T, name) \
  T* const name = reinterpret_cast<T*>(tgc::dynamic_shared().bytes)
#else
#define TGC_GLOBAL(T) tgc_checked_pointer<T>
#define TGC_POINTER(T) tgc_checked_pointer<T>
#define TGC_SHARED(T, name, count)                                    \
  alignas(16) static unsigned char name##_bytes[(count) * sizeof(T)]; \
  static tgc::SharedWord name##_words[count];                         \
  const tgc_shared_pointer<T> name(reinterpret_cast<T*>(name##_bytes), name##_words, count, #name)
#define TGC_DYNAMIC_SHARED(T, name)                                                   \
  const tgc_shared_pointer<T> name(reinterpret_cast<T*>(tgc::dynamic_shared().bytes), \
                                   tgc::dynamic_shared().words,                       \
                                   int64_t(tgc::dynamic_shared().size / sizeof(T)), #name)
#endif

// Hands a kernel its parameters: numbers as they are, pointers with their buffer.
template <class Parameter>
Parameter tgc_kernel_argument(size_t, void* value, Parameter*) {
  return *static_cast<Parameter*>(value);
}
template <class T>
tgc_checked_pointer<T> tgc_kernel_argument(size_t number, void* value, tgc_checked_pointer<T>*) {
  T* const pointer = *static_cast<T**>(value);
  return {pointer, tgc::buffer_of_parameter(number, pointer)};
}
// One letter a parameter: p for a pointer, else its size as a digit.
template <class Parameter>
constexpr char tgc_parameter_letter(Parameter*) {
  return std::is_pointer_v<Parameter> ? 'p' : static_cast<char>('0' + sizeof(Parameter));
}
template <class T>
constexpr char tgc_parameter_letter(tgc_checked_pointer<T>*) {
  return 'p';
}
template <class... Parameters>
const char* tgc_kernel_parameters(void (*)(Parameters...)) {
  static constexpr char letters[] = {tgc_parameter_letter(static_cast<Parameters*>(nullptr))...,
                                     '\0'};
  return letters;
}
template <class... Parameters>
void tgc_call_kernel(void (*kernel)(Parameters...), void** args) {
  [&]<size_t... kNumbers>(std::index_sequence<kNumbers...>) {
    kernel(tgc_kernel_argument(kNumbers, args[kNumbers], static_cast<Parameters*>(nullptr))...);
  }
  (std::index_sequence_for<Parameters...>());
}

#include "tgc/cuda/types.h"

#include "helpers/emulation/emulated_instructions.h"
#include "helpers/emulation/emulated_memory.h"
#include "helpers/emulation/emulated_numbers.h"

#include "helpers/emulation/emulated_matrix.h"
