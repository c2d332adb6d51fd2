// SPDX-License-Identifier: Apache-2.0
// Statistics, verification, purging and sweeping.
#include "cache/maintenance.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "scratch_cache.h"

using namespace tgc;

namespace {

void set_age(const std::string& path, time_t seconds) {
  const time_t then = time(nullptr) - seconds;
  const struct timespec times[2] = {{then, 0}, {then, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

const BlobKey kObject = blob_key("object", {"a"});
const BlobKey kCubin = blob_key("cubin", {"a"});

// Two entries of different kinds, and files that are not the cache's.
void fill(ScratchCache& cache) {
  cache->store(kObject, std::string(100, 'x'));
  cache->store(kCubin, std::string(50, 'x'));
  for (const char* name : {"README", "v1/notes.txt", "v1/ab.txt"}) {
    REQUIRE(!write_file_atomically(join_path(cache.folder(), name), "mine"));
  }
  REQUIRE(!make_folders(join_path(cache.folder(), "v1/00")));
  REQUIRE(!write_file_atomically(join_path(cache.folder(), "v1/00/mine"), "mine"));
}

std::string unfinished_file(const ScratchCache& cache) {
  const std::string path =
      cache_entry_path(cache.folder(), kObject.digest) + ".tmp.0123456789abcdef";
  REQUIRE(!write_file_atomically(path, "half"));
  return path;
}

bool foreign_files_stay(const ScratchCache& cache) {
  return path_exists(join_path(cache.folder(), "README")) &&
         path_exists(join_path(cache.folder(), "v1/notes.txt")) &&
         path_exists(join_path(cache.folder(), "v1/00/mine"));
}

}  // namespace

TEST_CASE("statistics count entries and bytes for each kind") {
  ScratchCache cache;
  fill(cache);
  unfinished_file(cache);
  const CacheStats stats = cache_stats(cache.folder());
  CHECK(stats.count == 2);
  CHECK(stats.kinds.size() == 2);
  CHECK(stats.kinds.at("object").count == 1);
  CHECK(stats.kinds.at("object").bytes == 72 + 6 + 100);
  CHECK(stats.kinds.at("cubin").bytes == 72 + 5 + 50);
  CHECK(stats.bytes == 178 + 127);
  CHECK(stats.unfinished == 1);
  CHECK(stats.oldest_ns > 0);
  CHECK(stats.newest_ns >= stats.oldest_ns);
}

TEST_CASE("a cache that does not exist is empty") {
  CHECK(cache_stats("/nonexistent").count == 0);
  CHECK(cache_stats("/nonexistent").oldest_ns == 0);
  CHECK(list_cache("/nonexistent").empty());
  CHECK(verify_cache("/nonexistent").empty());
  CHECK(purge_cache("/nonexistent", 0).count == 0);
}

TEST_CASE("the list is sorted by key and names kinds") {
  ScratchCache cache;
  fill(cache);
  const auto entries = list_cache(cache.folder());
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].key.digest < entries[1].key.digest);
  for (const CacheEntryFacts& entry : entries) {
    CHECK(entry.key.kind == (entry.key.digest == kObject.digest ? "object" : "cubin"));
    CHECK(entry.path == cache_entry_path(cache.folder(), entry.key.digest));
  }
}

TEST_CASE("verification names damaged, misplaced and foreign entries and passes good ones") {
  ScratchCache cache;
  fill(cache);
  CHECK(verify_cache(cache.folder()).empty());
  std::error_code error;
  const std::string good = *read_file(cache_entry_path(cache.folder(), kObject.digest), error);
  const std::string cubin_path = cache_entry_path(cache.folder(), kCubin.digest);
  const auto reason_with = [&](const std::string& bytes) {
    REQUIRE(!write_file_atomically(cubin_path, bytes));
    const auto faults = verify_cache(cache.folder());
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].path == cubin_path);
    return faults[0].reason;
  };
  CHECK(reason_with(good) == "the entry of another key");
  CHECK(reason_with(good.substr(0, 100)) == "the sizes do not fit the file");
  CHECK(reason_with("hello") == "not a cache entry");
}

TEST_CASE("purging removes all entries and unfinished files and nothing else") {
  ScratchCache cache;
  fill(cache);
  unfinished_file(cache);
  const CacheRemoval removal = purge_cache(cache.folder(), 0);
  CHECK(removal.count == 3);
  CHECK(removal.bytes == 178 + 127 + 4);
  CHECK(removal.failures.empty());
  CHECK(cache_stats(cache.folder()).count == 0);
  CHECK(cache_stats(cache.folder()).unfinished == 0);
  CHECK(foreign_files_stay(cache));
}

TEST_CASE("purging by age spares what was used since") {
  ScratchCache cache;
  fill(cache);
  set_age(cache_entry_path(cache.folder(), kCubin.digest), 7200);
  CHECK(purge_cache(cache.folder(), 3600).count == 1);
  CHECK(!cache->lookup(kCubin));
  CHECK(cache->lookup(kObject));
}

TEST_CASE("a sweep removes unfinished files only after an hour") {
  ScratchCache cache;
  fill(cache);
  const std::string path = unfinished_file(cache);
  CHECK(sweep_cache(cache.folder(), kDefaultCacheLimit).count == 0);
  set_age(path, 3700);
  CHECK(sweep_cache(cache.folder(), kDefaultCacheLimit).count == 1);
  CHECK(!path_exists(path));
  CHECK(cache_stats(cache.folder()).count == 2);
}

TEST_CASE("a sweep over the limit removes the oldest entries down to four fifths") {
  ScratchCache cache;
  fill(cache);
  set_age(cache_entry_path(cache.folder(), kObject.digest), 100);
  CHECK(sweep_cache(cache.folder(), 305).count == 0);
  CHECK(sweep_cache(cache.folder(), 304).count == 1);
  CHECK(!cache->lookup(kObject));
  CHECK(cache->lookup(kCubin));
  CHECK(foreign_files_stay(cache));
}
