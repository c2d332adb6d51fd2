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

// The dtype of a sample, floatX or int64 when absent.
bool check_sample_dtype(InferContext& context, bool wants_float);

// `sample` of `shape` and the dtype of the distribution, of parameters that broadcast to it;
// `state` is the one after it.
struct Drawn {
  Node state;
  Node sample;
};
Drawn drawn(const Node& state, std::string_view distribution, const std::vector<Node>& parameters,
            const Shape& shape);
// Input `input` as the dtype, or the number where it is absent.
Node parameter_or(const Given& given, size_t input, DType dtype, double fallback);

// For ops whose draws are routines: makes the outputs and gives the state to advance; null, with a
// failure, where the state is none.
Tensor* begin_draw(EvalContext& context);
// A routine of draw.h: its inputs, then state and sample, then temporaries.
void add_draw_routine(LowerContext& context, std::string_view name, std::vector<OperandRef> inputs,
                      const std::vector<OperandRef>& temporaries, std::vector<DimExpr> dims);

// The attribute shape, [] when absent.
bool check_shape(InferContext& context);
// Input `input`, without its last `core` axes, broadcasts to the attribute shape.
bool check_rows(InferContext& context, size_t input, size_t core);

// The failures that runtime and interpreter tell alike.
std::string bad_state_text(int64_t row);
std::string bad_parameter_text(int64_t sample);

// `count` uniform samples k 2^-p, 0 <= k < 2^p, where p is the precision of the dtype: the next
// state and the vector.
std::vector<Node> philox_uniform(const Given& given, const DimExpr& count, DType dtype);

}  // namespace tgc
