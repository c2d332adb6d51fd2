// SPDX-License-Identifier: Apache-2.0
// Softmax, its logarithm and its cross entropy: stable and fused forms. sm is softmax(x) or
// softmax_with_bias(x, b), rows is arange(number of rows), y the columns.
//   local_softmax_with_bias  softmax(x + b)             ->  softmax_with_bias(x, b)
//   local_logsoftmax         log(softmax(x))            ->  log_softmax(x)
//   local_logsoftmax_grad    softmax_grad(g / sm, sm)   ->  g - sum(g, 1) * sm
//   local_argmax_pushdown    argmax(softmax(x))         ->  argmax(x)
//   crossentropy_to_crossentropy_with_softmax_with_bias, crossentropy_to_crossentropy_with_softmax
//                            crossentropy_categorical_1hot(sm, y) -> the fused op's first output
//   local_advanced_indexing_crossentropy_onehot  log(sm)[rows, y] -> minus that
//   local_softmax_grad_to_crossentropy_with_softmax_grad
//                            softmax_grad(crossentropy_categorical_1hot_grad(g, sm, y), sm)
//                                                       ->  crossentropy_softmax_1hot_with_bias_dx
//   local_advanced_indexing_crossentropy_onehot_grad  the gradient of log(sm)[rows, y] -> that op
//   graph_merge_softmax_with_crossentropy_softmax  sm beside the fused op -> its second output
//   local_useless_crossentropy_softmax_1hot_with_bias_dx_alloc  dx(alloc(g), sm, y) -> dx(g, sm, y)
// Guarantees: equal up to rounding where the left side is finite. A y that is no column fails the
// call; log(sm)[rows, y] accepted negative ones (Theano's rewrite changes that too).
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

constexpr std::string_view kFused = "crossentropy_softmax_argmax_1hot_with_bias";
constexpr std::string_view kFusedGrad = "crossentropy_softmax_1hot_with_bias_dx";

struct Softmax {
  VariableId x;
  std::optional<VariableId> bias;
};

std::optional<Softmax> softmax_of(const Graph& graph, VariableId id) {
  if (const auto x = argument_of(graph, id, "softmax")) return Softmax{*x, std::nullopt};
  const Apply* biased = made_by(graph, id, "softmax_with_bias");
  if (biased == nullptr) return std::nullopt;
  return Softmax{biased->inputs[0], biased->inputs[1]};
}

// The vector that `id` is, or that it is a row of.
std::optional<VariableId> vector_behind(const Graph& graph, VariableId id) {
  if (graph.type(id).rank() == 1) return id;
  const Apply* shuffle = made_by(graph, id, "dimshuffle");
  if (shuffle == nullptr || graph.type(shuffle->inputs[0]).rank() != 1) return std::nullopt;
  const auto& order = *find_attr<std::vector<int64_t>>(shuffle->attributes, "order");
  if (order != std::vector<int64_t>{-1, 0}) return std::nullopt;
  return shuffle->inputs[0];
}

Replacements softmax_with_bias(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* sum = made_by(graph, rewrite.input(0), "add");
  if (sum == nullptr || sum->inputs.size() < 2) return {};
  const TensorType type = rewrite.type();
  std::optional<VariableId> bias;
  std::vector<Node> others;
  for (const VariableId id : sum->inputs) {
    const auto vector = vector_behind(graph, id);
    const bool fits = !bias && vector && graph.type(*vector).dtype == type.dtype &&
                      !graph.type(*vector).shape[0].is(1);
    if (fits) {
      bias = vector;
    } else {
      others.push_back(rewrite.node(id));
    }
  }
  if (!bias || others.empty()) return {};
  const Node x = combined("add", others);
  if (x.type().shape != type.shape || x.type().dtype != type.dtype) return {};
  return rewrite.give(x.call("softmax_with_bias", {rewrite.node(*bias)}));
}

Node with_bias(Rewrite& rewrite, const Softmax& softmax) {
  const Node x = rewrite.node(softmax.x);
  return softmax.bias ? x + rewrite.node(*softmax.bias) : x;
}

