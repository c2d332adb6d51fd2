// SPDX-License-Identifier: Apache-2.0
// DimExpr: an integer known when dims are bound (bundle_abi.h: bind). Integers, named symbols,
// sums, products, floor division, modulo, min and max. Kept as a polynomial over atoms with integer
// coefficients in a fixed order, so that equal polynomials compare equal: n*(m+1) == m*n+n.
// Arithmetic on constants saturates at the int64 limits, and so does an expression whose text would
// exceed 4096 characters, so that no file makes one grow without bound.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

// dim: a size, at least 0. value: the value of an integer scalar input, any sign.
// measured: produced by a step of the plan. loop: the iteration number of an enclosing scan.
enum class SymbolKind { dim, value, measured, loop };

class DimExpr {
 public:
  struct Atom;
  struct Factor {
    std::shared_ptr<const Atom> atom;
    int power = 1;
  };
  struct Term {
    int64_t coefficient = 0;
    std::vector<Factor> factors;  // empty: the constant term
    std::string key;              // canonical text of the factors; orders the terms
  };
  enum class AtomKind { symbol, floor_div, mod, min, max };

  DimExpr() = default;
  DimExpr(int64_t constant) : constant_(constant) {}  // NOLINT: integers are DimExprs
  static DimExpr symbol(std::string name, SymbolKind kind = SymbolKind::dim);

  friend DimExpr operator+(const DimExpr& a, const DimExpr& b);
  friend DimExpr operator-(const DimExpr& a, const DimExpr& b);
  friend DimExpr operator*(const DimExpr& a, const DimExpr& b);
  // Python's // and %: rounds toward minus infinity. A zero divisor fails in evaluate().
  static DimExpr floor_div(const DimExpr& a, const DimExpr& b);
  static DimExpr mod(const DimExpr& a, const DimExpr& b);
  static DimExpr min(const DimExpr& a, const DimExpr& b);
  static DimExpr max(const DimExpr& a, const DimExpr& b);
  static DimExpr ceil_div(const DimExpr& a, const DimExpr& b) { return floor_div(a + b - 1, b); }

  [[nodiscard]] bool is_constant() const { return terms_ == nullptr; }
  [[nodiscard]] std::optional<int64_t> constant() const;
  // Is it a constant at an int64 limit, which stands for "too large to tell"?
  [[nodiscard]] bool is_saturated() const;
  [[nodiscard]] bool is(int64_t value) const { return is_constant() && constant_ == value; }
  // Is it a multiple of n for all bindings, as far as the coefficients tell? n > 0.
  [[nodiscard]] bool is_multiple_of(int64_t n) const;

  // Interval facts that hold for all bindings: dims are >= 0. nullopt: unbounded.
  [[nodiscard]] std::optional<int64_t> lower_bound() const;
  [[nodiscard]] std::optional<int64_t> upper_bound() const;

  // Lookup gives a symbol's value; nullopt when a symbol is unknown, on overflow, division by zero.
  using Lookup = std::function<std::optional<int64_t>(std::string_view symbol)>;
  [[nodiscard]] std::optional<int64_t> evaluate(const Lookup& lookup) const;
  // Replaces symbols for which `map` returns a value.
  using Substitution = std::function<std::optional<DimExpr>(std::string_view symbol)>;
  [[nodiscard]] DimExpr substitute(const Substitution& map) const;
  [[nodiscard]] bool mentions(SymbolKind kind) const;
  // Names of all symbols, sorted, each once.
  [[nodiscard]] std::vector<std::string> symbols() const;

  // Terms in order (empty for constants): for printers and the bundle writer.
  [[nodiscard]] const std::vector<Term>& terms() const;
  [[nodiscard]] std::string text() const;  // "2*n + 1", "n // 2", "min(n, m)"

  friend bool operator==(const DimExpr& a, const DimExpr& b);
  friend std::strong_ordering operator<=>(const DimExpr& a, const DimExpr& b);

 private:
  static DimExpr from_terms(std::vector<Term> terms);
  static DimExpr from_atom(Atom atom);
  static DimExpr min_or_max(AtomKind kind, const DimExpr& a, const DimExpr& b);
  [[nodiscard]] std::vector<Term> as_terms() const;

  int64_t constant_ = 0;
  std::shared_ptr<const std::vector<Term>> terms_;  // null: the constant
};

struct DimExpr::Atom {
  AtomKind kind = AtomKind::symbol;
  std::string name;  // symbol
  SymbolKind symbol_kind = SymbolKind::dim;
  std::vector<DimExpr> args;  // the two operands of the other kinds
  std::string key;            // canonical text
};

}  // namespace tgc
