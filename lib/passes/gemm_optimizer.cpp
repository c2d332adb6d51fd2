// SPDX-License-Identifier: Apache-2.0
// gemm_optimizer: a matrix product added to a matrix becomes one contraction.
//   b * z + a * dot22(x, y)  ->  gemm(z, a, x, y, b)
// A tree of add, sub and neg is taken apart into signed, scaled terms; each product that nobody
// else reads is paired with the first other term of its own shape (a row or column that broadcasts
// does not qualify, so biases stay elementwise). What is left is added up again. Relies on:
// local_dot_to_dot22. Guarantees: equal up to rounding.
#include <algorithm>

#include "graph/verifier.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

constexpr std::string_view kName = "gemm_optimizer";

struct Term {
  bool is_negative = false;
  std::vector<VariableId> scales;  // scalars
  VariableId matrix;
  bool is_product = false;  // matrix is made by dot22 and read here alone
};

class Sum {
 public:
  Sum(Graph& graph, const PassContext& context, const Apply& root)
      : graph_(graph),
        root_(root),
        type_(graph.type(root.outputs[0])),
        builder_(context.builder(graph)) {
    builder_.set_origin(root.origin);
  }

  // The new value; nullopt without a product to pair.
  std::optional<VariableId> run() {
    if (type_.rank() != 2 || !is_float(type_.dtype)) return std::nullopt;
    take_apart();
    bool paired = false;
    while (pair_one()) paired = true;
    if (!paired) return std::nullopt;
    return fitted(builder_, total().id(), type_);
  }

 private:
  void take_apart() {
    std::vector<std::pair<VariableId, bool>> pending;
    push_inputs(root_, false, pending);
    while (!pending.empty()) {
      const auto [id, is_negative] = pending.back();
      pending.pop_back();
      const Apply* owner = graph_.owner(id);
      const bool is_inner = owner != nullptr && is_sum(*owner) && has_one_use(graph_, id) &&
                            graph_.type(id).dtype == type_.dtype;
      if (is_inner) {
        push_inputs(*owner, is_negative, pending);
      } else {
        terms_.push_back(make_term(id, is_negative));
      }
    }
  }

  static bool is_sum(const Apply& apply) {
    return apply.op->name == "add" || apply.op->name == "sub" || apply.op->name == "neg";
  }

  static void push_inputs(const Apply& apply, bool is_negative,
                          std::vector<std::pair<VariableId, bool>>& pending) {
    for (size_t i = apply.inputs.size(); i-- > 0;) {
      const bool turns = apply.op->name == "neg" || (apply.op->name == "sub" && i == 1);
      pending.emplace_back(apply.inputs[i], is_negative != turns);
    }
  }

  Term make_term(VariableId id, bool is_negative) const {
    Term term;
    term.is_negative = is_negative;
    term.matrix = id;
    if (const Apply* product = made_by(graph_, id, "mul")) {
      std::vector<VariableId> others;
      for (const VariableId factor : product->inputs) {
        const auto scalar = scalar_behind(graph_, factor);
        (scalar ? term.scales : others).push_back(scalar ? *scalar : factor);
      }
      const bool is_scaled = others.size() == 1 && has_one_use(graph_, id) &&
                             graph_.type(others[0]).dtype == type_.dtype;
      if (is_scaled) {
        term.matrix = others[0];
      } else {
        term.scales.clear();
      }
    }
    term.is_product =
        made_by(graph_, term.matrix, "dot22") != nullptr && has_one_use(graph_, term.matrix);
    return term;
  }

  bool fits(const Term& term) const {
    const TensorType& type = graph_.type(term.matrix);
    return type.dtype == type_.dtype && shapes_agree(type.shape, type_.shape);
  }

  bool pair_one() {
    for (size_t i = 0; i < terms_.size(); ++i) {
      if (!terms_[i].is_product || !fits(terms_[i])) continue;
      for (size_t k = 0; k < terms_.size(); ++k) {
        if (k == i || !fits(terms_[k])) continue;
        Term sum;
        sum.matrix = make_gemm(terms_[i], terms_[k]);
        terms_[std::min(i, k)] = sum;
        terms_.erase(terms_.begin() + static_cast<std::ptrdiff_t>(std::max(i, k)));
        return true;
      }
    }
    return false;
  }

  Node scale_of(const Term& term) {
    if (term.scales.empty()) {
      return {builder_, builder_.scalar(type_.dtype, term.is_negative ? -1 : 1)};
    }
    std::vector<Node> factors;
    for (const VariableId id : term.scales) {
      factors.push_back(as_scalar(builder_, id, type_.dtype));
    }
    const Node scale = combined("mul", factors);
    return term.is_negative ? -scale : scale;
  }

  VariableId make_gemm(const Term& product, const Term& added) {
    const Apply& dot = graph_.apply(graph_.variable(product.matrix).owner);
    const VariableId x = dot.inputs[0];
    const VariableId y = dot.inputs[1];
    builder_.set_origin(Origin::merged(dot.origin, root_.origin));
    const VariableId a = scale_of(product).id();
    const VariableId b = scale_of(added).id();
    return builder_.call("gemm", {added.matrix, a, x, y, b});
  }

  Node value_of(const Term& term) {
    const Node matrix(builder_, term.matrix);
    if (term.scales.empty()) return matrix;
    Term positive = term;
    positive.is_negative = false;
    return scale_of(positive) * matrix;
  }

  Node total() {
    std::vector<Node> up;
    std::vector<Node> down;
    for (const Term& term : terms_) {
      (term.is_negative ? down : up).push_back(value_of(term).cast(type_.dtype));
    }
    if (down.empty()) return combined("add", up);
    const Node against = combined("add", down);
    return up.empty() ? -against : combined("add", up) - against;
  }

  Graph& graph_;
  const Apply root_;
  const TensorType type_;
  Builder builder_;
  std::vector<Term> terms_;
};

bool is_root(const Graph& graph, const Apply& apply) {
  const std::string_view op = apply.op->name;
  if (op != "add" && op != "sub") return false;
  if (!has_one_use(graph, apply.outputs[0])) return true;
  const std::string_view user = graph.apply(graph.uses(apply.outputs[0]).front().apply).op->name;
  return user != "add" && user != "sub" && user != "neg";
}

void gemm_optimizer(Graph& graph, PassContext& context) {
  for (const ApplyId id : graph.topological_order()) {
    if (!graph.contains(id) || !is_root(graph, graph.apply(id))) continue;
    const Apply root = graph.apply(id);
    const auto value = Sum(graph, context, root).run();
    if (!value) continue;
    if (!context.allows_one()) return;
    replace_in(graph, context, kName, root.outputs[0], *value);
    graph.erase_dead(id);
  }
}

}  // namespace

Pass gemm_optimizer_pass() {
  return graph_pass(kName, "b * z + a * dot22(x, y) -> gemm(z, a, x, y, b)", gemm_optimizer);
}

}  // namespace tgc
