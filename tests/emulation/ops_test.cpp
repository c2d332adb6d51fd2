// SPDX-License-Identifier: Apache-2.0
// The CUDA text of every kernel the op registry's examples lower to, run emulated with all checks
// in three thread orders and held against the kernel interpreter; and the same texts given to
// NVRTC.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <map>

#include "catch2/catch.hpp"
#include "helpers/emulation/emulated_module.h"
#include "helpers/kernel_cases/kernel_cases.h"
#include "helpers/standin/nvrtc_recording.h"
#include "support/file.h"
#include "support/process.h"
#include "targets/cuda/compile.h"
#include "targets/cuda/cuda_emitter.h"
#include "targets/cuda/nvrtc.h"
#include "targets/prelude_headers.h"

namespace tgc {
namespace {

constexpr size_t kKernelsPerText = 60;

struct Program {
  std::vector<KernelCase> cases;
  KernelSet set;
  std::vector<std::string> texts;         // joined, as many kernels each
  std::map<std::string, size_t> text_of;  // kernel name -> text
};

const Program& program() {
  static const Program made = [] {
    Program program;
    program.cases = registry_cases();
    program.set = make_case_set(program.cases, emit_cuda_kernel);
    for (size_t i = 0; i < program.set.kernels.size(); ++i) {
      const UniqueKernel& kernel = program.set.kernels[i];
      if (i % kKernelsPerText == 0) program.texts.emplace_back("#include \"tgc/cuda_prelude.h\"\n");
      program.texts.back() += "\n" + kernel.text;
      program.text_of[kernel.name] = program.texts.size() - 1;
    }
    return program;
  }();
  return made;
}

std::string text_name(size_t text) {
  return "ops_" + std::to_string(text) + ".cu";
}

// One module a text, compiled on all cores.
std::vector<EmulatedModule> build_modules() {
  const std::vector<std::string>& texts = program().texts;
  std::vector<std::optional<EmulatedModule>> built(texts.size());
  std::vector<std::string> errors(texts.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < texts.size(); i = next++) {
      built[i] = EmulatedModule::build({{text_name(i), texts[i]}}, true, errors[i]);
    }
  };
  std::vector<std::future<void>> workers;
  for (int i = 0; i < available_cores(); ++i)
    workers.push_back(std::async(std::launch::async, work));
  for (auto& worker : workers) worker.get();
  std::vector<EmulatedModule> modules;
  for (size_t i = 0; i < texts.size(); ++i) {
    INFO(errors[i].substr(0, 4000));
    REQUIRE(built[i].has_value());
    modules.push_back(std::move(*built[i]));
  }
  return modules;
}

// What one launch of a case leaves behind.
struct Outcome {
  std::string message;  // of the emulation
  std::vector<Tensor> memory;
  KernelFailure failure;
};

Outcome run(const KernelCase& one, const EmittedKernel& emitted, tgc_emulated_entry entry,
            tgc_emulated_mode mode) {
  Outcome outcome;
  outcome.memory = one.before;
  unsigned grid[3];
  unsigned block[3];
  for (size_t axis = 0; axis < 3; ++axis) {
    grid[axis] = static_cast<unsigned>(one.bindings.get(emitted.grid[axis]));
    block[axis] = static_cast<unsigned>(emitted.block[axis]);
    if (grid[axis] == 0) return outcome;  // as the runtime: nothing to do
  }
  int64_t failure[2] = {0, 0};
  std::vector<void*> pointers;
  for (Tensor& tensor : outcome.memory) pointers.push_back(tensor.bytes());
  pointers.push_back(failure);
  std::vector<int64_t> dims = one.dims(emitted);
  std::vector<void*> args;
  for (size_t i = 0; i + 1 < pointers.size(); ++i) args.push_back(&pointers[i]);
  for (int64_t& dim : dims) args.push_back(&dim);
  args.push_back(&pointers.back());
  for (size_t i = 0; i < outcome.memory.size(); ++i) {
    tgc_emulated_register_buffer(pointers[i], static_cast<size_t>(outcome.memory[i].byte_size()),
                                 one.kernel.params[i].name.c_str());
  }
  tgc_emulated_register_buffer(failure, sizeof failure, "failure");
  const char* message = tgc_emulated_launch(
      entry, grid, block, static_cast<size_t>(emitted.scratch), args.data(), &mode);
  if (message != nullptr) outcome.message = message;
  for (void* pointer : pointers) tgc_emulated_unregister_buffer(pointer);
  outcome.failure = {static_cast<int>(failure[0]), failure[1]};
  return outcome;
}

// Floating-point sums of atomics depend on their order.
bool is_deterministic(const Kernel& kernel) {
  const auto* nest = std::get_if<LoopNest>(&kernel.body);
  return nest == nullptr || !nest->conflicts;
}

std::string check_variant(const KernelCase& one, const EmittedKernel& emitted,
                          tgc_emulated_entry entry) {
  std::vector<Tensor> first;
  for (const tgc_emulated_mode mode :
       {tgc_emulated_mode{TGC_EMULATED_FORWARD, 0}, tgc_emulated_mode{TGC_EMULATED_REVERSE, 0},
        tgc_emulated_mode{TGC_EMULATED_SEEDED, 20240229}}) {
    const Outcome outcome = run(one, emitted, entry, mode);
    const std::string order = "order " + std::to_string(mode.order) + ": ";
    if (!outcome.message.empty()) return order + one.what + ": " + outcome.message;
    const std::string text = one.difference(outcome.memory, outcome.failure);
    if (!text.empty()) return order + text;
    if (first.empty()) first = outcome.memory;
    if (one.failure.code == 0 && is_deterministic(one.kernel) && !(first == outcome.memory)) {
      return order + one.what + ": other bits than in forward order";
    }
  }
  return "";
}

}  // namespace

