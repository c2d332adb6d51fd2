// SPDX-License-Identifier: Apache-2.0
// XXH3 against values printed by xxhsum.
#include "support/hash.h"

#include "catch2/catch.hpp"

using namespace tgc;

TEST_CASE("xxh3 gives the digests that xxhsum prints") {
  CHECK(xxh3_64_hex("") == "2d06800538d394c2");
  CHECK(xxh3_128_hex("") == "99aa06d3014798d86001c324468d497f");
  CHECK(xxh3_64_hex("tgc") == "6864b1f885f80f58");
  CHECK(xxh3_128_hex("tgc") == "61e7e1ae855aabc96864b1f885f80f58");
}

TEST_CASE("xxh3 with a seed differs from xxh3 without") {
  CHECK(xxh3_64("tgc", 1) != xxh3_64("tgc"));
  CHECK(xxh3_64("tgc", 0) == xxh3_64("tgc"));
}
