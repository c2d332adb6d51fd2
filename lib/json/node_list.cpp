// SPDX-License-Identifier: Apache-2.0
// See node_list.h.
#include "json/node_list.h"

#include <algorithm>
#include <map>
#include <utility>

#include "json/dim_text.h"
#include "json/legacy_ops.h"
#include "json/object_reader.h"
#include "support/text.h"

namespace tgc {
namespace {

std::vector<std::string> op_names(const OpRegistry& ops) {
  std::vector<std::string> names;
  for (const NodeFormDef& form : node_forms()) names.emplace_back(form.name);
  for (const OpDef* op : ops.all()) {
    if (op->is_internal) continue;
    names.emplace_back(op->name);
    names.insert(names.end(), op->aliases.begin(), op->aliases.end());
  }
  return names;
}

// Sets form and op; false, reported, when there is no such op.
bool find_op(NodeSyntax& node, JsonValue op, ReadContext& context) {
  const std::string& name = op.string();
  if (const NodeFormDef* form = find_node_form(name)) {
    node.form = form->form;
    return true;
  }
  node.op = context.ops.find(name);
  if (node.op != nullptr && !node.op->is_internal) return true;
  node.op = nullptr;
  if (const LegacyOp legacy = find_legacy_op(name); legacy.found) {
    context.diagnostics.error("legacy-op", "op '" + name + "' " + legacy.explanation, op.location())
        .hint = legacy.hint;
    return false;
  }
  const std::string foreign = foreign_op(name);
  const std::string near = suggestion(name, op_names(context.ops), "");
  const bool is_known = !foreign.empty() && context.ops.find(foreign) != nullptr;
  context.diagnostics.error("unknown-op", "unknown op '" + name + "'", op.location()).hint =
      is_known       ? "the op is called '" + foreign + "' here"
      : near.empty() ? "`tgc ops` lists all; they are named as Theano's functions"
                     : near;
  return false;
}

// The names under "name" or "outputs".
bool read_output_names(NodeSyntax& node, ObjectReader& object, ReadContext& context) {
  const auto name = object.optional("name", JsonKind::string);
  const auto outputs = object.optional("outputs", JsonKind::array);
  if (name && outputs) {
    context.diagnostics
        .error("bad-outputs", node.what + ": has both 'name' and 'outputs'", outputs->location())
        .hint = "'name' is short for one output";
    return false;
  }
  if (name) node.outputs.push_back(*name);
  if (outputs) {
    for (const JsonValue output : outputs->elements()) {
      if (!expect_kind(output, JsonKind::string, node.what + ": an output", context.diagnostics)) {
        return false;
      }
      node.outputs.push_back(output);
    }
  }
  if (!node.outputs.empty() || !object.ok()) return object.ok();
  context.diagnostics
      .error("bad-outputs", node.what + ": its output has no name", node.where.location())
      .hint = "add \"name\", or \"outputs\" where there are several";
  return false;
}

std::string node_label(JsonValue where) {
  const auto quoted = [](JsonValue name) { return "node '" + name.string() + "'"; };
  if (const auto name = where.find("name"); name && name->is_string()) return quoted(*name);
  if (const auto list = where.find("outputs"); list && list->is_array() && list->size() > 0) {
    if (const JsonValue first = list->elements()[0]; first.is_string()) return quoted(first);
  }
  const auto op = where.find("op");
  return op && op->is_string() ? "a node '" + op->string() + "'" : "a node";
}

NodeSyntax read_node_head(JsonValue value, ReadContext& context) {
  NodeSyntax node{value, NodeForm::op, nullptr, "a node", {}, false};
  if (value.is_object()) node.what = node_label(value);
  auto object = ObjectReader::open(value, node.what, context.diagnostics);
  if (!object) {
    node.failed = true;
    return node;
  }
  const auto op = object->required("op", JsonKind::string);
  const bool known = op && find_op(node, *op, context);
  const bool named = read_output_names(node, *object, context);
  node.failed = !known || !named;
  return node;
}

// The strings of an array (or the one string).
void add_strings(std::optional<JsonValue> value, std::vector<std::string>& names) {
  if (!value) return;
  if (value->is_string()) names.push_back(value->string());
  if (value->is_array() || value->is_object()) {
    for (const JsonValue element : value->elements()) {
      if (element.is_string()) names.push_back(element.string());
    }
  }
}

// The same where dims may stand: the identifiers of each text, too.
void add_dim_names(std::optional<JsonValue> value, std::vector<std::string>& names) {
  std::vector<std::string> texts;
  add_strings(value, texts);
  for (std::string& text : texts) {
    for (std::string& name : identifiers_in(text)) names.push_back(std::move(name));
    names.push_back(std::move(text));
  }
}

void add_scan_names(JsonValue node, const ReadContext& context, std::vector<std::string>& names) {
  for (const char* section : {"sequences", "states"}) {  // and {"variable": x}, {"initial": h0}
    const auto members = node.find(section);
    add_strings(members, names);
    if (!members || !members->is_object()) continue;
    for (const JsonValue member : members->elements()) {
      if (!member.is_object()) continue;
      add_strings(member.find("variable"), names);
      add_strings(member.find("initial"), names);
    }
  }
  add_dim_names(node.find("n_steps"), names);
  const auto body = node.find("body");
  if (!body || !body->is_object()) return;
  add_strings(body->find("next"), names);
  add_strings(body->find("until"), names);
  add_strings(body->find("outputs"), names);
  const auto list = body->find("nodes");
  if (!list || !list->is_array()) return;
  for (const JsonValue element : list->elements()) {
    if (!element.is_object()) continue;
    NodeSyntax inner{element, NodeForm::op, nullptr, "", {}, false};
    if (const auto op = element.find("op"); op && op->is_string()) {
      if (const NodeFormDef* form = find_node_form(op->string())) inner.form = form->form;
      inner.op = context.ops.find(op->string());
    }
    for (std::string& name : names_used(inner, context)) names.push_back(std::move(name));
  }
}

// The name a node gives the size it measures.
std::optional<JsonValue> size_name(const NodeSyntax& node) {
  const bool measures = is_loop(node.form) || (node.op != nullptr && node.op->measures != nullptr);
  const auto size = measures ? node.where.find("size") : std::nullopt;
  return size && size->is_string() ? size : std::nullopt;
}

// Node positions by the names of their outputs, and the uses between them.
class Sorter {
 public:
  Sorter(std::vector<NodeSyntax>& nodes, ReadContext& context)
      : nodes_(nodes), context_(context), state_(nodes.size(), State::fresh) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      for (const JsonValue output : nodes[i].outputs) makers_.emplace(output.string(), i);
      if (const auto size = size_name(nodes[i])) makers_.emplace(size->string(), i);
    }
    uses_.resize(nodes.size());
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].failed) continue;
      for (const std::string& name : names_used(nodes[i], context)) {
        const auto maker = makers_.find(name);
        if (maker != makers_.end()) uses_[i].push_back(maker->second);
      }
    }
  }

  std::vector<size_t> sort() {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (state_[i] == State::fresh) visit(i);
    }
    return std::move(order_);
  }

 private:
  enum class State { fresh, open, done };

  void visit(size_t start) {
    stack_ = {{start, 0}};
    state_[start] = State::open;
    while (!stack_.empty()) {
      auto& [node, next] = stack_.back();
      if (next == uses_[node].size()) {
        state_[node] = State::done;
        order_.push_back(node);
        stack_.pop_back();
        continue;
      }
      const size_t used = uses_[node][next++];
      if (state_[used] == State::open) report_cycle(used);
      if (state_[used] != State::fresh) continue;
      state_[used] = State::open;
      stack_.emplace_back(used, 0);
    }
  }

  // The nodes from `start` to the top of the stack need one another.
  void report_cycle(size_t start) {
    constexpr size_t kMostNames = 10;
    const auto first = std::find_if(stack_.begin(), stack_.end(),
                                    [&](const auto& entry) { return entry.first == start; });
    std::vector<std::string> path;
    bool known = false;
    for (auto entry = first; entry != stack_.end(); ++entry) {
      NodeSyntax& node = nodes_[entry->first];
      known = known || node.failed;
      node.failed = true;
      path.push_back(node.outputs[0].string());
    }
    if (known) return;
    if (path.size() > kMostNames) {
      path.resize(kMostNames);
      path.emplace_back("…");
    }
    path.push_back(nodes_[start].outputs[0].string());
    context_.diagnostics
        .error("cycle", "nodes need one another: " + join(path, " needs "),
               nodes_[start].where.location())
        .hint = "a recurrence over time is written with scan";
  }

  std::vector<NodeSyntax>& nodes_;
  ReadContext& context_;
  std::vector<State> state_;
  std::map<std::string, size_t> makers_;
  std::vector<std::vector<size_t>> uses_;
  std::vector<std::pair<size_t, size_t>> stack_;
  std::vector<size_t> order_;
};

}  // namespace

