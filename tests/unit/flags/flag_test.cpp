// SPDX-License-Identifier: Apache-2.0
// The registry of flags: complete and well formed.
#include "flags/flag.h"

#include <algorithm>
#include <set>

#include "catch2/catch.hpp"
#include "flags/flag_value.h"

namespace tgc {
namespace {

const FlagDef& flag(std::string_view name) {
  const FlagDef* found = find_flag(name);
  REQUIRE(found != nullptr);
  return *found;
}

TEST_CASE("every flag has a unique name, an effect and a valid default") {
  std::set<std::string_view> names;
  for (const FlagDef& def : flag_defs()) {
    INFO(def.name);
    CHECK(names.insert(def.name).second);
    CHECK_FALSE(def.effect.empty());
    CHECK(parse_flag_value(def, def.default_value, "").error.empty());
    CHECK(flag_value_text(default_flag_value(def)) == def.default_value);
  }
  CHECK(names.size() == 159);
}

TEST_CASE("every action but honours says to what it maps, or why") {
  for (const FlagDef& def : flag_defs()) {
    INFO(def.name);
    CHECK(def.detail.empty() == (def.action == FlagAction::honours));
    if (def.action == FlagAction::maps) {
      CHECK(flag(def.detail).action == FlagAction::honours);
    }
  }
}

TEST_CASE("a choice lists its values and no other type does") {
  for (const FlagDef& def : flag_defs()) {
    INFO(def.name);
    CHECK(flag_choices(def).empty() == (def.type != FlagType::choice));
  }
}

TEST_CASE("no flag shares its name with a section") {
  for (const FlagDef& section : flag_defs()) {
    const std::string prefix = std::string(section.name) + ".";
    CHECK(std::none_of(flag_defs().begin(), flag_defs().end(),
                       [&](const FlagDef& def) { return def.name.starts_with(prefix); }));
  }
}

TEST_CASE("the flags a credible tool must honour are known") {
  for (const char* name :
       {"floatX", "device", "optimizer", "optimizer_excluding", "optimizer_including",
        "optimizer_requiring", "exception_verbosity", "optimizer_verbose", "on_opt_error",
        "on_unused_input", "gpuarray.preallocate", "assert_no_cpu_op", "init_gpu_device",
        "optdb.position_cutoff", "optdb.max_use_ratio"}) {
    INFO(name);
    CHECK(flag(name).action == FlagAction::honours);
  }
}

TEST_CASE("Aesara's and PyTensor's spelling with two underscores is known") {
  CHECK(&flag("gpuarray__preallocate") == &flag("gpuarray.preallocate"));
  CHECK(&flag("dnn__conv__algo_fwd") == &flag("dnn.conv.algo_fwd"));
  CHECK(find_flag("__floatX") == nullptr);
}

TEST_CASE("names distinguish case, options of an INI file do not") {
  CHECK(find_flag("floatx") == nullptr);
  CHECK(find_flag_in_section("global", "floatx") == &flag("floatX"));
  CHECK(find_flag_in_section("NanGuardMode", "nan_is_error") == &flag("NanGuardMode.nan_is_error"));
  CHECK(find_flag_in_section("nanguardmode", "nan_is_error") == nullptr);
}

TEST_CASE("a section is split off at the last dot") {
  CHECK(find_flag_in_section("dnn.conv", "algo_fwd") == &flag("dnn.conv.algo_fwd"));
  CHECK(find_flag_in_section("dnn", "conv.algo_fwd") == nullptr);
  CHECK(find_flag_in_section("global", "dnn.enabled") == nullptr);
}

TEST_CASE("a misspelt name has a nearest flag") {
  CHECK(nearest_flag("optimizer_exluding") == "optimizer_excluding");
  CHECK(nearest_flag("floatx") == "floatX");
  CHECK(nearest_flag("gpuarray__prealocate") == "gpuarray.preallocate");
  CHECK(nearest_flag("qqqqqqqq").empty());
}

}  // namespace
}  // namespace tgc
