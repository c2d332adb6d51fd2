// SPDX-License-Identifier: Apache-2.0
// Pass: one of Theano's named rewrites as a record. A node rewrite looks at one Apply and gives
// what its outputs become; a graph pass looks at the whole Graph. Where and whether it runs is not
// its business: that follows from its name (rewrite_names.def) and the pipeline (pipeline.h).
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "graph/model.h"
#include "graph/node.h"
#include "passes/pass_watch.h"
#include "support/diagnostic.h"

namespace tgc {

// One replacement, for optimizer_verbose and for counting.
struct Replacement {
  std::string_view rewrite;
  std::string old_variable;  // in Theano's shape: the name, else "Elemwise{mul}.0"
  std::string new_variable;
};

// What mode=NanGuardMode looks for in every float.
struct NanGuard {
  bool nan_is_error = true;
  bool inf_is_error = true;
  bool big_is_error = true;  // magnitudes above 1e10
};

// What passes share while one Graph is optimised.
struct PassContext {
  const OpRegistry& registry;
  DType float_x = DType::float64;
  Diagnostics& diagnostics;
  bool for_cuda = false;
  std::string assert_no_cpu_op = "ignore";
  std::vector<Update> updates = {};  // of the Graph's function; none for inner Graphs
  bool is_inner = false;             // the Graph is inside scan or ifelse
  std::optional<NanGuard> nan_guard = {};
  bool has_destroy_handler = false;  // without it nothing may be marked as destroyed
  std::function<void(const Replacement&)> on_replace = {};
  PassWatch* watch = nullptr;
  RewriteBudget* budget = nullptr;
  std::set<std::string_view> excluded = {};  // of Pass::parts

  [[nodiscard]] bool is_excluded(std::string_view part) const { return excluded.contains(part); }
  // May the rewrite be applied once more? Counts it. Graph passes that ask before each single
  // application are cut off in their midst, others before they start.
  [[nodiscard]] bool allows_one() const;

  [[nodiscard]] Builder builder(Graph& graph) const { return {graph, registry, float_x}; }
};

std::string variable_label(const Graph& graph, VariableId id);

// One variable per output; an id that is not valid keeps the output. Empty: nothing to do.
using Replacements = std::vector<VariableId>;

// What a node rewrite sees: an Apply (a copy, so that the Graph may grow) and a Builder whose nodes
// inherit its origin.
struct Rewrite {
  Graph& graph;
  const Apply& apply;
  Builder& builder;
  const PassContext& context;

  [[nodiscard]] VariableId input(size_t i) const { return apply.inputs.at(i); }
  [[nodiscard]] VariableId output() const { return apply.outputs.at(0); }
  [[nodiscard]] Node node(VariableId id) const { return {builder, id}; }
  [[nodiscard]] Node x(size_t i = 0) const { return node(input(i)); }
  [[nodiscard]] TensorType type() const { return graph.type(output()); }
  // The value for the only output, made to fit its dtype and shape.
  [[nodiscard]] Replacements give(const Node& value) const;
};

struct Pass {
  std::string_view name;
  std::string_view summary;                   // before -> after
  std::vector<std::string_view> tracks = {};  // ops a node rewrite looks at; empty: all
  // Theano's names for some of what it does, which it leaves where they are excluded.
  std::vector<std::string_view> parts = {};
  Replacements (*rewrite)(Rewrite&) = nullptr;
  // Graph passes say each replacement through replace_in().
  void (*run)(Graph&, PassContext&) = nullptr;
};

Pass node_pass(std::string_view name, std::string_view summary,
               std::vector<std::string_view> tracks, Replacements (*rewrite)(Rewrite&));
Pass graph_pass(std::string_view name, std::string_view summary, void (*run)(Graph&, PassContext&));

Pass with_parts(Pass pass, std::vector<std::string_view> parts);

// Graph::replace together with PassContext::on_replace.
void replace_in(Graph& graph, const PassContext& context, std::string_view rewrite, VariableId old,
                VariableId replacement);

// All passes, sorted by name (passes.def).
const std::vector<Pass>& all_passes();
const Pass* find_pass(std::string_view name);

}  // namespace tgc
