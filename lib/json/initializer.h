// SPDX-License-Identifier: Apache-2.0
// Seeded initial values: {"init": "glorot_uniform", "seed": 1}. The numbers are a function of the
// seed, the initialiser and the shape alone, the same on every machine and for ever.
//
// Element i is drawn from stream i of Philox4x32-10 (Salmon et al., "Parallel random numbers: as
// easy as 1, 2, 3", 2011): key = seed (low, high word), counter = (i low, i high, draw, 0). A
// uniform number in [0, 1) is the first two words, 53 bits; a normal one comes from the polar
// method on two uniforms, the next draw where the pair is refused, with a logarithm of our own, so
// that no mathematics library matters. Values are computed in float64 and rounded to the dtype
// once.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/generator_states.h"
#include "types/tensor.h"

namespace tgc {

struct InitParameter {
  std::string_view name;
  std::optional<double> fallback;  // nullopt: must be given, any element of the dtype
};

struct Initializer {
  std::string_view name;
  std::string_view doc;
  bool random = false;  // takes a seed
  size_t min_rank = 0;
  std::vector<InitParameter> parameters;
  // Null: every element is the parameter `value`.
  void (*fill)(Tensor& tensor, uint64_t seed, const std::vector<double>& parameters) = nullptr;
  // Of a random generator's state: what it fits; its parameters are integers below 2^32.
  const GeneratorState* state = nullptr;
};

const std::vector<Initializer>& initializers();
const Initializer* find_initializer(std::string_view name);

// Random numbers of the streams described above; also for tests.
double philox_uniform(uint64_t seed, uint64_t index, uint32_t draw);
double philox_normal(uint64_t seed, uint64_t index);

}  // namespace tgc
