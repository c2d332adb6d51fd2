// SPDX-License-Identifier: Apache-2.0
// Numbers in the file -> Tensors: literals among a node's inputs, typed by Theano's rules, and
// tensors written as nested arrays, whose dtype and shape are declared.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json_value.h"
#include "types/tensor.h"

namespace tgc {

// "nan", "inf", "-inf": how JSON strings write the numbers that JSON has no syntax for.
std::optional<double> non_finite(std::string_view text);

// A literal: integers take the smallest of int8, int16, int32, int64 (else uint64) that holds them;
// floats take floatX, or with floatX=float64 the narrower of float32 and float64 that is exact.
// true and false are bool. nullopt, reported: not a number.
std::optional<Tensor> read_literal(JsonValue value, DType float_x, Diagnostics& diagnostics);

// Nested arrays of exactly the given dims. `what` names the tensor in messages.
std::optional<Tensor> read_inline_tensor(JsonValue value, DType dtype,
                                         const std::vector<int64_t>& dims, const std::string& what,
                                         Diagnostics& diagnostics);

// One number into element `index`; reports values the dtype cannot hold.
bool read_element(JsonValue value, Tensor& tensor, int64_t index, const std::string& what,
                  Diagnostics& diagnostics);

}  // namespace tgc
