// SPDX-License-Identifier: Apache-2.0
// The text of depfiles, with make's escapes.
#include "tgc/depfile.h"

#include "catch2/catch.hpp"

namespace tgc {
namespace {

TEST_CASE("a depfile names each file once, in order") {
  CHECK(depfile_text("out.tgc/manifest.json", {"m.json", "w.npz", "m.json"}) ==
        "out.tgc/manifest.json: \\\n  m.json \\\n  w.npz\n");
}

TEST_CASE("a depfile without files is a target alone") {
  CHECK(depfile_text("t", {}) == "t:\n");
}

TEST_CASE("blanks, # and $ are escaped as make wants them, backslashes only before these") {
  CHECK(depfile_text("a b", {"c#d", "$e", "f\\g", "h\\ i"}) ==
        "a\\ b: \\\n  c\\#d \\\n  $$e \\\n  f\\g \\\n  h\\\\\\ i\n");
}

}  // namespace
}  // namespace tgc
