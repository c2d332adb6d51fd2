// SPDX-License-Identifier: Apache-2.0
// Builds the nodes of one list into a Graph. There is one reader for the file's nodes, one for each
// function's own nodes (same Graph, inner scope), one for each use of one of the file's graphs
// (same Graph, own scope), and one for each scan body (own Graph; variables of the surroundings are
// captured as further inputs of the body when they are mentioned).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "graph/builder.h"
#include "json/node_list.h"
#include "json/object_reader.h"
#include "json/read_context.h"
#include "json/scope.h"
#include "json/type_reader.h"

namespace tgc {

class GraphReader {
 public:
  // `prefix` is put before the names of variables and sizes: the same nodes may be built again.
  GraphReader(ReadContext& context, Graph& graph, Scope& scope, GraphReader* outside = nullptr,
              std::string prefix = {})
      : context_(context),
        graph_(graph),
        scope_(scope),
        builder_(graph, context.ops, context.options.float_x),
        outside_(outside),
        prefix_(std::move(prefix)) {
    builder_.set_size_scope(prefix_);
  }

  // Reads, orders and builds the nodes of a JSON array.
  void read_nodes(JsonValue list);

  // The variable that a name or a literal stands for. nullopt: reported, here or where the name was
  // declared. `what` leads messages.
  std::optional<VariableId> variable(JsonValue value, const std::string& what);
  // The same for a list of names or literals.
  std::optional<std::vector<VariableId>> variables(JsonValue list, const std::string& what);
  // Dims and integer scalars of known value.
  [[nodiscard]] DimLookup dims();
  // nullptr: no such name. Names of the surroundings of a scan body are captured.
  const Binding* find(std::string_view name);
  // The variable of that name wherever it lives, not captured; null where there is none.
  [[nodiscard]] const Variable* peek(std::string_view name) const;

  [[nodiscard]] ReadContext& context() { return context_; }
  [[nodiscard]] Graph& graph() { return graph_; }
  [[nodiscard]] Scope& scope() { return scope_; }
  [[nodiscard]] Builder& builder() { return builder_; }
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

  // Variables of the surroundings and the inputs of the body that stand for them.
  struct Capture {
    VariableId outer;
    VariableId inner;
  };
  [[nodiscard]] const std::vector<Capture>& captures() const { return captures_; }

  // Where a node comes from: its place in the file, its first output, its "trace".
  Origin origin_of(const NodeSyntax& node);
  // Names the outputs of a built node and checks its declared type.
  bool bind_outputs(const NodeSyntax& node, const std::vector<VariableId>& outputs);

 private:
  void build(const NodeSyntax& node);
  std::optional<std::vector<VariableId>> build_op(const NodeSyntax& node);
  bool uses_failed(const NodeSyntax& node);
  void mark_failed(const NodeSyntax& node);
  bool check_type(const NodeSyntax& node, JsonValue declared, VariableId output);
  [[nodiscard]] DimExpr dim_of(std::string_view name, const Binding& binding) const;

  ReadContext& context_;
  Graph& graph_;
  Scope& scope_;
  Builder builder_;
  GraphReader* outside_;  // of the reader of a scan body
  std::string prefix_;
  std::vector<Capture> captures_;
};

}  // namespace tgc
