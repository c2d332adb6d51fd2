// SPDX-License-Identifier: Apache-2.0
// See maintenance.h.
#include "cache/maintenance.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>

#include "cache/entry.h"
#include "support/file.h"

namespace tgc {
namespace {

constexpr std::string_view kVersionFolder = "v1";
constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kUnfinishedLifetime = 3600 * kSecond;

struct CacheFile {
  std::string path;
  std::string digest;
  FileFacts facts;
  bool unfinished = false;
};

bool is_hex(std::string_view text, size_t size) {
  return text.size() == size &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// All files of the cache, sorted by key; anything else in the folders is passed over.
std::vector<CacheFile> cache_files(const std::string& folder) {
  std::vector<CacheFile> files;
  const std::string root = join_path(folder, kVersionFolder);
  std::error_code error;
  for (const std::string& shard : list_folder(root, error).value_or(std::vector<std::string>())) {
    if (!is_hex(shard, 2)) continue;
    const std::string shard_path = join_path(root, shard);
    const auto names = list_folder(shard_path, error).value_or(std::vector<std::string>());
    for (const std::string& name : names) {
      const std::string_view tail =
          std::string_view(name).substr(std::min<size_t>(62, name.size()));
      const bool unfinished = tail.starts_with(".tmp.") && is_hex(tail.substr(5), 16);
      if (!is_hex(name.substr(0, 62), 62) || !(tail.empty() || unfinished)) continue;
      const std::string path = join_path(shard_path, name);
      const auto facts = file_facts(path);
      if (!facts || !facts->is_file) continue;
      files.push_back({path, shard + name.substr(0, 62), *facts, unfinished});
    }
  }
  return files;
}

// Reads no more than an entry's header and kind.
std::string kind_of(const std::string& path) {
  std::array<char, kCacheEntryHeaderSize + kMaxCacheKindSize> buffer{};
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  const ssize_t size = ::read(file, buffer.data(), buffer.size());
  ::close(file);
  if (size <= 0) return "";
  return cache_entry_kind({buffer.data(), static_cast<size_t>(size)}).value_or("");
}

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void remove_file(const CacheFile& file, CacheRemoval& removal) {
  if (::unlink(file.path.c_str()) == 0) {
    ++removal.count;
    removal.bytes += file.facts.size;
  } else if (errno != ENOENT) {
    removal.failures.push_back(
        {file.path, std::error_code(errno, std::generic_category()).message()});
  }
}

}  // namespace

std::string cache_entry_path(const std::string& folder, const std::string& digest) {
  return join_path(join_path(folder, kVersionFolder), digest.substr(0, 2) + "/" + digest.substr(2));
}

std::vector<CacheEntryFacts> list_cache(const std::string& folder) {
  std::vector<CacheEntryFacts> entries;
  for (const CacheFile& file : cache_files(folder)) {
    if (file.unfinished) continue;
    entries.push_back(
        {{kind_of(file.path), file.digest}, file.path, file.facts.size, file.facts.modified_ns});
  }
  return entries;
}

CacheStats cache_stats(const std::string& folder) {
  CacheStats stats;
  for (const CacheFile& file : cache_files(folder)) {
    if (file.unfinished) {
      ++stats.unfinished;
      continue;
    }
    CacheKindStats& kind = stats.kinds[kind_of(file.path)];
    ++kind.count;
    kind.bytes += file.facts.size;
    const int64_t time = file.facts.modified_ns;
    stats.oldest_ns = stats.count == 0 ? time : std::min(stats.oldest_ns, time);
    stats.newest_ns = std::max(stats.newest_ns, time);
    ++stats.count;
    stats.bytes += file.facts.size;
  }
  return stats;
}

std::vector<CacheFault> verify_cache(const std::string& folder) {
  std::vector<CacheFault> faults;
  for (const CacheFile& file : cache_files(folder)) {
    if (file.unfinished) continue;
    std::error_code error;
    const auto bytes = read_file(file.path, error);
    if (!bytes) {
      // Removed by another process since it was listed: not a fault.
      if (error != std::errc::no_such_file_or_directory) {
        faults.push_back({file.path, error.message()});
      }
      continue;
    }
    const DecodedCacheEntry entry = decode_cache_entry(*bytes);
    if (!entry.fault.empty()) {
      faults.push_back({file.path, entry.fault});
    } else if (entry.key.digest != file.digest) {
      faults.push_back({file.path, "the entry of another key"});
    }
  }
  return faults;
}

CacheRemoval purge_cache(const std::string& folder, int64_t older_than_seconds) {
  CacheRemoval removal;
  const int64_t limit = now_ns() - older_than_seconds * kSecond;
  for (const CacheFile& file : cache_files(folder)) {
    const bool old = older_than_seconds == 0 || file.facts.modified_ns < limit;
    if (old) remove_file(file, removal);
  }
  return removal;
}

CacheRemoval sweep_cache(const std::string& folder, uint64_t limit_bytes) {
  CacheRemoval removal;
  std::vector<CacheFile> entries;
  uint64_t total = 0;
  const int64_t stale = now_ns() - kUnfinishedLifetime;
  for (CacheFile& file : cache_files(folder)) {
    if (file.unfinished) {
      if (file.facts.modified_ns < stale) remove_file(file, removal);
      continue;
    }
    total += file.facts.size;
    entries.push_back(std::move(file));
  }
  if (total <= limit_bytes) return removal;
  std::stable_sort(entries.begin(), entries.end(), [](const CacheFile& a, const CacheFile& b) {
    return a.facts.modified_ns < b.facts.modified_ns;
  });
  const uint64_t wanted = limit_bytes / 5 * 4;
  for (const CacheFile& entry : entries) {
    if (total <= wanted) break;
    remove_file(entry, removal);
    total -= entry.facts.size;
  }
  return removal;
}

}  // namespace tgc
