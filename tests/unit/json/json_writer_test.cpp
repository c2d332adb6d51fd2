// SPDX-License-Identifier: Apache-2.0
// The JSON writer's layout and exactness.
#include "json/json_writer.h"

#include <catch2/catch.hpp>
#include <limits>

#include "json/json_parser.h"

namespace tgc {

TEST_CASE("objects and arrays are laid out in lines or on one") {
  JsonWriter json;
  json.begin_object();
  json.member("name", "digits");
  json.array("dims", std::vector<int>{64, 10});
  json.begin_array("list");
  json.value(true);
  json.begin_object(JsonWriter::Layout::line);
  json.member("a", 1);
  json.member("b", 2.5);
  json.end_object();
  json.end_array();
  json.begin_object("empty");
  json.end_object();
  json.end_object();
  CHECK(json.take() == R"({
  "name": "digits",
  "dims": [64, 10],
  "list": [
    true,
    {"a": 1, "b": 2.5}
  ],
  "empty": {}
}
)");
}

TEST_CASE("what is written is read back exactly") {
  JsonWriter json(JsonWriter::Layout::line);
  json.begin_array();
  json.value(0.1);
  json.value(std::numeric_limits<double>::denorm_min());
  json.value(std::numeric_limits<int64_t>::min());
  json.value(std::numeric_limits<uint64_t>::max());
  json.value(std::numeric_limits<double>::infinity());
  json.value("quote \" backslash \\ tab \t bell \x07 \xC3\xA4");
  json.end_array();
  Diagnostics diagnostics;
  const auto document = parse_json("t", json.take(), {}, diagnostics);
  REQUIRE(document != nullptr);
  const auto list = document->root().elements();
  CHECK(list[0].real() == 0.1);
  CHECK(list[1].real() == std::numeric_limits<double>::denorm_min());
  CHECK(list[2].int64() == std::numeric_limits<int64_t>::min());
  CHECK(list[3].uint64() == std::numeric_limits<uint64_t>::max());
  CHECK(list[4].string() == "inf");
  CHECK(list[5].string() == "quote \" backslash \\ tab \t bell \x07 \xC3\xA4");
}

TEST_CASE("bytes that are no UTF-8 become the replacement character") {
  CHECK(json_quoted("a\xFF"
                    "b") ==
        "\"a\xEF\xBF\xBD"
        "b\"");
}

}  // namespace tgc
