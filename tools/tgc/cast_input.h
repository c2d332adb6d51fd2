// SPDX-License-Identifier: Apache-2.0
// Turning what a user's file holds into the dtype an input has, by Theano's rule: nothing is lost
// silently.
#pragma once
#include <optional>
#include <string>

#include "types/tensor.h"

namespace tgc {

// Can every value of `from` be held by `to` exactly?
bool is_exact_cast(DType from, DType to);

// The value as `wanted`: unchanged, by an exact cast, or between integers when all elements fit.
// Anything else only with `allow_downcast` (Theano's allow_input_downcast), converted as C does.
// Nothing and a reason in `error` otherwise.
std::optional<Tensor> cast_input(const Tensor& value, DType wanted, bool allow_downcast,
                                 std::string& error);

}  // namespace tgc