Replacements logsoftmax(Rewrite& rewrite) {
  const auto softmax = softmax_of(rewrite.graph, rewrite.input(0));
  if (!softmax) return {};
  return rewrite.give(with_bias(rewrite, *softmax).call("log_softmax"));
}

Replacements logsoftmax_grad(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* quotient = made_by(graph, rewrite.input(0), "true_div");
  if (quotient == nullptr || quotient->inputs[1] != rewrite.input(1)) return {};
  if (!softmax_of(graph, rewrite.input(1))) return {};
  const TensorType type = rewrite.type();
  const Node g = rewrite.node(fitted(rewrite.builder, quotient->inputs[0], type));
  const Node sum = g.call("sum", {}, {{"axis", std::vector<int64_t>{1}}})
                       .call("dimshuffle", {}, {{"order", std::vector<int64_t>{0, -1}}});
  return rewrite.give(g - sum * rewrite.x(1));
}

Replacements argmax_pushdown(Rewrite& rewrite) {
  const auto& axes = *find_attr<std::vector<int64_t>>(rewrite.apply.attributes, "axis");
  if (axes != std::vector<int64_t>{1}) return {};
  const auto softmax = softmax_of(rewrite.graph, rewrite.input(0));
  if (!softmax) return {};
  return rewrite.give(with_bias(rewrite, *softmax).call("argmax", {}, rewrite.apply.attributes));
}

// The fused op on the softmax's operands; without a bias one of zeros.
std::vector<VariableId> fused(Rewrite& rewrite, const Softmax& softmax, VariableId y) {
  const TensorType x = rewrite.graph.type(softmax.x);
  const VariableId bias =
      softmax.bias ? *softmax.bias
                   : rewrite.builder.alloc(rewrite.builder.scalar(x.dtype, 0), {x.shape[1]});
  const ApplyId made = rewrite.builder.add(kFused, {softmax.x, bias, y});
  return rewrite.graph.apply(made).outputs;
}

Replacements fuse_with_bias(Rewrite& rewrite) {
  const auto softmax = softmax_of(rewrite.graph, rewrite.input(0));
  if (!softmax || !softmax->bias) return {};
  return {fused(rewrite, *softmax, rewrite.input(1))[0]};
}

Replacements fuse(Rewrite& rewrite) {
  const auto softmax = softmax_of(rewrite.graph, rewrite.input(0));
  if (!softmax) return {};
  return {fused(rewrite, *softmax, rewrite.input(1))[0]};
}

// Whether `id` is 0, 1, ..., rows - 1.
bool is_all_rows(const Graph& graph, VariableId id, const DimExpr& rows) {
  const TensorType& type = graph.type(id);
  if (type.rank() != 1 || type.shape[0] != rows) return false;
  const Variable& variable = graph.variable(id);
  if (variable.kind == VariableKind::constant) {
    for (int64_t i = 0; i < variable.constant->size(); ++i) {
      if (variable.constant->get_int(i) != i) return false;
    }
    return true;
  }
  const Apply* range = made_by(graph, id, "arange");
  if (range == nullptr) return false;
  const auto is_value = [&](size_t input, int64_t value) {
    const auto& known = graph.variable(range->inputs[input]).value;
    return known && known->front().is(value);
  };
  if (range->inputs.size() == 1) return true;
  return is_value(0, 0) && (range->inputs.size() == 2 || is_value(2, 1));
}

// y where the Apply's index is [rows, y], its index inputs beginning at `first`.
std::optional<VariableId> one_column_per_row(const Graph& graph, const Apply& apply, size_t first,
                                             const Shape& shape) {
  const auto* index = find_attr<std::vector<IndexEntry>>(apply.attributes, "index");
  if (index == nullptr || index->size() != 2 || apply.inputs.size() != first + 2) {
    return std::nullopt;
  }
  for (size_t i = 0; i < 2; ++i) {
    const IndexEntry& entry = (*index)[i];
    const bool fits =
        entry.kind == IndexEntry::Kind::input && entry.input == static_cast<int>(first + i);
    if (!fits) return std::nullopt;
  }
  const VariableId y = apply.inputs[first + 1];
  if (!is_all_rows(graph, apply.inputs[first], shape[0]) || graph.type(y).rank() != 1) {
    return std::nullopt;
  }
  return y;
}

