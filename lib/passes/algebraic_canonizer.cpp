// SPDX-License-Identifier: Apache-2.0
// local_add_canonizer and local_mul_canonizer: sums and products in normal form.
//   (a + b) + (c - a)  ->  b + c          x - x  ->  0
//   (x * c) / c        ->  x              x / x  ->  1
//   2 * x * 3          ->  6 * x          0 * x  ->  0
// A tree of add, sub, neg (of mul, true_div, inv, neg) whose inner nodes have no other user is
// taken apart into terms that count and terms that count against; what stands on both sides
// cancels, constants become one. The tree is built anew only where that makes it smaller. As in
// Theano this is not IEEE-preserving: NaN and overflow of what cancels are lost.
#include <algorithm>
#include <cmath>
#include <map>

#include "kernel/scalar_value.h"
#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

constexpr double kExactInteger = 9007199254740992.0;  // 2^53
constexpr size_t kMostTerms = 64;                     // of one sum: a kernel reads them all

struct Family {
  bool is_product = false;
  std::string_view main;     // add, mul
  std::string_view inverse;  // sub, true_div
  std::string_view unary;    // neg, inv
  double neutral = 0;
};
constexpr Family kSum{false, "add", "sub", "neg", 0};
constexpr Family kProduct{true, "mul", "true_div", "inv", 1};

class Form {
 public:
  Form(Rewrite& rewrite, const Family& family)
      : rewrite_(rewrite), graph_(rewrite.graph), family_(family), type_(rewrite.type()) {}

  Replacements run() {
    if (type_.dtype == DType::boolean || has_user_in_family()) return {};
    take_apart();
    cancel();
    const bool is_zero = family_.is_product && constants_ > 0 && up_constant_ == 0;
    if (is_zero) return {filled(rewrite_.builder, 0, type_)};
    if (!fits() || !pays()) return {};
    return rewrite_.give(build());
  }

 private:
  struct Term {
    VariableId id;
    bool is_down = false;
  };

  bool is_member(const Apply& apply) const {
    const std::string_view op = apply.op->name;
    if (op == family_.main || op == family_.inverse || op == family_.unary) {
      const bool divides = family_.is_product && op != family_.main;
      return !divides || is_float(type_.dtype);
    }
    return family_.is_product && op == "neg";
  }

  // Then that user's tree holds this one.
  bool has_user_in_family() const {
    if (!has_one_use(graph_, rewrite_.output())) return false;
    const Apply& user = graph_.apply(graph_.uses(rewrite_.output()).front().apply);
    const bool is_root = !family_.is_product || user.op->name != "neg";
    return is_root && is_member(user) && graph_.type(user.outputs[0]).dtype == type_.dtype;
  }

  void take_apart() {
    std::vector<Term> pending;
    push_inputs(rewrite_.apply, false, pending);
    while (!pending.empty()) {
      const Term term = pending.back();
      pending.pop_back();
      const Apply* owner = graph_.owner(term.id);
      const bool has_room = up_.size() + down_.size() + pending.size() < kMostTerms;
      const bool is_inner = owner != nullptr && has_room && is_member(*owner) &&
                            has_one_use(graph_, term.id) &&
                            graph_.type(term.id).dtype == type_.dtype;
      if (is_inner) {
        push_inputs(*owner, term.is_down, pending);
      } else if (const auto value = uniform_value(graph_, term.id)) {
        add_constant(*value, term.is_down);
      } else {
        (term.is_down ? down_ : up_).push_back(term.id);
      }
    }
  }

  // So that the first input is taken next.
  void push_inputs(const Apply& apply, bool is_down, std::vector<Term>& pending) {
    ++old_applies_;
    const std::string_view op = apply.op->name;
    if (family_.is_product && op == "neg") {
      add_constant(-1, is_down);
      --constants_;
      pending.push_back({apply.inputs[0], is_down});
      return;
    }
    for (size_t i = apply.inputs.size(); i-- > 0;) {
      const bool turns = op == family_.unary || (op == family_.inverse && i == 1);
      pending.push_back({apply.inputs[i], is_down != turns});
    }
  }

  void add_constant(double value, bool is_down) {
    ++constants_;
    if (!family_.is_product) {
      up_constant_ += is_down ? -value : value;
    } else {
      (is_down ? down_constant_ : up_constant_) *= value;
    }
  }

