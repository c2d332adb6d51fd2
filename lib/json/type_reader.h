// SPDX-License-Identifier: Apache-2.0
// Types in the file: {"dtype": "float32", "shape": ["batch", 64]}. dtype may be "floatX".
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "json/dim_text.h"
#include "json/object_reader.h"
#include "json/read_context.h"
#include "json/scope.h"

namespace tgc {

// The bundle format's limit (bundle_abi.h: TGC_MAX_RANK).
constexpr size_t kMaxRank = 16;

std::optional<DType> read_dtype(JsonValue value, const std::string& what, ReadContext& context);

// One dim: an integer (at least `lowest`) or a text that `lookup` resolves.
std::optional<DimExpr> read_dim(JsonValue value, int64_t lowest, const std::string& what,
                                const DimLookup& lookup, Diagnostics& diagnostics);

// Can two shapes be the same in a call? Not when ranks or two integers differ.
bool may_agree(const Shape& a, const Shape& b);

// Members dtype and shape of `object`; the caller finishes it.
std::optional<TensorType> read_type(ObjectReader& object, const DimLookup& lookup,
                                    ReadContext& context);

}  // namespace tgc
