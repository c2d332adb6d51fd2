// SPDX-License-Identifier: Apache-2.0
// The CPU code of every kernel the op registry's examples lower to, compiled to one library for
// x86-64-v3 and v4 and held against the kernel interpreter; cut into tasks in two ways, which must
// not change a bit.
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "catch2/catch.hpp"
#include "helpers/kernel_cases/kernel_cases.h"
#include "targets/cpu/cpu_emitter.h"
#include "targets/cpu/host_compiler.h"
#include "targets/cpu/levels.h"
#include "targets/prelude_headers.h"
#include "tgc/bundle_abi.h"

namespace tgc {
namespace {

namespace fs = std::filesystem;

constexpr size_t kKernelsPerUnit = 60;

bool runs_here(uint32_t level) {
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                  __builtin_cpu_supports("bmi2");
  if (level == TGC_LEVEL_X86_64_V3) return v3;
  return v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}

std::string first_message(const Diagnostics& diagnostics) {
  return diagnostics.all().empty() ? "" : diagnostics.all()[0].message.substr(0, 4000);
}

// The exported table of all kernels of the set, for both levels.
const tgc_cpu_table* build_and_load(const KernelSet& set) {
  Diagnostics diagnostics;
  const auto levels = parse_cpu_targets({"cpu"}, diagnostics);
  const auto compiler = find_host_compiler("", process_environment(), diagnostics);
  INFO(first_message(diagnostics));
  REQUIRE(compiler.has_value());
  const size_t units = (set.kernels.size() + kKernelsPerUnit - 1) / kKernelsPerUnit;
  CpuCompileOptions options;
  options.headers = cpu_prelude_headers();
  const auto library =
      build_cpu_library(make_cpu_sources(make_cpu_units(set, levels, "ops", units), levels),
                        "libops.so", *compiler, options, {}, diagnostics);
  INFO(first_message(diagnostics));
  REQUIRE(library.has_value());
  CHECK(library->warnings == "");
  std::string folder = (fs::temp_directory_path() / "tgc-ops-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const fs::path path = fs::path(folder) / "libops.so";
  std::ofstream(path, std::ios::binary) << library->bytes;
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  fs::remove_all(folder);
  REQUIRE(handle != nullptr);
  return static_cast<const tgc_cpu_table*>(dlsym(handle, "tgc_code_ops"));
}

struct Outcome {
  std::vector<Tensor> memory;
  KernelFailure failure;
};

// All tasks at once, or one after the other from the last to the first.
Outcome run(const KernelCase& one, const EmittedKernel& emitted, tgc_cpu_kernel kernel,
            bool one_by_one) {
  Outcome outcome{one.before, {}};
  std::vector<void*> buffers;
  for (Tensor& tensor : outcome.memory) buffers.push_back(tensor.bytes());
  const std::vector<int64_t> dims = one.dims(emitted);
  int64_t failure[2] = {0, 0};
  const auto scratch_size = static_cast<size_t>((emitted.scratch + 64) / 64 * 64);
  const std::unique_ptr<void, decltype(&std::free)> scratch(std::aligned_alloc(64, scratch_size),
                                                            &std::free);
  const tgc_kernel_call call = {buffers.data(), dims.data(), scratch.get(), failure};
  const int64_t tasks = one.bindings.get(emitted.tasks);
  if (one_by_one) {
    for (int64_t task = tasks; task-- > 0;) kernel(&call, task, task + 1);
  } else {
    kernel(&call, 0, tasks);
  }
  outcome.failure = {static_cast<int>(failure[0]), failure[1]};
  return outcome;
}

std::string check(const KernelCase& one, const EmittedKernel& emitted, tgc_cpu_kernel kernel) {
  const Outcome whole = run(one, emitted, kernel, false);
  std::string text = one.difference(whole.memory, whole.failure);
  if (!text.empty() || one.failure.code != 0) return text;
  const Outcome parts = run(one, emitted, kernel, true);
  if (!(parts.memory == whole.memory)) return one.what + ": other bits task by task";
  return "";
}

}  // namespace

TEST_CASE("CPU kernels of every op agree with the interpreter at each level") {
  const std::vector<KernelCase> cases = registry_cases();
  const KernelSet set = make_case_set(cases, [](const Kernel& kernel) {
    return std::vector<EmittedKernel>{emit_cpu_kernel(kernel)};
  });
  const tgc_cpu_table* table = build_and_load(set);
  REQUIRE(table != nullptr);
  REQUIRE(table->kernel_count == set.kernels.size());
  REQUIRE(table->level_count == 2);
  for (uint32_t number = 0; number < table->level_count; ++number) {
    const tgc_cpu_level& level = table->levels[number];
    if (!runs_here(level.level)) {
      WARN("this machine cannot run level " << level.level);
      continue;
    }
    std::map<int, int> failed;  // by kernel, so that one mistake is told once
    for (size_t i = 0; i < cases.size(); ++i) {
      const int kernel = set.uses[i].kernels.at(0);
      const std::string text = check(cases[i], set.uses[i].variants[0], level.kernels[kernel]);
      if (text.empty() || failed[kernel]++ > 0) continue;
      UNSCOPED_INFO(set.kernels[static_cast<size_t>(kernel)].text);
      CHECK("level " + std::to_string(level.level) + ": " + text == "");
    }
  }
  WARN(cases.size() << " cases, " << set.kernels.size() << " kernels");
}

}  // namespace tgc
