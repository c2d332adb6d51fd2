// SPDX-License-Identifier: Apache-2.0
// See blob_store.h.
#include "support/blob_store.h"

#include "support/sha256.h"

namespace tgc {

BlobKey blob_key(std::string_view kind, const std::vector<std::string>& parts) {
  Sha256 hash;
  // Each part is preceded by its size, so that the boundaries count.
  const auto add = [&](std::string_view part) {
    hash.update(std::to_string(part.size()) + ":");
    hash.update(part);
  };
  add(kind);
  for (const std::string& part : parts) {
    add(part);
  }
  const Sha256Digest digest = hash.digest();
  return {std::string(kind), hex_text(digest.data(), digest.size())};
}

}  // namespace tgc
