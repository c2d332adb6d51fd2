// SPDX-License-Identifier: Apache-2.0
// A function's "updates": {"w": "w_new"}, one update rule
// {"rule": "sgd", "cost": "loss", "params": ["w", "b"], "learning_rate": 0.1}, or a list of both.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "graph/model.h"
#include "json/graph_reader.h"

namespace tgc {

struct SharedUpdate {
  std::string shared;
  VariableId value;                     // of the file's Graph
  std::vector<DimEquality> equalities;  // its shape is the shared variable's
};

// `reader` sees the function's names; state of rules is declared in `whole` and in the model.
std::optional<std::vector<SharedUpdate>> read_update_list(JsonValue value, const std::string& what,
                                                          GraphReader& reader, GraphReader& whole,
                                                          Model& model);

}  // namespace tgc
