// SPDX-License-Identifier: Apache-2.0
// What the checked emulation must catch: planted faults in kernels, each named with kernel, word
// and threads; and the sound kernels beside them, which must pass.
#include <cstdint>
#include <vector>

#include "catch2/catch.hpp"
#include "helpers/emulation/kernel_launch.h"

namespace {

using Catch::Matchers::Contains;
using tgc::KernelBuffer;
using tgc::launch_in_all_orders;
using tgc::launch_kernel;

extern "C" {
// clang-format off
#define X(name) void name##__emulated(void**);
X(reverse)
X(reverse_without_barrier)
X(reverse_with_warp_barrier)
X(rewrite_without_barrier)
X(write_same_word)
X(read_unwritten)
X(shared_off_by_one)
X(copy)
X(copy_off_by_one) X(copy_misaligned) X(warp_sum) X(warp_sum_wrong_lane) X(fragment)
X(fragment_wrong_lane) X(barrier_in_branch) X(barrier_after_return) X(shuffle_in_branch)
X(shuffle_from_outside) X(copy_async) X(copy_async_without_wait) X(dynamic_shared)
#undef X
// clang-format on
}

const tgc_emulated_mode kModes[] = {
    {TGC_EMULATED_FORWARD, 0}, {TGC_EMULATED_REVERSE, 0}, {TGC_EMULATED_SEEDED, 3}};

std::vector<float> rising(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i);
  return values;
}
std::string reverse_with(tgc_emulated_entry entry, unsigned threads,
                         const tgc_emulated_mode& mode) {
  KernelBuffer<float> x("x", rising(threads));
  KernelBuffer<float> y("y", threads);
  return launch_kernel(entry, {{1, 1, 1}, threads}, mode, x, y);
}

}  // namespace

TEST_CASE("a missing barrier is reported with the word and the two threads") {
  CHECK(reverse_with(reverse__emulated, 256, kModes[0]) == "");
  CHECK(
      reverse_with(reverse_without_barrier__emulated, 256, kModes[0]) ==
      "kernel reverse_without_barrier, block 0, thread 0: shared tile[255] is read, but no thread "
      "of the block has written it");
  for (const tgc_emulated_mode& mode : kModes) {
    CHECK_THAT(
        reverse_with(reverse_without_barrier__emulated, 256, mode),
        Contains("kernel reverse_without_barrier, block 0, thread ") && Contains("shared tile["));
  }
}

TEST_CASE("a warp barrier orders a warp and nothing else") {
  CHECK(reverse_with(reverse_with_warp_barrier__emulated, 32, kModes[2]) == "");
  CHECK_THAT(reverse_with(reverse_with_warp_barrier__emulated, 64, kModes[2]),
             Contains("shared tile["));
}

TEST_CASE("writing again before all have read is reported") {
  CHECK(
      reverse_with(rewrite_without_barrier__emulated, 64, kModes[0]) ==
      "kernel rewrite_without_barrier, block 0, thread 23: shared tile[63] is read, but thread 63 "
      "wrote it with no barrier in between");
  for (const tgc_emulated_mode& mode : kModes) {
    CHECK_THAT(reverse_with(rewrite_without_barrier__emulated, 64, mode), Contains("shared tile["));
  }
}

TEST_CASE("two writers of one word and words nobody wrote are reported") {
  KernelBuffer<float> y("y", 64);
  CHECK(
      launch_kernel(write_same_word__emulated, {{1, 1, 1}, 64}, kModes[0], y) ==
      "kernel write_same_word, block 0, thread 1: shared tile[0] is written, but thread 0 wrote it "
      "with no barrier in between");
  CHECK(launch_kernel(read_unwritten__emulated, {{1, 1, 1}, 64}, kModes[0], y) ==
        "kernel read_unwritten, block 0, thread 63: shared tile[63] is read, but no thread of the "
        "block has written it");
}

TEST_CASE("an index off by one is reported with the buffer and its size") {
  KernelBuffer<float> x("x", rising(100));
  KernelBuffer<float> y("y", 100);
  CHECK(launch_kernel(copy__emulated, {{2, 1, 1}, 64}, kModes[0], x, y, int64_t{100}) == "");
  CHECK(
      launch_kernel(copy_off_by_one__emulated, {{2, 1, 1}, 64}, kModes[0], x, y, int64_t{100}) ==
      "kernel copy_off_by_one, block 1, thread 36: out of bounds: element 100 of x, which has 100");
  CHECK(launch_kernel(shared_off_by_one__emulated, {{1, 1, 1}, 64}, kModes[0], y) ==
        "kernel shared_off_by_one, block 0, thread 63: out of bounds: element 64 of shared tile, "
        "which "
        "has 64");
}

TEST_CASE("misaligned packs are reported") {
  KernelBuffer<float> x("x", rising(100));
  KernelBuffer<float> y("y", 100);
  CHECK_THAT(launch_kernel(copy_misaligned__emulated, {{1, 1, 1}, 32}, kModes[0], x, y),
             Contains("misaligned: 16 bytes of x"));
}

