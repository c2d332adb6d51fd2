// SPDX-License-Identifier: Apache-2.0
// Content-defined grouping of texts.
#include "support/chunk.h"

#include <algorithm>
#include <set>

#include "catch2/catch.hpp"

using namespace tgc;

namespace {

std::vector<std::string> numbered(size_t count) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < count; ++i) {
    texts.push_back("kernel " + std::to_string(i));
  }
  return texts;
}

// The texts of each run, joined.
std::set<std::string> runs_of(const std::vector<std::string>& texts) {
  std::set<std::string> runs;
  for (const Chunk& chunk : cut_into_chunks(texts)) {
    std::string run;
    for (size_t i = chunk.begin; i < chunk.end; ++i) {
      run += texts[i] + "\n";
    }
    runs.insert(run);
  }
  return runs;
}

}  // namespace

TEST_CASE("no texts make no runs") {
  CHECK(cut_into_chunks({}).empty());
}

TEST_CASE("runs follow each other, cover all texts and keep the limits") {
  const auto texts = numbered(500);
  const auto chunks = cut_into_chunks(texts, {3, 6, 12});
  size_t next = 0;
  for (const Chunk& chunk : chunks) {
    REQUIRE(chunk.begin == next);
    REQUIRE(chunk.end - chunk.begin <= 12);
    REQUIRE((chunk.end - chunk.begin >= 3 || chunk.end == texts.size()));
    next = chunk.end;
  }
  CHECK(next == texts.size());
  CHECK(chunks.size() > 500 / 8);
  CHECK(chunks.size() < 500 / 4);
}

TEST_CASE("inserting one text leaves all but a few runs as they were") {
  auto texts = numbered(200);
  const auto before = runs_of(texts);
  texts.insert(texts.begin() + 90, "a new kernel");
  const auto after = runs_of(texts);
  const auto kept = std::count_if(before.begin(), before.end(),
                                  [&](const std::string& run) { return after.count(run) > 0; });
  CHECK(static_cast<size_t>(kept) >= before.size() - 6);
}
