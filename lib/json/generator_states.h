// SPDX-License-Identifier: Apache-2.0
// States of random generators made from a seed, as their own libraries make them: Theano's
// MRG_RandomStreams(seed), NumPy's RandomState(seed) and default_rng(seed), and Philox with the
// seed as its key. Initialisers (initializer.h) give them to JSON.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "types/tensor.h"

namespace tgc {

struct GeneratorState {
  DType dtype;
  int64_t words;  // the last dim
  bool has_rows;  // a row a stream, one at least
  uint64_t least_seed;
  uint64_t most_seed;

  [[nodiscard]] bool fits(DType given, const std::vector<int64_t>& dims) const;
};

extern const GeneratorState kMrgState;
extern const GeneratorState kRandomState;
extern const GeneratorState kDefaultRng;
extern const GeneratorState kPhiloxState;

// The seed is in the state's range; `stream`: how many calls of the MRG_RandomStreams came before.
void fill_mrg(Tensor& state, uint64_t seed, uint64_t stream);
void fill_random_state(Tensor& state, uint64_t seed);
void fill_default_rng(Tensor& state, uint64_t seed);
void fill_philox(Tensor& state, uint64_t seed);

}  // namespace tgc
