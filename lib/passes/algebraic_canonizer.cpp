// SPDX-License-Identifier: Apache-2.0
// local_add_canonizer and local_mul_canonizer: sums and products in normal form.
//   (a + b) + (c - a)  ->  b + c          x - x  ->  0
//   (x * c) / c        ->  x              x / x  ->  1
//   2 * x * 3          ->  6 * x          0 * x  ->  0
// A tree of add, sub, neg (of mul, true_div, inv, neg) whose inner nodes have no other user is
// taken apart into terms that count and terms that count against; what stands on both sides
// cancels, constants become one. The tree is built anew only where that makes it smaller. Where
// something cancels, it is taken apart through values with other users too. As in
// Theano this is not IEEE-preserving: NaN and overflow of what cancels are lost.
#include "passes/match.h"
#include "passes/terms.h"

namespace tgc {
namespace {

class Form {
 public:
  Form(Rewrite& rewrite, const Family& family)
      : rewrite_(rewrite),
        graph_(rewrite.graph),
        family_(family),
        dtype_(rewrite.type().dtype),
        terms_(family) {}

  Replacements run() {
    if (dtype_ == DType::boolean || has_user_in_family()) return {};
    for (const bool across_users : {false, true}) {
      terms_ = take_apart(graph_, rewrite_.output(), family_, across_users);
      const int cancelled = cancel(terms_);
      const bool is_zero = family_.is_product && terms_.constants > 0 && terms_.up_constant == 0;
      if (is_zero && !across_users) return {filled(rewrite_.builder, 0, rewrite_.type())};
      const bool has_vanished = terms_.constants > 1 && terms_.up_constant == family_.neutral &&
                                terms_.down_constant == 1;
      const bool is_worth = cancelled > 0 || has_vanished || (!across_users && is_smaller());
      if (is_worth && settle_constant(terms_, family_, dtype_)) {
        return rewrite_.give(build(rewrite_, terms_, family_, dtype_));
      }
    }
    return {};
  }

 private:
  // Then that user's tree holds this one.
  bool has_user_in_family() const {
    if (!has_one_use(graph_, rewrite_.output())) return false;
    const Apply& user = graph_.apply(graph_.uses(rewrite_.output()).front().apply);
    const bool is_root = !family_.is_product || user.op->name != "neg";
    return is_root && is_member(family_, user, dtype_) &&
           graph_.type(user.outputs[0]).dtype == dtype_;
  }

  bool is_smaller() {
    if (terms_.constants > 1) return true;
    Terms settled = terms_;
    if (!settle_constant(settled, family_, dtype_)) return false;
    const bool is_neutral = settled.up_constant == family_.neutral && settled.down_constant == 1;
    if (terms_.constants == 1 && is_neutral) return true;
    const bool is_negative = negates(settled, family_, dtype_);
    const bool has_factor = settled.up_constant != family_.neutral && !is_negative;
    const size_t up = settled.up.size() + (has_factor ? 1 : 0);
    const size_t down = settled.down.size() + (settled.down_constant != 1 ? 1 : 0);
    const size_t applies =
        (up > 1 ? 1U : 0U) + (down > 1 ? 1U : 0U) + (down > 0 ? 1U : 0U) + (is_negative ? 1U : 0U);
    return applies < settled.applies;
  }

  Rewrite& rewrite_;
  const Graph& graph_;
  const Family& family_;
  const DType dtype_;
  Terms terms_;
};

Replacements canonize_sum(Rewrite& rewrite) {
  return Form(rewrite, kSum).run();
}
Replacements canonize_product(Rewrite& rewrite) {
  Family family = kProduct;
  family.takes_neg = !rewrite.context.is_excluded("local_neg_to_mul");
  family.takes_unary = !rewrite.context.is_excluded("local_inv_canon");
  return Form(rewrite, family).run();
}

}  // namespace

std::vector<Pass> algebraic_canonizer_passes() {
  return {node_pass("local_add_canonizer", "sums -> terms cancelled, constants gathered",
                    {"add", "sub", "neg"}, canonize_sum),
          with_parts(
              node_pass("local_mul_canonizer", "products -> factors cancelled, constants gathered",
                        {"mul", "true_div", "inv"}, canonize_product),
              {"local_inv_canon", "local_neg_to_mul"})};
}

}  // namespace tgc