// x of log(softmax(x)) in either spelling.
std::optional<Softmax> log_softmax_of(const Graph& graph, VariableId id) {
  if (const auto x = argument_of(graph, id, "log_softmax")) return Softmax{*x, std::nullopt};
  const auto inner = argument_of(graph, id, "log");
  return inner ? softmax_of(graph, *inner) : std::nullopt;
}

Replacements index_onehot(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (rewrite.apply.op->name == "log") {  // log(sm[rows, y])
    const Apply* selection = made_by(graph, rewrite.input(0), "advanced_subtensor");
    const auto softmax =
        selection != nullptr ? softmax_of(graph, selection->inputs[0]) : std::nullopt;
    if (!softmax) return {};
    const auto y = one_column_per_row(graph, *selection, 1, graph.type(selection->inputs[0]).shape);
    if (!y) return {};
    return rewrite.give(-rewrite.node(fused(rewrite, *softmax, *y)[0]));
  }
  const auto softmax = log_softmax_of(graph, rewrite.input(0));
  if (!softmax || rewrite.x().type().rank() != 2) return {};
  const auto y = one_column_per_row(graph, rewrite.apply, 1, rewrite.x().type().shape);
  if (!y) return {};
  return rewrite.give(-rewrite.node(fused(rewrite, *softmax, *y)[0]));
}

// A gradient g per row, scalar or vector, at column y of each row.
struct RowGradient {
  VariableId g;
  VariableId y;
};

// g and y where `id` is zeros with g added at [rows, y].
std::optional<RowGradient> scattered(const Graph& graph, VariableId id) {
  const Apply* scatter = made_by(graph, id, "advanced_inc_subtensor");
  if (scatter == nullptr) scatter = made_by(graph, id, "advanced_set_subtensor");
  if (scatter == nullptr || graph.type(id).rank() != 2) return std::nullopt;
  if (!is_uniform(graph, scatter->inputs[0], 0)) return std::nullopt;
  const auto y = one_column_per_row(graph, *scatter, 2, graph.type(id).shape);
  if (!y || graph.type(scatter->inputs[1]).rank() > 1) return std::nullopt;
  return RowGradient{scatter->inputs[1], *y};
}

Node fused_grad(Rewrite& rewrite, const RowGradient& row, VariableId sm, bool is_negative) {
  const DType dtype = rewrite.graph.type(sm).dtype;
  const Node g = rewrite.node(row.g).cast(dtype);
  return (is_negative ? -g : g).call(kFusedGrad, {rewrite.node(sm), rewrite.node(row.y)});
}

Replacements onehot_grad(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (!softmax_of(graph, rewrite.input(1)) && !made_by(graph, rewrite.input(1), kFused)) return {};
  const Apply* gradient = made_by(graph, rewrite.input(0), "crossentropy_categorical_1hot_grad");
  if (gradient == nullptr || gradient->inputs[1] != rewrite.input(1)) return {};
  const RowGradient row{gradient->inputs[0], gradient->inputs[2]};
  return rewrite.give(fused_grad(rewrite, row, rewrite.input(1), false));
}

