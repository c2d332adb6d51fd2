// SPDX-License-Identifier: Apache-2.0
// Every byte of a bundle flipped once, and the plan cut off at every length: rejected or harmless,
// never a crash. Each file is damaged in a child process, so that a crash is a finding and not the
// end. [long] looks at every byte of the code.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "catch2/catch.hpp"
#include "runtime/test_bundle.h"

namespace tgc {
namespace {

// Counts in memory that a child shares: what was accepted, and where the child was.
struct Tally {
  size_t accepted = 0;
  size_t first_accepted = 0;
  size_t at = 0;
};

class SharedTally {
 public:
  SharedTally() {
    void* memory =
        mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
    tally_ = new (memory) Tally();
  }
  ~SharedTally() { munmap(tally_, sizeof(Tally)); }
  SharedTally(const SharedTally&) = delete;
  SharedTally& operator=(const SharedTally&) = delete;
  Tally& operator*() { return *tally_; }
  Tally* operator->() { return tally_; }

 private:
  Tally* tally_;
};

// Runs `is_accepted` for 0 ≤ at < count, in steps, in a child; a crash fails the test.
Tally damage(size_t count, size_t step, const std::function<bool(size_t at)>& is_accepted) {
  SharedTally tally;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    for (size_t at = 0; at < count; at += step) {
      tally->at = at;
      if (!is_accepted(at)) continue;
      if (tally->accepted++ == 0) tally->first_accepted = at;
    }
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  INFO("at " << tally->at << ", status " << status);
  CHECK(status == 0);
  return *tally;
}

// An open file that is changed where it lies: written anew each time, it would wait for the disk.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : file_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    if (file_ < 0) throw std::runtime_error("cannot open " + path);
  }
  ~OpenFile() { close(file_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  void put(size_t at, char byte) const {
    if (pwrite(file_, &byte, 1, static_cast<off_t>(at)) != 1) _exit(3);
  }
  void cut(size_t length) const {
    if (ftruncate(file_, static_cast<off_t>(length)) != 0) _exit(3);
  }

 private:
  int file_;
};

using Accepts = std::function<bool(const std::string& path)>;

// Flips bytes of one file of a fresh copy of the bundle.
Tally flip(const std::string& bundle, const std::string& name, size_t step,
           const Accepts& is_accepted) {
  const BundleCopy copy(bundle);
  const std::string bytes = read_bytes(copy.file(name));
  const OpenFile file(copy.file(name));
  return damage(bytes.size(), step, [&](size_t at) {
    file.put(at, static_cast<char>(bytes[at] ^ (1 << (at % 8))));
    const bool result = is_accepted(copy.path());
    file.put(at, bytes[at]);
    return result;
  });
}

// Cuts one file off, each time a little more.
Tally cut(const std::string& name, size_t step, const Accepts& is_accepted) {
  const BundleCopy copy("linear");
  const size_t size = read_bytes(copy.file(name)).size();
  const OpenFile file(copy.file(name));
  return damage(size, step, [&](size_t at) {
    file.cut(size - 1 - at);
    return is_accepted(copy.path());
  });
}

bool passes_check(const std::string& path) {
  return check_bundle(path).empty();
}

// Whether the bundle still answers, and answers wrongly.
bool lies(const std::string& path) {
  try {
    const Engine engine(path);
    const State state(engine);
    Context context(engine);
    return floats(context.call("predict", {two_rows()})[0]) != std::vector<float>{1.5F, 2.5F} ||
           state.value("steps").value<int64_t>() != 0;
  } catch (const RuntimeError&) {
    return false;
  }
}

TEST_CASE("every byte of a plan, flipped, is rejected") {
  const Tally tally = flip("linear", "linear.plan", 1, passes_check);
  INFO(tally.first_accepted);
  CHECK(tally.accepted == 0);
}

TEST_CASE("every byte of the weights, flipped, is rejected or harmless") {
  CHECK(flip("linear", "weights.safetensors", 1, lies).accepted == 0);
}

TEST_CASE("bytes of the code, flipped, are rejected") {
  CHECK(flip("linear", "liblinear.so", 97, passes_check).accepted == 0);
}

TEST_CASE("every byte of the code, flipped, is rejected", "[.][long]") {
  CHECK(flip("linear", "liblinear.so", 1, passes_check).accepted == 0);
}

TEST_CASE("files the runtime does not read may hold anything") {
  for (const char* name : {"manifest.json", "linear.h"}) {
    CHECK(flip("linear", name, 7, lies).accepted == 0);
  }
}

TEST_CASE("a plan cut off at any length is rejected") {
  const Tally tally = cut("linear.plan", 1, passes_check);
  INFO(tally.first_accepted);
  CHECK(tally.accepted == 0);
}

TEST_CASE("code and weights cut off anywhere are rejected") {
  CHECK(cut("liblinear.so", 499, lies).accepted == 0);
  CHECK(cut("weights.safetensors", 1, lies).accepted == 0);
}

// The digest is checked before a driver is looked for, so this needs no GPU.
TEST_CASE("bytes of the fatbin, flipped, are rejected") {
  if (access(bundle_path("linear_cuda").c_str(), R_OK) != 0) {
    WARN("skipped: no NVRTC made a fatbin");
    return;
  }
  const Tally tally = flip("linear_cuda", "linear.fatbin", 97, [](const std::string& path) {
    EngineOptions options;
    options.device = "cuda0";
    return check_bundle(path, options).find("its digest differs") == std::string::npos;
  });
  INFO(tally.first_accepted);
  CHECK(tally.accepted == 0);
}

}  // namespace
}  // namespace tgc
