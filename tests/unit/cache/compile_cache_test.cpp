// SPDX-License-Identifier: Apache-2.0
// Looking up and storing, where the cache lies, and what happens when it is damaged or unwritable.
#include "cache/compile_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <map>

#include "cache/maintenance.h"
#include "scratch_cache.h"

using namespace tgc;

namespace {

EnvironmentLookup environment_of(std::map<std::string, std::string> variables) {
  return [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found != variables.end() ? std::optional(found->second) : std::nullopt;
  };
}

void overwrite(const std::string& path, const std::string& bytes) {
  REQUIRE(!write_file_atomically(path, bytes));
}

std::string bytes_of(const std::string& path) {
  std::error_code error;
  return read_file(path, error).value();
}

void set_age(const std::string& path, time_t seconds) {
  const time_t then = time(nullptr) - seconds;
  const struct timespec times[2] = {{then, 0}, {then, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

const BlobKey kKey = blob_key("object", {"text", "flags", "g++ 12"});

}  // namespace

TEST_CASE("what was stored is found, anything else is a miss") {
  ScratchCache cache;
  CHECK(!cache->lookup(kKey));
  cache->store(kKey, "bytes");
  CHECK(cache->lookup(kKey) == "bytes");
  CHECK(!cache->lookup(blob_key("object", {"other"})));
  CHECK(cache->counters().hits == 1);
  CHECK(cache->counters().misses == 2);
  CHECK(cache->counters().stores == 1);
  CHECK(cache.messages().empty());
}

TEST_CASE("a second store of a key replaces the first") {
  ScratchCache cache;
  cache->store(kKey, "first");
  cache->store(kKey, "second");
  CHECK(cache->lookup(kKey) == "second");
  CHECK(cache_stats(cache.folder()).count == 1);
}

TEST_CASE("compilers reach the cache through a blob store that keeps it alive") {
  ScratchCache cache;
  const BlobStore store = blob_store(cache.shared());
  store.keep(kKey, "bytes");
  CHECK(store.find(kKey) == "bytes");
  CHECK(!blob_store(nullptr).find(kKey));
}

TEST_CASE("a damaged entry is reported, removed and a miss; storing again heals it") {
  ScratchCache cache;
  cache->store(kKey, "bytes");
  const std::string path = cache_entry_path(cache.folder(), kKey.digest);
  const std::string good = bytes_of(path);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(~bad[i]);
    overwrite(path, bad);
    CAPTURE(i);
    REQUIRE(!cache->lookup(kKey));
    REQUIRE(!path_exists(path));
  }
  CHECK(cache.messages().size() == good.size());
  CHECK(cache.messages().back() == "cache: " + path + ": wrong checksum; removed, compiling again");
  cache->store(kKey, "bytes");
  CHECK(cache->lookup(kKey) == "bytes");
}

TEST_CASE("an entry of another key is not taken for one's own") {
  ScratchCache cache;
  const BlobKey other = blob_key("object", {"other"});
  cache->store(other, "other bytes");
  const std::string path = cache_entry_path(cache.folder(), kKey.digest);
  REQUIRE(!make_folders(parent_folder(path)));
  overwrite(path, bytes_of(cache_entry_path(cache.folder(), other.digest)));
  CHECK(!cache->lookup(kKey));
  CHECK(cache.messages().size() == 1);
  CHECK(!path_exists(path));
}

TEST_CASE("an entry holds neither the folder's path nor the time") {
  ScratchCache first;
  ScratchCache second;
  first->store(kKey, "bytes");
  second->store(kKey, "bytes");
  const std::string bytes = bytes_of(cache_entry_path(first.folder(), kKey.digest));
  CHECK(bytes == bytes_of(cache_entry_path(second.folder(), kKey.digest)));
  CHECK(bytes.find(first.folder()) == std::string::npos);
}

TEST_CASE("a cache carried to another folder is used there") {
  ScratchCache first;
  ScratchCache second;
  first->store(kKey, "bytes");
  REQUIRE(!remove_tree(join_path(second.folder(), "v1")));
  CHECK(::rename(join_path(first.folder(), "v1").c_str(),
                 join_path(second.folder(), "v1").c_str()) == 0);
  CHECK(second->lookup(kKey) == "bytes");
}

TEST_CASE("storing works after the folder was removed under the cache") {
  ScratchCache cache;
  REQUIRE(!remove_tree(join_path(cache.folder(), "v1")));
  CHECK(!cache->lookup(kKey));
  cache->store(kKey, "bytes");
  CHECK(cache->lookup(kKey) == "bytes");
}

TEST_CASE("a folder that cannot be made gives one warning and no cache") {
  ScratchCache cache;
  const std::string file = join_path(cache.folder(), "file");
  overwrite(file, "");
  Diagnostics diagnostics;
  CacheOptions options;
  options.folder = join_path(file, "cache");
  CHECK(CompileCache::open(options, diagnostics) == nullptr);
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].severity == Severity::warning);
  CHECK(diagnostics.all()[0].code == "cache-unavailable");
  CHECK(diagnostics.all()[0].message ==
        "compiling without a cache: '" + options.folder + "' cannot be made: Not a directory");
}

