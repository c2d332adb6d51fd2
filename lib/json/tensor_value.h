// SPDX-License-Identifier: Apache-2.0
// The "value" of a shared variable or a constant: nested arrays, a file, or an initialiser.
#pragma once
#include <optional>
#include <string>

#include "json/read_context.h"
#include "types/tensor_type.h"

namespace tgc {

// `name` is the default name of the tensor in a file of many; `what` leads messages.
std::optional<Tensor> read_tensor_value(JsonValue value, const TensorType& type,
                                        const std::string& name, const std::string& what,
                                        ReadContext& context);

}  // namespace tgc
