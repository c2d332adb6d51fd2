// SPDX-License-Identifier: Apache-2.0
// Fast checksums (XXH3, 64 and 128 bits) against damage, not against attack: cache entries and
// weight chunks. Where a collision may be provoked, use sha256.h.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tgc {

uint64_t xxh3_64(std::string_view bytes, uint64_t seed = 0);

// 16 bytes, most significant first (xxHash's canonical form).
using Xxh3Digest128 = std::array<uint8_t, 16>;
Xxh3Digest128 xxh3_128(std::string_view bytes);

// Canonical hexadecimal forms: 16 and 32 digits, as `xxhsum -H3` and `xxhsum -H2` print them.
std::string xxh3_64_hex(std::string_view bytes);
std::string xxh3_128_hex(std::string_view bytes);

}  // namespace tgc
