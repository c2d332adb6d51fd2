// SPDX-License-Identifier: Apache-2.0
// The words generated CUDA text is written in, as NVRTC and nvcc understand them: integer types,
// qualifiers, kernels, pointers, shared memory. The emulation has its own version of this file.
#pragma once

// The same underlying types as the system's <stdint.h> on 64-bit Linux, so both may be seen
// together.
typedef signed char int8_t;
typedef signed short int16_t;
typedef signed int int32_t;
typedef signed long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;

#define TGC_DEVICE static __device__ __forceinline__
#define TGC_DEVICE_LOOP static __device__ __noinline__
#define TGC_METHOD __device__ __forceinline__
#define TGC_UNROLL _Pragma("unroll")
#define TGC_UNROLL_4 _Pragma("unroll 4")
#define TGC_NO_UNROLL _Pragma("unroll 1")

#define TGC_KERNEL(name, threads, blocks, params) \
  extern "C" __global__ void __launch_bounds__(threads, blocks) name params
#define TGC_GLOBAL(T) T* __restrict__
#define TGC_POINTER(T) T*
#define TGC_SHARED(T, name, count) __shared__ __align__(16) T name[count]
#define TGC_DYNAMIC_SHARED(T, name)                                         \
  extern __shared__ __align__(16) unsigned char tgc_dynamic_shared_bytes[]; \
  T* const name = reinterpret_cast<T*>(tgc_dynamic_shared_bytes)

// A condition the launch must fulfil: checked when emulated.
#define TGC_REQUIRE(condition) ((void)0)

#include "tgc/cuda/types.h"

// What a pointer points to, without const: tgc_element<const float*> is float.
template <class Pointer>
struct tgc_element_of;
template <class T>
struct tgc_element_of<T*> {
  using type = T;
};
template <class T>
struct tgc_element_of<const T*> {
  using type = T;
};
template <class Pointer>
using tgc_element = typename tgc_element_of<Pointer>::type;

template <class T, class Index>
TGC_DEVICE T* tgc_address(T* pointer, Index index) {
  return pointer + index;
}

// pointer[index … index + Count), global or shared; index is a multiple of Count.
template <int Count, class T, class Index>
TGC_DEVICE tgc_pack<T, Count> tgc_load_pack(const T* pointer, Index index) {
  return *reinterpret_cast<const tgc_pack<T, Count>*>(pointer + index);
}
template <int Count, class T, class Index>
TGC_DEVICE void tgc_store_pack(T* pointer, Index index, const tgc_pack<T, Count>& pack) {
  *reinterpret_cast<tgc_pack<T, Count>*>(pointer + index) = pack;
}
