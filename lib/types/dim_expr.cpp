// SPDX-License-Identifier: Apache-2.0
// DimExpr arithmetic: every value is kept in normal form, see dim_expr.h.
#include "types/dim_expr.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "support/check.h"

namespace tgc {
namespace {

constexpr int64_t kMaximum = std::numeric_limits<int64_t>::max();
constexpr int64_t kMinimum = std::numeric_limits<int64_t>::min();
constexpr size_t kMostText = 4096;  // characters of an expression; see saturated()

int64_t saturating_add(int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) return a > 0 ? kMaximum : kMinimum;
  return result;
}

int64_t saturating_multiply(int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) return (a > 0) == (b > 0) ? kMaximum : kMinimum;
  return result;
}

int64_t floor_division(int64_t a, int64_t b) {
  if (a == kMinimum && b == -1) return kMaximum;
  const int64_t quotient = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient;
}

std::string operand_text(const DimExpr& dim) {
  const std::string text = dim.text();
  return text.find(' ') == std::string::npos ? text : "(" + text + ")";
}

std::string factors_key(const std::vector<DimExpr::Factor>& factors) {
  std::string key;
  for (const auto& factor : factors) {
    for (int i = 0; i < factor.power; ++i) {
      if (!key.empty()) key += "*";
      key += factor.atom->key;
    }
  }
  return key;
}

std::vector<DimExpr::Factor> multiply_factors(const std::vector<DimExpr::Factor>& a,
                                              const std::vector<DimExpr::Factor>& b) {
  std::map<std::string, DimExpr::Factor> by_key;
  for (const auto* list : {&a, &b}) {
    for (const auto& factor : *list) {
      auto [entry, inserted] = by_key.try_emplace(factor.atom->key, factor);
      if (!inserted) entry->second.power += factor.power;
    }
  }
  std::vector<DimExpr::Factor> result;
  result.reserve(by_key.size());
  for (auto& [key, factor] : by_key) result.push_back(std::move(factor));
  return result;
}

std::optional<int64_t> checked_add(std::optional<int64_t> a, std::optional<int64_t> b) {
  int64_t result = 0;
  if (!a || !b || __builtin_add_overflow(*a, *b, &result)) return std::nullopt;
  return result;
}

std::optional<int64_t> checked_multiply(std::optional<int64_t> a, std::optional<int64_t> b) {
  int64_t result = 0;
  if (!a || !b || __builtin_mul_overflow(*a, *b, &result)) return std::nullopt;
  return result;
}

}  // namespace

DimExpr DimExpr::from_terms(std::vector<Term> terms) {
  std::sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.key < b.key; });
  std::vector<Term> merged;
  for (Term& term : terms) {
    if (!merged.empty() && merged.back().key == term.key) {
      merged.back().coefficient = saturating_add(merged.back().coefficient, term.coefficient);
    } else {
      merged.push_back(std::move(term));
    }
  }
  std::erase_if(merged, [](const Term& term) { return term.coefficient == 0; });
  if (merged.empty()) return {0};
  if (merged.size() == 1 && merged[0].factors.empty()) return {merged[0].coefficient};
  size_t text = 0;
  for (const Term& term : merged) text += term.key.size() + 1;
  if (text > kMostText) return {kMaximum};
  DimExpr result;
  result.terms_ = std::make_shared<const std::vector<Term>>(std::move(merged));
  return result;
}

DimExpr DimExpr::from_atom(Atom atom) {
  Term term;
  term.coefficient = 1;
  term.key = atom.key;
  term.factors.push_back({std::make_shared<const Atom>(std::move(atom)), 1});
  return from_terms({std::move(term)});
}

DimExpr DimExpr::symbol(std::string name, SymbolKind kind) {
  std::string key = name;
  return from_atom({AtomKind::symbol, std::move(name), kind, {}, std::move(key)});
}

std::vector<DimExpr::Term> DimExpr::as_terms() const {
  if (terms_) return *terms_;
  if (constant_ == 0) return {};
  return {Term{constant_, {}, ""}};
}

const std::vector<DimExpr::Term>& DimExpr::terms() const {
  static const std::vector<Term> kNone;
  return terms_ ? *terms_ : kNone;
}

bool DimExpr::is_saturated() const {
  return is_constant() && (constant_ == kMaximum || constant_ == kMinimum);
}

bool DimExpr::is_multiple_of(int64_t n) const {
  if (is_constant()) return constant_ % n == 0;
  return std::all_of(terms().begin(), terms().end(),
                     [n](const Term& term) { return term.coefficient % n == 0; });
}

