// SPDX-License-Identifier: Apache-2.0
// The folder that an internal error leaves behind.
#include "tgc/reproducer.h"

#include "catch2/catch.hpp"
#include "support/file.h"
#include "support/process.h"

namespace tgc {
namespace {

std::string content(const std::string& path) {
  std::error_code error;
  return read_file(path, error).value_or("cannot read " + path);
}

TEST_CASE("a reproducer holds the inputs, the message and a script that repeats the command") {
  std::error_code error;
  const auto folder = TempFolder::make("", "reproducer-", error);
  REQUIRE(folder);
  const std::string model = folder->path() + "/a model.json";
  const std::string data = folder->path() + "/x.npy";
  REQUIRE_FALSE(write_file_atomically(model, "{}"));
  REQUIRE_FALSE(write_file_atomically(data, "numbers"));
  Reproducer reproducer;
  reproducer.arguments = {"run", model, "--in", "x=" + data};
  reproducer.inputs = {model, data, "/nowhere"};
  reproducer.message = "check failed: 1 == 2";
  reproducer.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "TGC_FLAGS") return "floatX=float32";
    return std::nullopt;
  };
  const auto path = write_reproducer(reproducer);
  REQUIRE(path);

  const std::string message = content(*path + "/message.txt");
  CHECK(message.find("check failed: 1 == 2") != std::string::npos);
  CHECK(message.find("/nowhere: no regular file") != std::string::npos);
  CHECK(content(*path + "/files" + model) == "{}");
  CHECK(content(*path + "/files" + data) == "numbers");

  // The script in the place of tgc prints what it was given.
  Command command;
  command.arguments = {"/bin/sh", *path + "/run.sh"};
  command.environment = {{"TGC", "echo"}};
  const ProcessResult result = run_command(command);
  CHECK(result.output == "run files" + model + " --in x=files" + data + "\n");
  const std::string script = content(*path + "/run.sh");
  CHECK(script.find("export TGC_FLAGS=floatX=float32\n") != std::string::npos);
  remove_tree(*path);
}

TEST_CASE("a reproducer holds the weights of a graph file and the files of flags") {
  std::error_code error;
  const auto folder = TempFolder::make("", "reproducer-", error);
  REQUIRE(folder);
  const std::string model = folder->path() + "/m.json";
  REQUIRE_FALSE(make_folders(folder->path() + "/data"));
  REQUIRE_FALSE(write_file_atomically(
      model, R"({"tgc": 1, "shared": {"w": {"value": {"file": "data/w.npz", "member": "w"}}}})"));
  REQUIRE_FALSE(write_file_atomically(folder->path() + "/data/w.npz", "weights"));
  REQUIRE_FALSE(
      write_file_atomically(folder->path() + "/.theanorc", "[global]\nfloatX = float32\n"));
  Reproducer reproducer;
  reproducer.arguments = {"compile", model};
  reproducer.inputs = {model};
  reproducer.environment = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "HOME") return folder->path();
    return std::nullopt;
  };
  const auto path = write_reproducer(reproducer);
  REQUIRE(path);
  CHECK(content(*path + "/files" + folder->path() + "/data/w.npz") == "weights");
  CHECK(content(*path + "/home/.theanorc") == "[global]\nfloatX = float32\n");
  CHECK(content(*path + "/run.sh").find("HOME=$PWD/home\n") != std::string::npos);
  remove_tree(*path);
}

TEST_CASE("a bundle among the inputs is copied with all its files") {
  std::error_code error;
  const auto folder = TempFolder::make("", "reproducer-", error);
  REQUIRE(folder);
  REQUIRE_FALSE(make_folders(folder->path() + "/b.tgc/tgc"));
  REQUIRE_FALSE(write_file_atomically(folder->path() + "/b.tgc/tgc/runtime.h", "text"));
  Reproducer reproducer;
  reproducer.inputs = {folder->path() + "/b.tgc"};
  reproducer.environment = [](const std::string&) { return std::optional<std::string>(); };
  const auto path = write_reproducer(reproducer);
  REQUIRE(path);
  CHECK(content(*path + "/files" + folder->path() + "/b.tgc/tgc/runtime.h") == "text");
  remove_tree(*path);
}

}  // namespace
}  // namespace tgc
