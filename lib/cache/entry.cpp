// SPDX-License-Identifier: Apache-2.0
// See entry.h.
#include "cache/entry.h"

#include <cstdint>

#include "support/check.h"
#include "support/hash.h"
#include "support/sha256.h"

namespace tgc {
namespace {

constexpr std::string_view kMagic = "TGCCACHE";
constexpr uint64_t kVersion = 1;
constexpr size_t kChecksumAt = 56;
constexpr size_t kDigestAt = 16;
constexpr size_t kDigestSize = 32;

void append_number(std::string& out, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    out += static_cast<char>(value >> (8 * i) & 0xff);
  }
}

uint64_t number_at(std::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) {
    value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  }
  return value;
}

std::string bytes_of_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  }
  return out;
}

std::string checksum_of(std::string_view head, std::string_view rest) {
  std::string covered(head.substr(0, kChecksumAt));
  covered += rest;
  const Xxh3Digest128 digest = xxh3_128(covered);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

DecodedCacheEntry faulty(std::string fault) {
  return {{}, {}, std::move(fault)};
}

}  // namespace

std::string encode_cache_entry(const BlobKey& key, std::string_view payload) {
  TGC_CHECK(key.digest.size() == 2 * kDigestSize && key.kind.size() <= kMaxCacheKindSize,
            "malformed cache key of kind " + key.kind);
  std::string out(kMagic);
  append_number(out, kVersion, 4);
  append_number(out, key.kind.size(), 4);
  out += bytes_of_hex(key.digest);
  append_number(out, payload.size(), 8);
  std::string rest = key.kind;
  rest += payload;
  out += checksum_of(out, rest);
  return out + rest;
}

DecodedCacheEntry decode_cache_entry(std::string_view bytes) {
  if (!bytes.starts_with(kMagic.substr(0, bytes.size()))) return faulty("not a cache entry");
  if (bytes.size() < kCacheEntryHeaderSize) return faulty("truncated header");
  if (number_at(bytes, 8, 4) != kVersion) return faulty("unknown version");
  const std::string_view rest = bytes.substr(kCacheEntryHeaderSize);
  const uint64_t kind_size = number_at(bytes, 12, 4);
  const uint64_t payload_size = number_at(bytes, 48, 8);
  if (kind_size > kMaxCacheKindSize || kind_size > rest.size() ||
      payload_size != rest.size() - kind_size) {
    return faulty("the sizes do not fit the file");
  }
  if (checksum_of(bytes, rest) != bytes.substr(kChecksumAt, 16)) return faulty("wrong checksum");
  const auto* digest = reinterpret_cast<const uint8_t*>(bytes.data() + kDigestAt);
  BlobKey key{std::string(rest.substr(0, kind_size)), hex_text(digest, kDigestSize)};
  return {std::move(key), rest.substr(kind_size), ""};
}

std::optional<std::string> cache_entry_kind(std::string_view first_bytes) {
  if (first_bytes.size() < kCacheEntryHeaderSize || !first_bytes.starts_with(kMagic) ||
      number_at(first_bytes, 8, 4) != kVersion) {
    return std::nullopt;
  }
  const uint64_t size = number_at(first_bytes, 12, 4);
  const std::string_view rest = first_bytes.substr(kCacheEntryHeaderSize);
  if (size > kMaxCacheKindSize || size > rest.size()) return std::nullopt;
  return std::string(rest.substr(0, size));
}

}  // namespace tgc
