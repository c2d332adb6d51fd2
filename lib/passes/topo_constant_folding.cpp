// SPDX-License-Identifier: Apache-2.0
// topo_constant_folding: an Apply all of whose inputs are constants becomes its value.
//   2 * 3  ->  6
// Computed by the op's own eval, the interpreter's. Large results of small inputs (alloc) stay
// Applies, since a constant is stored in the bundle; so do values that fail, inner Graphs, and what
// LAPACK takes apart, which chooses the signs of vectors itself.
#include <algorithm>

#include "graph/graph_symbols.h"
#include "kernel/scalar_value.h"
#include "passes/match.h"
#include "passes/pass.h"
#include "support/check.h"

namespace tgc {
namespace {

constexpr int64_t kSmallBytes = 1024;

bool has_integer_shape(const TensorType& type) {
  return std::all_of(type.shape.begin(), type.shape.end(),
                     [](const DimExpr& dim) { return dim.is_constant(); });
}

struct HasSymbols {
  bool operator()(const DimExpr& dim) const { return !dim.is_constant(); }
  bool operator()(const std::vector<DimExpr>& dims) const {
    return std::any_of(dims.begin(), dims.end(), *this);
  }
  bool operator()(const std::vector<IndexEntry>& index) const {
    return std::any_of(index.begin(), index.end(), [&](const IndexEntry& entry) {
      return (entry.start && (*this)(*entry.start)) || (entry.stop && (*this)(*entry.stop));
    });
  }
  template <class T>
  bool operator()(const T&) const {
    return false;
  }
};

bool is_foldable(const Graph& graph, const Apply& apply) {
  if (apply.op->eval == nullptr || !apply.inner.empty() || apply.inputs.empty()) return false;
  if (apply.op->needs_library) return false;
  if (!measured_symbol(apply).empty()) return false;  // others mention the size
  for (const auto& [name, value] : apply.attributes) {
    if (std::visit(HasSymbols{}, value)) return false;
  }
  int64_t input_bytes = 0;
  for (const VariableId input : apply.inputs) {
    const Variable& variable = graph.variable(input);
    if (variable.kind != VariableKind::constant) return false;
    input_bytes += variable.constant->byte_size();
  }
  for (const VariableId output : apply.outputs) {
    const TensorType& type = graph.type(output);
    if (!has_integer_shape(type)) return false;
    const auto count = element_count(type.shape).constant().value_or(0);
    const int64_t bytes = count * dtype_size(type.dtype);
    if (bytes > kSmallBytes && bytes > input_bytes) return false;
  }
  return true;
}

Replacements fold(Rewrite& rewrite) {
  if (!is_foldable(rewrite.graph, rewrite.apply)) return {};
  EvalContext eval{rewrite.graph, rewrite.apply, {}, {}, {}, {}, {}, {}};
  for (const VariableId input : rewrite.apply.inputs) {
    eval.inputs.push_back(rewrite.graph.variable(input).constant.get());
  }
  eval.dim = [](const DimExpr& dim) {
    const auto value = dim.constant();
    TGC_CHECK(value.has_value(), "folding with a dim that is no integer");
    return *value;
  };
  rewrite.apply.op->eval(eval);
  if (!eval.failure.empty()) return {};
  Replacements results;
  for (size_t i = 0; i < rewrite.apply.outputs.size(); ++i) {
    const TensorType type = rewrite.graph.type(rewrite.apply.outputs[i]);
    TGC_CHECK(eval.outputs.at(i).dtype() == type.dtype, "a folded value has another dtype");
    results.push_back(
        rewrite.graph.add_constant(std::make_shared<const Tensor>(std::move(eval.outputs[i])), {},
                                   rewrite.apply.origin, type.place));
  }
  return results;
}

}  // namespace

std::vector<Pass> topo_constant_folding_passes() {
  constexpr std::string_view kFold = "f(constants) -> a constant";
  return {node_pass("topo_constant_folding", kFold, {}, fold),
          node_pass("constant_folding_for_scan2", kFold, {}, fold),
          node_pass("gpua_constant_folding", kFold, {}, fold)};
}

}  // namespace tgc
