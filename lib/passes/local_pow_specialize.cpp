// SPDX-License-Identifier: Apache-2.0
// Powers with a constant exponent.
//   local_pow_canonicalize       x^0 -> 1, x^1 -> x
//   local_pow_specialize         x^2 -> sqr(x), x^0.5 -> sqrt(x), x^-1 -> inv(x), ...
//   local_pow_specialize_device  x^n -> squarings and products, n an integer up to 512
// Guarantees: equal up to rounding for finite results.
#include <cmath>

#include "passes/match.h"
#include "passes/pass.h"

namespace tgc {
namespace {

std::optional<double> constant_exponent(const Rewrite& rewrite) {
  return uniform_value(rewrite.graph, rewrite.input(1));
}

Replacements canonicalize(Rewrite& rewrite) {
  const auto exponent = constant_exponent(rewrite);
  if (exponent == 0) return {filled(rewrite.builder, 1, rewrite.type())};
  if (exponent == 1) return rewrite.give(rewrite.x());
  return {};
}

Replacements specialize(Rewrite& rewrite) {
  const auto exponent = constant_exponent(rewrite);
  if (!exponent) return {};
  const DType dtype = rewrite.type().dtype;
  if (*exponent == 0 || *exponent == 1) return canonicalize(rewrite);
  const Node x = rewrite.x().cast(dtype);
  if (*exponent == 2) return rewrite.give(sqr(x));
  if (!is_float(dtype)) return {};
  if (*exponent == 0.5) return rewrite.give(sqrt(x));
  if (*exponent == -0.5) return rewrite.give(sqrt(x).call("inv"));
  if (*exponent == -1) return rewrite.give(x.call("inv"));
  if (*exponent == -2) return rewrite.give(sqr(x).call("inv"));
  return {};
}

// x^n by the binary digits of n, lowest first.
Node power(const Node& x, int64_t n) {
  Node square = x;
  std::vector<Node> factors;
  for (;; n /= 2) {
    if (n % 2 == 1) factors.push_back(square);
    if (n <= 1) break;
    square = sqr(square);
  }
  return combined("mul", factors);
}

Replacements specialize_device(Rewrite& rewrite) {
  constexpr double kLargest = 512;
  const auto exponent = constant_exponent(rewrite);
  if (!exponent || *exponent != std::trunc(*exponent)) return {};
  if (std::abs(*exponent) > kLargest || std::abs(*exponent) <= 2) return {};
  const DType dtype = rewrite.type().dtype;
  if (!is_float(dtype)) return {};
  const Node value = power(rewrite.x().cast(dtype), static_cast<int64_t>(std::abs(*exponent)));
  return rewrite.give(*exponent < 0 ? value.call("inv") : value);
}

}  // namespace

std::vector<Pass> local_pow_specialize_passes() {
  return {
      node_pass("local_pow_canonicalize", "x^0 -> 1, x^1 -> x", {"pow"}, canonicalize),
      node_pass("local_pow_specialize", "x^2 -> sqr(x), x^0.5 -> sqrt(x), x^-1 -> inv(x)", {"pow"},
                specialize),
      node_pass("local_pow_specialize_device", "x^n -> squarings and products", {"pow"},
                specialize_device),
  };
}

}  // namespace tgc
