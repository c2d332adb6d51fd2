// SPDX-License-Identifier: Apache-2.0
// See processor.h.
#include "processor.h"

#include <cstring>

namespace tgc::runtime {
namespace {

bool has_feature(const std::string& name) {
#define TGC_FEATURE(feature) \
  if (name == (feature)) return __builtin_cpu_supports(feature) != 0;
  TGC_FEATURE("sse3")
  TGC_FEATURE("ssse3")
  TGC_FEATURE("sse4.1")
  TGC_FEATURE("sse4.2")
  TGC_FEATURE("popcnt")
  TGC_FEATURE("avx")
  TGC_FEATURE("avx2")
  TGC_FEATURE("bmi")
  TGC_FEATURE("bmi2")
  TGC_FEATURE("fma")
  TGC_FEATURE("f16c")
  TGC_FEATURE("avx512f")
  TGC_FEATURE("avx512bw")
  TGC_FEATURE("avx512cd")
  TGC_FEATURE("avx512dq")
  TGC_FEATURE("avx512vl")
  TGC_FEATURE("avx512ifma")
  TGC_FEATURE("avx512vbmi")
  TGC_FEATURE("avx512vbmi2")
  TGC_FEATURE("avx512vnni")
  TGC_FEATURE("avx512bitalg")
  TGC_FEATURE("avx512vpopcntdq")
  TGC_FEATURE("avx512bf16")
#undef TGC_FEATURE
  return false;  // an unknown feature cannot be shown to be there
}

bool has_all(const char* list) {
  std::string name;
  for (const char* c = list;; ++c) {
    if (*c != ',' && *c != '\0') {
      name += *c;
      continue;
    }
    if (!name.empty() && !has_feature(name)) return false;
    name.clear();
    if (*c == '\0') return true;
  }
}

}  // namespace

bool processor_has(const tgc_cpu_level& level) {
  __builtin_cpu_init();
  constexpr const char* kV3 = "avx,avx2,bmi,bmi2,f16c,fma,sse4.2,popcnt";
  constexpr const char* kV4 = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl";
  switch (level.level) {
    case TGC_LEVEL_X86_64_V3:
      return has_all(kV3);
    case TGC_LEVEL_X86_64_V4:
      return has_all(kV3) && has_all(kV4);
    case TGC_LEVEL_CUSTOM:
      return level.features != nullptr && has_all(level.features);
    default:
      return false;
  }
}

std::string level_text(const tgc_cpu_level& level) {
  if (level.level == TGC_LEVEL_X86_64_V3) return "x86-64-v3";
  if (level.level == TGC_LEVEL_X86_64_V4) return "x86-64-v4";
  return level.features != nullptr ? level.features : "unknown";
}

}  // namespace tgc::runtime
