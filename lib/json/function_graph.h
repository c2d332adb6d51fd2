// SPDX-License-Identifier: Apache-2.0
// Cuts one function's own Graph out of the Graph that holds all nodes of a file.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graph/model.h"
#include "json/graph_reader.h"
#include "json/model_reader.h"
#include "json/updates_reader.h"

namespace tgc {

struct FunctionInput {
  VariableId variable;
  JsonValue where;
};

// In the function `variable` stands for `replacement`; both agree in dtype, rank and dims that
// are 1.
struct Given {
  VariableId variable;
  VariableId replacement;
  JsonValue where;
};

// All ids are of the file's Graph.
struct FunctionParts {
  std::string name;
  std::string what;  // for messages: "function 'train'"
  JsonValue where;
  std::vector<FunctionInput> inputs;
  std::vector<VariableId> outputs;
  std::vector<std::string> output_names;
  std::vector<SharedUpdate> updates;
  std::vector<Given> givens;
  OnUnusedInput on_unused_input = OnUnusedInput::raise;
};

// Checks that all it needs is among its inputs and all inputs are needed (on_unused_input).
std::optional<Function> make_function(const FunctionParts& parts, GraphReader& whole,
                                      Diagnostics& diagnostics);

}  // namespace tgc