TEST_CASE("emulated kernels of every op agree with the interpreter in every thread order") {
  const std::vector<EmulatedModule> modules = build_modules();
  const Program& all = program();
  std::map<std::string, int> failed;  // by kernel, so that one mistake is told once
  for (size_t i = 0; i < all.cases.size(); ++i) {
    const KernelSet::Use& use = all.set.uses[i];
    for (size_t variant = 0; variant < use.variants.size(); ++variant) {
      if (all.cases[i].bindings.get(use.variants[variant].needs) == 0) continue;
      const std::string& name = all.set.kernels[static_cast<size_t>(use.kernels[variant])].name;
      const tgc_emulated_entry entry = modules[all.text_of.at(name)].kernel(name);
      REQUIRE(entry != nullptr);
      const std::string text = check_variant(all.cases[i], use.variants[variant], entry);
      if (text.empty() || failed[name]++ > 0) continue;
      UNSCOPED_INFO(all.set.kernels[static_cast<size_t>(use.kernels[variant])].text);
      CHECK(name + ": " + text == "");
    }
  }
  WARN(all.cases.size() << " cases, " << all.set.kernels.size() << " kernels");
}

TEST_CASE("NVRTC accepts the very texts that are emulated without a warning", "[.nvrtc]") {
  Diagnostics diagnostics;
  const auto real = Nvrtc::load(CudaSearch{}, diagnostics);
  if (real == nullptr) {
    std::puts("skipped: NVRTC (libnvrtc.so.13) was not found");
    std::exit(77);
  }
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-recorded-", error);
  REQUIRE(folder.has_value());
  for (const auto& [name, value] : recording_variables(real->facts().path, folder->path())) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  const auto nvrtc = Nvrtc::load(CudaSearch{}, diagnostics);
  REQUIRE(nvrtc != nullptr);
  std::vector<std::string> flags = default_nvrtc_flags(nvrtc->facts());
  flags.emplace_back("-fmad=false");
  for (size_t i = 0; i < program().texts.size(); ++i) {
    const NvrtcResult result =
        nvrtc->compile(program().texts[i], text_name(i), {75, true}, cuda_prelude_headers(), flags);
    INFO(result.log.substr(0, 4000));
    CHECK(result.ok);
    CHECK(result.log.empty());
  }
  std::vector<EmulatedText> texts;
  for (const std::string& text : program().texts) texts.push_back({"ops.cu", text});
  CHECK(recorded_hashes(folder->path()) == emulated_hashes(texts));
}

}  // namespace tgc