  // Removes terms that stand on both sides, each as often as on the side that has it less often.
  void cancel() {
    std::map<VariableId, int> on_both;
    for (const VariableId id : down_) ++on_both[id];
    std::map<VariableId, int> removed;
    std::erase_if(up_, [&](VariableId id) {
      const auto found = on_both.find(id);
      if (found == on_both.end() || found->second == 0) return false;
      --found->second;
      ++removed[id];
      return true;
    });
    std::erase_if(down_, [&](VariableId id) {
      const auto found = removed.find(id);
      if (found == removed.end() || found->second == 0) return false;
      --found->second;
      ++cancelled_;
      return true;
    });
  }

  // Whether the constant is one that can be written down.
  bool fits() {
    if (down_constant_ == 0 || !std::isfinite(up_constant_ / down_constant_)) return false;
    if (!is_float(type_.dtype)) {
      return std::abs(up_constant_) < kExactInteger && down_constant_ == 1 &&
             scalar_value(type_.dtype, up_constant_).as_double() == up_constant_;
    }
    if (up_constant_ != family_.neutral && down_constant_ != 1) {
      up_constant_ /= down_constant_;
      down_constant_ = 1;
    }
    const double stored = scalar_value(type_.dtype, up_constant_).as_double();
    return (stored != 0 || up_constant_ == 0) && std::isfinite(stored);
  }

  bool negates() const { return family_.is_product && up_constant_ == -1 && !is_unsigned(); }
  bool is_unsigned() const { return is_unsigned_integer(type_.dtype); }

  bool has_constant() const { return up_constant_ != family_.neutral && !negates(); }

  bool pays() const {
    if (cancelled_ > 0 || constants_ > 1) return true;
    const bool is_neutral = up_constant_ == family_.neutral && down_constant_ == 1;
    if (constants_ == 1 && is_neutral) return true;
    const size_t up = up_.size() + (has_constant() ? 1 : 0);
    const size_t down = down_.size() + (down_constant_ != 1 ? 1 : 0);
    const size_t applies =
        (up > 1 ? 1U : 0U) + (down > 1 ? 1U : 0U) + (down > 0 ? 1U : 0U) + (negates() ? 1U : 0U);
    return applies < old_applies_;
  }

  Node typed(VariableId id) const { return rewrite_.node(id).cast(type_.dtype); }
  Node number(double value) const {
    return rewrite_.node(rewrite_.builder.scalar(type_.dtype, value));
  }

  Node build() const {
    std::vector<Node> up;
    std::vector<Node> down;
    if (has_constant()) up.push_back(number(up_constant_));
    for (const VariableId id : up_) up.push_back(typed(id));
    for (const VariableId id : down_) down.push_back(typed(id));
    if (down_constant_ != 1) down.push_back(number(down_constant_));
    const Node value = quotient(up, down);
    return negates() ? -value : value;
  }

  Node quotient(const std::vector<Node>& up, const std::vector<Node>& down) const {
    if (up.empty() && down.empty()) return number(family_.neutral);
    if (down.empty()) return combined(family_.main, up);
    const Node divisor = combined(family_.main, down);
    if (up.empty()) return divisor.call(family_.unary);
    return combined(family_.main, up).call(family_.inverse, {divisor});
  }

  Rewrite& rewrite_;
  const Graph& graph_;
  const Family& family_;
  const TensorType type_;
  std::vector<VariableId> up_;
  std::vector<VariableId> down_;
  double up_constant_ = family_.neutral;
  double down_constant_ = 1;
  int constants_ = 0;
  int cancelled_ = 0;
  size_t old_applies_ = 0;
};

Replacements canonize_sum(Rewrite& rewrite) {
  return Form(rewrite, kSum).run();
}
Replacements canonize_product(Rewrite& rewrite) {
  return Form(rewrite, kProduct).run();
}

}  // namespace

std::vector<Pass> algebraic_canonizer_passes() {
  return {node_pass("local_add_canonizer", "sums -> terms cancelled, constants gathered",
                    {"add", "sub", "neg"}, canonize_sum),
          node_pass("local_mul_canonizer", "products -> factors cancelled, constants gathered",
                    {"mul", "true_div", "inv"}, canonize_product)};
}

}  // namespace tgc
