// SPDX-License-Identifier: Apache-2.0
// See verifier.h.
#include "graph/verifier.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "graph/builder.h"
#include "graph/memory_sharing.h"
#include "graph/op_def.h"
#include "support/check.h"

namespace tgc {
namespace {

std::string where(const Apply& apply) {
  std::string text = std::string(apply.op->name) + " (apply " + std::to_string(apply.id.value);
  if (!apply.name.empty()) text += " '" + apply.name + "'";
  if (!apply.origin.rewrites.empty()) text += ", by " + apply.origin.rewrites.back();
  return text + ")";
}

void check_uses(const Graph& graph) {
  std::map<VariableId, std::vector<std::pair<ApplyId, int>>> found;
  for (const ApplyId id : graph.applies()) {
    const Apply& apply = graph.apply(id);
    for (size_t i = 0; i < apply.inputs.size(); ++i) {
      found[apply.inputs[i]].emplace_back(id, static_cast<int>(i));
    }
  }
  const auto& outputs = graph.outputs();
  for (size_t i = 0; i < outputs.size(); ++i) {
    found[outputs[i]].emplace_back(ApplyId{}, static_cast<int>(i));
  }
  for (auto& [id, users] : found) {
    std::sort(users.begin(), users.end());
    std::vector<std::pair<ApplyId, int>> listed;
    for (const Use& use : graph.uses(id)) listed.emplace_back(use.apply, use.index);
    TGC_CHECK(users == listed, "the use list of " + display_name(graph, id) + " is wrong");
    const ApplyId owner = graph.variable(id).owner;
    TGC_CHECK(!owner.valid() || graph.contains(owner),
              display_name(graph, id) + " is used but its Apply was erased");
  }
}

void check_places(const Graph& graph, const Apply& apply) {
  const Place* place = nullptr;
  for (const VariableId input : apply.inputs) {
    const TensorType& type = graph.type(input);
    if (type.rank() == 0) continue;
    TGC_CHECK(place == nullptr || *place == type.place, where(apply) + " reads from two places");
    place = &type.place;
  }
}

void check_types(const Graph& graph, const Apply& apply, const VerifyOptions& options) {
  Attributes attributes = apply.attributes;
  Diagnostics diagnostics;
  InferContext context(*apply.op, attributes, diagnostics);
  context.float_x = options.float_x;
  context.inner = apply.inner;
  for (const VariableId input : apply.inputs) context.inputs.push_back(&graph.variable(input));
  const bool accepted = infer_types(context);
  TGC_CHECK(accepted, where(apply) + " is rejected: " +
                          (diagnostics.all().empty() ? "" : diagnostics.all()[0].message));
  TGC_CHECK(context.outputs.size() == apply.outputs.size(),
            where(apply) + " has a wrong number of outputs");
  for (size_t i = 0; i < apply.outputs.size(); ++i) {
    const TensorType& has = graph.type(apply.outputs[i]);
    const TensorType& inferred = context.outputs[i];
    TGC_CHECK(has.dtype == inferred.dtype && has.place == inferred.place &&
                  shapes_agree(has.shape, inferred.shape),
              where(apply) + " gives " + type_text(inferred) + ", but its output " +
                  std::to_string(i) + " is " + type_text(has));
  }
}

// Destroy maps. Readers of a piece of memory get an edge to its destroyer; with these edges the
// graph must still have an order.
class DestroyChecker {
 public:
  DestroyChecker(const Graph& graph, const VerifyOptions& options)
      : graph_(graph), options_(options), sharing_(graph) {}

  void run() {
    for (const ApplyId id : graph_.applies()) {
      const Apply& apply = graph_.apply(id);
      for (const Destroy& destroy : apply.destroys) check(apply, destroy);
    }
    if (!destroyers_.empty()) check_order();
  }

 private:
  void check(const Apply& apply, const Destroy& destroy) {
    TGC_CHECK(destroy.input >= 0 && static_cast<size_t>(destroy.input) < apply.inputs.size() &&
                  destroy.output >= 0 && static_cast<size_t>(destroy.output) < apply.outputs.size(),
              where(apply) + " destroys an input it does not have");
    const VariableId memory = sharing_.root(apply.inputs[static_cast<size_t>(destroy.input)]);
    const Variable& root = graph_.variable(memory);
    const bool is_updated = root.kind == VariableKind::shared &&
                            std::find(options_.updated.begin(), options_.updated.end(),
                                      root.name) != options_.updated.end();
    TGC_CHECK(root.kind == VariableKind::output || is_updated,
              where(apply) + " destroys " + display_name(graph_, memory) +
                  ", which is not the function's to change");
    const bool is_new = destroyers_.emplace(memory, apply.id).second;
    TGC_CHECK(is_new, display_name(graph_, memory) + " is destroyed twice");
    for (const VariableId sharer : sharing_.sharers(memory)) {
      for (const Use& use : graph_.uses(sharer)) {
        TGC_CHECK(use.apply.valid(), where(apply) + " destroys " + display_name(graph_, sharer) +
                                         ", which is an output of the graph");
        if (use.apply != apply.id) before_[apply.id].insert(use.apply);
      }
    }
  }

  void check_order() const {
    std::map<ApplyId, std::vector<ApplyId>> followers;
    std::map<ApplyId, size_t> waiting;
    const auto applies = graph_.applies();
    const auto add_edge = [&](ApplyId first, ApplyId second) {
      followers[first].push_back(second);
      ++waiting[second];
    };
    for (const ApplyId id : applies) {
      for (const VariableId input : graph_.apply(id).inputs) {
        const ApplyId owner = graph_.variable(input).owner;
        if (owner.valid()) add_edge(owner, id);
      }
    }
    for (const auto& [destroyer, readers] : before_) {
      for (const ApplyId reader : readers) add_edge(reader, destroyer);
    }
    std::vector<ApplyId> ready;
    for (const ApplyId id : applies) {
      if (waiting[id] == 0) ready.push_back(id);
    }
    size_t ordered = 0;
    while (!ready.empty()) {
      const ApplyId id = ready.back();
      ready.pop_back();
      ++ordered;
      for (const ApplyId follower : followers[id]) {
        if (--waiting[follower] == 0) ready.push_back(follower);
      }
    }
    TGC_CHECK(ordered == applies.size(), "something is read after it was destroyed");
  }

  const Graph& graph_;
  const VerifyOptions& options_;
  MemorySharing sharing_;
  std::map<VariableId, ApplyId> destroyers_;
  std::map<ApplyId, std::set<ApplyId>> before_;
};

}  // namespace

bool dims_agree(const DimExpr& a, const DimExpr& b) {
  if (a == b) return true;
  return !a.is(1) && !b.is(1) && !(a.is_constant() && b.is_constant());
}

bool shapes_agree(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), dims_agree);
}

void verify(const Graph& graph, const VerifyOptions& options) {
  check_uses(graph);
  for (const ApplyId id : graph.topological_order()) {
    const Apply& apply = graph.apply(id);
    check_places(graph, apply);
    check_types(graph, apply, options);
    for (const InnerGraph& inner : apply.inner) {
      verify(*inner, {options.float_x, {}});
    }
  }
  DestroyChecker(graph, options).run();
}

}  // namespace tgc
