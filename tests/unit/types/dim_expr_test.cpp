// SPDX-License-Identifier: Apache-2.0
// What lib/types/dim_expr promises, one behaviour a test.
#include "types/dim_expr.h"

#include <catch2/catch.hpp>
#include <limits>

namespace tgc {
namespace {

const DimExpr n = DimExpr::symbol("n");
const DimExpr m = DimExpr::symbol("m");

DimExpr::Lookup with(int64_t n_value, int64_t m_value) {
  return [=](std::string_view name) -> std::optional<int64_t> {
    if (name == "n") return n_value;
    if (name == "m") return m_value;
    return std::nullopt;
  };
}

}  // namespace

TEST_CASE("equal polynomials compare equal") {
  CHECK(n * (m + 1) == m * n + n);
  CHECK(n - n == DimExpr(0));
  CHECK((n + 1) * (n - 1) == n * n - 1);
  CHECK_FALSE(n == m);
}

TEST_CASE("arithmetic on integers stays an integer") {
  const DimExpr value = DimExpr(3) * 4 - 5;
  CHECK(value.is(7));
  CHECK(DimExpr::floor_div(-7, 2).is(-4));
  CHECK(DimExpr::mod(-7, 2).is(1));
  CHECK(DimExpr::min(3, 4).is(3));
  CHECK(DimExpr::max(3, 4).is(4));
  CHECK(DimExpr::ceil_div(7, 2).is(4));
}

TEST_CASE("integers saturate instead of wrapping") {
  const int64_t huge = std::numeric_limits<int64_t>::max();
  CHECK((DimExpr(huge) + 1).is(huge));
  CHECK((DimExpr(huge) * 2).is(huge));
}

TEST_CASE("expressions evaluate under a binding") {
  CHECK((n * 2 + m).evaluate(with(3, 4)) == 10);
  CHECK(DimExpr::floor_div(n - 7, m).evaluate(with(0, 2)) == -4);
  CHECK(DimExpr::mod(n, m).evaluate(with(-7, 2)) == 1);
  CHECK(DimExpr::max(n, m).evaluate(with(3, 4)) == 4);
}

TEST_CASE("an unknown symbol, a zero divisor and an overflow have no value") {
  CHECK_FALSE(DimExpr::symbol("k").evaluate(with(1, 1)));
  CHECK_FALSE(DimExpr::floor_div(n, m).evaluate(with(1, 0)));
  CHECK_FALSE((n * n).evaluate(with(int64_t{1} << 40, 0)));
}

TEST_CASE("dims are at least zero and values have no bounds") {
  CHECK(n.lower_bound() == 0);
  CHECK_FALSE(n.upper_bound());
  CHECK((n + 3).lower_bound() == 3);
  CHECK_FALSE(DimExpr::symbol("v", SymbolKind::value).lower_bound());
  CHECK(DimExpr::min(n, 5).upper_bound() == 5);
}

TEST_CASE("symbols are replaced where the map knows them") {
  const DimExpr replaced = (n * m + n).substitute([](std::string_view name) {
    return name == "n" ? std::optional<DimExpr>(DimExpr(2)) : std::nullopt;
  });
  CHECK(replaced == m * 2 + 2);
}

TEST_CASE("symbols are listed once in order") {
  CHECK((n * m + DimExpr::max(n, 2)).symbols() == std::vector<std::string>{"m", "n"});
}

TEST_CASE("text reads as arithmetic") {
  CHECK(DimExpr(7).text() == "7");
  CHECK((n * 2 + 1).text() == "2*n + 1");
  CHECK(DimExpr::floor_div(n, 2).text() == "n // 2");
  CHECK((DimExpr::floor_div(n + 1, 2) * 3 + m).text() == "3*((n + 1) // 2) + m");
  CHECK(DimExpr::mod(DimExpr::floor_div(n, 2), m).text() == "(n // 2) % m");
  CHECK(DimExpr::min(n, m).text() == "min(m, n)");
}

}  // namespace tgc
