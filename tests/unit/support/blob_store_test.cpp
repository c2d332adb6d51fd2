// SPDX-License-Identifier: Apache-2.0
// Keys of blobs and the store that keeps nothing.
#include "support/blob_store.h"

#include "catch2/catch.hpp"

using namespace tgc;

TEST_CASE("a blob key depends on the kind, every part and the borders between parts") {
  const std::string key = blob_key("cubin", {"ab", "c"}).digest;
  CHECK(key.size() == 64);
  CHECK(blob_key("cubin", {"ab", "c"}).digest == key);
  CHECK(blob_key("ptx", {"ab", "c"}).digest != key);
  CHECK(blob_key("cubin", {"a", "bc"}).digest != key);
  CHECK(blob_key("cubin", {"abc"}).digest != key);
  CHECK(blob_key("cubin", {"ab", "c", ""}).digest != key);
}

TEST_CASE("a store without functions finds nothing and keeps nothing") {
  const BlobStore store;
  const BlobKey key = blob_key("object", {"text"});
  store.keep(key, "bytes");
  CHECK(!store.find(key));
}
