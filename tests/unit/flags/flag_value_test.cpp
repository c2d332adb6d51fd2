// SPDX-License-Identifier: Apache-2.0
// Typed values: what each type accepts, and Theano's words when it does not.
#include "flags/flag_value.h"

#include <limits>

#include "catch2/catch.hpp"

namespace tgc {
namespace {

ParsedFlagValue parse(std::string_view name, std::string_view text, std::string_view home = "") {
  const FlagDef* flag = find_flag(name);
  REQUIRE(flag != nullptr);
  return parse_flag_value(*flag, text, home);
}

TEST_CASE("a boolean is exactly one of six words") {
  for (const char* text : {"True", "true", "1"})
    CHECK(parse("profile", text).value == FlagValue(true));
  for (const char* text : {"False", "false", "0"}) {
    CHECK(parse("profile", text).value == FlagValue(false));
  }
  for (const char* text : {"TRUE", "yes", "on", "", "01", "2"}) {
    CHECK_FALSE(parse("profile", text).value.has_value());
  }
  CHECK(parse("profile", "yes").error ==
        "invalid value (\"yes\") for configuration variable \"profile\". Valid options are "
        "(\"False\", \"false\", \"0\", \"True\", \"true\", \"1\")");
}

TEST_CASE("a choice rejects other words in Theano's words") {
  const ParsedFlagValue parsed = parse("floatX", "float31");
  CHECK_FALSE(parsed.value.has_value());
  CHECK(parsed.error ==
        "invalid value (\"float31\") for configuration variable \"floatX\". Valid options are "
        "(\"float64\", \"float32\", \"float16\")");
  CHECK(parsed.hint == "did you mean 'float32'?");
}

TEST_CASE("floatX also takes bare numbers of bits") {
  CHECK(parse("floatX", "64").value == FlagValue("float64"));
  CHECK(parse("floatX", "32").value == FlagValue("float32"));
  CHECK(parse("floatX", "16").value == FlagValue("float16"));
  CHECK_FALSE(parse("floatX", "8").value.has_value());
}

TEST_CASE("the optimizer takes all of Theano's values and the two that only modes have") {
  for (const char* text : {"o4", "fast_run", "o3", "o2", "o1", "fast_compile", "unsafe", "merge",
                           "None", "stabilize", "fast_run_stable"}) {
    CHECK(parse("optimizer", text).value == FlagValue(text));
  }
  CHECK_FALSE(parse("optimizer", "o5").value.has_value());
  CHECK_FALSE(parse("optimizer", "none").value.has_value());
}

TEST_CASE("pdb becomes raise, with a note") {
  const ParsedFlagValue parsed = parse("on_opt_error", "pdb");
  CHECK(parsed.value == FlagValue("raise"));
  CHECK(parsed.note == "'on_opt_error=pdb' is taken as 'raise'; there is no debugger to enter");
}

TEST_CASE("an integer is decimal and whole") {
  CHECK(parse("traceback.limit", "-1").value == FlagValue(int64_t{-1}));
  CHECK(parse("traceback.limit", "+8").value == FlagValue(int64_t{8}));
  for (const char* text : {"", "8.0", "0x10", "99999999999999999999", "8 "}) {
    CHECK_FALSE(parse("traceback.limit", text).value.has_value());
  }
  CHECK(parse("traceback.limit", "8.0").error ==
        "invalid value (\"8.0\") for configuration variable \"traceback.limit\". An integer is "
        "expected");
}

TEST_CASE("the number of threads is not negative") {
  CHECK(parse("threads", "4").value == FlagValue(int64_t{4}));
  CHECK(parse("threads", "-1").error ==
        "invalid value (\"-1\") for configuration variable \"threads\". It must not be negative");
}

TEST_CASE("a number may be infinite where a limit may be, but never NaN") {
  CHECK(parse("optdb.position_cutoff", "inf").value ==
        FlagValue(std::numeric_limits<double>::infinity()));
  CHECK(parse("optdb.position_cutoff", "1.5000001").value == FlagValue(1.5000001));
  CHECK_FALSE(parse("optdb.position_cutoff", "nan").value.has_value());
  CHECK_FALSE(parse("gpuarray.preallocate", "inf").value.has_value());
}

TEST_CASE("preallocation may be negative, CNMeM's pool may not") {
  CHECK(parse("gpuarray.preallocate", "-1").value == FlagValue(-1.0));
  CHECK(parse("lib.cnmem", "-1").error ==
        "invalid value (\"-1\") for configuration variable \"lib.cnmem\". It must not be negative");
}

TEST_CASE("a leading tilde of a path is the home folder") {
  CHECK(parse("cache_dir", "~/.cache/tgc", "/home/ada").value == FlagValue("/home/ada/.cache/tgc"));
  CHECK(parse("cache_dir", "~", "/home/ada").value == FlagValue("/home/ada"));
  CHECK(parse("cache_dir", "~ada/x", "/home/ada").value == FlagValue("~ada/x"));
  CHECK(parse("cache_dir", "/a/~", "/home/ada").value == FlagValue("/a/~"));
  CHECK(parse("cache_dir", "~/x", "").value == FlagValue("~/x"));
}

TEST_CASE("a list is split at colons") {
  CHECK(parse("optimizer_excluding", "fusion: inplace ::").value ==
        FlagValue(std::vector<std::string>{"fusion", "inplace"}));
  CHECK(parse("optimizer_excluding", "").value == FlagValue(std::vector<std::string>{}));
}

TEST_CASE("values print so that they read back") {
  CHECK(flag_value_text(true) == "True");
  CHECK(flag_value_text(int64_t{-1}) == "-1");
  CHECK(flag_value_text(0.8) == "0.8");
  CHECK(flag_value_text(std::vector<std::string>{"fusion", "inplace"}) == "fusion:inplace");
  CHECK(flag_value_text(std::string("o4")) == "o4");
}

}  // namespace
}  // namespace tgc
