// SPDX-License-Identifier: Apache-2.0
// Graph: Theano's graph of Variables and Applies (the glossary is in lib/README.md).
// The Graph owns, everybody else holds ids; ids stay valid until erase_dead() removes the entry.
// add_input, add_constant, add_apply, replace, set_output and erase_dead are the only mutators
// (annotate sets what never changes meaning: names, destroy maps).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/attribute.h"
#include "support/ids.h"
#include "types/tensor.h"
#include "types/tensor_type.h"

namespace tgc {

struct OpDef;
class Graph;
using VariableId = Id<struct VariableTag>;
using ApplyId = Id<struct ApplyTag>;

// Where something came from: the user's nodes and the rewrites that made it.
struct Origin {
  std::string pointer;                  // JSON pointer of the first source node
  std::vector<std::string> nodes;       // names of the user's nodes, first is the best one to show
  std::vector<std::string> rewrites;    // names of the rewrites, in order
  std::vector<std::string> trace = {};  // lines of the programs that made the nodes: "model.py:12"

  // The union of both, `first` leading.
  static Origin merged(const Origin& first, const Origin& second);
};

enum class VariableKind { input, shared, constant, output };

struct Variable {
  VariableId id;
  VariableKind kind = VariableKind::output;
  TensorType type;
  std::string name;                        // may be empty for outputs made by rewrites
  ApplyId owner;                           // kind output
  int output_index = 0;                    // kind output
  std::shared_ptr<const Tensor> constant;  // kind constant
  // Integer scalars and vectors: the elements as DimExprs where they are known before the call.
  std::optional<std::vector<DimExpr>> value;
  Origin origin;
};

// An inner Graph is shared until somebody changes it: copy, change, put back.
using InnerGraph = std::shared_ptr<const Graph>;

// `output` may be written into the memory of `input` (Theano's destroy_map).
struct Destroy {
  int output = 0;
  int input = 0;
  friend bool operator==(const Destroy&, const Destroy&) = default;
};

struct Apply {
  ApplyId id;
  const OpDef* op = nullptr;
  Attributes attributes;
  std::vector<VariableId> inputs;
  std::vector<VariableId> outputs;
  std::vector<InnerGraph> inner;
  std::vector<Destroy> destroys;
  std::string name;
  Origin origin;
};

struct Use {  // apply invalid: `index` is a position in Graph::outputs()
  ApplyId apply;
  int index = 0;
};

// Two DimExprs that must be equal at bind, with the text to say when they are not.
struct DimEquality {
  DimExpr left;
  DimExpr right;
  std::string message;  // "dot: inner dimensions differ: n (x) and m (w)"
  Origin origin;
};

struct ApplySpec {
  const OpDef* op = nullptr;
  std::vector<VariableId> inputs;
  Attributes attributes;
  std::vector<InnerGraph> inner;
  std::vector<TensorType> output_types;
  std::vector<std::optional<std::vector<DimExpr>>> output_values;  // empty or one per output
  std::string name;
  Origin origin;
};

class Graph {
 public:
  Graph();
  Graph(const Graph&);
  Graph(Graph&&) noexcept;
  Graph& operator=(const Graph&);
  Graph& operator=(Graph&&) noexcept;
  ~Graph();

  VariableId add_input(TensorType type, std::string name, VariableKind kind = VariableKind::input,
                       Origin origin = {});
  VariableId add_constant(std::shared_ptr<const Tensor> value, std::string name = {},
                          Origin origin = {}, Place place = {});
  // Types are given: call builder.h's apply() to have them inferred.
  ApplyId add_apply(ApplySpec spec);
  // Every use of `old` becomes a use of `replacement`; its Apply takes over old's origin and
  // `rewrite` is noted. Types must agree in dtype, rank and place.
  void replace(VariableId old, VariableId replacement, std::string_view rewrite);
  void replace_input(ApplyId apply, int input, VariableId replacement, std::string_view rewrite);
  void add_output(VariableId variable);
  void set_output(size_t index, VariableId variable);
  // Once for each node that needs it: a part of the graph takes those of its nodes along.
  void add_equality(DimEquality equality);
  // Removes Applies no output needs (from: only this one and what it alone used). Returns how many.
  int erase_dead(ApplyId from = {});

  // Annotations.
  void set_name(VariableId variable, std::string name);
  void set_value(VariableId variable, std::vector<DimExpr> value);
  void set_shape(VariableId variable, Shape shape);
  void set_destroys(ApplyId apply, std::vector<Destroy> destroys);
  void set_origin(ApplyId apply, Origin origin);

  [[nodiscard]] const Variable& variable(VariableId id) const;
  [[nodiscard]] const Apply& apply(ApplyId id) const;
  [[nodiscard]] const TensorType& type(VariableId id) const { return variable(id).type; }
  [[nodiscard]] bool contains(ApplyId id) const;                 // false once erased
  [[nodiscard]] const Apply* owner(VariableId id) const;         // null for inputs and constants
  [[nodiscard]] const std::vector<VariableId>& inputs() const;   // inputs and shared, in order
  [[nodiscard]] const std::vector<VariableId>& outputs() const;  // the roots
  [[nodiscard]] const std::vector<DimEquality>& equalities() const;
  [[nodiscard]] std::vector<ApplyId> applies() const;            // live ones in order of id
  [[nodiscard]] std::vector<ApplyId> topological_order() const;  // deterministic; measures first
  [[nodiscard]] std::vector<Use> uses(VariableId id) const;      // clients, by apply id
  [[nodiscard]] size_t use_count(VariableId id) const;
  [[nodiscard]] size_t apply_count() const;

 private:
  void measured_before(const Apply& apply, const std::vector<ApplyId>& measures,
                       std::vector<ApplyId>& before) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Name for messages: the variable's name, else "output 0 of <apply name>".
std::string display_name(const Graph& graph, VariableId id);

}  // namespace tgc
