// SPDX-License-Identifier: Apache-2.0
// The bytes of one cache entry. They hold what is needed to tell damage and foreign files from a
// result, and no path, time or machine name, so the folder may be carried between machines.
//
//   0  8   "TGCCACHE"
//   8  4   version, little endian as all numbers
//  12  4   size of the kind
//  16  32  sha256 of the key
//  48  8   size of the payload
//  56  16  XXH3-128 of bytes 0 to 55, the kind and the payload
//  72      the kind, then the payload
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "support/blob_store.h"

namespace tgc {

constexpr size_t kCacheEntryHeaderSize = 72;
constexpr size_t kMaxCacheKindSize = 32;

std::string encode_cache_entry(const BlobKey& key, std::string_view payload);

struct DecodedCacheEntry {
  BlobKey key;
  std::string_view payload;  // into the decoded bytes
  std::string fault;         // "" when the entry is good; else the other members mean nothing
};
DecodedCacheEntry decode_cache_entry(std::string_view bytes);

// The kind alone, from an entry's first bytes (at most header and kind are looked at); nothing when
// they are not those of an entry.
std::optional<std::string> cache_entry_kind(std::string_view first_bytes);

}  // namespace tgc
