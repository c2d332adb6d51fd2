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

TEST_CASE("every byte of a plan, flipped, is rejected") {
  const BundleCopy copy("linear");
  const std::string plan = copy.file("linear.plan");
  const std::string bytes = read_bytes(plan);
  int accepted = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    write_bytes(plan, flip_byte(bytes, at));
    if (check_bundle(copy.path()).empty()) ++accepted;
  }
  CHECK(accepted == 0);
}

TEST_CASE("every byte of the weights, flipped, is rejected or harmless") {
  const BundleCopy copy("linear");
  const std::string weights = copy.file("weights.safetensors");
  const std::string bytes = read_bytes(weights);
  int harmful = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    write_bytes(weights, flip_byte(bytes, at));
    message_of([&] {
      const Engine engine(copy.path());
      const State state(engine);
      const bool is_same = floats(state.value("w")) == std::vector<float>{1, 2, 3, 4} &&
                           state.value("b").value<float>() == 0.5F &&
                           state.value("steps").value<int64_t>() == 0;
      if (!is_same) ++harmful;
    });
  }
  CHECK(harmful == 0);
}

TEST_CASE("bytes of the code, flipped, are rejected") {
  const BundleCopy copy("linear");
  const std::string library = copy.file("liblinear.so");
  const std::string bytes = read_bytes(library);
  int accepted = 0;
  for (size_t at = 0; at < bytes.size(); at += 499) {
    write_bytes(library, flip_byte(bytes, at));
    if (check_bundle(copy.path()).empty()) ++accepted;
  }
  CHECK(accepted == 0);
}

TEST_CASE("a plan that was cut off is rejected") {
  const BundleCopy copy("linear");
  const std::string plan = copy.file("linear.plan");
  const std::string bytes = read_bytes(plan);
  for (const size_t length : {size_t{0}, size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
    write_bytes(plan, bytes.substr(0, length));
    CHECK_FALSE(check_bundle(copy.path()).empty());
  }
}

TEST_CASE("a bundle may be moved") {
  const BundleCopy copy("linear");
  const Engine engine(copy.path());
  Context context(engine);
  CHECK(floats(context.call("predict", {two_rows()})[0]) == std::vector<float>{1.5F, 2.5F});
}

}  // namespace
}  // namespace tgc
