// SPDX-License-Identifier: Apache-2.0
// See chunk.h. A run ends after a text whose hash says so (content-defined chunking).
#include "support/chunk.h"

#include "support/check.h"
#include "support/hash.h"

namespace tgc {

std::vector<Chunk> cut_into_chunks(const std::vector<std::string>& texts, ChunkLimits limits) {
  TGC_CHECK(limits.least >= 1 && limits.least <= limits.usual && limits.usual <= limits.most,
            "chunk limits are not in order");
  // From `least` on each text ends the run with probability 1 / (usual - least + 1).
  const uint64_t odds = limits.usual - limits.least + 1;
  std::vector<Chunk> chunks;
  size_t begin = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    const size_t size = i + 1 - begin;
    const bool ends = size >= limits.least && xxh3_64(texts[i]) % odds == 0;
    if (ends || size == limits.most || i + 1 == texts.size()) {
      chunks.push_back({begin, i + 1});
      begin = i + 1;
    }
  }
  return chunks;
}

}  // namespace tgc
