// SPDX-License-Identifier: Apache-2.0
// The only file with inline PTX: one wrapper an instruction, named in the PTX ISA manual's words in
// its comment. tests/helpers/emulation/emulated_instructions.h has a twin of each.
#pragma once

// cvt.f32.f16, cvt.rn.f16.f32, cvt.rn.f16.f64: round to nearest even, overflow to infinity.
TGC_DEVICE float tgc_half_to_float(tgc_half x) {
  float result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(x.bits));
  return result;
}
TGC_DEVICE tgc_half tgc_float_to_half(float x) {
  tgc_half result;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result.bits) : "f"(x));
  return result;
}
TGC_DEVICE tgc_half tgc_double_to_half(double x) {
  tgc_half result;
  asm("cvt.rn.f16.f64 %0, %1;" : "=h"(result.bits) : "d"(x));
  return result;
}

// max.NaN.f32, min.NaN.f32 (sm_80): NaN if either is NaN.
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
TGC_DEVICE float tgc_maximum(float a, float b) {
  float result;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
TGC_DEVICE float tgc_minimum(float a, float b) {
  float result;
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
  return result;
}
#else
TGC_DEVICE float tgc_maximum(float a, float b) {
  return a >= b || a != a ? a : b;
}
TGC_DEVICE float tgc_minimum(float a, float b) {
  return a <= b || a != a ? a : b;
}
#endif

// atom.cas: if *address holds expected's bits it becomes desired and the answer is true; otherwise
// expected becomes what it holds. One byte is done on the aligned word around it.
template <class T>
TGC_DEVICE bool tgc_compare_and_swap(T* address, T& expected, T desired) {
  if constexpr (sizeof(T) == 8) {
    const auto old = __builtin_bit_cast(unsigned long long, expected);
    const auto found = atomicCAS(reinterpret_cast<unsigned long long*>(address), old,
                                 __builtin_bit_cast(unsigned long long, desired));
    expected = __builtin_bit_cast(T, found);
    return found == old;
  } else if constexpr (sizeof(T) == 4) {
    const auto old = __builtin_bit_cast(unsigned, expected);
    const auto found =
        atomicCAS(reinterpret_cast<unsigned*>(address), old, __builtin_bit_cast(unsigned, desired));
    expected = __builtin_bit_cast(T, found);
    return found == old;
  } else if constexpr (sizeof(T) == 2) {
    const auto old = __builtin_bit_cast(unsigned short, expected);
    const auto found = atomicCAS(reinterpret_cast<unsigned short*>(address), old,
                                 __builtin_bit_cast(unsigned short, desired));
    expected = __builtin_bit_cast(T, found);
    return found == old;
  } else {
    const auto place = reinterpret_cast<unsigned long>(address);
    const unsigned shift = unsigned(place % 4) * 8;
    unsigned* const word = reinterpret_cast<unsigned*>(place - place % 4);
    const unsigned rest = *word & ~(0xffu << shift);
    const unsigned old = unsigned(__builtin_bit_cast(unsigned char, expected)) << shift;
    const unsigned wanted = unsigned(__builtin_bit_cast(unsigned char, desired)) << shift;
    const unsigned found = atomicCAS(word, rest | old, rest | wanted);
    expected = __builtin_bit_cast(T, static_cast<unsigned char>(found >> shift));
    return found == (rest | old);
  }
}

// cvt.rna.tf32.f32 (sm_80): the nearest tf32 (10 bits of mantissa, ties away from zero) in a
// float's upper bits. Before sm_80 there is no tf32: a kernel that asks for it stops at
// tgc_mma_tf32.
TGC_DEVICE uint32_t tgc_float_to_tf32(float x) {
  uint32_t result = 0;
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(result) : "f"(x));
#endif
  return result;
}

// mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32: c += a·b, one 16x8 tile by the warp. With
// g = lane / 4 and t = lane % 4 a lane holds, as pairs of float16 (lower k in the lower half),
//   a[0] = A(g, 2t)      a[1] = A(g + 8, 2t)      a[2] = A(g, 2t + 8)   a[3] = A(g + 8, 2t + 8)
//   b[0] = B(2t, g)      b[1] = B(2t + 8, g)      (pairs run along k)
//   c[0] = C(g, 2t)      c[1] = C(g, 2t + 1)      c[2] = C(g + 8, 2t)   c[3] = C(g + 8, 2t + 1)
// sm_75 has the k = 8 half of it, used twice.
TGC_DEVICE void tgc_mma_f16(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 "
      "{%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};\n\t"
      "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 "
      "{%0,%1,%2,%3}, {%7,%8}, {%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(b[0]), "r"(a[2]), "r"(a[3]), "r"(b[1]));
#else
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

// mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 (sm_80): the same tile with one tf32 a
// register,
//   a[0] = A(g, t)   a[1] = A(g + 8, t)   a[2] = A(g, t + 4)   a[3] = A(g + 8, t + 4)
//   b[0] = B(t, g)   b[1] = B(t + 4, g)   c as for float16.
TGC_DEVICE void tgc_mma_tf32(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
  asm volatile("trap;");
#else
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

template <class T>
TGC_DEVICE uint32_t tgc_shared_address(const T* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

// ldmatrix.sync.aligned.m8n8.x4.shared.b16: four 8x8 matrices of 16-bit elements from shared
// memory. Lane l names row l % 8 of matrix l / 8 (16 bytes, aligned) by shared[index …]; it
// receives in result[i] the pair of row lane / 4, columns 2 (lane % 4) and the next, of matrix i.
// Transposed
// (.trans), the pair of column lane / 4, rows 2 (lane % 4) and the next.
template <class T, class Index>
TGC_DEVICE void tgc_load_matrix(uint32_t (&result)[4], const T* shared, Index index) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(result[0]), "=r"(result[1]), "=r"(result[2]), "=r"(result[3])
               : "r"(tgc_shared_address(shared + index))
               : "memory");
}
template <class T, class Index>
TGC_DEVICE void tgc_load_matrix_transposed(uint32_t (&result)[4], const T* shared, Index index) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(result[0]), "=r"(result[1]), "=r"(result[2]), "=r"(result[3])
               : "r"(tgc_shared_address(shared + index))
               : "memory");
}

// cp.async.cg.shared.global (sm_80): starts copying 16 aligned bytes from global[from] to
// shared[to]; where `valid` is false it writes zeros and reads nothing. Before sm_80 it copies at
// once.
template <class T, class To, class From>
TGC_DEVICE void tgc_copy_async(T* shared, To to, const T* global, From from, bool valid) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               :
               : "r"(tgc_shared_address(shared + to)), "l"(global + from), "r"(valid ? 16 : 0)
               : "memory");
#else
  constexpr int kCount = 16 / sizeof(T);
  tgc_pack<T, kCount> pack = {};
  if (valid) pack = tgc_load_pack<kCount>(global, from);
  tgc_store_pack(shared, to, pack);
#endif
}
// cp.async.commit_group: the copies started so far make a group.
TGC_DEVICE void tgc_copy_async_commit() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;" : : : "memory");
#endif
}
// cp.async.wait_group: all but this thread's last Pending groups have arrived.
template <int Pending>
TGC_DEVICE void tgc_copy_async_wait() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" : : "n"(Pending) : "memory");
#endif
}
