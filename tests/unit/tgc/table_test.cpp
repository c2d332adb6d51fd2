// SPDX-License-Identifier: Apache-2.0
// Listings and numbers for people.
#include "tgc/table.h"

#include "catch2/catch.hpp"

namespace tgc {
namespace {

TEST_CASE("columns are as wide as their widest cell in characters") {
  CHECK(table_text({{"a", "bb"}, {"äöü", "c"}}, 1) == " a    bb\n äöü  c\n");
}

TEST_CASE("lines of a table do not end in blanks") {
  CHECK(table_text({{"a", ""}, {"bbb", "c"}}) == "a\nbbb  c\n");
}

TEST_CASE("text is wrapped between words") {
  CHECK(wrapped_text("one two three", 8, 1) == " one two\n three\n");
  CHECK(wrapped_text("unbreakable", 4) == "unbreakable\n");
}

TEST_CASE("seconds are shown in the unit that suits them") {
  CHECK(seconds_text(0.0412) == "41 ms");
  CHECK(seconds_text(0.0999) == "0.1 s");
  CHECK(seconds_text(2.34) == "2.3 s");
  CHECK(seconds_text(200.2) == "3 min 20 s");
}

TEST_CASE("a count of one is singular") {
  CHECK(counted(1, "kernel") == "1 kernel");
  CHECK(counted(0, "kernel") == "0 kernels");
}

}  // namespace
}  // namespace tgc
