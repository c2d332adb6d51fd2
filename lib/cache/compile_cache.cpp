// SPDX-License-Identifier: Apache-2.0
// See compile_cache.h.
#include "cache/compile_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <ctime>
#include <utility>

#include "cache/entry.h"
#include "cache/maintenance.h"
#include "support/file.h"

namespace tgc {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr std::string_view kSweepStamp = "v1/swept";  // its time is that of the last sweep
constexpr int64_t kSweepInterval = 600 * kSecond;
constexpr int64_t kUseResolution = 3600 * kSecond;  // times are renewed no more often than this

int64_t now_ns() {
  return int64_t{std::time(nullptr)} * kSecond;
}

void set_time_to_now(const std::string& path) {
  ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
}

}  // namespace

std::string cache_folder_from(const EnvironmentLookup& environment) {
  const auto value = [&](const char* name) { return environment(name).value_or(""); };
  if (std::string folder = value("TGC_CACHE_DIR"); !folder.empty()) return folder;
  const std::string xdg = value("XDG_CACHE_HOME");
  if (xdg.starts_with('/')) return join_path(xdg, "tgc");
  const std::string home = value("HOME");
  return home.empty() ? "" : join_path(home, ".cache/tgc");
}

uint64_t cache_limit_from(const EnvironmentLookup& environment, Diagnostics& diagnostics) {
  const std::string text = environment("TGC_CACHE_LIMIT").value_or("");
  if (text.empty()) return kDefaultCacheLimit;
  constexpr std::string_view kUnits = "KMGT";
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  const size_t unit = rest + 1 == end ? kUnits.find(*rest) : std::string_view::npos;
  const size_t shift = unit == std::string_view::npos ? 0 : 10 * (unit + 1);
  const bool number = error == std::errc() && (rest == end || unit != std::string_view::npos);
  if (!number || value > UINT64_MAX >> shift) {
    diagnostics
        .warning("bad-cache-limit",
                 "TGC_CACHE_LIMIT='" + text + "' is not a number of bytes; using 2G")
        .hint = "write bytes, or a number followed by K, M, G or T";
    return kDefaultCacheLimit;
  }
  return value << shift;
}

std::shared_ptr<CompileCache> CompileCache::open(CacheOptions options, Diagnostics& diagnostics) {
  std::string reason;
  const std::string root = options.folder.empty() ? "" : join_path(options.folder, "v1");
  if (root.empty()) {
    reason = "none of TGC_CACHE_DIR, XDG_CACHE_HOME and HOME is set";
  } else if (const auto error = make_folders(root)) {
    reason = "'" + options.folder + "' cannot be made: " + error.message();
  } else if (!is_writable_folder(root)) {
    reason = "'" + options.folder + "' cannot be written";
  }
  if (!reason.empty()) {
    diagnostics.warning("cache-unavailable", "compiling without a cache: " + reason).hint =
        "set TGC_CACHE_DIR to a folder that can be written";
    return nullptr;
  }
  return std::shared_ptr<CompileCache>(new CompileCache(std::move(options)));
}

std::optional<std::string> CompileCache::lookup(const BlobKey& key) {
  const std::string path = cache_entry_path(options_.folder, key.digest);
  std::error_code error;
  const auto bytes = read_file(path, error);
  if (!bytes) {
    if (error != std::errc::no_such_file_or_directory) {
      tell("cache: " + path + ": " + error.message());
    }
    ++misses_;
    return std::nullopt;
  }
  const DecodedCacheEntry entry = decode_cache_entry(*bytes);
  std::string fault = entry.fault;
  if (fault.empty() && (entry.key.digest != key.digest || entry.key.kind != key.kind)) {
    fault = "the entry of another key";
  }
  if (!fault.empty()) {
    tell("cache: " + path + ": " + fault + "; removed, compiling again");
    ::unlink(path.c_str());
    ++misses_;
    return std::nullopt;
  }
  mark_used(path);
  ++hits_;
  return std::string(entry.payload);
}

void CompileCache::store(const BlobKey& key, std::string_view payload) {
  const std::string path = cache_entry_path(options_.folder, key.digest);
  const std::string entry = encode_cache_entry(key, payload);
  std::error_code error = write_file_atomically(path, entry);
  if (error == std::errc::no_such_file_or_directory) {
    // The first entry of its folder, or another process purged the folder away.
    error = make_folders(parent_folder(path));
    if (!error) error = write_file_atomically(path, entry);
  }
  if (error) {
    tell("cache: " + path + ": not stored: " + error.message());
    return;
  }
  ++stores_;
  sweep_now_and_then(entry.size());
}

CacheCounters CompileCache::counters() const {
  return {hits_, misses_, stores_};
}

void CompileCache::tell(const std::string& text) const {
  if (options_.verbose) options_.verbose(text);
}

// The time of an entry says when it was last of use; renewing it is worth a write once an hour.
void CompileCache::mark_used(const std::string& path) const {
  const auto facts = file_facts(path);
  if (facts && now_ns() - facts->modified_ns > kUseResolution) set_time_to_now(path);
}

// Looking at all entries takes a while, so it is done when nobody has for ten minutes, or when this
// process alone has stored an eighth of the limit since it last did.
void CompileCache::sweep_now_and_then(uint64_t stored_bytes) {
  const uint64_t stored = stored_since_sweep_ += stored_bytes;
  const std::string stamp = join_path(options_.folder, kSweepStamp);
  const bool much = stored > options_.limit_bytes / 8;
  if (!much && stored != stored_bytes) return;  // times are looked at by a process's first store
  const auto facts = file_facts(stamp);
  if (!much && facts && now_ns() - facts->modified_ns < kSweepInterval) return;
  stored_since_sweep_ = 1;
  // The stamp first: others then leave the sweep to this process.
  if (facts) {
    set_time_to_now(stamp);
  } else if (write_file_atomically(stamp, "")) {
    return;
  }
  const CacheRemoval removal = sweep_cache(options_.folder, options_.limit_bytes);
  if (removal.count > 0) {
    tell("cache: " + options_.folder + ": removed " + std::to_string(removal.count) +
         " old entries");
  }
}

BlobStore blob_store(const std::shared_ptr<CompileCache>& cache) {
  if (!cache) return {};
  return {[cache](const BlobKey& key) { return cache->lookup(key); },
          [cache](const BlobKey& key, std::string_view payload) { cache->store(key, payload); }};
}

}  // namespace tgc
