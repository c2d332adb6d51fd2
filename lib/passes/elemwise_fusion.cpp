// SPDX-License-Identifier: Apache-2.0
// composite_elemwise_fusion (host) and gpua_elemwise_fusion (GPU): clusters of elementwise Applies
// become one, so that one kernel reads the inputs and writes the result.
//   y = tanh(x * w + b)  ->  y = composite(x, w, b) around {mul, add, tanh} of scalars
// A producer joins the cluster of its users when all its users are in that one cluster and it has
// the shape of the cluster's result: nothing is computed twice, and what broadcasts stays an input.
// What is a result of the Graph besides becomes a further output: a momentum's new value and the
// parameter it moves are one composite.
// Relies on: add_destroy_handler has not run (nothing is in place yet). Guarantees: scalar
// functions are applied in the same order and dtypes, so the values are the same but for float16,
// which is rounded where values are stored. Applies that can fail stay alone, so their message
// names them.
#include <algorithm>
#include <map>
#include <set>

#include "graph/verifier.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

// A kernel's parameters are 4 kB on older GPUs: pointers and what goes with them must fit.
constexpr size_t kMaxInputs = 64;
constexpr size_t kMaxApplies = 256;

struct Cluster {
  std::vector<ApplyId> applies;  // users before producers
  std::set<VariableId> inputs;   // of all applies, those made inside among them
};

class Fusion {
 public:
  Fusion(Graph& graph, const PassContext& context, std::string_view name, bool on_host)
      : graph_(graph), context_(context), name_(name), on_host_(on_host) {}

  void run() {
    auto order = graph_.topological_order();
    std::reverse(order.begin(), order.end());  // all users before their producer
    for (const ApplyId id : order) assign(id);
    for (const Cluster& cluster : clusters_) {
      if (cluster.applies.size() > 1 && context_.allows_one()) fuse(cluster);
    }
  }

 private:
  bool is_fusable(const Apply& apply) const {
    if (!apply.op->is_elementwise() || apply.op->scalar_check != nullptr) return false;
    if (!apply.inner.empty() || apply.outputs.size() != 1) return false;
    return graph_.type(apply.outputs[0]).place.is_host() == on_host_;
  }

  void assign(ApplyId id) {
    const Apply& apply = graph_.apply(id);
    if (!is_fusable(apply)) return;
    const auto joined = cluster_of_users(apply);
    size_t number = clusters_.size();
    if (joined) {
      number = *joined;
    } else {
      clusters_.emplace_back();
    }
    Cluster& cluster = clusters_[number];
    cluster.applies.push_back(id);
    cluster.inputs.insert(apply.inputs.begin(), apply.inputs.end());
    cluster_of_[id] = number;
  }

  std::optional<size_t> cluster_of_users(const Apply& apply) const {
    std::optional<size_t> number;
    for (const Use& use : graph_.uses(apply.outputs[0])) {
      if (!use.apply.valid()) continue;  // a further output
      const auto found = cluster_of_.find(use.apply);
      if (found == cluster_of_.end() || (number && *number != found->second)) return std::nullopt;
      number = found->second;
    }
    if (!number) return std::nullopt;
    const Cluster& cluster = clusters_[*number];
    if (cluster.applies.size() >= kMaxApplies) return std::nullopt;
    if (cluster.inputs.size() + apply.inputs.size() > kMaxInputs) return std::nullopt;
    const VariableId result = graph_.apply(cluster.applies.front()).outputs[0];
    const bool same_shape =
        shapes_agree(graph_.type(apply.outputs[0]).shape, graph_.type(result).shape);
    return same_shape ? number : std::nullopt;
  }

