// SPDX-License-Identifier: Apache-2.0
// XXH3 from libxxhash's header, compiled into this file: no library is linked.
#include "support/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "support/sha256.h"

namespace tgc {

uint64_t xxh3_64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Xxh3Digest128 xxh3_128(std::string_view bytes) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data(), bytes.size()));
  Xxh3Digest128 out;
  std::memcpy(out.data(), canonical.digest, out.size());
  return out;
}

std::string xxh3_64_hex(std::string_view bytes) {
  XXH64_canonical_t canonical;
  XXH64_canonicalFromHash(&canonical, xxh3_64(bytes));
  return hex_text(canonical.digest, sizeof(canonical.digest));
}

std::string xxh3_128_hex(std::string_view bytes) {
  const Xxh3Digest128 digest = xxh3_128(bytes);
  return hex_text(digest.data(), digest.size());
}

}  // namespace tgc
