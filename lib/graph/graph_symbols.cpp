// SPDX-License-Identifier: Apache-2.0
// See graph_symbols.h.
#include "graph/graph_symbols.h"

#include "graph/op_def.h"

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
  void add(const Graph& graph, VariableId id) {
    add(graph.type(id).shape);
    if (graph.variable(id).value) add(*graph.variable(id).value);
  }
  void add(const Graph& graph, const Apply& apply) {
    for (const VariableId input : apply.inputs) add(graph, input);
    add(apply.attributes);
    for (const VariableId output : apply.outputs) add(graph, output);
    for (const InnerGraph& inner : apply.inner) add(*inner, true);
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

std::set<std::string> symbols_in(const Graph& graph, const Apply& apply) {
  Collector collector;
  collector.add(graph, apply);
  return std::move(collector.names);
}

std::set<std::string> dims_mentioned(const Shape& shape) {
  Collector collector;
  collector.add(shape);
  return std::move(collector.names);
}

std::string measured_symbol(const Apply& apply) {
  const auto* name = find_attr<std::string>(apply.attributes, "size");
  const bool measures = apply.op->measures != nullptr && apply.op->measures(apply.attributes);
  return measures && name != nullptr ? *name : std::string();
}

std::vector<ApplyId> measuring_applies(const Graph& graph) {
  std::vector<ApplyId> found;
  for (const ApplyId id : graph.applies()) {
    if (!measured_symbol(graph.apply(id)).empty()) found.push_back(id);
  }
  return found;
}

std::vector<ApplyId> unread_measures(const Graph& graph, const std::set<ApplyId>& needed) {
  std::vector<ApplyId> unread;
  std::set<std::string> measured;
  for (const ApplyId id : measuring_applies(graph)) {
    if (needed.count(id) == 0) {
      unread.push_back(id);
    } else {
      measured.insert(measured_symbol(graph.apply(id)));
    }
  }
  if (unread.empty()) return unread;
  std::set<std::string> mentioned;
  for (const ApplyId id : needed) mentioned.merge(symbols_in(graph, graph.apply(id)));
  std::erase_if(unread, [&](ApplyId id) {
    const std::string symbol = measured_symbol(graph.apply(id));
    return mentioned.count(symbol) == 0 || !measured.insert(symbol).second;
  });
  return unread;
}

}  // namespace tgc
