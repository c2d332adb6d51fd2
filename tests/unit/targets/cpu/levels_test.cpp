// SPDX-License-Identifier: Apache-2.0
// What users may write after --target for the CPU, and the flags it becomes.
#include "targets/cpu/levels.h"

#include <algorithm>

#include "catch2/catch.hpp"
#include "support/text.h"

using namespace tgc;

namespace {

// The names of the levels, or the error and its hint.
std::string parsed(const std::vector<std::string>& targets) {
  Diagnostics diagnostics;
  std::vector<std::string> names;
  for (const CpuLevel& level : parse_cpu_targets(targets, diagnostics)) {
    names.push_back(level.name);
  }
  if (!diagnostics.has_errors()) return join(names, ",");
  return diagnostics.all()[0].message + " | " + diagnostics.all()[0].hint;
}

bool holds(const std::vector<std::string>& flags, const std::string& flag) {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

}  // namespace

TEST_CASE("cpu alone means x86-64-v3 and v4, never this machine") {
  CHECK(parsed({"cpu"}) == "v3,v4");
  CHECK(parsed({"cuda", "cpu"}) == "v3,v4");
  CHECK(parsed({"cuda:sm_90"}).empty());
}

TEST_CASE("levels come best last, each once") {
  CHECK(parsed({"cpu:native", "cpu:x86-64-v4", "cpu:x86-64-v3", "cpu:x86-64-v4"}) ==
        "v3,v4,custom");
  CHECK(parsed({"cpu:x86-64-v4", "cpu"}) == "v3,v4");
  CHECK(parsed({"cpu:x86-64-v4"}) == "v4");
}

TEST_CASE("a level that is not known is an error with the nearest that is") {
  CHECK(parsed({"cpu:x86-64-v5"}) ==
        "target 'cpu:x86-64-v5': 'x86-64-v5' is none of native, x86-64-v3, x86-64-v4"
        " | did you mean 'cpu:x86-64-v3'?");
  CHECK(parsed({"cpu:avx2"}) ==
        "target 'cpu:avx2': 'avx2' is none of native, x86-64-v3, x86-64-v4 | ");
  CHECK(parsed({"cpu:"}).starts_with("target 'cpu:': '' is none of "));
}

TEST_CASE("each level has its flags and its name as a macro") {
  CHECK(level_flags({"v3", 3, ""}) ==
        std::vector<std::string>{"-DTGC_LEVEL=v3", "-march=x86-64-v3"});
  CHECK(level_flags({"v4", 4, ""}) == std::vector<std::string>{"-DTGC_LEVEL=v4", "-march=x86-64-v4",
                                                               "-mprefer-vector-width=512"});
  CHECK(level_flags({"custom", 64, "avx2,fma"}) ==
        std::vector<std::string>{"-DTGC_LEVEL=custom", "-march=x86-64", "-mavx2", "-mfma"});
  CHECK(holds(level_flags({"custom", 64, "avx512f,avx512vl"}), "-mprefer-vector-width=512"));
}

#if defined(__x86_64__)
TEST_CASE("native is resolved to features this machine has") {
  const std::vector<std::string> features = split(native_cpu_features(), ',');
  const auto has = [&](const char* name) {
    return std::find(features.begin(), features.end(), name) != features.end();
  };
  CHECK(has("sse3") == (__builtin_cpu_supports("sse3") != 0));
  CHECK(has("avx") == (__builtin_cpu_supports("avx") != 0));
  CHECK(has("avx2") == (__builtin_cpu_supports("avx2") != 0));
  CHECK(has("bmi") == (__builtin_cpu_supports("bmi") != 0));
  CHECK(has("bmi2") == (__builtin_cpu_supports("bmi2") != 0));
  CHECK(has("fma") == (__builtin_cpu_supports("fma") != 0));
  CHECK(has("avx512f") == (__builtin_cpu_supports("avx512f") != 0));
  CHECK(has("avx512bw") == (__builtin_cpu_supports("avx512bw") != 0));
  CHECK(has("avx512vbmi") == (__builtin_cpu_supports("avx512vbmi") != 0));
  CHECK(has("avx512vnni") == (__builtin_cpu_supports("avx512vnni") != 0));
  CHECK(has("avx512bf16") == (__builtin_cpu_supports("avx512bf16") != 0));
}
#endif

TEST_CASE("each unit is a source for each level, the table one more") {
  CpuUnits units;
  units.kernels = {"first", "second"};
  units.table = "table";
  const auto sources = make_cpu_sources(units, {{"v3", 3, ""}, {"v4", 4, ""}}, {{"x"}, {"y", "z"}});
  REQUIRE(sources.size() == 5);
  CHECK(sources[0].name == "kernels_0_v3");
  CHECK(sources[1].name == "kernels_0_v4");
  CHECK(sources[3].name == "kernels_1_v4");
  CHECK(sources[3].text == "second");
  CHECK(sources[3].flags == level_flags({"v4", 4, ""}));
  CHECK(sources[3].origins == std::vector<std::string>{"y", "z"});
  CHECK(sources[4].name == "table");
  CHECK(sources[4].flags.empty());
}
