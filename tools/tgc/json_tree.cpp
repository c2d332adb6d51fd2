// SPDX-License-Identifier: Apache-2.0
// See json_tree.h.
#include "tgc/json_tree.h"

#include <algorithm>

#include "json/json_writer.h"

namespace tgc {
namespace {

void write(JsonWriter& json, const JsonTree& tree, int level) {
  constexpr int kLineLevel = 2;  // the file, a section, what stands in it
  const auto layout = level < kLineLevel ? JsonWriter::Layout::block : JsonWriter::Layout::line;
  switch (tree.kind) {
    case JsonKind::string:
      json.value(tree.text);
      return;
    case JsonKind::array:
      json.begin_array(layout);
      for (const auto& [key, child] : tree.children) write(json, child, level + 1);
      json.end_array();
      return;
    case JsonKind::object:
      json.begin_object(layout);
      for (const auto& [key, child] : tree.children) {
        json.key(key);
        write(json, child, level + 1);
      }
      json.end_object();
      return;
    default:
      json.raw(tree.text);
  }
}

}  // namespace

JsonTree* JsonTree::find(std::string_view key) {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const auto& child) { return child.first == key; });
  return found == children.end() ? nullptr : &found->second;
}

const JsonTree* JsonTree::find(std::string_view key) const {
  return const_cast<JsonTree*>(this)->find(key);  // NOLINT: which changes nothing
}

void JsonTree::erase(std::string_view key) {
  std::erase_if(children, [&](const auto& child) { return child.first == key; });
}

JsonTree tree_of(JsonValue value) {
  JsonTree tree;
  tree.kind = value.kind();
  if (value.is_array() || value.is_object()) {
    for (const JsonValue child : value.elements()) {
      tree.children.emplace_back(value.is_object() ? child.key() : "", tree_of(child));
    }
  } else {
    tree.text = value.is_string() ? value.string() : std::string(value.source());
  }
  return tree;
}

JsonTree json_text_tree(std::string text) {
  JsonTree tree;
  tree.kind = JsonKind::string;
  tree.text = std::move(text);
  return tree;
}

std::string tree_text(const JsonTree& tree) {
  JsonWriter json;
  write(json, tree, 0);
  return json.take();
}

}  // namespace tgc
