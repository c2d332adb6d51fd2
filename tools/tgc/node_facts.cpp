// SPDX-License-Identifier: Apache-2.0
// See node_facts.h.
#include "tgc/node_facts.h"

#include <algorithm>
#include <set>

#include "graph/op_def.h"
#include "passes/pass_manager.h"
#include "plan/planner.h"
#include "support/text.h"
#include "tgc/apply_cost.h"

namespace tgc {
namespace {

void add_all(std::vector<std::string>& to, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (std::find(to.begin(), to.end(), word) == to.end()) to.push_back(word);
  }
}

std::string body_text(const Apply& loop) {
  const std::string name = loop.origin.nodes.empty() ? loop.name : loop.origin.nodes[0];
  return "the body of " + std::string(loop.op->name) + " '" + name + "'";
}

// The nodes of Applies that go when nobody reads the variable any more.
std::vector<std::string> needed_alone(const Graph& graph, VariableId variable) {
  std::vector<std::string> nodes;
  std::vector<VariableId> work = {variable};
  while (!work.empty()) {
    const Apply* owner = graph.owner(work.back());
    work.pop_back();
    if (owner == nullptr || owner->outputs.size() != 1) continue;
    for (const VariableId input : owner->inputs) {
      const Apply* maker = graph.owner(input);
      if (maker == nullptr || graph.use_count(input) != 1) continue;
      add_all(nodes, maker->origin.nodes);
      work.push_back(input);
    }
  }
  return nodes;
}

// Writes down each replacement.
class TouchLog : public PassWatch {
 public:
  explicit TouchLog(std::vector<Touch>& touches) : touches_(touches) {}

  void begin(const Function& function) override {
    function_ = function.name;
    bodies_.clear();
  }
  void replacing(const Graph& graph, std::string_view rewrite, VariableId old,
                 VariableId replacement) override {
    const Apply* owner = graph.owner(old);
    const Origin& origin = owner != nullptr ? owner->origin : graph.variable(old).origin;
    touches_.push_back({function_, bodies_.empty() ? "" : bodies_.back(), std::string(rewrite),
                        variable_label(graph, old), variable_label(graph, replacement),
                        origin.nodes, needed_alone(graph, old)});
  }
  void finished_step(const Graph&, std::string_view, bool) override {}
  void enter(const Graph& outside, ApplyId apply, size_t, const Graph&) override {
    bodies_.push_back(body_text(outside.apply(apply)));
  }
  void leave() override { bodies_.pop_back(); }
  void finish() override {}

 private:
  std::vector<Touch>& touches_;
  std::string function_;
  std::vector<std::string> bodies_;
};

bool is_elementwise(const Apply& apply) {
  return apply.op->is_elementwise() || apply.op->name == "composite";
}

std::string label_of(const Graph& graph, const Apply& apply) {
  std::string text(apply.op->name);
  if (apply.op->name == "composite") {
    std::vector<std::string> parts;
    for (const ApplyId id : apply.inner.at(0)->topological_order()) {
      parts.emplace_back(apply.inner[0]->apply(id).op->name);
    }
    text += " {" + join(parts, ", ") + "}";
  }
  std::vector<std::string> types;
  for (const VariableId output : apply.outputs) types.push_back(type_text(graph.type(output)));
  return text + " -> " + join(types, ", ");
}

// Elementwise Applies that read a result of this one, or make an input of it.
std::vector<const Apply*> elementwise_neighbours(const Graph& graph, const Apply& apply) {
  std::vector<const Apply*> found;
  for (const VariableId input : apply.inputs) {
    const Apply* owner = graph.owner(input);
    if (owner != nullptr && is_elementwise(*owner)) found.push_back(owner);
  }
  for (const Use& use : graph.uses(apply.outputs.at(0))) {
    if (use.apply.valid() && is_elementwise(graph.apply(use.apply))) {
      found.push_back(&graph.apply(use.apply));
    }
  }
  return found;
}

std::string fusion_text(const Graph& graph, const Apply& apply) {
  if (apply.op->name == "composite") {
    return "fused: one kernel computes " + join(apply.origin.nodes, ", ");
  }
  if (!apply.op->is_elementwise()) return "not fused: only elementwise ops are";
  if (apply.op->scalar_check != nullptr) {
    return "not fused: it can fail, and stays alone so that the message names it";
  }
  const auto neighbours = elementwise_neighbours(graph, apply);
  if (neighbours.empty()) return "not fused: nothing elementwise makes its inputs or reads it";
  const Shape& shape = graph.type(apply.outputs[0]).shape;
  const bool has_same_shape = std::any_of(
      neighbours.begin(), neighbours.end(),
      [&](const Apply* other) { return graph.type(other->outputs.at(0)).shape == shape; });
  if (!has_same_shape) return "not fused: its elementwise neighbours have other shapes";
  if (graph.use_count(apply.outputs[0]) > 1) {
    return "not fused: its value is used in several places that are not one kernel";
  }
  return "not fused: see whether elemwise_fusion is excluded, or its neighbour is in another "
         "kernel";
}

class Gatherer {
 public:
  explicit Gatherer(NodeFacts& facts) : facts_(facts) {}

  void names_in(const Graph& graph) {
    for (const ApplyId id : graph.applies()) {
      const Apply& apply = graph.apply(id);
      add_all(facts_.names, apply.origin.nodes);
      for (const InnerGraph& inner : apply.inner) names_in(*inner);
    }
  }

  void applies_in(const std::string& function, const Graph& graph, const std::string& where) {
    for (const ApplyId id : graph.topological_order()) {
      const Apply& apply = graph.apply(id);
      const ApplyCost cost = apply_cost(graph, apply);
      facts_.applies.push_back({function, where, label_of(graph, apply), apply.origin.nodes,
                                apply.origin.rewrites, fusion_text(graph, apply), cost.bytes.text(),
                                cost.flops ? cost.flops->text() : ""});
      const bool has_body = apply.op->name == "scan" || apply.op->name == "ifelse";
      for (const InnerGraph& inner : apply.inner) {
        if (has_body) applies_in(function, *inner, body_text(apply));
      }
    }
  }

  void kernels_in(const Plan& plan) {
    for (const PlanProgram& program : plan.programs) {
      for (const PlanStep& step : program.steps) {
        if (step.kind != StepKind::kernel) continue;
        const Kernel& kernel = plan.kernels.at(static_cast<size_t>(step.kernel));
        std::vector<std::string> nodes = kernel.comments;
        if (!step.node.empty()) add_all(nodes, {step.node});
        facts_.kernels.push_back({program.function, kernel.name, std::move(nodes)});
      }
    }
  }

 private:
  NodeFacts& facts_;
};

}  // namespace

std::optional<NodeFacts> node_facts(const std::string& path, bool for_cuda, const Config& config,
                                    Diagnostics& diagnostics) {
  const auto model = check_model(path, config, diagnostics);
  if (!model) return std::nullopt;
  NodeFacts facts;
  Gatherer gatherer(facts);
  TouchLog log(facts.touches);
  PipelineOptions options = pipeline_options(config, for_cuda);
  options.watch = &log;
  std::vector<Function> functions = model->functions;
  for (Function& function : functions) {
    gatherer.names_in(function.graph);
    if (!optimize(function, options, diagnostics)) return std::nullopt;
    gatherer.applies_in(function.name, function.graph, "");
  }
  Plan plan;
  plan.shared = model->shared;
  plan.name = model->name;
  add_programs(*model, functions, for_cuda, plan);
  gatherer.kernels_in(plan);
  return facts;
}

}  // namespace tgc
