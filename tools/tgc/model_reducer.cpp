// SPDX-License-Identifier: Apache-2.0
// See model_reducer.h.
#include "tgc/model_reducer.h"

#include <algorithm>
#include <set>

#include "json/dim_text.h"

namespace tgc {
namespace {

using Words = std::set<std::string>;

std::vector<std::string> outputs_of(const JsonTree& node) {
  std::vector<std::string> names;
  if (const JsonTree* name = node.find("name")) names.push_back(name->text);
  if (const JsonTree* outputs = node.find("outputs")) {
    for (const auto& [key, output] : outputs->children) names.push_back(output.text);
  }
  return names;
}

void rename(JsonTree& tree, const std::string& from, const std::string& to) {
  if (tree.kind == JsonKind::string && tree.text == from) tree.text = to;
  for (auto& [key, child] : tree.children) rename(child, from, to);
}

void add_words(const JsonTree& tree, Words& words) {
  for_each_word(tree, [&](const std::string& text) {
    words.insert(text);
    for (std::string& part : identifiers_in(text)) words.insert(std::move(part));
  });
}

class Reducer {
 public:
  Reducer(JsonTree tree, const ReducerHooks& hooks) : tree_(std::move(tree)), hooks_(hooks) {}

  JsonTree run() {
    do {
      is_changed_ = false;
      drop_children("functions", 1);
      drop_results();
      cut_depth();
      prune();
      drop_nodes();
      for (const char* section : {"graphs", "shared", "constants", "dims"}) {
        drop_children(section, 0);
      }
      drop_inputs();
      simplify_values();
      drop_attributes();
      shrink_sizes();
    } while (is_changed_);
    return std::move(tree_);
  }

 private:
  bool keep_if_failing(JsonTree candidate) {
    if (!hooks_.fails(candidate)) return false;
    tree_ = std::move(candidate);
    is_changed_ = true;
    return true;
  }

  // Children of a section, each alone, while more than `least` are left.
  void drop_children(const std::string& section, size_t least) {
    for (size_t i = 0; tree_.find(section) != nullptr;) {
      const auto& children = tree_.find(section)->children;
      if (i >= children.size() || children.size() <= least) return;
      JsonTree candidate = tree_;
      auto& rest = candidate.find(section)->children;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      if (rest.empty()) candidate.erase(section);
      if (!keep_if_failing(std::move(candidate))) ++i;
    }
  }

  // Results and updates of each function, one by one.
  void drop_results() {
    for (const char* part : {"outputs", "updates", "givens", "nodes"}) {
      for (size_t f = 0; f < functions().size(); ++f) {
        for (size_t i = 0;;) {
          const JsonTree* list = functions()[f].second.find(part);
          if (list == nullptr || i >= list->children.size()) break;
          JsonTree candidate = tree_;
          JsonTree& function = candidate.find("functions")->children[f].second;
          auto& rest = function.find(part)->children;
          rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
          if (rest.empty() && part != std::string("outputs")) function.erase(part);
          if (!keep_if_failing(std::move(candidate))) ++i;
        }
      }
    }
  }

  [[nodiscard]] const std::vector<std::pair<std::string, JsonTree>>& functions() const {
    static const std::vector<std::pair<std::string, JsonTree>> kNone;
    const JsonTree* section = tree_.find("functions");
    return section != nullptr ? section->children : kNone;
  }

  // A value further up in the place of all results and updates of a function: the first that fails.
  void cut_depth() {
    constexpr size_t kMostTried = 32;  // of large graphs some, evenly spread
    for (size_t f = 0; f < functions().size(); ++f) {
      const JsonTree* nodes = tree_.find("nodes");
      const size_t count = nodes != nullptr ? nodes->children.size() : 0;
      const size_t tried = std::min(count, kMostTried);
      for (size_t i = 0; i < tried; ++i) {
        const auto names = outputs_of(nodes->children[i * count / tried].second);
        if (!names.empty() && make_only_result(f, names[0])) break;
      }
    }
  }