std::vector<NodeSyntax> read_node_list(JsonValue list, Scope& scope, ReadContext& context) {
  std::vector<NodeSyntax> nodes;
  for (const JsonValue value : list.elements()) {
    if (++context.node_count > context.options.limits.max_nodes) {
      context.diagnostics
          .error("too-large",
                 "the file holds more than " + std::to_string(context.options.limits.max_nodes) +
                     " nodes",
                 value.location())
          .hint = "what repeats is written with scan";
      return nodes;
    }
    NodeSyntax node = read_node_head(value, context);
    for (const JsonValue output : node.outputs) {
      const Binding binding{NameKind::node, output, {}, node.failed};
      if (!scope.declare(output.string(), binding, output.location(), context.diagnostics)) {
        node.failed = true;
      }
    }
    if (const auto size = size_name(node)) {
      Binding binding{NameKind::dim, *size, {}, node.failed};
      binding.is_measured = true;
      const bool is_good =
          check_identifier(size->string(), "a size", size->location(), context.diagnostics) &&
          scope.declare(size->string(), binding, size->location(), context.diagnostics);
      node.failed = node.failed || !is_good;
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

std::vector<size_t> build_order(std::vector<NodeSyntax>& nodes, ReadContext& context) {
  return Sorter(nodes, context).sort();
}

std::vector<std::string> names_used(const NodeSyntax& node, const ReadContext& context) {
  std::vector<std::string> names;
  if (is_loop(node.form)) {
    add_scan_names(node.where, context, names);
    return names;
  }
  if (node.form != NodeForm::op) {
    for (const std::string_view key : node_form(node.form).name_keys) {
      add_strings(node.where.find(key), names);
    }
    return names;
  }
  add_strings(node.where.find("inputs"), names);
  if (node.op == nullptr) return names;
  for (const AttrDef& def : node.op->attributes) {
    if (def.kind == AttrKind::dim || def.kind == AttrKind::dims ||
        def.kind == AttrKind::index_list) {
      add_dim_names(node.where.find(def.name), names);
    }
  }
  return names;
}

}  // namespace tgc
