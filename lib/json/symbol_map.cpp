// SPDX-License-Identifier: Apache-2.0
// See symbol_map.h.
#include "json/symbol_map.h"

#include <memory>
#include <utility>

#include "graph/graph_symbols.h"

namespace tgc {
namespace {

std::optional<DimExpr> substituted(const std::optional<DimExpr>& expr, const SymbolMap& map) {
  if (!expr) return std::nullopt;
  return substituted(*expr, map);
}

TensorType substituted(TensorType type, const SymbolMap& map) {
  type.shape = substituted(type.shape, map);
  return type;
}

// A copy Variable by Variable; inputs and outputs keep their order.
class Copier {
 public:
  Copier(const Graph& source, const SymbolMap& map) : source_(source), map_(map) {}

  InnerGraph copy() {
    for (const VariableId id : source_.inputs()) {
      const Variable& input = source_.variable(id);
      const VariableId copy =
          target_.add_input(substituted(input.type, map_), input.name, input.kind, input.origin);
      if (input.value) target_.set_value(copy, tgc::substituted(*input.value, map_));
      copies_.emplace(id, copy);
    }
    for (const ApplyId id : source_.topological_order()) copy_apply(source_.apply(id));
    for (const VariableId output : source_.outputs()) target_.add_output(copy_of(output));
    for (DimEquality equality : source_.equalities()) {
      equality.left = tgc::substituted(equality.left, map_);
      equality.right = tgc::substituted(equality.right, map_);
      if (!(equality.left == equality.right)) target_.add_equality(std::move(equality));
    }
    return std::make_shared<const Graph>(std::move(target_));
  }

 private:
  VariableId copy_of(VariableId id) {
    const auto known = copies_.find(id);
    if (known != copies_.end()) return known->second;
    const Variable& constant = source_.variable(id);  // all else was copied before its uses
    const VariableId copy = target_.add_constant(constant.constant, constant.name, constant.origin);
    copies_.emplace(id, copy);
    return copy;
  }

  void copy_apply(const Apply& apply) {
    ApplySpec spec;
    spec.op = apply.op;
    spec.attributes = tgc::substituted(apply.attributes, map_);
    for (const InnerGraph& inner : apply.inner) spec.inner.push_back(tgc::substituted(inner, map_));
    for (const VariableId input : apply.inputs) spec.inputs.push_back(copy_of(input));
    for (const VariableId output : apply.outputs) {
      const Variable& variable = source_.variable(output);
      spec.output_types.push_back(substituted(variable.type, map_));
      spec.output_values.emplace_back();
      if (variable.value) spec.output_values.back() = tgc::substituted(*variable.value, map_);
    }
    spec.name = apply.name;
    spec.origin = apply.origin;
    const std::vector<VariableId> outputs =
        target_.apply(target_.add_apply(std::move(spec))).outputs;
    for (size_t i = 0; i < outputs.size(); ++i) {
      copies_.emplace(apply.outputs[i], outputs[i]);
      target_.set_name(outputs[i], source_.variable(apply.outputs[i]).name);
    }
  }

  const Graph& source_;
  const SymbolMap& map_;
  Graph target_;
  std::map<VariableId, VariableId> copies_;
};

}  // namespace

std::optional<std::pair<std::string, DimExpr>> solved_for_symbol(const DimExpr& from,
                                                                 const DimExpr& to) {
  const std::vector<std::string> symbols = from.symbols();
  if (symbols.size() != 1) return std::nullopt;
  int64_t factor = 0;
  DimExpr rest = to;
  for (const DimExpr::Term& term : from.terms()) {
    if (term.factors.empty()) {
      rest = rest - DimExpr(term.coefficient);
      continue;
    }
    const DimExpr::Factor& only = term.factors[0];
    const bool is_linear = term.factors.size() == 1 && only.power == 1 &&
                           only.atom->kind == DimExpr::AtomKind::symbol && factor == 0;
    if (!is_linear) return std::nullopt;
    factor = term.coefficient;
  }
  if (factor == 1) return std::pair(symbols[0], rest);
  const auto number = rest.constant();
  if (factor == 0 || !number || *number % factor != 0) return std::nullopt;
  return std::pair(symbols[0], DimExpr(*number / factor));
}

DimExpr substituted(const DimExpr& expr, const SymbolMap& map) {
  if (map.empty() || expr.is_constant()) return expr;
  return expr.substitute([&map](std::string_view symbol) -> std::optional<DimExpr> {
    const auto found = map.find(std::string(symbol));
    if (found == map.end()) return std::nullopt;
    return found->second;
  });
}

std::vector<DimExpr> substituted(const std::vector<DimExpr>& list, const SymbolMap& map) {
  std::vector<DimExpr> result;
  for (const DimExpr& expr : list) result.push_back(substituted(expr, map));
  return result;
}

Attributes substituted(const Attributes& attributes, const SymbolMap& map) {
  Attributes result = attributes;
  for (auto& [name, value] : result) {
    if (auto* dim = std::get_if<DimExpr>(&value)) *dim = substituted(*dim, map);
    if (auto* dims = std::get_if<std::vector<DimExpr>>(&value)) *dims = substituted(*dims, map);
    if (auto* index = std::get_if<std::vector<IndexEntry>>(&value)) {
      for (IndexEntry& entry : *index) {
        entry.start = substituted(entry.start, map);
        entry.stop = substituted(entry.stop, map);
      }
    }
  }
  return result;
}

InnerGraph substituted(const InnerGraph& graph, const SymbolMap& map) {
  if (map.empty()) return graph;
  bool occurs = false;
  for (const std::string& name : symbols_in(*graph, true)) occurs = occurs || map.count(name) > 0;
  return occurs ? Copier(*graph, map).copy() : graph;
}

}  // namespace tgc