bool DimExpr::mentions(SymbolKind kind) const {
  const auto is_or_holds = [kind](const Factor& factor) {
    const Atom& atom = *factor.atom;
    if (atom.kind == AtomKind::symbol) return atom.symbol_kind == kind;
    return std::any_of(atom.args.begin(), atom.args.end(),
                       [kind](const DimExpr& arg) { return arg.mentions(kind); });
  };
  return std::any_of(terms().begin(), terms().end(), [&](const Term& term) {
    return std::any_of(term.factors.begin(), term.factors.end(), is_or_holds);
  });
}

std::optional<int64_t> DimExpr::constant() const {
  if (!is_constant()) return std::nullopt;
  return constant_;
}

DimExpr operator+(const DimExpr& a, const DimExpr& b) {
  if (a.is_constant() && b.is_constant()) return {saturating_add(a.constant_, b.constant_)};
  auto terms = a.as_terms();
  auto more = b.as_terms();
  terms.insert(terms.end(), more.begin(), more.end());
  return DimExpr::from_terms(std::move(terms));
}

DimExpr operator-(const DimExpr& a, const DimExpr& b) {
  return a + DimExpr(-1) * b;
}

DimExpr operator*(const DimExpr& a, const DimExpr& b) {
  if (a.is_constant() && b.is_constant()) return {saturating_multiply(a.constant_, b.constant_)};
  if (a.terms().size() * b.terms().size() > kMostText) return {kMaximum};
  std::vector<DimExpr::Term> terms;
  for (const auto& x : a.as_terms()) {
    for (const auto& y : b.as_terms()) {
      DimExpr::Term term;
      term.coefficient = saturating_multiply(x.coefficient, y.coefficient);
      term.factors = multiply_factors(x.factors, y.factors);
      term.key = factors_key(term.factors);
      terms.push_back(std::move(term));
    }
  }
  return DimExpr::from_terms(std::move(terms));
}

DimExpr DimExpr::floor_div(const DimExpr& a, const DimExpr& b) {
  if (b.is(1)) return a;
  if (a.is(0) && b.is_constant() && !b.is(0)) return {0};
  if (a.is_constant() && b.is_constant() && !b.is(0)) {
    return {floor_division(a.constant_, b.constant_)};
  }
  if (b.is_constant() && b.constant_ > 0) {  // whole multiples leave the division
    std::vector<Term> whole;
    std::vector<Term> rest;
    for (Term& term : a.as_terms()) {
      auto& side = term.coefficient % b.constant_ == 0 ? whole : rest;
      if (&side == &whole) term.coefficient /= b.constant_;
      side.push_back(std::move(term));
    }
    if (rest.empty()) return from_terms(std::move(whole));
    if (!whole.empty()) {
      return from_terms(std::move(whole)) + floor_div(from_terms(std::move(rest)), b);
    }
  } else if (a == b && b.lower_bound().value_or(0) > 0) {
    return {1};
  } else if (b.terms().size() == 1 && b.lower_bound().value_or(-1) >= 0) {
    // n*m // n: exact when every term of a holds all factors of the monomial b
    const Term& divisor = b.terms()[0];
    std::vector<Term> quotients;
    for (const Term& term : a.as_terms()) {
      std::vector<Factor> left = term.factors;
      bool divides = term.coefficient % divisor.coefficient == 0;
      for (const Factor& factor : divisor.factors) {
        auto match = std::find_if(left.begin(), left.end(), [&](const Factor& candidate) {
          return candidate.atom->key == factor.atom->key && candidate.power >= factor.power;
        });
        if (match == left.end()) {
          divides = false;
          break;
        }
        match->power -= factor.power;
      }
      if (!divides) {
        quotients.clear();
        break;
      }
      std::erase_if(left, [](const Factor& factor) { return factor.power == 0; });
      Term quotient{term.coefficient / divisor.coefficient, std::move(left), ""};
      quotient.key = factors_key(quotient.factors);
      quotients.push_back(std::move(quotient));
    }
    if (!quotients.empty()) return from_terms(std::move(quotients));
  }
  return from_atom({AtomKind::floor_div,
                    "",
                    SymbolKind::dim,
                    {a, b},
                    "(" + operand_text(a) + " // " + operand_text(b) + ")"});
}

DimExpr DimExpr::mod(const DimExpr& a, const DimExpr& b) {
  if (a.is_constant() && b.is_constant() && !b.is(0)) {
    return {b.is(-1) ? 0 : a.constant_ - floor_division(a.constant_, b.constant_) * b.constant_};
  }
  if (b.is(1)) return {0};
  return from_atom({AtomKind::mod,
                    "",
                    SymbolKind::dim,
                    {a, b},
                    "(" + operand_text(a) + " % " + operand_text(b) + ")"});
}

