// SPDX-License-Identifier: Apache-2.0
// Cuts a graph file down while it keeps failing: functions, results, updates and nodes go, nodes
// become inputs, values become zeros, sizes two.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "tgc/json_tree.h"

namespace tgc {

// Type of each node's outputs by name, as an input would be declared: {"dtype": …, "shape": […]}.
using NodeTypes = std::map<std::string, JsonTree>;

struct ReducerHooks {
  std::function<bool(const JsonTree&)> fails;       // does the file still fail?
  std::function<NodeTypes(const JsonTree&)> types;  // none where they cannot be told
};

// `tree` fails. The result does too, and no single cut of those tried makes it smaller.
JsonTree reduced(JsonTree tree, const ReducerHooks& hooks);

}  // namespace tgc
