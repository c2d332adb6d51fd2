// SPDX-License-Identifier: Apache-2.0
// Bundles that are damaged, incomplete or not for this machine are refused before anything runs.
#include <unistd.h>

#include "catch2/catch.hpp"
#include "runtime/test_bundle.h"

namespace tgc {
namespace {

std::string flip_byte(std::string bytes, size_t at) {
  bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
  return bytes;
}

TEST_CASE("a sound bundle passes the check") {
  CHECK(check_bundle(bundle_path("linear")).empty());
}

TEST_CASE("code whose bytes changed is not loaded") {
  const BundleCopy copy("linear");
  const std::string library = copy.file("liblinear.so");
  const std::string bytes = read_bytes(library);
  write_bytes(library, flip_byte(bytes, bytes.size() / 2));
  CHECK(message_of([&] { const Engine engine(copy.path()); }) ==
        "bad bundle: " + library +
            " is not the file the plan was made with (its digest differs); compile the bundle "
            "again");
}

TEST_CASE("a weight that changed is found on first use and by the check") {
  const BundleCopy copy("linear");
  const std::string weights = copy.file("weights.safetensors");
  const std::string bytes = read_bytes(weights);
  write_bytes(weights, flip_byte(bytes, bytes.size() - 20));
  const Engine engine(copy.path());
  CHECK(message_of([&] { const State state(engine); }).find("is damaged (its checksum differs)") !=
        std::string::npos);
  CHECK(check_bundle(copy.path()).find("is damaged (its checksum differs)") != std::string::npos);
}

TEST_CASE("files that are missing are named") {
  for (const char* name : {"linear.plan", "liblinear.so", "weights.safetensors"}) {
    const BundleCopy copy("linear");
    unlink(copy.file(name).c_str());
    const std::string message = message_of([&] {
      const Engine engine(copy.path());
      const State state(engine);
    });
    INFO(message);
    CHECK(message != "no error");
    CHECK((message.find(name) != std::string::npos || message.find(".plan") != std::string::npos));
  }
}

TEST_CASE("code of one name and another place is not taken for each other") {
  const Engine first(bundle_path("linear"));
  { const Engine again(bundle_path("linear")); }
  const Engine other(bundle_path("linear_doubled"));
  Context context(first);
  Context doubled(other);
  CHECK(floats(context.call("predict", {two_rows()})[0]) == std::vector<float>{1.5F, 2.5F});
  CHECK(floats(doubled.call("predict", {two_rows()})[0]) == std::vector<float>{3, 5});
}

TEST_CASE("a bundle may be moved") {
  const BundleCopy copy("linear");
  const Engine engine(copy.path());
  Context context(engine);
  CHECK(floats(context.call("predict", {two_rows()})[0]) == std::vector<float>{1.5F, 2.5F});
}

}  // namespace
}  // namespace tgc
