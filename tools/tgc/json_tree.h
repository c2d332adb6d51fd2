// SPDX-License-Identifier: Apache-2.0
// JSON that can be changed: what `tgc reduce` cuts down.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "json/json_value.h"

namespace tgc {

struct JsonTree {
  JsonKind kind = JsonKind::null;
  std::string text;  // of a string its characters, of numbers, booleans and null as written
  std::vector<std::pair<std::string, JsonTree>> children;  // an array's have empty keys

  [[nodiscard]] JsonTree* find(std::string_view key);
  [[nodiscard]] const JsonTree* find(std::string_view key) const;
  void erase(std::string_view key);
};

JsonTree tree_of(JsonValue value);
JsonTree json_text_tree(std::string text);  // a string

// As graph files are laid out: one node, declaration or function a line.
std::string tree_text(const JsonTree& tree);

// Calls f with every string and, below objects, every key.
template <class F>
void for_each_word(const JsonTree& tree, const F& f) {
  if (tree.kind == JsonKind::string) f(tree.text);
  for (const auto& [key, child] : tree.children) {
    if (!key.empty()) f(key);
    for_each_word(child, f);
  }
}

}  // namespace tgc