  bool make_only_result(size_t f, const std::string& name) {
    JsonTree candidate = tree_;
    JsonTree& function = candidate.find("functions")->children[f].second;
    JsonTree* outputs = function.find("outputs");
    if (outputs == nullptr) return false;
    outputs->kind = JsonKind::array;
    outputs->children = {{"", json_text_tree(name)}};
    function.erase("updates");
    remove_unused(candidate);
    if (tree_text(candidate).size() >= tree_text(tree_).size()) return false;
    return keep_pruned(std::move(candidate));
  }

  // Nodes of which nobody uses a result.
  static bool remove_unused(JsonTree& tree) {
    bool is_smaller = false;
    for (bool again = true; again;) {
      again = false;
      JsonTree* nodes = tree.find("nodes");
      if (nodes == nullptr) break;
      for (size_t i = nodes->children.size(); i-- > 0;) {
        JsonTree rest = tree;
        auto& others = rest.find("nodes")->children;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
        Words words;
        add_words(rest, words);
        const auto names = outputs_of(nodes->children[i].second);
        const JsonTree* size = nodes->children[i].second.find("size");
        const bool is_used = std::any_of(names.begin(), names.end(),
                                         [&](const auto& name) { return words.contains(name); }) ||
                             (size != nullptr && words.contains(size->text));
        if (is_used) continue;
        nodes->children.erase(nodes->children.begin() + static_cast<std::ptrdiff_t>(i));
        again = is_smaller = true;
      }
    }
    return is_smaller;
  }

  // Inputs that nothing but the functions' lists of inputs names.
  static bool remove_unused_inputs(JsonTree& tree) {
    JsonTree* inputs = tree.find("inputs");
    JsonTree* functions = tree.find("functions");
    if (inputs == nullptr || functions == nullptr) return false;
    JsonTree rest = tree;
    for (auto& [name, function] : rest.find("functions")->children) function.erase("inputs");
    for (auto& [name, declaration] : rest.find("inputs")->children) name = "-";
    Words words;
    add_words(rest, words);
    const size_t before = inputs->children.size();
    std::erase_if(inputs->children,
                  [&](const auto& input) { return !words.contains(input.first); });
    for (auto& [name, function] : functions->children) {
      JsonTree* arguments = function.find("inputs");
      if (arguments == nullptr) continue;
      std::erase_if(arguments->children,
                    [&](const auto& each) { return !words.contains(each.second.text); });
    }
    return inputs->children.size() < before;
  }

  // With and without the inputs that nothing needs any more: a check may name them.
  bool keep_pruned(JsonTree candidate) {
    remove_unused(candidate);
    JsonTree smaller = candidate;
    if (remove_unused_inputs(smaller) && keep_if_failing(std::move(smaller))) return true;
    return keep_if_failing(std::move(candidate));
  }

  void prune() {
    JsonTree candidate = tree_;
    if (remove_unused(candidate)) keep_if_failing(std::move(candidate));
  }

  void drop_nodes() {
    const JsonTree* nodes = tree_.find("nodes");
    for (size_t i = nodes != nullptr ? nodes->children.size() : 0; i-- > 0;) {
      nodes = tree_.find("nodes");
      if (nodes == nullptr || i >= nodes->children.size()) continue;
      if (!bypass(i)) make_inputs(i);
      prune();
    }
  }

  [[nodiscard]] JsonTree without_node(size_t i) const {
    JsonTree candidate = tree_;
    auto& nodes = candidate.find("nodes")->children;
    nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(i));
    return candidate;
  }

  // One of its inputs in the place of a node's only result.
  bool bypass(size_t i) {
    const JsonTree node = tree_.find("nodes")->children[i].second;
    const auto names = outputs_of(node);
    const JsonTree* inputs = node.find("inputs");
    if (names.size() != 1 || inputs == nullptr) return false;
    for (const auto& [key, input] : inputs->children) {
      if (input.kind != JsonKind::string) continue;
      JsonTree candidate = without_node(i);
      rename(candidate, names[0], input.text);
      if (keep_pruned(std::move(candidate))) return true;
    }
    return false;
  }

