// SPDX-License-Identifier: Apache-2.0
// Generators of random words over a state in memory, with the words of NumPy's: MT19937 (Matsumoto
// and Nishimura 1998) of RandomState, PCG64 (O'Neill 2014: PCG XSL-RR 128/64) of default_rng. One
// text for the interpreter and for host routines, which give it the C library's functions.
#pragma once

// 624 words, the position in them, is a normal sample kept, and that sample's bits, low word first.
struct tgc_mt19937 {
  static constexpr int64_t kWords = 628;
  static constexpr int64_t kTable = 624;
  using word = uint32_t;
  word* state;

  static bool is_valid(const word* state) { return state[kTable] <= kTable; }

  void refill() {
    for (int64_t i = 0; i < kTable; ++i) {
      const uint32_t joined = (state[i] & 0x80000000U) | (state[(i + 1) % kTable] & 0x7fffffffU);
      const uint32_t twist = (joined & 1U) != 0 ? 0x9908b0dfU : 0U;
      state[i] = state[(i + 397) % kTable] ^ (joined >> 1) ^ twist;
    }
    state[kTable] = 0;
  }
  uint32_t next32() {
    if (state[kTable] >= kTable) refill();
    uint32_t y = state[state[kTable]++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680U;
    y ^= (y << 15) & 0xefc60000U;
    return y ^ (y >> 18);
  }
  uint64_t next64() {
    const uint64_t high = next32();
    return high << 32 | next32();
  }
  double unit() {  // 53 bits
    const uint32_t high = next32() >> 5;
    const uint32_t low = next32() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }
};

// The 128-bit state and increment, high words first; is half of a word kept, and that half.
struct tgc_pcg64 {
  static constexpr int64_t kWords = 6;
  using word = uint64_t;
  word* state;

  static bool is_valid(const word* state) {
    return (state[3] & 1) == 1 && state[4] <= 1 && state[5] <= 0xffffffffU;
  }

  uint64_t next64() {
    __extension__ typedef unsigned __int128 wide;
    constexpr wide kMultiplier = (wide{2549297995355413924U} << 64) + 4865540595714422341U;
    const wide increment = (wide{state[2]} << 64) + state[3];
    const wide next = ((wide{state[0]} << 64) + state[1]) * kMultiplier + increment;
    const auto high = static_cast<uint64_t>(next >> 64);
    const auto low = static_cast<uint64_t>(next);
    state[0] = high;
    state[1] = low;
    const uint64_t folded = high ^ low;
    const auto turn = static_cast<unsigned>(high >> 58);
    return folded >> turn | folded << (64 - turn) % 64;
  }
  uint32_t next32() {
    if (state[4] != 0) {
      state[4] = 0;
      return static_cast<uint32_t>(state[5]);
    }
    const uint64_t both = next64();
    state[4] = 1;
    state[5] = both >> 32;
    return static_cast<uint32_t>(both);
  }
  double unit() { return static_cast<double>(next64() >> 11) * (1.0 / 9007199254740992.0); }
};

// The smallest 2^k - 1 that is not below `most`.
TGC_DRAW uint64_t tgc_mask_of(uint64_t most) {
  uint64_t mask = most;
  for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
  return mask;
}

// An integer from 0 to `most`; words above it are thrown away.
template <class G>
TGC_DRAW uint64_t tgc_masked_below(G& bits, uint64_t most) {
  if (most == 0) return 0;
  const uint64_t mask = tgc_mask_of(most);
  uint64_t value = 0;
  do {
    value = most <= 0xffffffffU ? bits.next32() & mask : bits.next64() & mask;
  } while (value > most);
  return value;
}
TGC_DRAW uint64_t tgc_below(tgc_mt19937& bits, uint64_t most) {
  return tgc_masked_below(bits, most);
}
// Generator multiplies (Lemire 2019) and throws away what would make some numbers more likely.
TGC_DRAW uint64_t tgc_below(tgc_pcg64& bits, uint64_t most) {
  if (most == 0) return 0;
  if (most == 0xffffffffU) return bits.next32();
  if (most == ~uint64_t{0}) return bits.next64();
  const uint64_t count = most + 1;
  if (most < 0xffffffffU) {
    uint64_t product = bits.next32() * count;
    if ((product & 0xffffffffU) < count) {
      const uint64_t limit = (0xffffffffU - most) % count;
      while ((product & 0xffffffffU) < limit) product = bits.next32() * count;
    }
    return product >> 32;
  }
  __extension__ typedef unsigned __int128 wide;
  wide product = wide{bits.next64()} * count;
  if (static_cast<uint64_t>(product) < count) {
    const uint64_t limit = (~uint64_t{0} - most) % count;
    while (static_cast<uint64_t>(product) < limit) product = wide{bits.next64()} * count;
  }
  return static_cast<uint64_t>(product >> 64);
}
