// SPDX-License-Identifier: Apache-2.0
// Logistic functions written with exp and log, in forms that do not overflow. All in stabilize.
//   log1pexp_to_softplus       log1p(exp(x))        ->  softplus(x)
//   logsigm_to_softplus        log(sigmoid(x))      ->  -softplus(-x)
//   log1msigm_to_softplus      log(1 - sigmoid(x))  ->  -softplus(x)
//   log1p_neg_sigmoid,         log1p(-sigmoid(x))   ->  -softplus(x)
//   local_inv_1_plus_exp       1 / (1 + exp(x))     ->  sigmoid(-x)
//   local_exp_over_1_plus_exp  exp(x) / (1 + exp(x)) -> sigmoid(x); y / (1 + exp(x)) -> y *
//   sigmoid(-x) local_sigm_times_exp       exp(x) * sigmoid(-x) ->  sigmoid(x)
// Guarantees: equal up to rounding where the left side is finite.
#include <algorithm>

#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

// x where `id` is -x.
std::optional<VariableId> negated(const Graph& graph, VariableId id) {
  return argument_of(graph, id, "neg");
}

// The other terms of a sum that has one uniform term `value`.
std::optional<std::vector<VariableId>> terms_beside(const Graph& graph, VariableId id,
                                                    double value) {
  const Apply* sum = made_by(graph, id, "add");
  if (sum == nullptr) return std::nullopt;
  std::vector<VariableId> others = sum->inputs;
  const auto found = std::find_if(others.begin(), others.end(),
                                  [&](VariableId term) { return is_uniform(graph, term, value); });
  if (found == others.end()) return std::nullopt;
  others.erase(found);
  return others;
}

// x where `id` is 1 + exp(x).
std::optional<VariableId> one_plus_exp(const Graph& graph, VariableId id) {
  const auto others = terms_beside(graph, id, 1);
  if (!others || others->size() != 1) return std::nullopt;
  return argument_of(graph, others->front(), "exp");
}

// x where `id` is 1 - sigmoid(x).
std::optional<VariableId> one_minus_sigmoid(const Graph& graph, VariableId id) {
  if (const Apply* difference = made_by(graph, id, "sub")) {
    if (!is_uniform(graph, difference->inputs[0], 1)) return std::nullopt;
    return argument_of(graph, difference->inputs[1], "sigmoid");
  }
  const auto others = terms_beside(graph, id, 1);
  if (!others || others->size() != 1) return std::nullopt;
  const auto term = negated(graph, others->front());
  return term ? argument_of(graph, *term, "sigmoid") : std::nullopt;
}

Replacements log1pexp(Rewrite& rewrite) {
  const auto x = argument_of(rewrite.graph, rewrite.input(0), "exp");
  if (!x) return {};
  return rewrite.give(rewrite.node(*x).call("softplus"));
}

Replacements logsigm(Rewrite& rewrite) {
  const auto x = argument_of(rewrite.graph, rewrite.input(0), "sigmoid");
  if (!x || !is_float(rewrite.graph.type(*x).dtype)) return {};
  return rewrite.give(-(-rewrite.node(*x)).call("softplus"));
}

Replacements log1msigm(Rewrite& rewrite) {
  const auto x = one_minus_sigmoid(rewrite.graph, rewrite.input(0));
  if (!x) return {};
  return rewrite.give(-rewrite.node(*x).call("softplus"));
}

Replacements log1p_neg_sigmoid(Rewrite& rewrite) {
  const auto negative = negated(rewrite.graph, rewrite.input(0));
  const auto x = negative ? argument_of(rewrite.graph, *negative, "sigmoid") : std::nullopt;
  if (!x) return {};
  return rewrite.give(-rewrite.node(*x).call("softplus"));
}

// Numerator over 1 + exp(x), for both quotients.
Replacements inv_1_plus_exp(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const bool is_inv = rewrite.apply.op->name == "inv";
  if (!is_inv && !uniform_value(graph, rewrite.input(0))) return {};
  const auto x = one_plus_exp(graph, rewrite.input(is_inv ? 0 : 1));
  if (!x || !is_float(graph.type(*x).dtype)) return {};
  const auto inner = negated(graph, *x);
  const Node value =
      inner ? rewrite.node(*inner).call("sigmoid") : (-rewrite.node(*x)).call("sigmoid");
  if (is_inv || is_uniform(graph, rewrite.input(0), 1)) return rewrite.give(value);
  return rewrite.give(rewrite.x(0) * value);
}

Replacements exp_over_1_plus_exp(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const auto x = one_plus_exp(graph, rewrite.input(1));
  if (!x || !is_float(graph.type(*x).dtype)) return {};
  std::vector<VariableId> factors{rewrite.input(0)};
  if (const Apply* product = made_by(graph, rewrite.input(0), "mul")) factors = product->inputs;
  const auto found = std::find_if(factors.begin(), factors.end(), [&](VariableId factor) {
    return argument_of(graph, factor, "exp") == x;
  });
  const auto inner = negated(graph, *x);
  const Node minus_x = inner ? rewrite.node(*inner) : -rewrite.node(*x);
  std::vector<Node> rest{(found == factors.end() ? minus_x : rewrite.node(*x)).call("sigmoid")};
  if (found != factors.end()) factors.erase(found);
  for (const VariableId factor : factors) rest.push_back(rewrite.node(factor));
  return rewrite.give(combined("mul", rest));
}

// Whether a and b are each other's negatives.
bool are_opposite(const Graph& graph, VariableId a, VariableId b) {
  return negated(graph, a) == b || negated(graph, b) == a;
}

Replacements sigm_times_exp(Rewrite& rewrite) {
  const Graph& graph = rewrite.graph;
  const auto& factors = rewrite.apply.inputs;
  for (size_t i = 0; i < factors.size(); ++i) {
    const auto exponent = argument_of(graph, factors[i], "exp");
    if (!exponent) continue;
    for (size_t j = 0; j < factors.size(); ++j) {
      const auto argument = argument_of(graph, factors[j], "sigmoid");
      if (!argument || !are_opposite(graph, *argument, *exponent)) continue;
      std::vector<Node> rest{rewrite.node(*exponent).call("sigmoid")};
      for (size_t k = 0; k < factors.size(); ++k) {
        if (k != i && k != j) rest.push_back(rewrite.node(factors[k]));
      }
      return rewrite.give(combined("mul", rest));
    }
  }
  return {};
}

}  // namespace

std::vector<Pass> sigmoid_rewrites_passes() {
  return {
      node_pass("log1pexp_to_softplus", "log1p(exp(x)) -> softplus(x)", {"log1p"}, log1pexp),
      node_pass("logsigm_to_softplus", "log(sigmoid(x)) -> -softplus(-x)", {"log"}, logsigm),
      node_pass("log1msigm_to_softplus", "log(1 - sigmoid(x)) -> -softplus(x)", {"log"}, log1msigm),
      node_pass("log1p_neg_sigmoid,", "log1p(-sigmoid(x)) -> -softplus(x)", {"log1p"},
                log1p_neg_sigmoid),
      node_pass("local_inv_1_plus_exp", "c / (1 + exp(x)) -> c * sigmoid(-x)", {"inv", "true_div"},
                inv_1_plus_exp),
      node_pass("local_exp_over_1_plus_exp", "exp(x) / (1 + exp(x)) -> sigmoid(x)", {"true_div"},
                exp_over_1_plus_exp),
      node_pass("local_sigm_times_exp", "exp(x) * sigmoid(-x) -> sigmoid(x)", {"mul"},
                sigm_times_exp),
  };
}

}  // namespace tgc
