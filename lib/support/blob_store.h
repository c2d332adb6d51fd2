// SPDX-License-Identifier: Apache-2.0
// The door through which compilers reach the compile cache without knowing it: two functions and a
// key that names everything the result depends on. lib/cache fills it in; empty functions mean no
// cache.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tgc {

struct BlobKey {
  std::string kind;    // "cubin", "object", …: what `tgc cache stats` groups by
  std::string digest;  // 64 hexadecimal digits
};

// The key of a result made from `parts`: texts, flags and tool versions, in a fixed order. Lists
// that differ in any part, or in where one part ends and the next begins, have different keys.
BlobKey blob_key(std::string_view kind, const std::vector<std::string>& parts);

// Both functions may be called from several threads at once; neither ever fails: a blob that cannot
// be read is a miss, one that cannot be written is dropped.
struct BlobStore {
  std::function<std::optional<std::string>(const BlobKey&)> lookup;
  std::function<void(const BlobKey&, std::string_view)> store;

  [[nodiscard]] std::optional<std::string> find(const BlobKey& key) const {
    return lookup ? lookup(key) : std::nullopt;
  }
  void keep(const BlobKey& key, std::string_view bytes) const {
    if (store) store(key, bytes);
  }
};

}  // namespace tgc
