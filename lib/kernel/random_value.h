// SPDX-License-Identifier: Apache-2.0
// Draws of NumPy's generators on the host, over the text that host routines have too
// (tgc/random). States: uint32[628] of RandomState, uint64[6] of default_rng; see random_state.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types/tensor.h"

namespace tgc {

struct Distribution {
  std::string_view name;  // "normal"
  DType first;            // of the parameters
  DType second;
  DType sample;
};
const std::vector<Distribution>& distributions();
const Distribution* find_distribution(std::string_view name);

// The number of words of a state of this dtype; nullopt: no generator has such words.
std::optional<int64_t> random_state_words(DType dtype);
bool is_random_state(const Tensor& state);

// These advance `state`, a valid one, and fill the last tensor; parameters have one element or one
// a sample (a row). They give the number of the first sample whose parameters are out of range.
std::optional<int64_t> draw_samples(const Distribution& distribution, Tensor& state,
                                    const Tensor& first, const Tensor& second, Tensor& samples);
void draw_orders(Tensor& state, Tensor& orders);
std::optional<int64_t> draw_counts(Tensor& state, const Tensor& n, const Tensor& pvals,
                                   bool shrinks, Tensor& counts);
std::optional<int64_t> draw_distinct(Tensor& state, const Tensor& p, Tensor& chosen);
void draw_positions(Tensor& state, int64_t n, Tensor& chosen);  // different ones below n
std::optional<int64_t> draw_hypergeometric(Tensor& state, const Tensor& good, const Tensor& bad,
                                           const Tensor& sample, Tensor& result);
std::optional<int64_t> draw_dirichlet(Tensor& state, const Tensor& alpha, Tensor& rows);

}  // namespace tgc
