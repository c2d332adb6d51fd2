// SPDX-License-Identifier: Apache-2.0
// Elementwise Applies that only repeat an operand or have a known result.
//   local_useless_elemwise             add(x) -> x; eq(x, x) -> true; and_(x, false) -> false; ...
//   local_useless_elemwise_comparison  x < x -> false, dim >= 0 -> true, maximum(dim, 0) -> dim
//   local_cast_cast                    cast(cast(x)) -> cast(x) where the first only widens
//   local_upcast_elemwise_constant_inputs  narrow constants -> constants of the result's dtype
//   local_useless_switch               switch(constant, a, b) -> a or b; switch(c, a, a) -> a
//   local_merge_switch_same_cond       f(switch(c, a, b), switch(c, x, y)) -> switch(c, f(..),
//   f(..)) local_mul_switch_sink, local_div_switch_sink  switch(c, a, 0) * b -> switch(c, a * b, 0)
#include <algorithm>
#include <array>

#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

Replacements fold_bits(Rewrite& rewrite) {
  const auto& inputs = rewrite.apply.inputs;
  const bool is_or = rewrite.apply.op->name == "or_";
  if (rewrite.type().dtype != DType::boolean || inputs.size() != 2) return {};
  for (const size_t at : {0U, 1U}) {
    const auto value = uniform_value(rewrite.graph, inputs[at]);
    if (!value) continue;
    const bool decides = is_or == (*value != 0);
    if (decides) return {filled(rewrite.builder, is_or ? 1 : 0, rewrite.type())};
    return rewrite.give(rewrite.x(1 - at));
  }
  return inputs[0] == inputs[1] ? rewrite.give(rewrite.x()) : Replacements{};
}

// Copies: what theano.gradient's markers do to gradients is done when rewrites run.
constexpr std::array<std::string_view, 8> kCopies = {
    "consider_constant", "disconnected_grad", "grad_clip", "grad_scale",
    "identity",          "undefined_grad",    "print",     "zero_grad"};

Replacements useless_elemwise(Rewrite& rewrite) {
  const std::string_view op = rewrite.apply.op->name;
  const auto& inputs = rewrite.apply.inputs;
  if (std::find(kCopies.begin(), kCopies.end(), op) != kCopies.end()) {
    return rewrite.give(rewrite.x());
  }
  if ((op == "add" || op == "mul") && inputs.size() == 1) return rewrite.give(rewrite.x());
  if (op == "eq" || op == "neq") {
    if (inputs[0] != inputs[1]) return {};
    return {filled(rewrite.builder, op == "eq" ? 1 : 0, rewrite.type())};
  }
  if (op == "and_" || op == "or_") return fold_bits(rewrite);
  if (op == "cast" && rewrite.x().type().dtype == rewrite.type().dtype) {
    return rewrite.give(rewrite.x());
  }
  return {};
}

// Bounds of an integer scalar whose value is arithmetic on dims.
std::optional<DimExpr> known_value(const Graph& graph, VariableId id) {
  const Variable& variable = graph.variable(id);
  if (!variable.value || variable.value->size() != 1 || variable.type.rank() > 0) return {};
  return variable.value->front();
}

// Whether `difference` compared with 0 is known.
std::optional<bool> compare(std::string_view op, const DimExpr& difference) {
  if (op == "gt") return compare("lt", DimExpr(0) - difference);
  if (op == "ge") return compare("le", DimExpr(0) - difference);
  const int64_t edge = op == "lt" ? -1 : 0;
  const auto low = difference.lower_bound();
  const auto high = difference.upper_bound();
  if (high && *high <= edge) return true;
  if (low && *low > edge) return false;
  return std::nullopt;
}

Replacements useless_comparison(Rewrite& rewrite) {
  const std::string_view op = rewrite.apply.op->name;
  const bool is_extreme = op == "maximum" || op == "minimum";
  if (rewrite.input(0) == rewrite.input(1)) {
    if (is_extreme) return rewrite.give(rewrite.x());
    const bool holds = op == "le" || op == "ge";
    // NaN <= NaN is false, but Theano takes it as true here too.
    return {filled(rewrite.builder, holds ? 1 : 0, rewrite.type())};
  }
  const auto a = known_value(rewrite.graph, rewrite.input(0));
  const auto b = known_value(rewrite.graph, rewrite.input(1));
  if (!a || !b) return {};
  if (is_extreme) {
    const auto is_first = compare(op == "maximum" ? "ge" : "le", *a - *b);
    if (!is_first) return {};
    return rewrite.give(rewrite.x(*is_first ? 0 : 1));
  }
  const auto result = compare(op, *a - *b);
  if (!result) return {};
  return {filled(rewrite.builder, *result ? 1 : 0, rewrite.type())};
}

// Every value of `from` is one of `to`.
bool is_exact(DType from, DType to) {
  const bool is_wide = from == DType::int64 || from == DType::uint64;
  return promote(from, to) == to && !(is_wide && is_float(to));
}

Replacements cast_cast(Rewrite& rewrite) {
  const Node inner = rewrite.x();
  const DType to = rewrite.type().dtype;
  if (inner.type().dtype == to) return rewrite.give(inner);
  const auto x = argument_of(rewrite.graph, inner.id(), "cast");
  if (!x || !is_exact(rewrite.graph.type(*x).dtype, inner.type().dtype)) return {};
  return rewrite.give(rewrite.node(*x).cast(to));
}

