// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) in portable C++: cache keys and the manifest's digests of a bundle's parts.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tgc {

using Sha256Digest = std::array<uint8_t, 32>;

// Incremental digest: update() any number of times, then digest() once.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  // The digest of everything passed to update(); the object must not be used afterwards.
  [[nodiscard]] Sha256Digest digest();

 private:
  void compress(const uint8_t* blocks, size_t count);

  std::array<uint32_t, 8> state_;
  std::array<uint8_t, 64> pending_{};
  size_t pending_size_ = 0;
  uint64_t total_size_ = 0;
};

Sha256Digest sha256(std::string_view bytes);
// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);
std::string hex_text(const uint8_t* bytes, size_t size);

}  // namespace tgc
