// SPDX-License-Identifier: Apache-2.0
// The exit codes; what is printed is tested in tests/golden/cli.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <new>

#include "catch2/catch.hpp"
#include "support/check.h"
#include "support/file.h"
#include "tgc/subcommand.h"

namespace tgc {
namespace {

int run(std::vector<std::string> arguments, const Action& action) {
  static Action current;
  current = action;
  const std::vector<Subcommand> table = {
      {"work", "does it", [](CLI::App& app) {
         app.allow_extras();
         return Action([](Invocation& invocation) { return current(invocation); });
       }}};
  return run_command_line(table, std::move(arguments),
                          [](const std::string&) { return std::optional<std::string>(); });
}

TEST_CASE("the exit code is the subcommand's") {
  CHECK(run({"work"}, [](Invocation&) { return kExitOk; }) == 0);
  CHECK(run({"work"}, [](Invocation&) { return kExitEnvironment; }) == 3);
}

TEST_CASE("a command line that is wrong exits with 2") {
  bool was_run = false;
  const auto never = [&](Invocation&) {
    was_run = true;
    return kExitOk;
  };
  CHECK(run({}, never) == 2);
  CHECK(run({"wrk"}, never) == 2);
  CHECK(run({"--no-such-option"}, never) == 2);
  CHECK(run({"@/nowhere/response"}, never) == 2);
  CHECK_FALSE(was_run);
  CHECK(run({"work"}, [](Invocation&) -> int { throw UsageError("no"); }) == 2);
}

TEST_CASE("running out of memory exits with 3") {
  CHECK(run({"work"}, [](Invocation&) -> int { throw std::bad_alloc(); }) == 3);
}

TEST_CASE("a bug exits with 4 and leaves a reproducer behind") {
  std::error_code error;
  const auto folder = TempFolder::make("", "bug-", error);
  REQUIRE(folder);
  const char* old = std::getenv("TMPDIR");
  const std::string before = old != nullptr ? old : "/tmp";
  setenv("TMPDIR", folder->path().c_str(), 1);
  const int code = run({"work", "a", "b"}, [](Invocation&) -> int {
    TGC_CHECK(1 == 2, "numbers differ");
    return 0;
  });
  setenv("TMPDIR", before.c_str(), 1);
  CHECK(code == 4);
  const auto names = list_folder(folder->path(), error);
  REQUIRE(names);
  REQUIRE(names->size() == 1);
  const auto message =
      read_file(folder->path() + "/" + names->front() + "/message.txt", error).value_or("");
  CHECK(message.find("numbers differ") != std::string::npos);
  CHECK(message.find("command: work a b") != std::string::npos);
}

TEST_CASE("a bug that is told as a diagnostic leaves a reproducer too") {
  std::error_code error;
  const auto folder = TempFolder::make("", "bug-", error);
  REQUIRE(folder);
  const char* old = std::getenv("TMPDIR");
  const std::string before = old != nullptr ? old : "/tmp";
  setenv("TMPDIR", folder->path().c_str(), 1);
  const int code = run({"work"}, [](Invocation& invocation) -> int {
    invocation.diagnostics.error("cpu-compiler-failed", "the compiler refused a kernel");
    return kExitInternal;
  });
  setenv("TMPDIR", before.c_str(), 1);
  CHECK(code == 4);
  const auto names = list_folder(folder->path(), error);
  REQUIRE(names);
  REQUIRE(names->size() == 1);
  const auto message =
      read_file(folder->path() + "/" + names->front() + "/message.txt", error).value_or("");
  CHECK(message.find("the compiler refused a kernel") != std::string::npos);
}

}  // namespace
}  // namespace tgc
