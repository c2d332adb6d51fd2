// SPDX-License-Identifier: Apache-2.0
// The preallocated memory of a GPU, by its offsets alone.
#include "cuda/memory_pool.h"

#include "catch2/catch.hpp"

namespace tgc::runtime {

TEST_CASE("a memory pool gives parts at multiples of 256 bytes, the first that fits") {
  MemoryPool pool(1024);
  CHECK(pool.allocate(1) == size_t{0});
  CHECK(pool.allocate(257) == size_t{256});
  CHECK(pool.allocate(0) == size_t{768});
  CHECK(pool.allocate(1) == std::nullopt);
  CHECK(pool.free_bytes() == 0);
}

TEST_CASE("released neighbours become one part again") {
  MemoryPool pool(1024);
  for (int i = 0; i < 4; ++i) pool.allocate(256);
  pool.release(0);
  pool.release(512);
  CHECK(pool.allocate(512) == std::nullopt);
  pool.release(256);
  CHECK(pool.allocate(768) == size_t{0});
}

TEST_CASE("a memory pool refuses what overflows and ignores what it never gave") {
  MemoryPool pool(1024);
  CHECK(pool.allocate(~size_t{0}) == std::nullopt);
  pool.release(256);
  CHECK(pool.free_bytes() == 1024);
}

}  // namespace tgc::runtime
