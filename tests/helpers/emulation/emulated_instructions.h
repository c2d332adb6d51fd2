// SPDX-License-Identifier: Apache-2.0
// Twins of CUDA's intrinsics and of the PTX wrappers in tgc/cuda/instructions.h. A warp instruction
// gathers every lane's operands and computes all results at once.
#pragma once

// Barriers and votes.
inline void __syncthreads(const tgc::Place& place = tgc::Place::here()) {
  tgc::wait_for_block(false, place);
}
inline int __syncthreads_count(int predicate, const tgc::Place& place = tgc::Place::here()) {
  return static_cast<int>(tgc::wait_for_block(predicate != 0, place));
}
inline int __syncthreads_or(int predicate, const tgc::Place& place = tgc::Place::here()) {
  return tgc::wait_for_block(predicate != 0, place) != 0;
}
inline int __syncthreads_and(int predicate, const tgc::Place& place = tgc::Place::here()) {
  return tgc::wait_for_block(predicate == 0, place) == 0;
}
inline void __syncwarp(uint32_t mask = 0xffffffffu, const tgc::Place& place = tgc::Place::here()) {
  tgc::wait_for_warp(mask, place);
}
inline unsigned __ballot_sync(uint32_t mask, int predicate,
                              const tgc::Place& place = tgc::Place::here()) {
  struct Lane {
    bool predicate;
    unsigned ballot;
  } self{predicate != 0, 0};
  tgc::meet_warp(
      mask,
      [](void* const(&lanes)[32], uint32_t present) {
        unsigned ballot = 0;
        for (unsigned i = 0; i < 32; ++i) {
          if ((present >> i & 1) != 0 && static_cast<Lane*>(lanes[i])->predicate) ballot |= 1u << i;
        }
        for (unsigned i = 0; i < 32; ++i) {
          if ((present >> i & 1) != 0) static_cast<Lane*>(lanes[i])->ballot = ballot;
        }
      },
      &self, place);
  return self.ballot;
}
inline int __any_sync(uint32_t mask, int predicate, const tgc::Place& place = tgc::Place::here()) {
  return __ballot_sync(mask, predicate, place) != 0;
}
inline int __all_sync(uint32_t mask, int predicate, const tgc::Place& place = tgc::Place::here()) {
  return __ballot_sync(mask, predicate, place) == mask;
}

// shfl.sync: each lane hands in a value and names a lane to read. Reading from a lane outside the
// mask is undefined on the device and an error here.
template <class T>
T tgc_exchange(uint32_t mask, T value, unsigned source, const tgc::Place& place) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  struct Lane {
    T value;
    unsigned source;
    T result;
  } self{value, source, value};
  tgc::meet_warp(
      mask,
      [](void* const(&lanes)[32], uint32_t present) {
        for (unsigned i = 0; i < 32; ++i) {
          if ((present >> i & 1) == 0) continue;
          auto& lane = *static_cast<Lane*>(lanes[i]);
          if ((present >> lane.source & 1) == 0) {
            tgc::fail_kernel("shuffles with lane " + std::to_string(lane.source) +
                             ", which the mask does not name");
          }
          lane.result = static_cast<Lane*>(lanes[lane.source])->value;
        }
      },
      &self, place);
  return self.result;
}
template <class T>
T __shfl_sync(uint32_t mask, T value, int source, int width = 32,
              const tgc::Place& place = tgc::Place::here()) {
  const unsigned lane = tgc::emulated_self->lane();
  const auto group = static_cast<unsigned>(width);
  return tgc_exchange(mask, value, lane - lane % group + static_cast<unsigned>(source) % group,
                      place);
}
template <class T>
T __shfl_xor_sync(uint32_t mask, T value, int lanes, int width = 32,
                  const tgc::Place& place = tgc::Place::here()) {
  const unsigned lane = tgc::emulated_self->lane();
  const auto group = static_cast<unsigned>(width);
  const unsigned source = lane ^ static_cast<unsigned>(lanes);
  // A lane of a later group is not reached: the own value comes back.
  return tgc_exchange(mask, value, source / group > lane / group ? lane : source, place);
}
template <class T>
T __shfl_up_sync(uint32_t mask, T value, unsigned delta, int width = 32,
                 const tgc::Place& place = tgc::Place::here()) {
  const unsigned lane = tgc::emulated_self->lane();
  const bool inside = lane % static_cast<unsigned>(width) >= delta;
  return tgc_exchange(mask, value, inside ? lane - delta : lane, place);
}
template <class T>
T __shfl_down_sync(uint32_t mask, T value, unsigned delta, int width = 32,
                   const tgc::Place& place = tgc::Place::here()) {
  const unsigned lane = tgc::emulated_self->lane();
  const auto group = static_cast<unsigned>(width);
  return tgc_exchange(mask, value, lane % group + delta < group ? lane + delta : lane, place);
}

// Atomics: fibers are never interrupted.
template <class T>
T atomicAdd(T* address, T value) {
  const T old = *address;
  *address = old + value;
  return old;
}
template <class T>
bool tgc_compare_and_swap(T* address, T& expected, T desired) {
  const bool same = std::memcmp(address, &expected, sizeof(T)) == 0;
  if (same) {
    *address = desired;
  } else {
    expected = *address;
  }
  return same;
}
inline void __threadfence() {}
inline void __threadfence_block() {}

inline float __int_as_float(int bits) {
  return std::bit_cast<float>(bits);
}
inline int __float_as_int(float value) {
  return std::bit_cast<int>(value);
}
inline double __longlong_as_double(long long bits) {
  return std::bit_cast<double>(bits);
}
inline long long __double_as_longlong(double value) {
  return std::bit_cast<long long>(value);
}
