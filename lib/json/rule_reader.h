// SPDX-License-Identifier: Apache-2.0
// An update rule in a function's "updates":
// {"rule": "momentum", "cost": "loss", "params": ["w", "b"], "learning_rate": 0.1, "momentum":
// 0.9}. "grads": [names] may stand in place of "cost"; "consider_constant" as in a grad node. The
// rule's numbers may be names of scalars. State is shared variables "w.momentum"; functions that
// use one rule for one parameter share it.
#pragma once
#include <optional>
#include <vector>

#include "graph/model.h"
#include "graph/update_rules.h"
#include "json/graph_reader.h"

namespace tgc {

std::optional<std::vector<RuleUpdate>> read_rule(JsonValue value, const std::string& what,
                                                 GraphReader& reader, GraphReader& whole,
                                                 Model& model);

}  // namespace tgc
