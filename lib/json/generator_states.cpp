// SPDX-License-Identifier: Apache-2.0
// See generator_states.h.
#include "json/generator_states.h"

#include <algorithm>
#include <array>

namespace tgc {

// All six numbers of MRG31k3p are the seed, so it is below the smaller modulus and not 0.
const GeneratorState kMrgState{DType::int32, 6, true, 1, 2147462578};
const GeneratorState kRandomState{DType::uint32, 628, false, 0, 4294967295};
const GeneratorState kDefaultRng{DType::uint64, 6, false, 0, ~uint64_t{0}};
const GeneratorState kPhiloxState{DType::uint32, 6, false, 0, ~uint64_t{0}};

bool GeneratorState::fits(DType given, const std::vector<int64_t>& dims) const {
  const size_t rank = has_rows ? 2 : 1;
  return given == dtype && dims.size() == rank && dims.back() == words && dims[0] > 0;
}

namespace {

// ---- MRG31k3p: a step is a product by a matrix, many steps are one by its power

using Matrix = std::array<std::array<uint64_t, 3>, 3>;
using Half = std::array<uint64_t, 3>;

Matrix product(const Matrix& a, const Matrix& b, uint64_t modulus) {
  Matrix result{};
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 3; ++j) {
      for (size_t k = 0; k < 3; ++k) result[i][j] = (result[i][j] + a[i][k] * b[k][j]) % modulus;
    }
  }
  return result;
}

// times steps of 2^log_steps
Half advanced(const Half& x, Matrix step, uint64_t modulus, int log_steps, uint64_t times) {
  for (int i = 0; i < log_steps; ++i) step = product(step, step, modulus);
  Half result = x;
  for (; times > 0; times >>= 1) {
    if ((times & 1) != 0) {
      const Half before = result;
      for (size_t i = 0; i < 3; ++i) {
        result[i] = 0;
        for (size_t k = 0; k < 3; ++k) {
          result[i] = (result[i] + step[i][k] * before[k]) % modulus;
        }
      }
    }
    step = product(step, step, modulus);
  }
  return result;
}

constexpr uint64_t kModulus1 = 2147483647;
constexpr uint64_t kModulus2 = 2147462579;
constexpr Matrix kStep1{{{0, 1 << 22, 129}, {1, 0, 0}, {0, 1, 0}}};
constexpr Matrix kStep2{{{1 << 15, 0, 32769}, {1, 0, 0}, {0, 1, 0}}};

// ---- NumPy's SeedSequence (after O'Neill's seed_seq_fe) for a seed of at most 64 bits

class Hash {
 public:
  Hash(uint32_t start, uint32_t factor) : constant_(start), factor_(factor) {}
  uint32_t operator()(uint32_t value) {
    value ^= constant_;
    constant_ *= factor_;
    value *= constant_;
    return value ^ (value >> 16);
  }

 private:
  uint32_t constant_;
  uint32_t factor_;
};

uint32_t mixed(uint32_t x, uint32_t y) {
  const uint32_t result = 0xca01f9ddU * x - 0x4973f715U * y;
  return result ^ (result >> 16);
}

std::array<uint64_t, 4> seed_words(uint64_t seed) {
  Hash in(0x43b0d7e5U, 0x931e8875U);
  std::array<uint32_t, 4> pool{};
  for (size_t i = 0; i < 4; ++i) {
    pool[i] = in(i < 2 ? static_cast<uint32_t>(seed >> (32 * i)) : 0);
  }
  for (size_t from = 0; from < 4; ++from) {
    for (size_t to = 0; to < 4; ++to) {
      if (from != to) pool[to] = mixed(pool[to], in(pool[from]));
    }
  }
  Hash out(0x8b51f9ddU, 0x58f38dedU);
  std::array<uint64_t, 4> words{};
  for (size_t i = 0; i < 8; ++i) words[i / 2] |= uint64_t{out(pool[i % 4])} << (32 * (i % 2));
  return words;
}

// A number of two words, the high one first.
__extension__ typedef unsigned __int128 Wide;
Wide wide(uint64_t high, uint64_t low) {
  return (Wide{high} << 64) + low;
}

}  // namespace

// Calls are 2^134 steps apart, the rows of one 2^72.
void fill_mrg(Tensor& state, uint64_t seed, uint64_t stream) {
  Half first = advanced({seed, seed, seed}, kStep1, kModulus1, 134, stream);
  Half second = advanced({seed, seed, seed}, kStep2, kModulus2, 134, stream);
  Matrix step1 = kStep1;
  Matrix step2 = kStep2;
  for (int i = 0; i < 72; ++i) {
    step1 = product(step1, step1, kModulus1);
    step2 = product(step2, step2, kModulus2);
  }
  auto* const words = state.data<int32_t>();
  for (int64_t row = 0; row < state.dims()[0]; ++row) {
    for (size_t i = 0; i < 3; ++i) {
      words[row * 6 + static_cast<int64_t>(i)] = static_cast<int32_t>(first[i]);
      words[row * 6 + static_cast<int64_t>(i) + 3] = static_cast<int32_t>(second[i]);
    }
    first = advanced(first, step1, kModulus1, 0, 1);
    second = advanced(second, step2, kModulus2, 0, 1);
  }
}

// Knuth's linear recurrence (The Art of Computer Programming, vol. 2), then the position at the
// end.
void fill_random_state(Tensor& state, uint64_t seed) {
  auto* const words = state.data<uint32_t>();
  words[0] = static_cast<uint32_t>(seed);
  for (uint32_t i = 1; i < 624; ++i) {
    words[i] = 1812433253U * (words[i - 1] ^ (words[i - 1] >> 30)) + i;
  }
  words[624] = 624;
  std::fill(words + 625, words + 628, 0U);
}

// PCG64: an odd increment, then two steps, between which the initial number is added.
void fill_default_rng(Tensor& state, uint64_t seed) {
  const std::array<uint64_t, 4> words = seed_words(seed);
  const Wide multiplier = wide(2549297995355413924U, 4865540595714422341U);
  const Wide increment = (wide(words[2], words[3]) << 1) | 1;
  const Wide number = (increment + wide(words[0], words[1])) * multiplier + increment;
  auto* const to = state.data<uint64_t>();
  to[0] = static_cast<uint64_t>(number >> 64);
  to[1] = static_cast<uint64_t>(number);
  to[2] = static_cast<uint64_t>(increment >> 64);
  to[3] = static_cast<uint64_t>(increment);
  to[4] = to[5] = 0;
}

void fill_philox(Tensor& state, uint64_t seed) {
  auto* const words = state.data<uint32_t>();
  std::fill(words, words + 4, 0U);
  words[4] = static_cast<uint32_t>(seed);
  words[5] = static_cast<uint32_t>(seed >> 32);
}

}  // namespace tgc
