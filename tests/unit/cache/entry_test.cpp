// SPDX-License-Identifier: Apache-2.0
// The entry format: what was put in comes out, and no damage goes unseen.
#include "cache/entry.h"

#include "catch2/catch.hpp"

using namespace tgc;

namespace {

const BlobKey kKey = blob_key("cubin", {"kernel text", "sm_90"});

std::string sample() {
  return encode_cache_entry(kKey, std::string("\x7f"
                                              "ELF\0 payload",
                                              13));
}

}  // namespace

TEST_CASE("a decoded entry has the key and the payload that were encoded") {
  const std::string bytes = sample();
  const DecodedCacheEntry entry = decode_cache_entry(bytes);
  CHECK(entry.fault.empty());
  CHECK(entry.key.kind == "cubin");
  CHECK(entry.key.digest == kKey.digest);
  CHECK(entry.payload == std::string_view("\x7f"
                                          "ELF\0 payload",
                                          13));
  CHECK(cache_entry_kind(bytes) == "cubin");
}

TEST_CASE("an empty payload is a payload") {
  const std::string bytes = encode_cache_entry(kKey, "");
  CHECK(decode_cache_entry(bytes).fault.empty());
  CHECK(decode_cache_entry(bytes).payload.empty());
}

TEST_CASE("every change of one byte of an entry is seen") {
  const std::string good = sample();
  for (size_t i = 0; i < good.size(); ++i) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ change);
      CAPTURE(i, change);
      REQUIRE(!decode_cache_entry(bad).fault.empty());
    }
  }
}

TEST_CASE("an entry cut off anywhere or with bytes added is seen") {
  const std::string good = sample();
  for (size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    REQUIRE(!decode_cache_entry(good.substr(0, size)).fault.empty());
  }
  CHECK(!decode_cache_entry(good + "x").fault.empty());
}

TEST_CASE("faults of an entry are named") {
  std::string newer = sample();
  newer[8] = 2;
  std::string damaged = sample();
  damaged.back() = '!';
  CHECK(decode_cache_entry("#!/bin/sh\n").fault == "not a cache entry");
  CHECK(decode_cache_entry("TGCC").fault == "truncated header");
  CHECK(decode_cache_entry(newer).fault == "unknown version");
  CHECK(decode_cache_entry(sample() + "x").fault == "the sizes do not fit the file");
  CHECK(decode_cache_entry(damaged).fault == "wrong checksum");
}

TEST_CASE("sizes near the top of 64 bits do not wrap around") {
  std::string bytes = sample();
  for (size_t i = 48; i < 56; ++i) {
    bytes[i] = '\xff';
  }
  CHECK(decode_cache_entry(bytes).fault == "the sizes do not fit the file");
}