TEST_CASE("a wrong lane in a shuffle or fragment gives a wrong result") {
  KernelBuffer<float> x("x", rising(32));
  KernelBuffer<float> y("y", 1);
  REQUIRE(launch_in_all_orders(warp_sum__emulated, {{1, 1, 1}, 32}, y, x, y) == "");
  CHECK(y[0] == 496.0f);
  REQUIRE(launch_in_all_orders(warp_sum_wrong_lane__emulated, {{1, 1, 1}, 32}, y, x, y) == "");
  CHECK(y[0] != 496.0f);

  std::vector<uint16_t> a(256, 0);
  std::vector<uint16_t> b(128, 0);
  for (size_t i = 0; i < 16; ++i) a[i * 16 + i] = 0x3c00;                     // the unit matrix
  for (size_t i = 0; i < 128; ++i) b[i] = static_cast<uint16_t>(0x6400 + i);  // 1024 + i
  KernelBuffer<uint16_t> left("a", a);
  KernelBuffer<uint16_t> right("b", b);
  KernelBuffer<float> c("c", 128);
  std::vector<float> expected = rising(128);
  for (float& value : expected) value += 1024.0f;
  REQUIRE(launch_in_all_orders(fragment__emulated, {{1, 1, 1}, 32}, c, left, right, c) == "");
  CHECK((c.values() == expected));
  REQUIRE(launch_in_all_orders(fragment_wrong_lane__emulated, {{1, 1, 1}, 32}, c, left, right, c) ==
          "");
  CHECK_FALSE((c.values() == expected));
}

TEST_CASE("divergent barriers are reported with their places") {
  KernelBuffer<float> y("y", 64);
  for (const tgc_emulated_mode& mode : kModes) {
    CHECK_THAT(launch_kernel(barrier_in_branch__emulated, {{1, 1, 1}, 64}, mode, y),
               Contains("waits at the barrier faults.cu:") && Contains(", but thread "));
    CHECK_THAT(launch_kernel(barrier_after_return__emulated, {{1, 1, 1}, 64}, mode, y, int64_t{40}),
               Contains("left the kernel") || Contains("leaves the kernel"));
    CHECK(launch_kernel(barrier_after_return__emulated, {{1, 1, 1}, 64}, mode, y, int64_t{64}) ==
          "");
    CHECK_THAT(launch_kernel(shuffle_in_branch__emulated, {{1, 1, 1}, 32}, mode, y),
               Contains("divergence: thread "));
    CHECK_THAT(launch_kernel(shuffle_from_outside__emulated, {{1, 1, 1}, 32}, mode, y),
               Contains("shuffles with lane 16, which the mask does not name"));
  }
}

TEST_CASE("an asynchronous copy has arrived only after its wait") {
  KernelBuffer<float> x("x", rising(124));
  KernelBuffer<float> y("y", 128);
  REQUIRE(launch_in_all_orders(copy_async__emulated, {{1, 1, 1}, 32}, y, x, y) == "");
  for (size_t i = 0; i < 128; ++i) CHECK(y[i] == (i < 124 ? static_cast<float>(i) : 0.0f));
  CHECK_THAT(launch_kernel(copy_async_without_wait__emulated, {{1, 1, 1}, 32}, kModes[0], x, y),
             Contains("waited for its copy to arrive"));
}

TEST_CASE("dynamic shared memory has the size the launch gives it") {
  KernelBuffer<float> y("y", 64);
  REQUIRE(launch_in_all_orders(dynamic_shared__emulated, {{2, 1, 1}, 64, 256}, y, y) == "");
  CHECK(y[0] == 63.0f);
  CHECK_THAT(launch_kernel(dynamic_shared__emulated, {{1, 1, 1}, 64, 252}, kModes[0], y),
             Contains("out of bounds: element 63 of shared tile, which has 63"));
}

TEST_CASE("pointers to no registered buffer and blocks of a wrong size are refused") {
  KernelBuffer<float> y("y", 64);
  float stray[64] = {};
  float* pointer = stray;
  void* args[] = {&pointer};
  const unsigned one[3] = {1, 1, 1};
  const unsigned block[3] = {64, 1, 1};
  CHECK_THAT(
      std::string(tgc_emulated_launch(write_same_word__emulated, one, block, 0, args, nullptr)),
      Contains("parameter 0 points to no registered buffer"));
  CHECK_THAT(launch_kernel(write_same_word__emulated, {{1, 1, 1}, 96}, kModes[0], y),
             Contains("launched with 96 threads a block but made for at most 64"));
  CHECK_THAT(launch_kernel(write_same_word__emulated, {{1, 1, 1}, 2048}, kModes[0], y),
             Contains("a block of 2048 threads cannot be launched"));
  CHECK_THAT(launch_kernel(write_same_word__emulated, {{0, 1, 1}, 64}, kModes[0], y),
             Contains("a grid of 0 x 1 x 1 blocks cannot be launched"));
}

TEST_CASE("a launch after a failed one starts afresh") {
  for (int round = 0; round < 3; ++round) {
    CHECK(reverse_with(reverse_without_barrier__emulated, 256, kModes[0]) != "");
    CHECK(reverse_with(reverse__emulated, 256, kModes[0]) == "");
  }
}
