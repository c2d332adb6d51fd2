// SPDX-License-Identifier: Apache-2.0
// local_greedy_distributor: factors multiplied into a sum where that saves operations.
//   (a/x + b/y) * x * y  ->  a*y + b*x      (a/x + b) * x  ->  a + b*x
// but (a + b) * x stays. A division counts as one and a half multiplications; a factor goes into a
// sum only when the terms together lose more than it costs them. Each factor is tried for itself,
// in order, as in Theano. Relies on merge (equal values are one variable). Like the canonizers it
// does not preserve NaN and overflow of what cancels; what it is for is that x and y near 0 no
// longer make the terms overflow.
#include <algorithm>

#include "passes/match.h"
#include "passes/terms.h"

namespace tgc {
namespace {

constexpr double kDivision = 1.5;  // multiplications a division is worth

// As in Theano a product counts as it was written, with constants of 1 and factors that are about
// to cancel; so where it can be simplified, distributing is cheap.
double cost(const Terms& terms) {
  const auto down = static_cast<double>(terms.down.size()) + terms.down_constants;
  const auto up = static_cast<double>(terms.up.size()) + terms.constants - terms.down_constants;
  return up + kDivision * down;
}

void simplify(Terms& terms) {
  cancel(terms);
  const bool has_constant = terms.up_constant != terms.down_constant;
  terms.constants = has_constant ? 1 : 0;
  terms.down_constants = 0;
}

// A sum whose terms are products.
class Sum {
 public:
  Sum(const Graph& graph, VariableId id) {
    const Terms terms = take_apart(graph, id, kSum, true);
    for (const VariableId term : terms.up) {
      products_.push_back({take_apart(graph, term, kProduct, true), false});
    }
    for (const VariableId term : terms.down) {
      products_.push_back({take_apart(graph, term, kProduct, true), true});
    }
    if (terms.up_constant != 0) {
      Terms constant(kProduct);
      constant.up_constant = terms.up_constant;
      constant.constants = 1;
      products_.push_back({constant, false});
    }
  }

  [[nodiscard]] bool has_several_terms() const { return products_.size() > 1; }

  // Takes in the factor (as a divisor: is_down) where that pays.
  bool take_in(VariableId factor, bool is_down) {
    std::vector<Product> changed = products_;
    double saved = is_down ? kDivision : 1;
    for (Product& product : changed) {
      saved += cost(product.factors);
      (is_down ? product.factors.down : product.factors.up).push_back(factor);
      simplify(product.factors);
      saved -= cost(product.factors);
    }
    if (saved <= 0) return false;
    products_ = std::move(changed);
    return true;
  }

  // Nothing where a constant cannot be written down.
  std::optional<Node> node(Rewrite& rewrite, DType dtype) {
    std::vector<Node> plus;
    std::vector<Node> minus;
    for (Product& product : products_) {
      if (!settle_constant(product.factors, kProduct, dtype)) return std::nullopt;
      (product.is_minus ? minus : plus).push_back(build(rewrite, product.factors, kProduct, dtype));
    }
    if (minus.empty()) return combined("add", plus);
    const Node less = combined("add", minus);
    return plus.empty() ? -less : combined("add", plus) - less;
  }

 private:
  struct Product {
    Terms factors;
    bool is_minus = false;
  };
  std::vector<Product> products_;
};

class Distributor {
 public:
  explicit Distributor(Rewrite& rewrite)
      : rewrite_(rewrite),
        dtype_(rewrite.type().dtype),
        factors_(take_apart(rewrite.graph, rewrite.output(), kProduct, true)) {}

  Replacements run() {
    if (!is_float(dtype_) || factors_.up.size() + factors_.down.size() < 2) return {};
    // As in Theano what stands above never divides the terms of a sum below: x / (x + y) stays.
    std::vector<VariableId> none;
    if (!distribute(factors_.up, factors_.down, false)) return {};
    if (!distribute(factors_.down, none, true)) return {};
    if (sums_.empty() || !settle_constant(factors_, kProduct, dtype_)) return {};
    return rewrite_.give(rebuilt());
  }

 private:
  // Multiplies the others into each sum of `own`, which they stand beside (own) or against. False
  // where a sum could not be built.
  bool distribute(std::vector<VariableId>& own, std::vector<VariableId>& against, bool is_down) {
    for (size_t at = 0; at < own.size();) {
      Sum sum(rewrite_.graph, own[at]);
      if (!sum.has_several_terms() || rewrite_.graph.type(own[at]).dtype != dtype_) {
        ++at;
        continue;
      }
      const VariableId candidate = own[at];
      own.erase(own.begin() + static_cast<std::ptrdiff_t>(at));
      const size_t before = own.size() + against.size();
      std::erase_if(own, [&](VariableId factor) { return sum.take_in(factor, false); });
      std::erase_if(against, [&](VariableId factor) { return sum.take_in(factor, true); });
      if (own.size() + against.size() == before) {
        own.insert(own.begin() + static_cast<std::ptrdiff_t>(at), candidate);
        ++at;
        continue;
      }
      const auto value = sum.node(rewrite_, dtype_);
      if (!value) return false;
      sums_.push_back({value->id(), is_down});
      at = 0;
    }
    return true;
  }

  Node rebuilt() {
    Terms all = factors_;
    for (const auto& [id, is_down] : sums_) (is_down ? all.down : all.up).push_back(id);
    return build(rewrite_, all, kProduct, dtype_);
  }

  Rewrite& rewrite_;
  const DType dtype_;
  Terms factors_;
  std::vector<std::pair<VariableId, bool>> sums_;
};

Replacements distribute(Rewrite& rewrite) {
  return Distributor(rewrite).run();
}

}  // namespace

std::vector<Pass> greedy_distributor_passes() {
  return {node_pass("local_greedy_distributor", "(a/x + b) * x -> a + b*x",
                    {"mul", "true_div", "inv"}, distribute)};
}

}  // namespace tgc
