// SPDX-License-Identifier: Apache-2.0
// The table of special functions' values and how close a double must come to it: relative to the
// value, for functions with zeros relative to what is said below.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

struct SpecialValue {
  const char* name;
  double args[4], value;
};

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr SpecialValue kSpecialValues[] = {
#define X(name, a, b, c, d, value) {#name, {a, b, c, d}, value},
#include "special_values.inc"
#undef X
};

inline std::string special_call(const SpecialValue& row) {
  std::string text = row.name;
  for (const double x : row.args) text += (text == row.name ? "(" : ", ") + std::to_string(x);
  return text + ")";
}

inline double special_tolerance(const std::string& name) {
  if (name == "gammainc" || name == "gammaincc" || name == "betainc") return 1e-13;
  if (name.find("_grad") != std::string::npos) return 1e-12;
  if (name == "polygamma" || name == "owens_t") return 1e-14;
  if (name.starts_with("gammainc") || name == "betaincinv" || name == "hyp2f1") return 2e-13;
  if (name == "jv") return 2e-12;
  if (name == "iv" || name == "ive" || name == "kve") return 2e-13;
  return 2e-15;
}

// What the error is measured against.
inline double special_scale(const SpecialValue& row) {
  const std::string name = row.name;
  const double size = std::abs(row.value), order = name == "jv" ? row.args[0] : 0;
  const double x = std::abs(name == "jv" ? row.args[1] : row.args[0]);
  if (name == "gammaln" || name == "psi") return std::max(size, 1.0);
  if (name == "ndtri_exp") return std::max(size, 0.1);
  if (name.find("_grad") != std::string::npos) return std::max(size, 1e-3);
  // beyond the first zeros J swings with this amplitude
  if (name[0] == 'j' && x > std::abs(order))
    return std::max(size, std::min(0.3, 0.5 / std::sqrt(x)));
  return size;
}

inline bool is_close(const SpecialValue& row, double got) {
  if (std::isnan(row.value)) return std::isnan(got);
  const bool is_slope = std::string(row.name).find("_grad") != std::string::npos;
  if (std::isinf(row.value) || (row.value == 0 && !is_slope)) return got == row.value;
  return std::abs(got - row.value) <= special_tolerance(row.name) * special_scale(row);
}