  // Inputs in the place of a node's results.
  bool make_inputs(size_t i) {
    const NodeTypes types = hooks_.types(tree_);
    JsonTree candidate = without_node(i);
    JsonTree* inputs = candidate.find("inputs");
    JsonTree* functions = candidate.find("functions");
    if (inputs == nullptr || functions == nullptr) return false;
    for (const std::string& name : outputs_of(tree_.find("nodes")->children[i].second)) {
      const auto type = types.find(name);
      if (type == types.end()) return false;
      inputs->children.emplace_back(name, type->second);
      for (auto& [function, body] : functions->children) {
        if (JsonTree* arguments = body.find("inputs")) {
          arguments->children.emplace_back("", json_text_tree(name));
        }
      }
    }
    return keep_pruned(std::move(candidate));
  }

  void drop_inputs() {
    const JsonTree* inputs = tree_.find("inputs");
    for (size_t i = inputs != nullptr ? inputs->children.size() : 0; i-- > 0;) {
      JsonTree candidate = tree_;
      auto& rest = candidate.find("inputs")->children;
      const std::string name = rest[i].first;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      if (JsonTree* all = candidate.find("functions")) {
        for (auto& [function, body] : all->children) {
          JsonTree* arguments = body.find("inputs");
          if (arguments == nullptr) continue;
          std::erase_if(arguments->children,
                        [&](const auto& argument) { return argument.second.text == name; });
        }
      }
      keep_if_failing(std::move(candidate));
    }
  }

  void simplify_values() {
    for (const char* section : {"shared", "constants"}) {
      const JsonTree* all = tree_.find(section);
      for (size_t i = 0; all != nullptr && i < all->children.size(); ++i) {
        JsonTree candidate = tree_;
        JsonTree* value = candidate.find(section)->children[i].second.find("value");
        if (value == nullptr || value->kind == JsonKind::number) continue;
        JsonTree zeros;
        zeros.kind = JsonKind::object;
        zeros.children = {{"init", json_text_tree("zeros")}};
        if (tree_text(*value) == tree_text(zeros)) continue;
        *value = zeros;
        keep_if_failing(std::move(candidate));
        all = tree_.find(section);
      }
    }
  }

  // What a node says beyond its op, inputs and names.
  void drop_attributes() {
    const Words kept = {"op", "inputs", "name", "outputs"};
    const JsonTree* nodes = tree_.find("nodes");
    for (size_t i = 0; nodes != nullptr && i < nodes->children.size(); ++i) {
      Words keys;
      for (const auto& [key, child] : nodes->children[i].second.children) keys.insert(key);
      for (const std::string& key : keys) {
        if (kept.contains(key)) continue;
        JsonTree candidate = tree_;
        candidate.find("nodes")->children[i].second.erase(key);
        keep_if_failing(std::move(candidate));
      }
      nodes = tree_.find("nodes");
    }
  }

  static void collect_numbers(const JsonTree& tree, Words& numbers) {
    if (tree.kind == JsonKind::number) numbers.insert(tree.text);
    for (const auto& [key, child] : tree.children) collect_numbers(child, numbers);
  }
  static void replace_number(JsonTree& tree, const std::string& from, const std::string& to) {
    if (tree.kind == JsonKind::number && tree.text == from) tree.text = to;
    for (auto& [key, child] : tree.children) replace_number(child, from, to);
  }

  // A size everywhere at once, since sizes must fit one another.
  void shrink_sizes() {
    Words numbers;
    for (const char* section : {"inputs", "shared", "constants"}) {
      if (const JsonTree* all = tree_.find(section)) collect_numbers(*all, numbers);
    }
    for (const std::string& number : numbers) {
      const bool is_size = number.find_first_not_of("0123456789") == std::string::npos &&
                           (number.size() > 1 || number > "3");
      if (!is_size) continue;
      for (const char* small : {"2", "3"}) {
        JsonTree candidate = tree_;
        replace_number(candidate, number, small);
        if (keep_if_failing(std::move(candidate))) break;
      }
    }
  }

  JsonTree tree_;
  const ReducerHooks& hooks_;
  bool is_changed_ = false;
};

}  // namespace

JsonTree reduced(JsonTree tree, const ReducerHooks& hooks) {
  return Reducer(std::move(tree), hooks).run();
}

}  // namespace tgc
