// SPDX-License-Identifier: Apache-2.0
// Trees of add, sub, neg (sums) and of mul, true_div, inv, neg (products) taken apart into terms
// that count, terms that count against, and a constant.
#pragma once
#include <map>
#include <string_view>
#include <vector>

#include "passes/pass.h"

namespace tgc {

struct Family {
  bool is_product = false;
  std::string_view main;     // add, mul
  std::string_view inverse;  // sub, true_div
  std::string_view unary;    // neg, inv
  double neutral = 0;
  bool takes_unary = true;
  bool takes_neg = true;  // as a factor -1; products only
};
inline constexpr Family kSum{false, "add", "sub", "neg", 0};
inline constexpr Family kProduct{true, "mul", "true_div", "inv", 1};

// up (and up_constant) over, or less, down (and down_constant).
struct Terms {
  std::vector<VariableId> up;
  std::vector<VariableId> down;
  double up_constant = 0;
  double down_constant = 1;  // products only
  int constants = 0;         // met on the way
  int down_constants = 0;    // those of them that count against
  size_t applies = 0;        // taken apart

  explicit Terms(const Family& family) : up_constant(family.neutral) {}
};

// Is the Apply a member of the family's trees, with results of this dtype?
bool is_member(const Family& family, const Apply& apply, DType dtype);
// The tree below `root`. With across_users also through values that others use: those stay, so that
// what is built of the terms comes beside them.
Terms take_apart(const Graph& graph, VariableId root, const Family& family, bool across_users);
// Removes what stands on both sides, each as often as on the side that has it less often; how many.
int cancel(Terms& terms);

// Whether the constant can be written down in the dtype; joins its two parts.
bool settle_constant(Terms& terms, const Family& family, DType dtype);
// The value, in the dtype; after settle_constant.
Node build(Rewrite& rewrite, const Terms& terms, const Family& family, DType dtype);
// Is the constant of a product -1, which is a neg rather than a factor?
bool negates(const Terms& terms, const Family& family, DType dtype);

}  // namespace tgc
