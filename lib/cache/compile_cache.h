// SPDX-License-Identifier: Apache-2.0
// The content-addressed cache of compiled kernels. One file an entry, written whole and renamed; no
// lock, no index: any number of processes may use one folder, and killing one harms nothing.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "support/blob_store.h"
#include "support/diagnostic.h"
#include "support/environment.h"

namespace tgc {

constexpr uint64_t kDefaultCacheLimit = uint64_t{2} << 30;

struct CacheOptions {
  std::string folder;
  uint64_t limit_bytes = kDefaultCacheLimit;
  // Told what a verbose run shows: damaged entries, failed writes, sweeps. May be called from
  // several threads at once; may be empty.
  std::function<void(const std::string&)> verbose;
};

// $TGC_CACHE_DIR, else $XDG_CACHE_HOME/tgc, else ~/.cache/tgc; "" when not even HOME is set. Empty
// variables count as unset, and so does a relative XDG_CACHE_HOME (its specification says so).
std::string cache_folder_from(const EnvironmentLookup& environment);
// $TGC_CACHE_LIMIT: bytes, or a number followed by K, M, G or T (of 1024). A value that is neither
// gets a warning and the default.
uint64_t cache_limit_from(const EnvironmentLookup& environment, Diagnostics& diagnostics);

struct CacheCounters {
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t stores = 0;
};

class CompileCache {
 public:
  // Makes the folder if need be. Where it cannot be written: one warning, and null.
  static std::shared_ptr<CompileCache> open(CacheOptions options, Diagnostics& diagnostics);

  // Both are safe to call from several threads.
  std::optional<std::string> lookup(const BlobKey& key);
  void store(const BlobKey& key, std::string_view payload);

  [[nodiscard]] CacheCounters counters() const;
  [[nodiscard]] const std::string& folder() const { return options_.folder; }

 private:
  explicit CompileCache(CacheOptions options) : options_(std::move(options)) {}
  void tell(const std::string& text) const;
  void mark_used(const std::string& path) const;
  void sweep_now_and_then(uint64_t stored_bytes);

  CacheOptions options_;
  std::atomic<uint64_t> hits_{0};
  std::atomic<uint64_t> misses_{0};
  std::atomic<uint64_t> stores_{0};
  std::atomic<uint64_t> stored_since_sweep_{0};
};

// The cache as compilers see it; keeps it alive. A null cache gives a store that keeps nothing.
BlobStore blob_store(const std::shared_ptr<CompileCache>& cache);

}  // namespace tgc