DimExpr DimExpr::min_or_max(AtomKind kind, const DimExpr& a, const DimExpr& b) {
  const bool is_min = kind == AtomKind::min;
  const DimExpr difference = a - b;
  if (const auto low = difference.lower_bound(); low && *low >= 0) return is_min ? b : a;
  if (const auto high = difference.upper_bound(); high && *high <= 0) return is_min ? a : b;
  const DimExpr& first = a < b ? a : b;
  const DimExpr& second = a < b ? b : a;
  return from_atom({kind,
                    "",
                    SymbolKind::dim,
                    {first, second},
                    (is_min ? "min(" : "max(") + first.text() + ", " + second.text() + ")"});
}

DimExpr DimExpr::min(const DimExpr& a, const DimExpr& b) {
  return min_or_max(AtomKind::min, a, b);
}

DimExpr DimExpr::max(const DimExpr& a, const DimExpr& b) {
  return min_or_max(AtomKind::max, a, b);
}

namespace {

using Interval = std::pair<std::optional<int64_t>, std::optional<int64_t>>;

Interval multiply_intervals(const Interval& a, const Interval& b) {
  if (a.first && a.second && b.first && b.second) {
    const std::array<std::optional<int64_t>, 4> corners = {
        checked_multiply(a.first, b.first), checked_multiply(a.first, b.second),
        checked_multiply(a.second, b.first), checked_multiply(a.second, b.second)};
    if (std::any_of(corners.begin(), corners.end(), [](const auto& c) { return !c; })) return {};
    const auto [low, high] = std::minmax_element(corners.begin(), corners.end());
    return {*low, *high};
  }
  const bool both_positive = a.first.value_or(-1) >= 0 && b.first.value_or(-1) >= 0;
  if (both_positive) return {checked_multiply(a.first, b.first), std::nullopt};
  return {};
}

Interval interval_of(const DimExpr& expr);

Interval interval_of(const DimExpr::Atom& atom) {
  switch (atom.kind) {
    case DimExpr::AtomKind::symbol:
      if (atom.symbol_kind == SymbolKind::value) return {};
      return {0, std::nullopt};
    case DimExpr::AtomKind::floor_div: {
      const Interval a = interval_of(atom.args[0]);
      const Interval b = interval_of(atom.args[1]);
      if (a.first.value_or(-1) >= 0 && b.first.value_or(-1) >= 0) {
        return {0, a.second};
      }
      return {};
    }
    case DimExpr::AtomKind::mod: {
      const Interval b = interval_of(atom.args[1]);
      if (b.first.value_or(0) > 0) return {0, checked_add(b.second, -1)};
      return {};
    }
    case DimExpr::AtomKind::min: {
      const Interval a = interval_of(atom.args[0]);
      const Interval b = interval_of(atom.args[1]);
      std::optional<int64_t> high = a.second ? a.second : b.second;
      if (a.second && b.second) high = std::min(*a.second, *b.second);
      if (a.first && b.first) return {std::min(*a.first, *b.first), high};
      return {std::nullopt, high};
    }
    case DimExpr::AtomKind::max: {
      const Interval a = interval_of(atom.args[0]);
      const Interval b = interval_of(atom.args[1]);
      std::optional<int64_t> low = a.first ? a.first : b.first;
      if (a.first && b.first) low = std::max(*a.first, *b.first);
      if (a.second && b.second) return {low, std::max(*a.second, *b.second)};
      return {low, std::nullopt};
    }
  }
  return {};
}

Interval interval_of(const DimExpr& expr) {
  if (expr.is_constant()) return {expr.constant(), expr.constant()};
  Interval sum = {0, 0};
  for (const auto& term : expr.terms()) {
    Interval product = {term.coefficient, term.coefficient};
    if (!term.factors.empty()) {
      Interval factors = {1, 1};
      for (const auto& factor : term.factors) {
        const Interval atom = interval_of(*factor.atom);
        for (int i = 0; i < factor.power; ++i) factors = multiply_intervals(factors, atom);
      }
      const std::optional<int64_t> c = term.coefficient;
      product = {checked_multiply(c, factors.first), checked_multiply(c, factors.second)};
      if (term.coefficient < 0) std::swap(product.first, product.second);
    }
    sum = {checked_add(sum.first, product.first), checked_add(sum.second, product.second)};
  }
  return sum;
}

std::optional<int64_t> evaluate_atom(const DimExpr::Atom& atom, const DimExpr::Lookup& lookup) {
  if (atom.kind == DimExpr::AtomKind::symbol) return lookup(atom.name);
  const auto a = atom.args[0].evaluate(lookup);
  const auto b = atom.args[1].evaluate(lookup);
  if (!a || !b) return std::nullopt;
  switch (atom.kind) {
    case DimExpr::AtomKind::min:
      return std::min(*a, *b);
    case DimExpr::AtomKind::max:
      return std::max(*a, *b);
    case DimExpr::AtomKind::floor_div:
    case DimExpr::AtomKind::mod:
      if (*b == 0 || (*a == kMinimum && *b == -1)) return std::nullopt;
      if (atom.kind == DimExpr::AtomKind::floor_div) return floor_division(*a, *b);
      return *a - floor_division(*a, *b) * *b;
    case DimExpr::AtomKind::symbol:
      break;
  }
  return std::nullopt;
}

DimExpr substitute_atom(const DimExpr::Factor& factor, const DimExpr::Substitution& map) {
  const DimExpr::Atom& atom = *factor.atom;
  DimExpr base;
  if (atom.kind == DimExpr::AtomKind::symbol) {
    base = map(atom.name).value_or(DimExpr::symbol(atom.name, atom.symbol_kind));
  } else {
    const DimExpr a = atom.args[0].substitute(map);
    const DimExpr b = atom.args[1].substitute(map);
    if (atom.kind == DimExpr::AtomKind::floor_div) base = DimExpr::floor_div(a, b);
    if (atom.kind == DimExpr::AtomKind::mod) base = DimExpr::mod(a, b);
    if (atom.kind == DimExpr::AtomKind::min) base = DimExpr::min(a, b);
    if (atom.kind == DimExpr::AtomKind::max) base = DimExpr::max(a, b);
  }
  DimExpr result = base;
  for (int i = 1; i < factor.power; ++i) result = result * base;
  return result;
}

void collect_symbols(const DimExpr& expr, std::set<std::string>& names) {
  for (const auto& term : expr.terms()) {
    for (const auto& factor : term.factors) {
      if (factor.atom->kind == DimExpr::AtomKind::symbol) names.insert(factor.atom->name);
      for (const DimExpr& arg : factor.atom->args) collect_symbols(arg, names);
    }
  }
}

}  // namespace

