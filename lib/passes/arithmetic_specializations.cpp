// SPDX-License-Identifier: Apache-2.0
// Small arithmetic: special operands and repeated functions.
//   local_add_specialize     x + 0         ->  x
//   local_mul_specialize     x * 1 -> x,  x * -1 -> -x,  x * 0 -> 0
//   local_mul_zero           x * 0         ->  0
//   local_zero_div           0 / x         ->  0
//   local_div_to_inv         1 / x         ->  inv(x)
//   local_intdiv_by_one      x // 1        ->  x
//   local_mul_to_sqr         x * x         ->  sqr(x)
//   local_elemwise_sub_zeros x - x         ->  0
//   local_neg_neg            --x           ->  x
//   local_neg_div_neg        -(-a / b)     ->  a / b
//   local_func_inv           f(g(x)), g the inverse of f -> x
//   local_abs_merge          |x| * |y|     ->  |x * y|
//   local_add_mul_fusion     (a + b) + c   ->  add(a, b, c)
// As in Theano 0 * x, 0 / x and x - x are 0 for NaN and infinities too.
#include <algorithm>
#include <array>
#include <utility>

#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

std::vector<Node> nodes(const Rewrite& rewrite, const std::vector<VariableId>& ids) {
  const DType dtype = rewrite.type().dtype;
  std::vector<Node> list;
  for (const VariableId id : ids) list.push_back(rewrite.node(id).cast(dtype));
  return list;
}

Replacements add_specialize(Rewrite& rewrite) {
  std::vector<VariableId> terms = rewrite.apply.inputs;
  std::erase_if(terms, [&](VariableId id) { return is_uniform(rewrite.graph, id, 0); });
  if (terms.size() == rewrite.apply.inputs.size() || rewrite.type().dtype == DType::boolean) {
    return {};
  }
  if (terms.empty()) return {filled(rewrite.builder, 0, rewrite.type())};
  return rewrite.give(combined("add", nodes(rewrite, terms)));
}

bool has_zero(const Rewrite& rewrite) {
  const auto& inputs = rewrite.apply.inputs;
  return std::any_of(inputs.begin(), inputs.end(),
                     [&](VariableId id) { return is_uniform(rewrite.graph, id, 0); });
}

Replacements mul_zero(Rewrite& rewrite) {
  if (!has_zero(rewrite)) return {};
  return {filled(rewrite.builder, 0, rewrite.type())};
}

Replacements mul_specialize(Rewrite& rewrite) {
  if (has_zero(rewrite)) return mul_zero(rewrite);
  const DType dtype = rewrite.type().dtype;
  if (dtype == DType::boolean) return {};
  bool negates = false;
  std::vector<VariableId> factors;
  for (const VariableId id : rewrite.apply.inputs) {
    const auto value = uniform_value(rewrite.graph, id);
    const bool is_minus = value == -1 && !is_unsigned_integer(dtype);
    if (is_minus) negates = !negates;
    if (!is_minus && value != 1) factors.push_back(id);
  }
  if (factors.size() == rewrite.apply.inputs.size()) return {};
  if (factors.empty()) return {filled(rewrite.builder, negates ? -1 : 1, rewrite.type())};
  const Node product = combined("mul", nodes(rewrite, factors));
  return rewrite.give(negates ? -product : product);
}

Replacements zero_div(Rewrite& rewrite) {
  if (!is_uniform(rewrite.graph, rewrite.input(0), 0)) return {};
  const bool can_fail =
      rewrite.apply.op->scalar_check != nullptr && !is_float(rewrite.type().dtype);
  const auto divisor = uniform_value(rewrite.graph, rewrite.input(1));
  if (can_fail && (!divisor || *divisor == 0)) return {};
  return {filled(rewrite.builder, 0, rewrite.type())};
}

Replacements div_to_inv(Rewrite& rewrite) {
  if (!is_uniform(rewrite.graph, rewrite.input(0), 1)) return {};
  const DType dtype = rewrite.type().dtype;
  if (!is_float(dtype) || rewrite.x(1).type().dtype != dtype) return {};
  return rewrite.give(rewrite.x(1).call("inv"));
}

Replacements intdiv_by_one(Rewrite& rewrite) {
  const bool is_integer = !is_float(rewrite.type().dtype);
  if (!is_integer || !is_uniform(rewrite.graph, rewrite.input(1), 1)) return {};
  return rewrite.give(rewrite.x(0));
}

Replacements mul_to_sqr(Rewrite& rewrite) {
  const auto& inputs = rewrite.apply.inputs;
  if (inputs.size() != 2 || inputs[0] != inputs[1]) return {};
  if (rewrite.type().dtype == DType::boolean) return {};
  return rewrite.give(sqr(rewrite.x(0)));
}

