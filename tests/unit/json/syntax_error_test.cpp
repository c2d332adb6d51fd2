// SPDX-License-Identifier: Apache-2.0
// What is said about text that is not JSON, and where: at the first character of the token that
// cannot stand there.
#include "json/syntax_error.h"

#include <catch2/catch.hpp>
#include <random>

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
         std::to_string(first.location.length) + " " + first.message + " | " + first.hint;
}

}  // namespace

TEST_CASE("commas") {
  CHECK(syntax_error("[1, 2,]") ==
        "1:6+1 no value follows this comma before ']' | the last element has no comma after it");
  CHECK(syntax_error("{\"a\": 1 , // the last\n}") ==
        "1:9+1 no value follows this comma before '}' | the last element has no comma after it");
  CHECK(syntax_error("[1 2]") ==
        "1:4+1 expected ',' or ']' before this | elements and members are separated by commas");
  CHECK(syntax_error("{\"a\": 1\n \"b\": 2}") ==
        "2:2+3 expected ',' or '}' before this | elements and members are separated by commas");
  CHECK(syntax_error("[,1]") ==
        "1:2+1 unexpected ',', expected a value | one comma stands between two elements, none "
        "before the first");
  CHECK(syntax_error("[1,,2]").substr(0, 6) == "1:4+1 ");
  CHECK(syntax_error("{,}").substr(0, 63) ==
        "1:2+1 unexpected ',', expected a key in double quotes or '}' | ");
}

TEST_CASE("keys and colons") {
  CHECK(syntax_error("{\"a\" 1}") ==
        "1:6+1 expected ':' before this | a member is written \"key\": value");
  CHECK(syntax_error("{\"a\": }") ==
        "1:7+1 unexpected '}', expected a value for the key before it | a member is written "
        "\"key\": value");
  CHECK(syntax_error("{\"a\"}").substr(0, 26) == "1:5+1 unexpected '}', expe");
  CHECK(syntax_error("[\"a\": 1]") ==
        "1:5+1 unexpected ':', expected ',' or ']' | members with keys stand in braces: {\"key\": "
        "value}");
  CHECK(syntax_error("{1: 2}") ==
        "1:2+1 unexpected '1', expected a key in double quotes or '}' | keys stand in double "
        "quotes");
  CHECK(syntax_error("{\"a\": 1, [2]}").substr(0, 26) == "1:10+1 unexpected '[', exp");
}

TEST_CASE("brackets") {
  CHECK(syntax_error("[1}") ==
        "1:3+1 unexpected '}': the '[' of line 1 is still open | close it with ']' first");
  CHECK(syntax_error("{\"a\": [1,\n2}\n") ==
        "2:2+1 unexpected '}': the '[' of line 1 is still open | close it with ']' first");
  CHECK(syntax_error("]") == "1:1+1 unexpected ']', expected a value | nothing was opened before");
  CHECK(syntax_error("[1]]") ==
        "1:4+1 unexpected text after the end of the outermost value | there is one closing bracket "
        "too many");
}

TEST_CASE("what ends too early or too late") {
  CHECK(syntax_error("").substr(0, 27) == "1:1+1 the file is empty | a");
  CHECK(syntax_error(" \n ").substr(0, 24) == "1:1+1 the file is empty ");
  CHECK(syntax_error("{\"a\": [1,\n\n\n") ==
        "1:9+1 the file ends after this, but 2 brackets are still open | the next to close is "
        "']'");
  CHECK(syntax_error("[1] []") ==
        "1:5+1 unexpected text after the end of the outermost value | a file holds one value, an "
        "object");
  CHECK(syntax_error("[1] # comment").substr(0, 30) == "1:5+1 unexpected text after th");
  CHECK(syntax_error("[1] /* never closed") ==
        "1:5+2 this comment is not closed | close it with */");
}

TEST_CASE("an open bracket is shown beside the place where it was missed") {
  Diagnostics diagnostics;
  parse_json("t.json", "{\n  \"a\": [1,\n  \"b\": 2}", {}, diagnostics);
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].location.line == 3);
  parse_json("t.json", "{\n  \"a\": [1, 2\n}", {}, diagnostics);
  REQUIRE(diagnostics.all().size() == 2);
  REQUIRE(diagnostics.all()[1].notes.size() == 1);
  CHECK(diagnostics.all()[1].notes[0].message == "the '[' that is open");
  CHECK(diagnostics.all()[1].notes[0].location.line == 2);
}

TEST_CASE("habits of other languages") {
  CHECK(syntax_error("[NaN]") ==
        "1:2+3 unexpected 'NaN', expected a value | write \"nan\" with quotes");
  CHECK(syntax_error("[-Infinity]") ==
        "1:2+9 '-Infinity' is not a JSON number | write \"-inf\" or \"inf\" with quotes");
  CHECK(syntax_error("[-nan]") == "1:2+4 '-nan' is not a JSON number | write \"nan\" with quotes");
  CHECK(syntax_error("[True]") == "1:2+4 unexpected 'True', expected a value | JSON writes true");
  CHECK(syntax_error("{'a': 1}") ==
        "1:2+3 unexpected ''a'', expected a key in double quotes or '}' | strings stand in double "
        "quotes: \"…\"");
  CHECK(
      syntax_error("{a: 1}") ==
      "1:2+1 unexpected 'a', expected a key in double quotes or '}' | keys stand in double quotes");
  CHECK(syntax_error("[“a”]").substr(0, 25) == "1:2+3 unexpected '“a”");
  CHECK(syntax_error("[\xC2\xA0"
                     "1]")
            .find("no-break space") != std::string::npos);
}

