// SPDX-License-Identifier: Apache-2.0
// Shared variables: reading, writing, checkpoints.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <limits>
#include <thread>

#include "catch2/catch.hpp"
#include "runtime/test_bundle.h"

namespace tgc {
namespace {

bool same_bits(const Array& a, const Array& b) {
  return a.dtype() == b.dtype() && a.dims() == b.dims() &&
         std::memcmp(a.bytes(), b.bytes(), a.byte_count()) == 0;
}

TEST_CASE("a state begins with the bundle's values") {
  const Engine engine(bundle_path("linear"));
  const State state(engine);
  CHECK(floats(state.value("w")) == std::vector<float>{1, 2, 3, 4});
  CHECK(state.value("steps").value<int64_t>() == 0);
}

TEST_CASE("a value that is set is used by the next call") {
  const Engine engine(bundle_path("linear"));
  State state(engine);
  Context context(engine, state);
  state.set("b", Array::scalar(1.0F));
  CHECK(floats(context.call("predict", {two_rows()})[0]) == std::vector<float>{2, 3});
}

TEST_CASE("contexts share a state, and one can be given another") {
  const Engine engine(bundle_path("linear"));
  State shared(engine);
  Context trainer(engine, shared);
  Context user(engine, shared);
  trainer.call("train", {two_rows(), two_targets()});
  CHECK(floats(user.call("predict", {two_rows()})[0]) == std::vector<float>{1.0F, 1.875F});
  user.set_state(State(engine));
  CHECK(floats(user.call("predict", {two_rows()})[0]) == std::vector<float>{1.5F, 2.5F});
}

TEST_CASE("a checkpoint restores every bit, not-a-numbers included") {
  const Engine engine(bundle_path("linear"));
  State saved(engine);
  uint32_t odd_bits[4] = {0x7FC12345U, 0x80000000U, 0x00000001U, 0xFF800000U};
  Array w({4}, std::vector<float>(4));
  std::memcpy(w.bytes(), odd_bits, sizeof odd_bits);
  saved.set("w", w);
  saved.set("steps", Array::scalar(std::numeric_limits<int64_t>::min()));
  const TempFile file;
  saved.save(file.path());
  State loaded(engine);
  loaded.load(file.path());
  for (const char* name : {"w", "b", "steps"}) {
    CHECK(same_bits(saved.value(name), loaded.value(name)));
  }
  const TempFile again;
  loaded.save(again.path());
  CHECK(read_bytes(file.path()) == read_bytes(again.path()));
}

TEST_CASE("a checkpoint goes through links to the file they name, and leaves them") {
  const Engine engine(bundle_path("linear"));
  const State state(engine);
  const TempFile file;
  const TempFile link;
  std::remove(link.path().c_str());
  REQUIRE(symlink(file.path().c_str(), link.path().c_str()) == 0);
  state.save(link.path());
  struct stat facts {};
  REQUIRE(lstat(link.path().c_str(), &facts) == 0);
  CHECK(S_ISLNK(facts.st_mode));
  State loaded(engine);
  loaded.load(file.path());
  std::remove(link.path().c_str());
  REQUIRE(symlink(link.path().c_str(), link.path().c_str()) == 0);
  CHECK_THROWS_AS(state.save(link.path()), RuntimeError);
}

TEST_CASE("a checkpoint goes into a pipe, which stays one") {
  const Engine engine(bundle_path("linear"));
  const TempFile pipe;
  std::remove(pipe.path().c_str());
  REQUIRE(mkfifo(pipe.path().c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = read_bytes(pipe.path()); });
  State(engine).save(pipe.path());
  reader.join();
  const TempFile file;
  State(engine).save(file.path());
  CHECK(got == read_bytes(file.path()));
  struct stat facts {};
  REQUIRE(lstat(pipe.path().c_str(), &facts) == 0);
  CHECK(S_ISFIFO(facts.st_mode));
}

TEST_CASE("training goes on from a checkpoint bit by bit") {
  const Engine engine(bundle_path("linear"));
  Context whole(engine);
  for (int i = 0; i < 3; ++i) whole.call("train", {two_rows(), two_targets()});
  const TempFile file;
  whole.state().save(file.path());
  for (int i = 0; i < 3; ++i) whole.call("train", {two_rows(), two_targets()});

  Context resumed(engine);
  resumed.state().load(file.path());
  for (int i = 0; i < 3; ++i) resumed.call("train", {two_rows(), two_targets()});
  CHECK(same_bits(whole.state().value("w"), resumed.state().value("w")));
  CHECK(same_bits(whole.state().value("b"), resumed.state().value("b")));
  CHECK(resumed.state().value("steps").value<int64_t>() == 6);
}

TEST_CASE("a checkpoint that does not fit changes nothing") {
  const Engine engine(bundle_path("linear"));
  State state(engine);
  state.set("b", Array::scalar(9.0F));
  const TempFile file;
  state.save(file.path());
  std::string bytes = read_bytes(file.path());
  const size_t name = bytes.find("\"steps\"");
  REQUIRE(name != std::string::npos);
  bytes.replace(name, 7, "\"step_\"");
  write_bytes(file.path(), bytes);
  State other(engine);
  CHECK(message_of([&] { other.load(file.path()); }) ==
        "file error: " + file.path() + " has no value for shared variable steps");
  CHECK(other.value("b").value<float>() == 0.5F);
}

TEST_CASE("an op that fails leaves the shared variables as they were") {
  const Engine engine(bundle_path("linear"));
  Context context(engine);
  const Array good({2}, std::vector<int64_t>{0, -1});
  CHECK(floats(context.call("pick", {good})[0]) == std::vector<float>{1, 4});
  CHECK(context.state().value("b").value<float>() == 5);
  const Array bad({2}, std::vector<int64_t>{0, 4});
  const std::string message = message_of([&] { context.call("pick", {bad}); });
  INFO(message);
  CHECK(message.find("computation failed: ") == 0);
  CHECK(message.find("index 4 is out of bounds") != std::string::npos);
  CHECK(context.state().value("b").value<float>() == 5);
}

}  // namespace
}  // namespace tgc
