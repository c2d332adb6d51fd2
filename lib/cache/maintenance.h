// SPDX-License-Identifier: Apache-2.0
// What `tgc cache stats|list|verify|purge` do, and the sweep that keeps the cache within its limit.
// They touch only files named as the cache names its own, so a cache set to a folder that holds
// other things does no harm. Other processes may use the cache meanwhile.
//
// Layout: FOLDER/v1/ab/<62 hexadecimal digits>, ab being the first two of the key; while an entry
// is written it has ".tmp." and 16 digits behind its name.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/blob_store.h"

namespace tgc {

struct CacheEntryFacts {
  BlobKey key;  // the kind is "" where the file is no readable entry
  std::string path;
  uint64_t bytes = 0;       // of the file
  int64_t modified_ns = 0;  // last stored or used, since the epoch
};

struct CacheKindStats {
  uint64_t count = 0;
  uint64_t bytes = 0;
};

struct CacheStats {
  uint64_t count = 0;
  uint64_t bytes = 0;
  std::map<std::string, CacheKindStats> kinds;
  int64_t oldest_ns = 0;  // 0: no entries
  int64_t newest_ns = 0;
  uint64_t unfinished = 0;  // temporary files of writers at work or killed
};

struct CacheFault {
  std::string path;
  std::string reason;
};

struct CacheRemoval {
  uint64_t count = 0;
  uint64_t bytes = 0;
  std::vector<CacheFault> failures;  // what could not be removed, and why
};

// Sorted by key.
std::vector<CacheEntryFacts> list_cache(const std::string& folder);
CacheStats cache_stats(const std::string& folder);
// Reads every entry; returns the bad ones (damaged, cut off, under a wrong name, unreadable).
std::vector<CacheFault> verify_cache(const std::string& folder);
// Removes entries last used more than `older_than_seconds` ago (0: all) and unfinished files.
CacheRemoval purge_cache(const std::string& folder, int64_t older_than_seconds);
// Removes unfinished files older than an hour and, if the entries exceed the limit, the least
// recently used ones until they take 80 % of it.
CacheRemoval sweep_cache(const std::string& folder, uint64_t limit_bytes);

// Where the entry of this key lies.
std::string cache_entry_path(const std::string& folder, const std::string& digest);

}  // namespace tgc