TEST_CASE("malformed numbers") {
  CHECK(syntax_error("[01]") ==
        "1:2+2 '01' is not a JSON number | JSON numbers have no leading zeros");
  CHECK(syntax_error("[-01, 2]") ==
        "1:2+3 '-01' is not a JSON number | JSON numbers have no leading zeros");
  CHECK(syntax_error("[.5]") ==
        "1:2+2 '.5' is not a JSON number | write a digit before the point: 0.5");
  CHECK(syntax_error("[1.]") ==
        "1:2+2 '1.' is not a JSON number | write a digit after the point: 1.0");
  CHECK(syntax_error("[1.e5]").substr(0, 6) == "1:2+4 ");
  CHECK(syntax_error("[1e]").substr(0, 6) == "1:2+2 ");
  CHECK(syntax_error("[1, 2, --3]").substr(0, 6) == "1:8+3 ");
  CHECK(syntax_error("[+1]") ==
        "1:2+2 '+1' is not a JSON number | JSON numbers have no plus sign in front");
  CHECK(syntax_error("[0x10]") == "1:2+4 '0x10' is not a JSON number | JSON numbers are decimal");
  CHECK(syntax_error("[1_000]") ==
        "1:2+5 '1_000' is not a JSON number | JSON numbers have no separators");
}

TEST_CASE("numbers that are too large are refused, those that are too small are 0") {
  const std::string hint = " does not fit a float64 | infinity is written \"inf\" or \"-inf\"";
  CHECK(syntax_error("[1e999]") == "1:2+5 number 1e999" + hint);
  CHECK(syntax_error("[0, -1e400]") == "1:5+6 number -1e400" + hint);
  CHECK(syntax_error("[0.0001e312]") == "none");
  CHECK(syntax_error("[0.0001e313]") == "1:2+10 number 0.0001e313" + hint);
  CHECK(syntax_error("[1e99999999999999999999]").substr(0, 7) == "1:2+22 ");
  CHECK(syntax_error("[1e-999, 1e-99999999999999999999]") == "none");
  CHECK(syntax_error("[0e999]") == "none");
  CHECK(syntax_error("[" + std::string(400, '9') + ".0]").substr(0, 8) == "1:2+402 ");
  CHECK(syntax_error("[0." + std::string(400, '0') + "1 2]").substr(0, 8) == "1:406+1 ");
}

TEST_CASE("malformed strings") {
  CHECK(syntax_error("[\"abc\n\"]") ==
        "1:2+4 this string is not closed on its line | close it with \"; a line break within a "
        "string is written \\n");
  CHECK(syntax_error("[\"abc").substr(0, 43) == "1:2+4 this string is not closed on its line");
  CHECK(syntax_error("[\"abc\\").substr(0, 43) == "1:2+5 this string is not closed on its line");
  CHECK(syntax_error("[\"a\\qb\"]") ==
        "1:4+2 '\\q' is no escape of JSON | a backslash itself is written \\\\");
  CHECK(syntax_error("[\"a\tb\"]") ==
        "1:4+1 control character U+0009 in a string | write it as \\t");
  CHECK(syntax_error("[\"a\x01"
                     "b\"]") == "1:4+1 control character U+0001 in a string | write it as \\u0001");
  CHECK(syntax_error("[\"x\\u12g4\"]").substr(0, 36) == "1:4+6 '\\u12g4' is no escape of JSON ");
  CHECK(syntax_error("[\"\\ud800\"]").substr(0, 44) ==
        "1:3+6 '\\ud800' is half of a surrogate pair |");
  CHECK(syntax_error("[\"\\udc00x\"]").substr(0, 6) == "1:3+6 ");
  CHECK(syntax_error("[\"\\ud83d\\ude00\"]") == "none");
  CHECK(syntax_error("{\"say \"hi\"\": 1}") ==
        "1:8+2 expected ':' before this | a quote within a string is written \\\"");
}

TEST_CASE("whatever the JSON library refuses is explained") {
  const std::string good =
      R"({"a": [1, -2.5e3, "x\n\u00e4", true, null, {"b": []}], // c
 "d": {"e": "f"}, "g": [[0.5], ["\ud83d\ude00"]]})";
  const std::string characters = "{}[],:\"\\/*-+.eE019 \ntnfaul\x01'#";
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string text = good;
    for (size_t i = random() % 3; i < 3; ++i) {
      const size_t at = random() % text.size();
      const char c = characters[random() % characters.size()];
      if (random() % 2 == 0) {
        text[at] = c;
      } else {
        text.insert(at, 1, c);
      }
    }
    const std::string error = syntax_error(text);
    INFO(text);
    REQUIRE(error.find("this is not JSON") == std::string::npos);
    REQUIRE((error == "none" || !error.ends_with(" | ")));
  }
}

}  // namespace tgc
