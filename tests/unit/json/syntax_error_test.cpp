// SPDX-License-Identifier: Apache-2.0
// What is said about text that is not JSON.
#include "json/syntax_error.h"

#include <catch2/catch.hpp>

#include "json/json_parser.h"

namespace tgc {
namespace {

// "line:column+length message | hint"
std::string syntax_error(const std::string& text) {
  Diagnostics diagnostics;
  parse_json("t.json", text, {}, diagnostics);
  if (diagnostics.all().empty()) return "none";
  const Diagnostic& first = diagnostics.all()[0];
  return std::to_string(first.location.line) + ":" + std::to_string(first.location.column) + "+" +
         std::to_string(first.location.length) + " " + first.message +
         (first.hint.empty() ? "" : " | " + first.hint);
}

}  // namespace

TEST_CASE("commas and brackets") {
  CHECK(
      syntax_error("[1, 2,]") ==
      "1:7+1 a comma stands before this closing bracket | the last element has no comma after it");
  CHECK(
      syntax_error("{\"a\": 1,\n}") ==
      "2:1+1 a comma stands before this closing bracket | the last element has no comma after it");
  CHECK(syntax_error("[1 2]") == "1:4+1 expected ',' or ':' or a closing bracket before this");
  CHECK(syntax_error("{\"a\" 1}") == "1:6+1 expected ',' or ':' or a closing bracket before this");
  CHECK(syntax_error("{\"a\": }") == "1:7+1 unexpected '}', expected a value");
  CHECK(syntax_error("[1}") == "1:3+1 unexpected '}'");
  CHECK(syntax_error("[,1]") == "1:2+1 unexpected ',', expected a value");
}

TEST_CASE("what ends too early or too late") {
  CHECK(syntax_error("") == "1:1+1 the file is empty");
  CHECK(syntax_error("{\"a\": [1,") == "1:10+1 the file ends before its outermost value does");
  CHECK(syntax_error("[1] []") == "1:5+1 unexpected text after the end of the outermost value");
  CHECK(syntax_error("[1] /* never closed") == "1:5+2 this comment is not closed");
}

TEST_CASE("habits of other languages") {
  CHECK(syntax_error("[NaN]") ==
        "1:2+3 unexpected 'NaN', expected a value | write \"nan\" with quotes");
  CHECK(syntax_error("[-Infinity]") ==
        "1:2+9 '-Infinity' is not a JSON number | write \"-inf\" or \"inf\" with quotes");
  CHECK(syntax_error("[True]") == "1:2+4 unexpected 'True', expected a value | JSON writes true");
  CHECK(syntax_error("{'a': 1}") ==
        "1:2+3 unexpected ''a'', expected a key in double quotes or '}' | strings stand in double "
        "quotes");
  CHECK(
      syntax_error("{a: 1}") ==
      "1:2+1 unexpected 'a', expected a key in double quotes or '}' | keys stand in double quotes");
  CHECK(syntax_error("[] # comment") ==
        "1:4+1 unexpected text after the end of the outermost value");
}

TEST_CASE("malformed numbers") {
  CHECK(syntax_error("[01]").substr(0, 2) == "1:");
  CHECK(syntax_error("[.5]") ==
        "1:2+2 '.5' is not a JSON number | write a digit before the point: 0.5");
  CHECK(syntax_error("[1.]").substr(0, 2) == "1:");
  CHECK(syntax_error("[+1]") ==
        "1:2+2 '+1' is not a JSON number | JSON numbers have no plus sign in front");
  CHECK(syntax_error("[1e999]") ==
        "1:2+5 number 1e999 does not fit a float64 | infinity is written \"inf\"");
  CHECK(syntax_error("[1e-999]") == "none");
}

TEST_CASE("malformed strings") {
  CHECK(syntax_error("[\"abc\n\"]") == "2:1+2 this string is not closed on its line");
  CHECK(syntax_error("[\"a\\qb\"]") ==
        "1:4+2 '\\q' is no escape of JSON | a backslash itself is written \\\\");
  CHECK(syntax_error("[\"a\tb\"]") ==
        "1:2+5 control character U+0009 in a string | write it as \\u0009");
  CHECK(syntax_error("[\"\\ud800\"]").substr(0, 4) == "1:2+");
}

}  // namespace tgc