// softmax_grad(scattered / sm, sm), or scattered - sum(scattered, 1) * sm.
Replacements index_onehot_grad(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (rewrite.apply.op->name == "softmax_grad") {
    const Apply* quotient = made_by(graph, rewrite.input(0), "true_div");
    if (quotient == nullptr || quotient->inputs[1] != rewrite.input(1)) return {};
    const auto row = scattered(graph, quotient->inputs[0]);
    if (!row) return {};
    return rewrite.give(fused_grad(rewrite, *row, rewrite.input(1), true));
  }
  const auto row = scattered(graph, rewrite.input(0));
  const Apply* product = made_by(graph, rewrite.input(1), "mul");
  if (!row || product == nullptr || product->inputs.size() != 2) return {};
  for (const size_t at : {0U, 1U}) {
    const auto sum = argument_of(graph, product->inputs[at], "dimshuffle");
    const bool is_row_sum =
        sum && argument_of(graph, *sum, "sum") == rewrite.input(0) &&
        *find_attr<std::vector<int64_t>>(made_by(graph, *sum, "sum")->attributes, "axis") ==
            std::vector<int64_t>{1};
    const VariableId sm = product->inputs[1 - at];
    const bool is_softmax = softmax_of(graph, sm) || made_by(graph, sm, kFused) != nullptr;
    if (is_row_sum && is_softmax) return rewrite.give(fused_grad(rewrite, *row, sm, true));
  }
  return {};
}

// sm beside a fused op on the same operands.
Replacements merge_softmax(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const bool has_bias = rewrite.apply.inputs.size() == 2;
  for (const Use& use : graph.uses(rewrite.input(0))) {
    if (!use.apply.valid() || use.index != 0) continue;
    const Apply& other = graph.apply(use.apply);
    if (other.op->name != kFused) continue;
    const bool same_bias =
        has_bias ? other.inputs[1] == rewrite.input(1) : is_uniform(graph, other.inputs[1], 0);
    if (same_bias) return {other.outputs[1]};
  }
  return {};
}

Replacements dx_alloc(Rewrite& rewrite) {
  const auto g = argument_of(rewrite.graph, rewrite.input(0), "alloc");
  if (!g || rewrite.graph.type(*g).rank() > 1) return {};
  return rewrite.give(rewrite.node(*g).call(kFusedGrad, {rewrite.x(1), rewrite.x(2)}));
}

}  // namespace

std::vector<Pass> softmax_rewrites_passes() {
  return {
      node_pass("local_softmax_with_bias", "softmax(x + b) -> softmax_with_bias(x, b)", {"softmax"},
                softmax_with_bias),
      node_pass("local_logsoftmax", "log(softmax(x)) -> log_softmax(x)", {"log"}, logsoftmax),
      node_pass("local_logsoftmax_grad", "softmax_grad(g / sm, sm) -> g - sum(g, 1) * sm",
                {"softmax_grad"}, logsoftmax_grad),
      node_pass("local_argmax_pushdown", "argmax(softmax(x)) -> argmax(x)", {"argmax"},
                argmax_pushdown),
      node_pass("crossentropy_to_crossentropy_with_softmax_with_bias",
                "cross entropy of softmax(x + b) -> one fused stable op",
                {"crossentropy_categorical_1hot"}, fuse_with_bias),
      node_pass("crossentropy_to_crossentropy_with_softmax",
                "cross entropy of softmax(x) -> one fused stable op",
                {"crossentropy_categorical_1hot"}, fuse),
      node_pass("local_advanced_indexing_crossentropy_onehot",
                "log(softmax(x))[arange(n), y] -> minus the fused stable op",
                {"advanced_subtensor", "log"}, index_onehot),
      node_pass("local_softmax_grad_to_crossentropy_with_softmax_grad",
                "softmax_grad of a cross entropy's gradient -> one fused op", {"softmax_grad"},
                onehot_grad),
      node_pass("local_advanced_indexing_crossentropy_onehot_grad",
                "the gradient of log(softmax(x))[arange(n), y] -> one fused op",
                {"softmax_grad", "sub"}, index_onehot_grad),
      node_pass("graph_merge_softmax_with_crossentropy_softmax",
                "softmax beside the fused op -> its second output",
                {"softmax", "softmax_with_bias"}, merge_softmax),
      node_pass("local_useless_crossentropy_softmax_1hot_with_bias_dx_alloc",
                "the fused gradient of alloc(g) -> of g", {kFusedGrad}, dx_alloc),
  };
}

}  // namespace tgc