std::optional<int64_t> DimExpr::lower_bound() const {
  return interval_of(*this).first;
}

std::optional<int64_t> DimExpr::upper_bound() const {
  return interval_of(*this).second;
}

std::optional<int64_t> DimExpr::evaluate(const Lookup& lookup) const {
  if (is_constant()) return constant_;
  std::optional<int64_t> sum = 0;
  for (const Term& term : *terms_) {
    std::optional<int64_t> product = term.coefficient;
    for (const Factor& factor : term.factors) {
      const auto value = evaluate_atom(*factor.atom, lookup);
      for (int i = 0; i < factor.power; ++i) product = checked_multiply(product, value);
    }
    sum = checked_add(sum, product);
  }
  return sum;
}

DimExpr DimExpr::substitute(const Substitution& map) const {
  if (is_constant()) return *this;
  DimExpr sum;
  for (const Term& term : *terms_) {
    DimExpr product = term.coefficient;
    for (const Factor& factor : term.factors) product = product * substitute_atom(factor, map);
    sum = sum + product;
  }
  return sum;
}

std::vector<std::string> DimExpr::symbols() const {
  std::set<std::string> names;
  collect_symbols(*this, names);
  return {names.begin(), names.end()};
}

std::string DimExpr::text() const {
  if (is_constant()) return std::to_string(constant_);
  const Term& first = terms_->front();
  if (terms_->size() == 1 && first.coefficient == 1 && first.factors.size() == 1 &&
      first.factors[0].power == 1 && first.key.front() == '(') {
    return first.key.substr(1, first.key.size() - 2);  // "n // 2" needs no brackets
  }
  std::string text;
  // the constant term (key "") sorts first but reads better last
  std::vector<const Term*> order;
  for (const Term& term : *terms_) {
    if (!term.factors.empty()) order.push_back(&term);
  }
  if (terms_->front().factors.empty()) order.push_back(&terms_->front());
  for (const Term* term : order) {
    const int64_t c = term->coefficient;
    const std::string magnitude = std::to_string(c).substr(c < 0 ? 1 : 0);
    text += text.empty() ? (c < 0 ? "-" : "") : (c < 0 ? " - " : " + ");
    if (term->factors.empty()) {
      text += magnitude;
    } else {
      text += magnitude == "1" ? term->key : magnitude + "*" + term->key;
    }
  }
  return text;
}

bool operator==(const DimExpr& a, const DimExpr& b) {
  return (a <=> b) == 0;
}

std::strong_ordering operator<=>(const DimExpr& a, const DimExpr& b) {
  if (a.is_constant() && b.is_constant()) return a.constant_ <=> b.constant_;
  if (a.is_constant() != b.is_constant()) {
    return a.is_constant() ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (a.terms_ == b.terms_) return std::strong_ordering::equal;
  const auto& x = *a.terms_;
  const auto& y = *b.terms_;
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (const auto order = x[i].key <=> y[i].key; order != 0) return order;
    if (const auto order = x[i].coefficient <=> y[i].coefficient; order != 0) return order;
  }
  return x.size() <=> y.size();
}

}  // namespace tgc
