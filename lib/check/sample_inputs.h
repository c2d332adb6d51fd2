// SPDX-License-Identifier: Apache-2.0
// Inputs to check a Graph on: given ones by name, all others drawn at random in sizes that fit.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "graph/model.h"
#include "interp/bindings.h"

namespace tgc {

using NamedTensors = std::map<std::string, Tensor, std::less<>>;

// How random values are drawn. Floats of the first kind are in [0.1, 0.9], so that logarithms and
// roots have a value; of the second normally distributed, signs and shared variables included.
enum class Draw { positive, normal };

// What fits a Graph cannot always be told from it, so there are several tries: sizes that differ,
// sizes that are equal, the same with integers that are not 0, and sizes that fall from one input
// to the next, as of an image and its filters.
inline constexpr int kSampleTries = 4;

struct SampleInputs {
  std::vector<Tensor> values;  // in order of the Graph's inputs
  std::string failure;         // why there are none
};

// Shared variables have their initial values where these are not all zeros or drawn anew. Each dim
// that nothing given determines gets a small size of its own within its bounds; sizes the Graph
// asks to be equal are. The numbers follow from the seed alone.
SampleInputs sample_inputs(const Graph& graph, const Model& model, const NamedTensors& given,
                           Draw draw, uint64_t seed, int attempt = 0);

}  // namespace tgc
