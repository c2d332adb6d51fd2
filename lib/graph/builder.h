// SPDX-License-Identifier: Apache-2.0
// Builder: adds Applies to a Graph with inferred types. Used by the JSON reader (user's nodes,
// errors become diagnostics) and by gradients and passes (an error there is our bug).
#pragma once
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"
#include "graph/op_def.h"

namespace tgc {

struct NodeSpec {
  const OpDef* op = nullptr;
  std::vector<VariableId> inputs;
  Attributes attributes;
  std::vector<InnerGraph> inner;
  std::string name;
  Origin origin;
  std::function<Location(std::string_view part)> locate;
};

class Builder {
 public:
  Builder(Graph& graph, const OpRegistry& registry, DType float_x = DType::float64)
      : graph_(graph), registry_(registry), float_x_(float_x) {}

  [[nodiscard]] Graph& graph() { return graph_; }
  [[nodiscard]] const OpRegistry& registry() const { return registry_; }
  [[nodiscard]] DType float_x() const { return float_x_; }
  // Every Apply added from now on gets this origin (gradients: the node they are of).
  void set_origin(Origin origin) { origin_ = std::move(origin); }
  [[nodiscard]] const Origin& origin() const { return origin_; }

  // Put before the names of measured sizes, so that those of a step differ from those around it.
  void set_size_scope(std::string scope) { size_scope_ = std::move(scope); }

  // Checks arity, infers, adds the Apply, or the composition it stands for (OpDef::expand). Gives
  // the node's outputs; nullopt after reporting.
  std::optional<std::vector<VariableId>> add_node(NodeSpec spec, Diagnostics& diagnostics);

  // For code that knows its types fit: TGC_CHECKs that inference succeeds; `op` is a primitive.
  ApplyId add(std::string_view op, std::vector<VariableId> inputs, Attributes attributes = {},
              std::vector<InnerGraph> inner = {});
  // Adds what `parts` adds, where the user's inputs may not fit a node of it: gives what that node
  // says of them, which is no error of ours then.
  std::optional<Diagnostic> attempt(const std::function<void()>& parts);
  // The first output; compositions too.
  VariableId call(std::string_view op, std::vector<VariableId> inputs, Attributes attributes = {});
  VariableId scalar(DType dtype, double value);            // 0-d constant
  VariableId cast(VariableId variable, DType dtype);       // itself if it has the dtype
  VariableId zeros_like(VariableId variable);              // alloc of 0 with its shape
  VariableId alloc(VariableId value, const Shape& shape);  // value itself if it has the shape

 private:
  std::optional<std::vector<VariableId>> add_complex(NodeSpec spec, Diagnostics& diagnostics);
  std::optional<std::vector<VariableId>> expand(const NodeSpec& spec,
                                                const std::vector<TensorType>& types);
  std::vector<VariableId> add_checked(std::string_view op, std::vector<VariableId> inputs,
                                      Attributes attributes, std::vector<InnerGraph> inner);
  [[nodiscard]] std::string size_name(const NodeSpec& spec) const;

  Graph& graph_;
  const OpRegistry& registry_;
  DType float_x_;
  Origin origin_;
  std::string size_scope_;
  bool is_attempt_ = false;
};

// Runs `op`'s inference on types alone. Used by builder, verifier and rewrites that only ask.
bool infer_types(InferContext& context);

}  // namespace tgc