  void fuse(const Cluster& cluster) {
    const Apply root = graph_.apply(cluster.applies.front());
    Graph inner;
    std::map<VariableId, VariableId> inside;
    std::vector<VariableId> inputs;
    Origin origin = root.origin;
    for (auto id = cluster.applies.rbegin(); id != cluster.applies.rend(); ++id) {
      const Apply& apply = graph_.apply(*id);
      add_inside(apply, cluster, inner, inside, inputs);
      origin = Origin::merged(origin, apply.origin);
    }
    const std::vector<VariableId> results = results_of(cluster);
    for (const VariableId result : results) inner.add_output(inside.at(result));
    Builder builder = context_.builder(graph_);
    builder.set_origin(origin);
    const ApplyId made =
        builder.add("composite", inputs, {}, {std::make_shared<const Graph>(std::move(inner))});
    const std::vector<VariableId> outputs = graph_.apply(made).outputs;
    for (size_t i = 0; i < results.size(); ++i) {
      replace_in(graph_, context_, name_, results[i], outputs[i]);
    }
    for (const ApplyId id : cluster.applies) graph_.erase_dead(id);
  }

  // The root's output, then those of others that are results of the Graph.
  std::vector<VariableId> results_of(const Cluster& cluster) const {
    std::vector<VariableId> results;
    for (const ApplyId id : cluster.applies) {
      const VariableId output = graph_.apply(id).outputs[0];
      if (results.empty() || is_graph_output(graph_, output)) results.push_back(output);
    }
    return results;
  }

  // The same op on scalars.
  void add_inside(const Apply& apply, const Cluster& cluster, Graph& inner,
                  std::map<VariableId, VariableId>& inside, std::vector<VariableId>& inputs) const {
    std::vector<VariableId> arguments;
    for (const VariableId input : apply.inputs) {
      auto [entry, is_new] = inside.try_emplace(input);
      if (is_new) entry->second = enter(input, cluster, inner, inputs);
      arguments.push_back(entry->second);
    }
    Builder builder = context_.builder(inner);
    builder.set_origin(apply.origin);
    const ApplyId made = builder.add(apply.op->name, arguments, apply.attributes);
    inside[apply.outputs[0]] = inner.apply(made).outputs[0];
  }

  // A constant of one element goes inside where another operand carries the shape.
  VariableId enter(VariableId input, const Cluster& cluster, Graph& inner,
                   std::vector<VariableId>& inputs) const {
    const Variable& variable = graph_.variable(input);
    if (variable.kind == VariableKind::constant && variable.constant->size() == 1 &&
        keeps_shape_without_scalars(cluster)) {
      return inner.add_constant(std::make_shared<const Tensor>(variable.constant->reshaped({})));
    }
    inputs.push_back(input);
    const std::string name =
        variable.name.empty() ? "x" + std::to_string(inputs.size() - 1) : variable.name;
    return inner.add_input({variable.type.dtype, {}, {}}, name);
  }

  // Whether some input that is no constant of one element has the result's shape on its own.
  bool keeps_shape_without_scalars(const Cluster& cluster) const {
    const TensorType& result = graph_.type(graph_.apply(cluster.applies.front()).outputs[0]);
    return std::any_of(cluster.inputs.begin(), cluster.inputs.end(), [&](VariableId input) {
      const Variable& variable = graph_.variable(input);
      const bool is_scalar =
          variable.kind == VariableKind::constant && variable.constant->size() == 1;
      const auto owner = cluster_of_.find(variable.owner);
      const bool is_inside = owner != cluster_of_.end() && &clusters_[owner->second] == &cluster;
      return !is_scalar && !is_inside && shapes_agree(variable.type.shape, result.shape);
    });
  }

  Graph& graph_;
  const PassContext& context_;
  std::string_view name_;
  bool on_host_;
  std::vector<Cluster> clusters_;
  std::map<ApplyId, size_t> cluster_of_;
};

}  // namespace

std::vector<Pass> elemwise_fusion_passes() {
  return {
      graph_pass("composite_elemwise_fusion", "a cluster of elementwise Applies -> one composite",
                 [](Graph& graph, PassContext& context) {
                   Fusion(graph, context, "composite_elemwise_fusion", true).run();
                 }),
      graph_pass("gpua_elemwise_fusion",
                 "a cluster of elementwise Applies on the GPU -> one composite",
                 [](Graph& graph, PassContext& context) {
                   Fusion(graph, context, "gpua_elemwise_fusion", false).run();
                 }),
  };
}

}  // namespace tgc
