// SPDX-License-Identifier: Apache-2.0
// The error function and its complement: one in place of the other where 1 cancels, and logarithms
// of erfc that do not underflow. Sums and differences are written as Theano's names have them:
//   local_one_minus_erf      1 - erf(x)       ->  erfc(x)
//   local_one_minus_erf2     1 + -1 * erf(x)  ->  erfc(x)     local_one_plus_neg_erf  1 + -erf(x)
//   local_one_plus_erf       1 + erf(x)       ->  erfc(-x)
//   local_erf_minus_one      erf(x) - 1       ->  -erfc(x)
//   local_erf_neg_minus_one  erf(-x) - 1      ->  -erfc(-x)   local_erf_neg_minus_one2  erf(-1 * x)
//   local_one_minus_erfc     1 - erfc(x)      ->  erf(x)
//   local_one_minus_erfc2, local_one_add_neg_erfc  1 + -erfc(x);  local_one_minus_erfc3  -1 *
//   erfc(x) local_log_erfc           log(erfc(x))     ->  log(erfcx(x)) - sqr(x), log1p(-erf(x)) up
//   to x = 1 local_grad_log_erfc_neg  exp(-sqr(x)) / erfc(x)  ->  1 / erfcx(x)
// Theano's last two use a series from where erfc is 0; erfcx(x) = exp(x^2) erfc(x) is right
// anywhere.
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

// The other term of a sum of two of which one is `value`.
std::optional<VariableId> beside(const Graph& graph, const Apply& sum, double value) {
  if (sum.op->name != "add" || sum.inputs.size() != 2) return std::nullopt;
  for (const size_t at : {0U, 1U}) {
    if (is_uniform(graph, sum.inputs[at], value)) return sum.inputs[1 - at];
  }
  return std::nullopt;
}

std::optional<VariableId> one_minus(const Graph& graph, const Apply& apply) {
  const bool is_it = apply.op->name == "sub" && is_uniform(graph, apply.inputs[0], 1);
  return is_it ? std::optional(apply.inputs[1]) : std::nullopt;
}

// x - 1, also written as x + -1.
std::optional<VariableId> minus_one(const Graph& graph, const Apply& apply) {
  const bool is_it = apply.op->name == "sub" && is_uniform(graph, apply.inputs[1], 1);
  return is_it ? std::optional(apply.inputs[0]) : beside(graph, apply, -1);
}

std::optional<VariableId> minus_one_times(const Graph& graph, VariableId id) {
  const Apply* product = made_by(graph, id, "mul");
  if (product == nullptr || product->inputs.size() != 2) return std::nullopt;
  for (const size_t at : {0U, 1U}) {
    if (is_uniform(graph, product->inputs[at], -1)) return product->inputs[1 - at];
  }
  return std::nullopt;
}

using Found = std::optional<VariableId>;

// x where `id` is f(x).
Found inside(const Graph& graph, Found id, std::string_view f) {
  return id ? argument_of(graph, *id, f) : std::nullopt;
}
// The same for -f(x) and -1 * f(x).
Found inside_neg(const Graph& graph, Found id, std::string_view f) {
  return inside(graph, inside(graph, id, "neg"), f);
}
Found inside_minus(const Graph& graph, Found id, std::string_view f) {
  return id ? inside(graph, minus_one_times(graph, *id), f) : std::nullopt;
}

// f(x) for the Apply, if the pattern was found and stays in floats.
Replacements given(Rewrite& rewrite, Found x, std::string_view f, bool negated = false) {
  if (!x || !is_float(rewrite.type().dtype)) return {};
  const Node value = rewrite.node(*x).call(f);
  return rewrite.give(negated ? -value : value);
}

Replacements one_minus_erf(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  return given(rewrite, inside(graph, one_minus(graph, rewrite.apply), "erf"), "erfc");
}

Replacements one_minus_erf2(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  return given(rewrite, inside_minus(graph, beside(graph, rewrite.apply, 1), "erf"), "erfc");
}

Replacements one_plus_neg_erf(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  return given(rewrite, inside_neg(graph, beside(graph, rewrite.apply, 1), "erf"), "erfc");
}

Replacements one_plus_erf(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Found x = inside(graph, beside(graph, rewrite.apply, 1), "erf");
  if (!x || !is_float(rewrite.type().dtype) || !is_float(graph.type(*x).dtype)) return {};
  return rewrite.give((-rewrite.node(*x)).call("erfc"));
}

Replacements erf_minus_one(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  return given(rewrite, inside(graph, minus_one(graph, rewrite.apply), "erf"), "erfc", true);
}

Replacements erf_neg_minus_one(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Found x = inside(graph, minus_one(graph, rewrite.apply), "erf");
  return inside(graph, x, "neg") ? given(rewrite, x, "erfc", true) : Replacements{};
}

