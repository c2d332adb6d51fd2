// SPDX-License-Identifier: Apache-2.0
// Response files and GCC's spellings of options.
#include "tgc/arguments.h"

#include "catch2/catch.hpp"
#include "support/file.h"
#include "tgc/subcommand.h"

namespace tgc {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("words of a response file are separated by blanks and newlines") {
  CHECK(response_words("a  b\n\tc\r\n", "f") == Words{"a", "b", "c"});
  CHECK(response_words("", "f").empty());
}

TEST_CASE("quotes and backslashes keep blanks in words of a response file") {
  CHECK(response_words("'a b' \"c \\\" d\" e\\ f ''", "f") == Words{"a b", "c \" d", "e f", ""});
}

TEST_CASE("an open quote in a response file is an error that names the file") {
  CHECK_THROWS_WITH(response_words("'a", "args.rsp"),
                    "the response file args.rsp has a quote that is not closed");
}

TEST_CASE("a response file may name others and stands for its words") {
  std::error_code error;
  const auto folder = TempFolder::make("", "arguments-", error);
  REQUIRE(folder);
  const std::string inner = folder->path() + "/inner";
  const std::string outer = folder->path() + "/outer";
  REQUIRE_FALSE(write_file_atomically(inner, "-o out.tgc"));
  REQUIRE_FALSE(write_file_atomically(outer, "m.json @" + inner));
  CHECK(expand_arguments({"compile", "@" + outer, "-q"}) ==
        Words{"compile", "m.json", "-o", "out.tgc", "-q"});
}

TEST_CASE("response files that name themselves are an error") {
  std::error_code error;
  const auto folder = TempFolder::make("", "arguments-", error);
  REQUIRE(folder);
  const std::string path = folder->path() + "/loop";
  REQUIRE_FALSE(write_file_atomically(path, "@" + path));
  CHECK_THROWS_AS(expand_arguments({"@" + path}), UsageError);
}

TEST_CASE("a response file that is missing is an error") {
  CHECK_THROWS_WITH(expand_arguments({"@/nowhere/x"}),
                    "cannot read the response file /nowhere/x: No such file or directory");
}

TEST_CASE("GCC's spellings of the depfile options become long ones") {
  CHECK(expand_arguments({"-MD", "-MF", "a.d", "-MFb.d", "-MT", "t", "-M"}) ==
        Words{"--MD", "--MF", "a.d", "--MF", "b.d", "--MT", "t", "-M"});
}

}  // namespace
}  // namespace tgc
