// SPDX-License-Identifier: Apache-2.0
// tgc.toml as flat entries.
#include "flags/toml_file.h"

#include "catch2/catch.hpp"

namespace tgc {
namespace {

TEST_CASE("tables become dots and entries keep the order and place of the file") {
  const TomlFile file =
      parse_toml("optimizer = \"o2\"\ngpuarray.sched = \"multi\"\n\n[gpuarray]\n");
  CHECK_FALSE(file.error.empty());
  const TomlFile good = parse_toml(
      "optimizer = \"o2\"\n[gpuarray]\n  sched = \"multi\"\n[dnn.conv]\n"
      "precision = \"float32\"\n");
  CHECK(good.error.empty());
  REQUIRE(good.entries.size() == 3);
  CHECK(good.entries[0].key == "optimizer");
  CHECK(good.entries[0].value == "o2");
  CHECK(good.entries[1].key == "gpuarray.sched");
  CHECK(good.entries[1].line == 3);
  CHECK(good.entries[1].column == 3);
  CHECK(good.entries[2].key == "dnn.conv.precision");
}

TEST_CASE("values of each kind become the text of a flag") {
  const TomlFile file = parse_toml(
      "a = true\nb = -3\nc = 0.5\nd = \"x\"\ne = [\"fusion\", \"inplace\"]\nf = [1]\ng = "
      "1979-05-27\n");
  REQUIRE(file.entries.size() == 7);
  CHECK(file.entries[0].kind == TomlKind::boolean);
  CHECK(file.entries[0].value == "True");
  CHECK(file.entries[1].kind == TomlKind::integer);
  CHECK(file.entries[1].value == "-3");
  CHECK(file.entries[2].kind == TomlKind::number);
  CHECK(file.entries[2].value == "0.5");
  CHECK(file.entries[3].kind == TomlKind::text);
  CHECK(file.entries[4].kind == TomlKind::list);
  CHECK(file.entries[4].value == "fusion:inplace");
  CHECK(file.entries[5].kind == TomlKind::other);
  CHECK(file.entries[6].kind == TomlKind::other);
}

TEST_CASE("text that is not TOML has an error with its place") {
  const TomlFile file = parse_toml("device = \"cpu\"\nfloatX = float32\n");
  CHECK_FALSE(file.error.empty());
  CHECK(file.error_line == 2);
  CHECK(file.error_column > 0);
}

}  // namespace
}  // namespace tgc
