// SPDX-License-Identifier: Apache-2.0
// The INI dialect of .theanorc.
#include "flags/ini_file.h"

#include "catch2/catch.hpp"

namespace tgc {
namespace {

// "line section.option=value" for each entry.
std::vector<std::string> entries(std::string_view text,
                                 const std::map<std::string, std::string>& variables = {}) {
  std::vector<std::string> result;
  for (const IniEntry& entry : parse_ini(text, variables).entries) {
    result.push_back(std::to_string(entry.line) + " " + entry.section + "." + entry.option + "=" +
                     entry.value);
  }
  return result;
}

using Lines = std::vector<std::string>;

TEST_CASE("sections, both separators and comments are read") {
  CHECK(entries("# a comment\n[global]\nfloatX = float32\n; another\ndevice: cuda0\n\n[dnn.conv]\n"
                "algo_fwd=time_once\n") ==
        Lines{"3 global.floatX=float32", "5 global.device=cuda0", "8 dnn.conv.algo_fwd=time_once"});
}

TEST_CASE("an indented line continues the value above") {
  CHECK(entries("[gcc]\ncxxflags = -O3\n   -march=native\nx=1\n") ==
        Lines{"2 gcc.cxxflags=-O3\n-march=native", "4 gcc.x=1"});
}

TEST_CASE("an indented option behind a blank line or a section is an option") {
  CHECK(entries("[global]\n  device=cpu\n\n  floatX=float32\n") ==
        Lines{"2 global.device=cpu", "4 global.floatX=float32"});
}

TEST_CASE("carriage returns do not count") {
  CHECK(entries("[global]\r\ndevice=cpu\r\n") == Lines{"2 global.device=cpu"});
}

TEST_CASE("names between %( and )s are replaced, without regard to case") {
  const std::map<std::string, std::string> variables = {{"USER", "ada"}, {"TMPDIR", "/tmp"}};
  CHECK(entries("[global]\nbase_compiledir=%(TMPDIR)s/%(user)s.%%\n", variables) ==
        Lines{"2 global.base_compiledir=/tmp/ada.%"});
}

TEST_CASE("an option of the same section or of DEFAULT is replaced too") {
  CHECK(entries("[DEFAULT]\nroot=/opt\n[cuda]\nversion=9\nroot2=%(root)s/cuda-%(version)s\n") ==
        Lines{"2 DEFAULT.root=/opt", "4 cuda.version=9", "5 cuda.root2=/opt/cuda-9"});
}

TEST_CASE("where replacing fails the raw text stays") {
  CHECK(entries("[global]\na=%(NOBODY)s\nb=100%\nc=%(c)s\nd=%(USER\n") ==
        Lines{"2 global.a=%(NOBODY)s", "3 global.b=100%", "4 global.c=%(c)s", "5 global.d=%(USER"});
}

TEST_CASE("lines that are neither section nor option are problems") {
  const IniFile file = parse_ini("device=cpu\n[global]\nfloatX\n=3\n", {});
  CHECK(file.entries.empty());
  REQUIRE(file.problems.size() == 3);
  CHECK(file.problems[0].line == 1);
  CHECK(file.problems[0].message ==
        "no [section] stands above this line; flags without a dot go below [global]");
  CHECK(file.problems[1].line == 3);
  CHECK(file.problems[1].message == "this line is neither [section] nor option = value");
  CHECK(file.problems[2].line == 4);
}

}  // namespace
}  // namespace tgc
