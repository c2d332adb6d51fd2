// SPDX-License-Identifier: Apache-2.0
// See levels.h. Features are read with CPUID as Intel's manual numbers them (volume 2, CPUID), and
// count only if the system keeps their registers (XCR0).
#include "targets/cpu/levels.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "support/text.h"

namespace tgc {
namespace {

// bundle_abi.h: TGC_LEVEL_…
constexpr int kLevelV3 = 3;
constexpr int kLevelV4 = 4;
constexpr int kLevelCustom = 64;

#if defined(__x86_64__)

enum class Register { ebx, ecx, edx, eax };

struct Feature {
  std::string_view name;
  unsigned leaf;
  unsigned subleaf;
  Register reg;
  unsigned bit;
  uint64_t state;  // bits of XCR0 that must be set: 6 for AVX, 0xe6 for AVX-512
};

constexpr std::array<Feature, 23> kFeatures = {{
    {"sse3", 1, 0, Register::ecx, 0, 0},
    {"ssse3", 1, 0, Register::ecx, 9, 0},
    {"sse4.1", 1, 0, Register::ecx, 19, 0},
    {"sse4.2", 1, 0, Register::ecx, 20, 0},
    {"popcnt", 1, 0, Register::ecx, 23, 0},
    {"avx", 1, 0, Register::ecx, 28, 6},
    {"avx2", 7, 0, Register::ebx, 5, 6},
    {"bmi", 7, 0, Register::ebx, 3, 0},
    {"bmi2", 7, 0, Register::ebx, 8, 0},
    {"fma", 1, 0, Register::ecx, 12, 6},
    {"f16c", 1, 0, Register::ecx, 29, 6},
    {"avx512f", 7, 0, Register::ebx, 16, 0xe6},
    {"avx512bw", 7, 0, Register::ebx, 30, 0xe6},
    {"avx512cd", 7, 0, Register::ebx, 28, 0xe6},
    {"avx512dq", 7, 0, Register::ebx, 17, 0xe6},
    {"avx512vl", 7, 0, Register::ebx, 31, 0xe6},
    {"avx512ifma", 7, 0, Register::ebx, 21, 0xe6},
    {"avx512vbmi", 7, 0, Register::ecx, 1, 0xe6},
    {"avx512vbmi2", 7, 0, Register::ecx, 6, 0xe6},
    {"avx512vnni", 7, 0, Register::ecx, 11, 0xe6},
    {"avx512bitalg", 7, 0, Register::ecx, 12, 0xe6},
    {"avx512vpopcntdq", 7, 0, Register::ecx, 14, 0xe6},
    {"avx512bf16", 7, 1, Register::eax, 5, 0xe6},
}};

// Which register states the system saves; 0 where it saves none beyond SSE.
uint64_t saved_state() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  constexpr unsigned kOsxsave = 1U << 27;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & kOsxsave) == 0) return 0;
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

bool has_feature(const Feature& feature, uint64_t state) {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid_count(feature.leaf, feature.subleaf, &eax, &ebx, &ecx, &edx) == 0) return false;
  const std::array<unsigned, 4> values = {ebx, ecx, edx, eax};
  const bool there = (values[static_cast<size_t>(feature.reg)] >> feature.bit & 1U) != 0;
  return there && (state & feature.state) == feature.state;
}

#endif

CpuLevel native_level() {
  return {"custom", kLevelCustom, native_cpu_features()};
}

void reject_target(const std::string& target, Diagnostics& diagnostics) {
  const std::string name = target.substr(4);
  const std::string near = nearest_name(name, {"native", "x86-64-v3", "x86-64-v4"});
  diagnostics
      .error("unknown-architecture",
             "target '" + target + "': '" + name + "' is none of native, x86-64-v3, x86-64-v4")
      .hint = near.empty() ? "" : "did you mean 'cpu:" + near + "'?";
}

}  // namespace

std::string native_cpu_features() {
  std::vector<std::string> names;
#if defined(__x86_64__)
  const uint64_t state = saved_state();
  for (const Feature& feature : kFeatures) {
    if (has_feature(feature, state)) names.emplace_back(feature.name);
  }
#endif
  return join(names, ",");
}

std::vector<CpuLevel> parse_cpu_targets(const std::vector<std::string>& targets,
                                        Diagnostics& diagnostics) {
  const CpuLevel v3{"v3", kLevelV3, ""};
  const CpuLevel v4{"v4", kLevelV4, ""};
  std::vector<CpuLevel> levels;
  const auto add = [&](const CpuLevel& level) {
    const bool known = std::any_of(levels.begin(), levels.end(),
                                   [&](const CpuLevel& other) { return other.name == level.name; });
    if (!known) levels.push_back(level);
  };
  for (const std::string& target : targets) {
    const bool all = target == "cpu";
    if (all || target == "cpu:x86-64-v3") add(v3);
    if (all || target == "cpu:x86-64-v4") add(v4);
    if (target == "cpu:native") add(native_level());
    const bool known =
        all || target == "cpu:x86-64-v3" || target == "cpu:x86-64-v4" || target == "cpu:native";
    if (!known && target.starts_with("cpu:")) reject_target(target, diagnostics);
  }
  std::stable_sort(levels.begin(), levels.end(),
                   [](const CpuLevel& a, const CpuLevel& b) { return a.level < b.level; });
  return levels;
}

std::vector<std::string> level_flags(const CpuLevel& level) {
  std::vector<std::string> flags = {"-DTGC_LEVEL=" + level.name};
  bool wide = level.level == kLevelV4;
  if (level.level != kLevelCustom) {
    flags.push_back("-march=" + level_text(level));
  } else {
    flags.emplace_back("-march=x86-64");
    for (const std::string& feature : split(level.features, ',')) {
      if (!feature.empty()) flags.push_back("-m" + feature);
      wide = wide || feature == "avx512vl";
    }
  }
  if (wide) flags.emplace_back("-mprefer-vector-width=512");
  return flags;
}

std::string level_text(const CpuLevel& level) {
  if (level.level == kLevelCustom) return level.features;
  return "x86-64-v" + std::to_string(level.level);
}

std::vector<CpuSource> make_cpu_sources(const CpuUnits& units, const std::vector<CpuLevel>& levels,
                                        const std::vector<std::vector<std::string>>& origins) {
  std::vector<CpuSource> sources;
  for (size_t i = 0; i < units.kernels.size(); ++i) {
    for (const CpuLevel& level : levels) {
      CpuSource source;
      source.name = "kernels_" + std::to_string(i) + "_" + level.name;
      source.text = units.kernels[i];
      source.flags = level_flags(level);
      if (i < origins.size()) source.origins = origins[i];
      sources.push_back(std::move(source));
    }
  }
  sources.push_back({"table", units.table, {}, {}});
  return sources;
}

}  // namespace tgc
