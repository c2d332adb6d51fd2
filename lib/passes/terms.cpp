// SPDX-License-Identifier: Apache-2.0
// See terms.h.
#include "passes/terms.h"

#include <algorithm>
#include <cmath>

#include "kernel/scalar_value.h"
#include "passes/match.h"

namespace tgc {
namespace {

constexpr double kExactInteger = 9007199254740992.0;  // 2^53
constexpr size_t kMostTerms = 64;                     // of one tree: a kernel reads them all

struct Term {
  VariableId id;
  bool is_down = false;
};

class Taker {
 public:
  Taker(const Graph& graph, const Family& family, DType dtype, bool across_users)
      : graph_(graph),
        family_(family),
        dtype_(dtype),
        across_users_(across_users),
        terms_(family) {}

  Terms run(VariableId root) {
    const Apply* apply = graph_.owner(root);
    if (apply == nullptr || !is_member(family_, *apply, dtype_)) {
      pending_.push_back({root, false});
    } else {
      push_inputs(*apply, false);
    }
    while (!pending_.empty()) {
      const Term term = pending_.back();
      pending_.pop_back();
      take(term);
    }
    return std::move(terms_);
  }

 private:
  void take(const Term& term) {
    const Apply* owner = graph_.owner(term.id);
    const bool has_room = terms_.up.size() + terms_.down.size() + pending_.size() < kMostTerms;
    const bool is_inner = owner != nullptr && has_room && is_member(family_, *owner, dtype_) &&
                          (across_users_ || has_one_use(graph_, term.id)) &&
                          graph_.type(term.id).dtype == dtype_;
    if (is_inner) {
      push_inputs(*owner, term.is_down);
    } else if (const auto value = uniform_value(graph_, term.id)) {
      add_constant(*value, term.is_down);
    } else {
      (term.is_down ? terms_.down : terms_.up).push_back(term.id);
    }
  }

  // So that the first input is taken next.
  void push_inputs(const Apply& apply, bool is_down) {
    ++terms_.applies;
    const std::string_view op = apply.op->name;
    if (family_.is_product && op == "neg") {
      add_constant(-1, false);
      --terms_.constants;
      pending_.push_back({apply.inputs[0], is_down});
      return;
    }
    for (size_t i = apply.inputs.size(); i-- > 0;) {
      const bool turns = op == family_.unary || (op == family_.inverse && i == 1);
      pending_.push_back({apply.inputs[i], is_down != turns});
    }
  }

  void add_constant(double value, bool is_down) {
    ++terms_.constants;
    if (is_down) ++terms_.down_constants;
    if (!family_.is_product) {
      terms_.up_constant += is_down ? -value : value;
    } else {
      (is_down ? terms_.down_constant : terms_.up_constant) *= value;
    }
  }

  const Graph& graph_;
  const Family& family_;
  const DType dtype_;
  const bool across_users_;
  std::vector<Term> pending_;
  Terms terms_;
};

Node quotient(Rewrite& rewrite, const std::vector<Node>& up, const std::vector<Node>& down,
              const Family& family, DType dtype) {
  if (up.empty() && down.empty()) {
    return rewrite.node(rewrite.builder.scalar(dtype, family.neutral));
  }
  if (down.empty()) return combined(family.main, up);
  const Node divisor = combined(family.main, down);
  if (up.empty()) return divisor.call(family.unary);
  return combined(family.main, up).call(family.inverse, {divisor});
}

}  // namespace

bool is_member(const Family& family, const Apply& apply, DType dtype) {
  const std::string_view op = apply.op->name;
  const bool is_unary = op == family.unary && family.takes_unary;
  if (op == family.main || op == family.inverse || is_unary) {
    const bool divides = family.is_product && op != family.main;
    return !divides || is_float(dtype);
  }
  return family.is_product && family.takes_neg && op == "neg";
}

Terms take_apart(const Graph& graph, VariableId root, const Family& family, bool across_users) {
  return Taker(graph, family, graph.type(root).dtype, across_users).run(root);
}

int cancel(Terms& terms) {
  std::map<VariableId, int> on_both;
  for (const VariableId id : terms.down) ++on_both[id];
  std::map<VariableId, int> removed;
  int cancelled = 0;
  std::erase_if(terms.up, [&](VariableId id) {
    const auto found = on_both.find(id);
    if (found == on_both.end() || found->second == 0) return false;
    --found->second;
    ++removed[id];
    return true;
  });
  std::erase_if(terms.down, [&](VariableId id) {
    const auto found = removed.find(id);
    if (found == removed.end() || found->second == 0) return false;
    --found->second;
    ++cancelled;
    return true;
  });
  return cancelled;
}

bool settle_constant(Terms& terms, const Family& family, DType dtype) {
  if (terms.down_constant == 0 || !std::isfinite(terms.up_constant / terms.down_constant)) {
    return false;
  }
  if (!is_float(dtype)) {
    return std::abs(terms.up_constant) < kExactInteger && terms.down_constant == 1 &&
           scalar_value(dtype, terms.up_constant).as_double() == terms.up_constant;
  }
  if (terms.up_constant != family.neutral && terms.down_constant != 1) {
    terms.up_constant /= terms.down_constant;
    terms.down_constant = 1;
  }
  const double stored = scalar_value(dtype, terms.up_constant).as_double();
  return (stored != 0 || terms.up_constant == 0) && std::isfinite(stored);
}

bool negates(const Terms& terms, const Family& family, DType dtype) {
  return family.is_product && terms.up_constant == -1 && !is_unsigned_integer(dtype);
}

Node build(Rewrite& rewrite, const Terms& terms, const Family& family, DType dtype) {
  const auto number = [&](double value) {
    return rewrite.node(rewrite.builder.scalar(dtype, value));
  };
  std::vector<Node> up;
  std::vector<Node> down;
  const bool is_negative = negates(terms, family, dtype);
  if (terms.up_constant != family.neutral && !is_negative) up.push_back(number(terms.up_constant));
  for (const VariableId id : terms.up) up.push_back(rewrite.node(id).cast(dtype));
  for (const VariableId id : terms.down) down.push_back(rewrite.node(id).cast(dtype));
  if (terms.down_constant != 1) down.push_back(number(terms.down_constant));
  const Node value = quotient(rewrite, up, down, family, dtype);
  return is_negative ? -value : value;
}

}  // namespace tgc