Replacements sub_zeros(Rewrite& rewrite) {
  if (rewrite.input(0) != rewrite.input(1)) return {};
  return {filled(rewrite.builder, 0, rewrite.type())};
}

Replacements neg_neg(Rewrite& rewrite) {
  const auto x = argument_of(rewrite.graph, rewrite.input(0), "neg");
  if (!x) return {};
  return rewrite.give(rewrite.node(*x));
}

Replacements neg_div_neg(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Apply* quotient = made_by(graph, rewrite.input(0), "true_div");
  if (quotient == nullptr || !has_one_use(graph, rewrite.input(0))) return {};
  const VariableId divisor = quotient->inputs[1];
  if (const auto a = argument_of(graph, quotient->inputs[0], "neg")) {
    return rewrite.give(rewrite.node(*a) / rewrite.node(divisor));
  }
  return {};
}

// (outer, inner): outer(inner(x)) is x. Only where that holds for every x of the inner's domain.
constexpr auto kInverses = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"neg", "neg"},
    {"inv", "inv"},
    {"deg2rad", "rad2deg"},
    {"rad2deg", "deg2rad"},
    {"tan", "arctan"},
    {"cosh", "arccosh"},
    {"sinh", "arcsinh"},
    {"tanh", "arctanh"},
    {"arcsinh", "sinh"},
    {"arctanh", "tanh"},
});

Replacements func_inv(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  for (const auto& [outer, inner] : kInverses) {
    if (rewrite.apply.op->name != outer) continue;
    const auto x = argument_of(graph, rewrite.input(0), inner);
    if (x && graph.type(*x).dtype == rewrite.type().dtype) return rewrite.give(rewrite.node(*x));
  }
  return {};
}

Replacements abs_merge(Rewrite& rewrite) {
  if (!is_float(rewrite.type().dtype)) return {};  // products of integers wrap
  std::vector<VariableId> inside;
  bool has_abs = false;
  for (const VariableId id : rewrite.apply.inputs) {
    const auto x = argument_of(rewrite.graph, id, "abs_");
    has_abs = has_abs || x.has_value();
    const auto value = uniform_value(rewrite.graph, id);
    if (!x && !(value && *value >= 0)) return {};
    inside.push_back(x ? *x : id);
  }
  if (inside.size() < 2 || !has_abs) return {};
  return rewrite.give(abs(combined("mul", nodes(rewrite, inside))));
}

Replacements flatten(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const DType dtype = rewrite.type().dtype;
  std::vector<VariableId> operands;
  bool found = false;
  for (const VariableId id : rewrite.apply.inputs) {
    const Apply* inner = made_by(graph, id, rewrite.apply.op->name);
    const bool fits = inner != nullptr && has_one_use(graph, id) && graph.type(id).dtype == dtype;
    if (fits) {
      operands.insert(operands.end(), inner->inputs.begin(), inner->inputs.end());
      found = true;
    } else {
      operands.push_back(id);
    }
  }
  constexpr size_t kMostOperands = 64;  // a kernel reads them all
  if (!found || operands.size() > kMostOperands) return {};
  return rewrite.give(combined(rewrite.apply.op->name, nodes(rewrite, operands)));
}

}  // namespace

std::vector<Pass> arithmetic_specializations_passes() {
  return {
      node_pass("local_add_specialize", "x + 0 -> x", {"add"}, add_specialize),
      node_pass("local_mul_specialize", "x * 1 -> x, x * -1 -> -x, x * 0 -> 0", {"mul"},
                mul_specialize),
      node_pass("local_mul_zero", "x * 0 -> 0", {"mul"}, mul_zero),
      node_pass("local_zero_div", "0 / x -> 0", {"true_div", "int_div"}, zero_div),
      node_pass("local_div_to_inv", "1 / x -> inv(x)", {"true_div"}, div_to_inv),
      node_pass("local_intdiv_by_one", "x // 1 -> x", {"int_div"}, intdiv_by_one),
      node_pass("local_mul_to_sqr", "x * x -> sqr(x)", {"mul"}, mul_to_sqr),
      node_pass("local_elemwise_sub_zeros", "x - x -> 0", {"sub"}, sub_zeros),
      node_pass("local_neg_neg", "--x -> x", {"neg"}, neg_neg),
      node_pass("local_neg_div_neg", "-(-a / b) -> a / b", {"neg"}, neg_div_neg),
      node_pass(
          "local_func_inv", "a function of its inverse -> the argument",
          {"neg", "inv", "deg2rad", "rad2deg", "tan", "cosh", "sinh", "tanh", "arcsinh", "arctanh"},
          func_inv),
      node_pass("local_abs_merge", "|x| * |y| -> |x * y|", {"mul"}, abs_merge),
      node_pass("local_add_mul_fusion", "add(add(a, b), c) -> add(a, b, c), mul too",
                {"add", "mul"}, flatten),
  };
}

}  // namespace tgc
