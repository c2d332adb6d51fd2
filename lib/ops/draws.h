// SPDX-License-Identifier: Apache-2.0
// What the ops that draw random numbers have in common: each reads the state of a generator, its
// first input, and gives the next state beside the sample.
#pragma once
#include "ops/composition.h"

namespace tgc {

// What the draw of a bad state fails with: TGC_FAIL_RANDOM_STATE of bundle_abi.h.
inline constexpr int kFailRandomState = 15;

// Checks of the first input.
bool check_mrg_state(InferContext& context);
bool check_philox_state(InferContext& context);
bool check_numpy_state(InferContext& context);
// Parameters, from input `first` on, broadcast to the sample's shape and must not enlarge it.
bool check_parameters(InferContext& context, size_t first = 1);

// The failures that runtime and interpreter tell alike.
std::string bad_state_text(int64_t row);
std::string bad_parameter_text(int64_t sample);

// `count` uniform samples k 2^-p, 0 <= k < 2^p, where p is the precision of the dtype: the next
// state and the vector.
std::vector<Node> philox_uniform(const Given& given, const DimExpr& count, DType dtype);

}  // namespace tgc