Replacements upcast_constants(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const DType dtype = rewrite.type().dtype;
  std::vector<VariableId> inputs = rewrite.apply.inputs;
  bool changed = false;
  for (VariableId& id : inputs) {
    const Variable& variable = graph.variable(id);
    const DType own = variable.type.dtype;
    if (variable.kind != VariableKind::constant || own == dtype) continue;
    if (!is_exact(own, dtype) || variable.type.place != rewrite.type().place) continue;
    const auto converted = std::make_shared<const Tensor>(variable.constant->cast_to(dtype));
    id = rewrite.graph.add_constant(converted);
    changed = true;
  }
  if (!changed) return {};
  const VariableId value =
      rewrite.builder.call(rewrite.apply.op->name, inputs, rewrite.apply.attributes);
  if (graph.type(value).dtype != dtype) return {};
  return rewrite.give(rewrite.node(value));
}

Replacements useless_switch(Rewrite& rewrite) {
  if (const auto condition = uniform_value(rewrite.graph, rewrite.input(0))) {
    return rewrite.give(rewrite.x(*condition != 0 ? 1 : 2));
  }
  if (rewrite.input(1) == rewrite.input(2)) return rewrite.give(rewrite.x(1));
  return {};
}

Replacements merge_switch(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  if (!rewrite.apply.op->is_elementwise() || rewrite.apply.inputs.size() < 2) return {};
  if (rewrite.apply.op->name == "switch" || rewrite.apply.op->scalar_check != nullptr) return {};
  if (is_complex(rewrite.type().dtype)) return {};  // their switch is one of the parts again
  std::optional<VariableId> condition;
  std::vector<VariableId> first;
  std::vector<VariableId> second;
  for (const VariableId id : rewrite.apply.inputs) {
    const Apply* choice = made_by(graph, id, "switch");
    if (choice == nullptr || !has_one_use(graph, id)) return {};
    if (condition && *condition != choice->inputs[0]) return {};
    condition = choice->inputs[0];
    const bool keeps_dtype =
        graph.type(choice->inputs[1]).dtype == graph.type(choice->inputs[2]).dtype;
    if (!keeps_dtype) return {};
    first.push_back(choice->inputs[1]);
    second.push_back(choice->inputs[2]);
  }
  const std::string_view op = rewrite.apply.op->name;
  const Attributes& attributes = rewrite.apply.attributes;
  const Node a = rewrite.node(rewrite.builder.call(op, first, attributes));
  const Node b = rewrite.node(rewrite.builder.call(op, second, attributes));
  return rewrite.give(where(rewrite.node(*condition), a, b));
}

// `f` of the branch that is not 0 inside the switch.
template <class F>
Replacements sink(Rewrite& rewrite, VariableId id, const F& f) {
  const Graph& graph = rewrite.graph;
  const Apply* choice = made_by(graph, id, "switch");
  if (choice == nullptr) return {};
  const VariableId condition = choice->inputs[0];
  const VariableId first = choice->inputs[1];
  const VariableId second = choice->inputs[2];
  const DType dtype = rewrite.type().dtype;
  const Node zero = rewrite.node(rewrite.builder.scalar(dtype, 0));
  if (is_uniform(graph, first, 0)) {
    return rewrite.give(where(rewrite.node(condition), zero, f(rewrite.node(second))));
  }
  if (is_uniform(graph, second, 0)) {
    return rewrite.give(where(rewrite.node(condition), f(rewrite.node(first)), zero));
  }
  return {};
}

Replacements mul_switch_sink(Rewrite& rewrite) {
  const auto& inputs = rewrite.apply.inputs;
  if (!is_float(rewrite.type().dtype)) return {};
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Replacements result = sink(rewrite, inputs[i], [&](const Node& branch) {
      std::vector<Node> factors{branch};
      for (size_t k = 0; k < inputs.size(); ++k) {
        if (k != i) factors.push_back(rewrite.node(inputs[k]));
      }
      return combined("mul", factors);
    });
    if (!result.empty()) return result;
  }
  return {};
}

Replacements div_switch_sink(Rewrite& rewrite) {
  if (!is_float(rewrite.type().dtype)) return {};
  const std::string_view op = rewrite.apply.op->name;
  return sink(rewrite, rewrite.input(0),
              [&](const Node& branch) { return branch.call(op, {rewrite.x(1)}); });
}

}  // namespace

std::vector<Pass> useless_elemwise_passes() {
  return {
      node_pass(
          "local_useless_elemwise", "add(x) -> x, eq(x, x) -> true, and_(x, false) -> false",
          {"add", "and_", "cast", "consider_constant", "disconnected_grad", "eq", "grad_clip",
           "grad_scale", "identity", "mul", "neq", "or_", "print", "undefined_grad", "zero_grad"},
          useless_elemwise),
      node_pass("local_useless_elemwise_comparison",
                "x < x -> false, dim >= 0 -> true, maximum(dim, 0) -> dim",
                {"lt", "le", "gt", "ge", "maximum", "minimum"}, useless_comparison),
      node_pass("local_cast_cast", "cast(cast(x)) -> cast(x) where the first only widens", {"cast"},
                cast_cast),
      node_pass("local_upcast_elemwise_constant_inputs",
                "narrow constants -> constants of the result's dtype",
                {"add", "mul", "sub", "true_div"}, upcast_constants),
      node_pass("local_useless_switch", "switch(constant, a, b) -> a or b", {"switch"},
                useless_switch),
      node_pass("local_merge_switch_same_cond",
                "f(switch(c, a, b), switch(c, x, y)) -> switch(c, f(a, x), f(b, y))", {},
                merge_switch),
      node_pass("local_mul_switch_sink", "switch(c, a, 0) * b -> switch(c, a * b, 0)", {"mul"},
                mul_switch_sink),
      node_pass("local_div_switch_sink", "switch(c, a, 0) / b -> switch(c, a / b, 0)", {"true_div"},
                div_switch_sink),
  };
}

}  // namespace tgc
