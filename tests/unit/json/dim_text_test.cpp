// SPDX-License-Identifier: Apache-2.0
// Dim expressions as text.
#include "json/dim_text.h"

#include <catch2/catch.hpp>

namespace tgc {
namespace {

// Knows n, m and "odd name".
std::optional<DimExpr> lookup(std::string_view name, DimTextError& error) {
  if (name == "n" || name == "m") return DimExpr::symbol(std::string(name));
  if (name == "odd name") return DimExpr(7);
  error = {"unknown-dim", "unknown dim '" + std::string(name) + "'", ""};
  return std::nullopt;
}

std::string parsed(std::string_view text) {
  DimTextError error;
  const auto dim = parse_dim_text(text, lookup, error);
  return dim ? dim->text() : error.code + ": " + error.message;
}

}  // namespace

TEST_CASE("arithmetic follows the usual precedence") {
  CHECK(parsed("2*n + 1") == "2*n + 1");
  CHECK(parsed("2*(n + 1)") == "2*n + 2");
  CHECK(parsed("n - 1 - 2") == "n - 3");
  CHECK(parsed("-n + 3") == "-n + 3");
  CHECK(parsed("7 // 2") == "3");
  CHECK(parsed("-7 // 2") == "-4");
  CHECK(parsed("-7 % 4") == "1");
  CHECK(parsed("4*n // 2") == "2*n");
  CHECK(parsed("min(n, 3)") == "min(3, n)");
  CHECK(parsed("max(n, m)") == "max(m, n)");
  CHECK(parsed("  n  ") == "n");
}

TEST_CASE("a whole text may be a name that is no identifier") {
  CHECK(parsed("odd name") == "7");
}

TEST_CASE("what does not read as arithmetic is explained") {
  CHECK(parsed("n +") == "bad-expression: 'n +' is no dim expression: it ends too early");
  CHECK(parsed("n m") == "bad-expression: 'n m' is no dim expression: unexpected 'm'");
  CHECK(parsed("(n") == "bad-expression: '(n' is no dim expression: a ')' is missing");
  CHECK(parsed("n / 2") == "bad-expression: 'n / 2' is no dim expression: unexpected '/'");
  CHECK(parsed("2.5") == "bad-expression: '2.5' is no dim expression: unexpected '.'");
  CHECK(parsed("n // 0") == "bad-expression: 'n // 0' is no dim expression: division by zero");
  CHECK(parsed("99999999999999999999") ==
        "bad-expression: '99999999999999999999' is no dim expression: an integer does not fit 64 "
        "bits");
  CHECK(parsed("k + 1") == "unknown-dim: unknown dim 'k'");
}

TEST_CASE("expressions that would explode are refused") {
  CHECK(parsed(std::string(500, '(')).substr(0, 14) == "bad-expression");
  CHECK(parsed(std::string(200, '(')).find("nested too deep") != std::string::npos);
  std::string product = "(n+m)";
  for (int i = 0; i < 60; ++i) product += "*(n+m)";
  CHECK(parsed(product).find("too long") != std::string::npos);
}

TEST_CASE("identifiers are found without min and max") {
  CHECK(identifiers_in("min(n, 2*m_1) // x9") == std::vector<std::string>{"n", "m_1", "x9"});
  CHECK(identifiers_in("12").empty());
}

}  // namespace tgc
