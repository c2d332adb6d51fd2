// SPDX-License-Identifier: Apache-2.0
// Positions, exact numbers and limits of the JSON parser.
#include "json/json_parser.h"

#include <catch2/catch.hpp>
#include <limits>

namespace tgc {
namespace {

struct Parsed {
  std::unique_ptr<const JsonDocument> document;
  Diagnostics diagnostics;

  explicit Parsed(std::string text, const JsonLimits& limits = {}) {
    document = parse_json("t.json", std::move(text), limits, diagnostics);
  }
  [[nodiscard]] JsonValue root() const { return document->root(); }
  [[nodiscard]] std::string code() const {
    return diagnostics.all().empty() ? "" : diagnostics.all()[0].code;
  }
};

std::string place(const Location& location) {
  return std::to_string(location.line) + ":" + std::to_string(location.column) + "+" +
         std::to_string(location.length) + " " + location.pointer;
}

}  // namespace

TEST_CASE("values, keys and containers know where they stand") {
  const Parsed parsed("{\n  \"a\": [1, \"two\", {\"b\": null}],\n  \"c\" : true\n}");
  const JsonValue a = *parsed.root().find("a");
  CHECK(place(a.location()) == "2:8+23 /a");
  CHECK(place(a.key_location()) == "2:3+3 /a");
  CHECK(place(a.elements()[0].location()) == "2:9+1 /a/0");
  CHECK(place(a.elements()[1].location()) == "2:12+5 /a/1");
  CHECK(place(a.elements()[2].find("b")->location()) == "2:25+4 /a/2/b");
  CHECK(place(parsed.root().find("c")->location()) == "3:9+4 /c");
}

TEST_CASE("a value of several lines is underlined on its first") {
  const Parsed parsed("{\"a\": [1,\n 2]}");
  CHECK(place(parsed.root().find("a")->location()) == "1:7+3 /a");
}

TEST_CASE("columns count characters, not bytes") {
  const Parsed parsed("{\"\xC3\xA4\xE2\x82\xAC\": 1}");
  CHECK(place(parsed.root().elements()[0].location()) == "1:8+1 /\xC3\xA4\xE2\x82\xAC");
}

TEST_CASE("comments, carriage returns and a byte order mark do not shift positions") {
  const Parsed parsed("\xEF\xBB\xBF// one\r\n/* [ { \" */ [7, // x\r\n \"a\\\"//b\" , 8]\r\n");
  const auto elements = parsed.root().elements();
  CHECK(place(elements[0].location()) == "2:14+1 /0");
  CHECK(elements[1].string() == "a\"//b");
  CHECK(place(elements[1].location()) == "3:2+8 /1");
  CHECK(place(elements[2].location()) == "3:13+1 /2");
}

TEST_CASE("pointers escape slashes and tildes") {
  const Parsed parsed(R"({"a/b": {"c~d": 1}})");
  CHECK(parsed.root().elements()[0].elements()[0].pointer() == "/a~1b/c~0d");
}

TEST_CASE("numbers are kept as written") {
  const Parsed parsed(
      "[9223372036854775807, -9223372036854775808, 18446744073709551615, "
      "9223372036854775808, 0.1, 1e-7, 3.0, 1E5, 5e-324, -0.0]");
  const auto list = parsed.root().elements();
  CHECK(list[0].int64() == std::numeric_limits<int64_t>::max());
  CHECK(list[1].int64() == std::numeric_limits<int64_t>::min());
  CHECK(list[2].uint64() == std::numeric_limits<uint64_t>::max());
  CHECK_FALSE(list[2].int64().has_value());
  CHECK_FALSE(list[3].int64().has_value());
  CHECK(list[3].is_integer());
  CHECK(list[4].real() == 0.1);
  CHECK(list[5].real() == 1e-7);
  CHECK_FALSE(list[6].is_integer());
  CHECK_FALSE(list[7].is_integer());
  CHECK(list[8].real() == 5e-324);
  CHECK(std::signbit(list[9].real()));
}

TEST_CASE("numbers beyond 64 bits are still integers, not rounded ones") {
  const Parsed parsed("[18446744073709551616]");
  const JsonValue number = parsed.root().elements()[0];
  CHECK(number.is_integer());
  CHECK_FALSE(number.uint64().has_value());
  CHECK(number.source() == "18446744073709551616");
}

TEST_CASE("escapes and surrogate pairs become UTF-8") {
  const Parsed parsed(R"(["\u00e4\n\ud83d\ude00"])");
  CHECK(parsed.root().elements()[0].string() == "\xC3\xA4\n\xF0\x9F\x98\x80");
}

TEST_CASE("a key given twice is reported at the second place") {
  const Parsed parsed("{\"a\": 1,\n \"b\": 2, \"a\": 3}");
  REQUIRE(parsed.code() == "duplicate-key");
  CHECK(parsed.document == nullptr);
  CHECK(place(parsed.diagnostics.all()[0].location) == "2:10+3 /a");
}

TEST_CASE("of keys given twice the first values can be read on") {
  Diagnostics diagnostics;
  const auto document = parse_json_with_mistakes(
      "t.json", R"({"a": 1, "a": 2, "b": {"c": 3, "d": 4, "c": 5}, "a": 6})", {}, diagnostics);
  REQUIRE(document != nullptr);
  CHECK(diagnostics.error_count() == 3);
  CHECK(document->root().size() == 2);
  CHECK(document->root().find("a")->int64() == 1);
  const JsonValue b = document->root().elements()[1];
  CHECK(b.size() == 2);
  CHECK(b.elements()[1].key() == "d");
}

TEST_CASE("a number beyond float64 is reported where it stands, and reading goes on") {
  Diagnostics diagnostics;
  const auto document = parse_json_with_mistakes(
      "t.json", R"({"a": [1, -1e400], "b": 1e999 /* 1e999 */, "c": "1e999"})", {}, diagnostics);
  REQUIRE(document != nullptr);
  REQUIRE(diagnostics.all().size() == 2);
  CHECK(diagnostics.all()[0].code == "bad-value");
  CHECK(place(diagnostics.all()[0].location) == "1:11+6 /a/1");
  CHECK(place(diagnostics.all()[1].location) == "1:25+5 /b");
  CHECK(document->root().find("c")->string() == "1e999");
  CHECK(parse_json("t.json", "1e999", {}, diagnostics) == nullptr);
}

TEST_CASE("a string that is too long is reported with its pointer") {
  JsonLimits limits;
  limits.max_string = 5;
  const Parsed parsed(R"({"a": ["b", "123456"]})", limits);
  CHECK(place(parsed.diagnostics.all()[0].location) == "1:13+8 /a/1");
}

TEST_CASE("nesting is limited") {
  JsonLimits limits;
  limits.max_depth = 3;
  CHECK(Parsed("[[[]]]", limits).code().empty());
  CHECK(Parsed("[[[[]]]]", limits).code() == "too-deep");
  CHECK(Parsed(std::string(1000000, '['), {}).code() == "too-deep");
}

TEST_CASE("bytes, values and strings are limited") {
  JsonLimits limits;
  limits.max_bytes = 20;
  limits.max_values = 4;
  limits.max_string = 5;
  CHECK(Parsed("[1, 2, 3]", limits).code().empty());
  CHECK(Parsed("[1, 2, 3, 4]", limits).code() == "too-large");
  CHECK(Parsed("[1,                2]", limits).code() == "too-large");
  CHECK(Parsed(R"(["123456"])", limits).code() == "too-large");
  CHECK(Parsed(R"({"123456": 1})", limits).code() == "too-large");
}

TEST_CASE("invalid UTF-8 is refused everywhere, with its place") {
  for (const char* bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xFF", "\xF8\x88\x80\x80\x80"}) {
    const Parsed in_string("[\"" + std::string(bad) + "\"]");
    CHECK(in_string.code() == "not-utf8");
    CHECK(in_string.diagnostics.all()[0].location.column == 3);
    CHECK(Parsed("[] // " + std::string(bad)).code() == "not-utf8");
  }
}

TEST_CASE("a NUL byte does not end the file silently") {
  CHECK(Parsed(std::string("[1]\0garbage", 11)).code() == "json-syntax");
}

TEST_CASE("many members in one object are found and checked in reasonable time") {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += "\"k" + std::to_string(i) + "\": 1, ";
  const Parsed parsed(text + "\"k5\": 2}");
  CHECK(parsed.code() == "duplicate-key");
}

}  // namespace tgc
