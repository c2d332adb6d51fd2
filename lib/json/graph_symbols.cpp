// SPDX-License-Identifier: Apache-2.0
// See graph_symbols.h.
#include "json/graph_symbols.h"

namespace tgc {
namespace {

class Collector {
 public:
  std::set<std::string> names;

  void add(const DimExpr& expr) {
    if (expr.is_constant()) return;
    for (std::string& name : expr.symbols()) names.insert(std::move(name));
  }
  void add(const std::vector<DimExpr>& list) {
    for (const DimExpr& expr : list) add(expr);
  }
  void add(const IndexEntry& entry) {
    if (entry.start) add(*entry.start);
    if (entry.stop) add(*entry.stop);
  }
  void add(const Attributes& attributes) {
    for (const auto& [name, value] : attributes) {
      if (const auto* dim = std::get_if<DimExpr>(&value)) add(*dim);
      if (const auto* dims = std::get_if<std::vector<DimExpr>>(&value)) add(*dims);
      if (const auto* index = std::get_if<std::vector<IndexEntry>>(&value)) {
        for (const IndexEntry& entry : *index) add(entry);
      }
    }
  }
  void add(const Graph& graph, bool with_inputs) {
    if (with_inputs) {
      for (const VariableId input : graph.inputs()) add(graph.type(input).shape);
    }
    for (const ApplyId id : graph.applies()) {
      const Apply& apply = graph.apply(id);
      add(apply.attributes);
      for (const VariableId output : apply.outputs) add(graph.type(output).shape);
      for (const InnerGraph& inner : apply.inner) add(*inner, true);
    }
    for (const DimEquality& equality : graph.equalities()) {
      add(equality.left);
      add(equality.right);
    }
  }
};

}  // namespace

std::set<std::string> symbols_in(const Graph& graph, bool with_inputs) {
  Collector collector;
  collector.add(graph, with_inputs);
  return std::move(collector.names);
}

}  // namespace tgc