Replacements erf_neg_minus_one2(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Found x = inside(graph, minus_one(graph, rewrite.apply), "erf");
  const bool is_it = x && minus_one_times(graph, *x).has_value();
  return is_it ? given(rewrite, x, "erfc", true) : Replacements{};
}

Replacements one_minus_erfc(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  return given(rewrite, inside(graph, one_minus(graph, rewrite.apply), "erfc"), "erf");
}

Replacements one_add_neg_erfc(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  return given(rewrite, inside_neg(graph, beside(graph, rewrite.apply, 1), "erfc"), "erf");
}

Replacements one_minus_erfc3(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  return given(rewrite, inside_minus(graph, beside(graph, rewrite.apply, 1), "erfc"), "erf");
}

Replacements log_erfc(Rewrite& rewrite) {
  const Found id = argument_of(rewrite.graph, rewrite.input(0), "erfc");
  if (!id || !is_float(rewrite.graph.type(*id).dtype)) return {};
  const Node x = rewrite.node(*id);
  const Node large = log(x.call("erfcx")) - sqr(x);
  // erfcx overflows where erfc is nearly 2
  const Node small = (-x.call("erf")).call("log1p");
  return rewrite.give(where(gt(x, x.number(1)), large, small));
}

// x where `id` is exp(-sqr(x)).
Found gauss(const Graph& graph, VariableId id) {
  const Found power = argument_of(graph, id, "exp");
  if (const Found x = inside(graph, inside(graph, power, "neg"), "sqr")) return x;
  return power ? inside(graph, minus_one_times(graph, *power), "sqr") : std::nullopt;
}

// Factors over the line may stand beside exp(-sqr(x)).
Replacements grad_log_erfc_neg(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const Found x = argument_of(graph, rewrite.input(1), "erfc");
  if (!x || !is_float(rewrite.type().dtype)) return {};
  const Apply* product = made_by(graph, rewrite.input(0), "mul");
  const std::vector<VariableId> factors =
      product != nullptr ? product->inputs : std::vector<VariableId>{rewrite.input(0)};
  std::vector<VariableId> rest;
  bool found = false;
  for (const VariableId factor : factors) {
    const bool is_it = !found && gauss(graph, factor) == x;
    found = found || is_it;
    if (!is_it) rest.push_back(factor);
  }
  if (!found) return {};
  const Node divisor = rewrite.node(*x).call("erfcx");
  if (rest.empty()) return rewrite.give(divisor.call("inv"));
  std::vector<Node> nodes;
  for (const VariableId factor : rest) nodes.push_back(rewrite.node(factor));
  return rewrite.give(combined("mul", nodes) / divisor);
}

}  // namespace

std::vector<Pass> erf_rewrites_passes() {
  return {
      node_pass("local_one_minus_erf", "1 - erf(x) -> erfc(x)", {"sub"}, one_minus_erf),
      node_pass("local_one_minus_erf2", "1 + -1 * erf(x) -> erfc(x)", {"add"}, one_minus_erf2),
      node_pass("local_one_plus_neg_erf", "1 + -erf(x) -> erfc(x)", {"add"}, one_plus_neg_erf),
      node_pass("local_one_plus_erf", "1 + erf(x) -> erfc(-x)", {"add"}, one_plus_erf),
      node_pass("local_erf_minus_one", "erf(x) - 1 -> -erfc(x)", {"add", "sub"}, erf_minus_one),
      node_pass("local_erf_neg_minus_one", "erf(-x) - 1 -> -erfc(-x)", {"add", "sub"},
                erf_neg_minus_one),
      node_pass("local_erf_neg_minus_one2", "erf(-1 * x) - 1 -> -erfc(-1 * x)", {"add", "sub"},
                erf_neg_minus_one2),
      node_pass("local_one_minus_erfc", "1 - erfc(x) -> erf(x)", {"sub"}, one_minus_erfc),
      node_pass("local_one_minus_erfc2", "1 + -erfc(x) -> erf(x)", {"add"}, one_add_neg_erfc),
      node_pass("local_one_minus_erfc3", "1 + -1 * erfc(x) -> erf(x)", {"add"}, one_minus_erfc3),
      node_pass("local_one_add_neg_erfc", "1 + -erfc(x) -> erf(x)", {"add"}, one_add_neg_erfc),
      node_pass("local_log_erfc", "log(erfc(x)) -> log(erfcx(x)) - sqr(x) where x is large",
                {"log"}, log_erfc),
      node_pass("local_grad_log_erfc_neg", "exp(-sqr(x)) / erfc(x) -> 1 / erfcx(x)", {"true_div"},
                grad_log_erfc_neg),
  };
}

}  // namespace tgc
