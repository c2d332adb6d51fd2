// SPDX-License-Identifier: Apache-2.0
// Cuts a list of texts (kernels) into runs that are compiled together. Where a run ends depends
// only on the texts near the end, so inserting, removing or changing one text leaves all runs but
// one or two as they were, and their compiled results in the cache.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace tgc {

struct ChunkLimits {
  size_t least = 3;  // texts in a run, but for the last run
  size_t usual = 6;  // about the mean
  size_t most = 12;
};

struct Chunk {
  size_t begin = 0;
  size_t end = 0;  // one past the last
  friend bool operator==(const Chunk&, const Chunk&) = default;
};

// Consecutive, non-empty, covering all texts.
std::vector<Chunk> cut_into_chunks(const std::vector<std::string>& texts, ChunkLimits limits = {});

}  // namespace tgc
