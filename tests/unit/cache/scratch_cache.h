// SPDX-License-Identifier: Apache-2.0
// A cache in a folder of its own, for the tests of lib/cache.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cache/compile_cache.h"
#include "catch2/catch.hpp"
#include "support/file.h"

namespace tgc {

class ScratchCache {
 public:
  explicit ScratchCache(uint64_t limit = kDefaultCacheLimit) : folder_(make_folder()) {
    Diagnostics diagnostics;
    CacheOptions options;
    options.folder = folder_.path();
    options.limit_bytes = limit;
    options.verbose = [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      messages_.push_back(text);
    };
    cache_ = CompileCache::open(options, diagnostics);
    REQUIRE(cache_ != nullptr);
    REQUIRE(diagnostics.all().empty());
  }

  CompileCache& operator*() { return *cache_; }
  CompileCache* operator->() { return cache_.get(); }
  const std::shared_ptr<CompileCache>& shared() { return cache_; }
  [[nodiscard]] const std::string& folder() const { return folder_.path(); }
  [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }

 private:
  static TempFolder make_folder() {
    std::error_code error;
    auto folder = TempFolder::make("", "tgc-cache-test-", error);
    REQUIRE(folder);
    return std::move(*folder);
  }

  TempFolder folder_;
  std::mutex mutex_;
  std::vector<std::string> messages_;
  std::shared_ptr<CompileCache> cache_;
};

}  // namespace tgc