TEST_CASE("no folder at all gives one warning and no cache") {
  Diagnostics diagnostics;
  CHECK(CompileCache::open({}, diagnostics) == nullptr);
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].message ==
        "compiling without a cache: none of TGC_CACHE_DIR, XDG_CACHE_HOME and HOME is set");
}

TEST_CASE("a store that fails is told, not thrown") {
  ScratchCache cache;
  // A file where the entry's folder would be; root is not kept out by permissions.
  overwrite(parent_folder(cache_entry_path(cache.folder(), kKey.digest)), "");
  cache->store(kKey, "bytes");
  CHECK(!cache->lookup(kKey));
  CHECK(cache->counters().stores == 0);
  CHECK(cache.messages().size() == 2);
}

TEST_CASE("the folder comes from TGC_CACHE_DIR, XDG_CACHE_HOME or HOME, in this order") {
  CHECK(cache_folder_from(environment_of(
            {{"TGC_CACHE_DIR", "/t"}, {"XDG_CACHE_HOME", "/x"}, {"HOME", "/h"}})) == "/t");
  CHECK(cache_folder_from(environment_of({{"XDG_CACHE_HOME", "/x"}, {"HOME", "/h"}})) == "/x/tgc");
  CHECK(cache_folder_from(environment_of({{"TGC_CACHE_DIR", ""}, {"HOME", "/h"}})) ==
        "/h/.cache/tgc");
  CHECK(cache_folder_from(environment_of({{"XDG_CACHE_HOME", "x"}, {"HOME", "/h"}})) ==
        "/h/.cache/tgc");
  CHECK(cache_folder_from(environment_of({})).empty());
}

TEST_CASE("the limit is a number of bytes with an optional unit") {
  Diagnostics diagnostics;
  const auto limit = [&](const char* text) {
    return cache_limit_from(environment_of({{"TGC_CACHE_LIMIT", text}}), diagnostics);
  };
  CHECK(limit("") == kDefaultCacheLimit);
  CHECK(limit("1000") == 1000);
  CHECK(limit("3K") == 3072);
  CHECK(limit("2T") == uint64_t{2} << 40);
  CHECK(diagnostics.all().empty());
  for (const char* bad : {"x", "1X", "1MM", "-1", " 1", "99999999T", "99999999999999999999"}) {
    CHECK(limit(bad) == kDefaultCacheLimit);
  }
  CHECK(diagnostics.all().size() == 7);
  CHECK(diagnostics.all()[0].message == "TGC_CACHE_LIMIT='x' is not a number of bytes; using 2G");
}

TEST_CASE("a hit renews the time of an entry that was long unused") {
  ScratchCache cache;
  cache->store(kKey, "bytes");
  const std::string path = cache_entry_path(cache.folder(), kKey.digest);
  set_age(path, 100'000);
  const int64_t before = file_facts(path)->modified_ns;
  CHECK(cache->lookup(kKey));
  CHECK(file_facts(path)->modified_ns > before);
}

TEST_CASE("storing beyond the limit removes the least recently used entries") {
  ScratchCache cache(10'000);
  std::vector<BlobKey> keys;
  for (int i = 0; i < 8; ++i) {
    keys.push_back(blob_key("object", {std::to_string(i)}));
    cache->store(keys.back(), std::string(1000, 'x'));
    set_age(cache_entry_path(cache.folder(), keys.back().digest), 1000 - 100 * i);
  }
  CHECK(cache_stats(cache.folder()).count == 8);
  cache->store(blob_key("object", {"large"}), std::string(3000, 'x'));
  CHECK(cache_stats(cache.folder()).bytes <= 8'000);
  CHECK(!cache->lookup(keys[0]));
  CHECK(cache->lookup(keys[7]));
  CHECK(cache->lookup(blob_key("object", {"large"})));
}
