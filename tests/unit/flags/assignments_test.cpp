// SPDX-License-Identifier: Apache-2.0
// The list syntax of THEANO_FLAGS.
#include "flags/assignments.h"

#include "catch2/catch.hpp"

namespace tgc {
namespace {

// "key|value" for each item, "key" for one without "=".
std::vector<std::string> items(std::string_view text) {
  const auto parsed = split_assignments(text);
  REQUIRE(parsed.has_value());
  std::vector<std::string> result;
  for (const FlagAssignment& item : *parsed) {
    result.push_back(item.has_value ? item.key + "|" + item.value : item.key);
  }
  return result;
}

using Items = std::vector<std::string>;

TEST_CASE("a list is split at commas and each item at its first equals sign") {
  CHECK(items("device=cuda0,floatX=float32") == Items{"device|cuda0", "floatX|float32"});
  CHECK(items("gcc.cxxflags=-O3 -march=native") == Items{"gcc.cxxflags|-O3 -march=native"});
  CHECK(items("a=b=c") == Items{"a|b=c"});
}

TEST_CASE("blanks around keys and values do not count, inside they do") {
  CHECK(items("  device = cpu ,\tfloatX =float32\n") == Items{"device|cpu", "floatX|float32"});
  CHECK(items("cxx=/opt/my gcc/g++ ") == Items{"cxx|/opt/my gcc/g++"});
}

TEST_CASE("empty items vanish and an item without equals sign is kept as such") {
  CHECK(items("").empty());
  CHECK(items(" , ,").empty());
  CHECK(items("profile,device=cpu,") == Items{"profile", "device|cpu"});
}

TEST_CASE("a value may be empty") {
  CHECK(items("cxx=") == Items{"cxx|"});
}

TEST_CASE("quotes protect commas and blanks") {
  CHECK(items("optimizer_excluding=\"log1p_neg_sigmoid,\"") ==
        Items{"optimizer_excluding|log1p_neg_sigmoid,"});
  CHECK(items("gcc.cxxflags='-DA=1,2 ',device=cpu") ==
        Items{"gcc.cxxflags|-DA=1,2 ", "device|cpu"});
  CHECK(items("'optimizer=None',device=cpu") == Items{"optimizer=None", "device|cpu"});
}

TEST_CASE("a backslash protects the next character, within double quotes only quotes") {
  CHECK(items("cxx=a\\,b") == Items{"cxx|a,b"});
  CHECK(items("cxx=\"a\\\"b\\n\"") == Items{"cxx|a\"b\\n"});
  CHECK(items("cxx='a\\b'") == Items{"cxx|a\\b"});
}

TEST_CASE("a quote that is not closed is refused") {
  CHECK_FALSE(split_assignments("cxx=\"g++").has_value());
  CHECK_FALSE(split_assignments("cxx='").has_value());
}

}  // namespace
}  // namespace tgc
