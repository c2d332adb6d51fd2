// SPDX-License-Identifier: Apache-2.0
// Many processes on one cache at once, and processes killed while they write.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "cache/maintenance.h"
#include "scratch_cache.h"

using namespace tgc;

namespace {

constexpr int kKeys = 24;

BlobKey key_of(int i) {
  return blob_key("object", {"text " + std::to_string(i)});
}

// A payload that tells its key, from 10 bytes to about 200 kB.
std::string payload_of(int i) {
  return std::string(static_cast<size_t>(i) * 8800 + 10, static_cast<char>('a' + i));
}

// Looks up and stores every key, starting at a different one in each process. Returns whether every
// hit had the right bytes.
bool use_all_keys(CompileCache& cache, int first) {
  for (int round = 0; round < 5; ++round) {
    for (int n = 0; n < kKeys; ++n) {
      const int i = (first + n) % kKeys;
      const auto found = cache.lookup(key_of(i));
      if (found && *found != payload_of(i)) return false;
      if (!found || round == 2) cache.store(key_of(i), payload_of(i));
    }
  }
  return true;
}

pid_t start_child(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  return child;
}

}  // namespace

TEST_CASE("processes that look up and store the same keys at once see only whole entries") {
  ScratchCache cache;
  std::vector<pid_t> children;
  for (int c = 0; c < 8; ++c) {
    children.push_back(start_child([&] { return use_all_keys(*cache, 3 * c); }));
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  CHECK(verify_cache(cache.folder()).empty());
  CHECK(cache_stats(cache.folder()).count == kKeys);
  CHECK(cache_stats(cache.folder()).unfinished == 0);
}

TEST_CASE("threads that look up and store the same keys at once see only whole entries") {
  ScratchCache cache;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] { good += use_all_keys(*cache, 5 * t) ? 1 : 0; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(good == 4);
  CHECK(cache_stats(cache.folder()).count == kKeys);
}

TEST_CASE("killing a writer at any moment leaves a usable cache") {
  ScratchCache cache;
  for (int trial = 0; trial < 40; ++trial) {
    const pid_t child = start_child([&] {
      for (;;) {
        if (!use_all_keys(*cache, trial)) return false;
      }
    });
    ::usleep(static_cast<useconds_t>(300 + 397 * trial));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(verify_cache(cache.folder()).empty());
  }
  CHECK(use_all_keys(*cache, 0));
  purge_cache(cache.folder(), 0);
  CHECK(cache_stats(cache.folder()).unfinished == 0);
}
