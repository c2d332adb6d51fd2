// SPDX-License-Identifier: Apache-2.0
// The sections of a file that declare names: dims, inputs, shared, constants.
#pragma once
#include <string>
#include <vector>

#include "graph/model.h"
#include "json/object_reader.h"
#include "json/read_context.h"
#include "json/scope.h"

namespace tgc {

// "dims": {"batch": {"min": 1, "max": 4096, "hint": 64}}
void read_dims(JsonValue section, Model& model, Scope& scope, ReadContext& context);

// "inputs": {"x": {"dtype": "float32", "shape": ["batch", 64]}}. Dims not declared are added to the
// model. Integer scalars get their value as a symbol.
void read_inputs(JsonValue section, Model& model, Graph& graph, Scope& scope, ReadContext& context);

// "shared": {"w": {"dtype": …, "shape": [64, 10], "value": …}}
void read_shared(JsonValue section, Model& model, Graph& graph, Scope& scope, ReadContext& context);

// "constants": the same form; their value never changes.
void read_constants(JsonValue section, Graph& graph, Scope& scope, ReadContext& context);

}  // namespace tgc
