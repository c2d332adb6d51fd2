// SPDX-License-Identifier: Apache-2.0
// Every packed case: launched with the memory it wants, several times, and held against what the
// interpreter expects. Memory is guarded on both sides, so what is written outside shows too.
#include <cstring>
#include <iostream>
#include <map>

#include "cuda/driver_api.h"
#include "cuda/gpu.h"
#include "failure.h"
#include "gpu/case_file.h"
#include "gpu/runner.h"
#include "gpu/values.h"
#include "tgc/bundle_abi.h"

namespace tgc::gpu {
namespace {

using runtime::CuFunction;
using runtime::CuModule;
using runtime::CuPointer;
using runtime::Current;
using runtime::CuStream;
using runtime::Gpu;

constexpr size_t kGuard = 256;  // bytes before and after each buffer
constexpr char kGuardByte = '\x5a';
constexpr uint32_t kMinimumDriver = 13000;

// Device memory of one buffer.
class DeviceBuffer {
 public:
  DeviceBuffer(Gpu& gpu, size_t bytes, size_t guard) : gpu_(gpu), guard_(guard), bytes_(bytes) {
    memory_ = reinterpret_cast<CuPointer>(gpu.allocate(bytes + 2 * guard + (bytes == 0), "a case"));
  }
  ~DeviceBuffer() { gpu_.release(reinterpret_cast<void*>(memory_)); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  [[nodiscard]] CuPointer pointer() const { return memory_ + guard_; }
  void fill(const std::string& bytes, CuStream stream) {
    const std::string guard(guard_, kGuardByte);
    const std::string whole = guard + bytes + guard;
    if (whole.empty()) return;
    gpu_.api().check(gpu_.api().upload(memory_, whole.data(), whole.size(), stream), "upload");
  }
  // False where a guard was written.
  bool read(std::string& bytes, CuStream stream) const {
    std::string whole(bytes_ + 2 * guard_, '\0');
    if (!whole.empty()) {
      gpu_.api().check(gpu_.api().download(whole.data(), memory_, whole.size(), stream),
                       "download");
      gpu_.api().check(gpu_.api().stream_synchronize(stream), "the GPU stopped");
    }
    bytes = whole.substr(guard_, bytes_);
    const std::string guard(guard_, kGuardByte);
    return whole.compare(0, guard_, guard) == 0 &&
           whole.compare(guard_ + bytes_, guard_, guard) == 0;
  }

 private:
  Gpu& gpu_;
  size_t guard_;
  size_t bytes_;
  CuPointer memory_ = 0;
};

struct Outcome {
  std::vector<std::string> memory;
  int64_t failure[2] = {0, 0};
  std::string guards;  // a buffer outside of which something was written
};

class KernelRun {
 public:
  KernelRun(const RunOptions& options, const CaseFile& file, const std::string& fatbin)
      : options_(options), file_(file), gpu_(Gpu::open("cuda0", kMinimumDriver)) {
    // as the driver wants it: at a multiple of 8
    image_.resize(fatbin.size() / 8 + 1);
    std::memcpy(image_.data(), fatbin.data(), fatbin.size());
    fatbin_bytes_ = fatbin.size();
    const Current current(*gpu_);
    gpu_->api().check(gpu_->api().stream_create(&stream_, 1), "a stream");
  }
  ~KernelRun() {
    runtime::CuContext ignored = nullptr;
    if (gpu_->api().context_push(gpu_->context()) != 0) return;
    for (const auto& [number, module] : modules_) gpu_->api().module_unload(module);
    gpu_->api().stream_destroy(stream_);
    gpu_->api().context_pop(&ignored);
  }
  KernelRun(const KernelRun&) = delete;
  KernelRun& operator=(const KernelRun&) = delete;

  // "" or what is wrong.
  std::string check(const LaunchCase& one) {
    const Current current(*gpu_);
    const bool has_blocks = one.grid[0] > 0 && one.grid[1] > 0 && one.grid[2] > 0;
    Outcome first;
    for (int repeat = 0; repeat < options_.repeats; ++repeat) {
      const Outcome outcome = launch(one, has_blocks);
      if (options_.is_bare) continue;
      const std::string text = compare(one, outcome);
      if (!text.empty()) return text;
      if (repeat == 0) first = outcome;
      const bool must_repeat = one.is_deterministic && one.failure_code == 0;
      if (must_repeat && outcome.memory != first.memory) return "other bits in another repetition";
    }
    is_exact_ = !options_.is_bare && one.failure_code == 0;
    for (size_t i = 0; is_exact_ && i < one.buffers.size(); ++i) {
      is_exact_ = first.memory[i] == one.buffers[i].after;
    }
    return "";
  }
  // The last case had the very bits of the interpreter.
  [[nodiscard]] bool is_exact() const { return is_exact_; }

 private:
  CuFunction function(const LaunchCase& one) {
    CuFunction& known = functions_[one.kernel];
    if (known != nullptr) return known;
    CuModule& module = modules_[one.module];
    if (module == nullptr) {
      const CaseModule& place = file_.modules[one.module];
      if (place.offset > fatbin_bytes_ || place.bytes > fatbin_bytes_ - place.offset) {
        runtime::fail(TGC_ERROR_FILE, "kernels.fatbin is too short");
      }
      gpu_->api().check(gpu_->api().module_load(
                            &module, reinterpret_cast<const char*>(image_.data()) + place.offset),
                        "cannot load module " + std::to_string(one.module));
    }
    gpu_->api().check(gpu_->api().module_function(&known, module, one.kernel.c_str()),
                      "no kernel " + one.kernel);
    return known;
  }

  Outcome launch(const LaunchCase& one, bool has_blocks) {
    const size_t guard = options_.is_bare ? 0 : kGuard;
    std::vector<std::unique_ptr<DeviceBuffer>> buffers;
    std::vector<CuPointer> pointers;
    for (const CaseBuffer& buffer : one.buffers) {
      buffers.push_back(std::make_unique<DeviceBuffer>(*gpu_, buffer.before.size(), guard));
      if (!options_.is_bare || buffer.access != kWrite)
        buffers.back()->fill(buffer.before, stream_);
      pointers.push_back(buffers.back()->pointer());
    }
    DeviceBuffer failure(*gpu_, 16, 0);
    failure.fill(std::string(16, '\0'), stream_);
    std::vector<uint64_t> values;
    for (const CaseArgument& argument : one.arguments) {
      values.push_back(argument.buffer == kNumber ? argument.number
                       : argument.buffer == kFailureWord
                           ? failure.pointer()
                           : pointers[static_cast<size_t>(argument.buffer)]);
    }
    std::vector<void*> args;
    for (uint64_t& value : values) args.push_back(&value);
    args.push_back(nullptr);
    if (has_blocks) {
      gpu_->api().check(gpu_->api().launch(function(one), one.grid[0], one.grid[1], one.grid[2],
                                           one.block[0], one.block[1], one.block[2],
                                           one.shared_bytes, stream_, args.data(), nullptr),
                        "cannot launch " + one.kernel);
    }
    gpu_->api().check(gpu_->api().stream_synchronize(stream_), "the GPU stopped");
    Outcome outcome;
    if (options_.is_bare) return outcome;
    for (size_t i = 0; i < buffers.size(); ++i) {
      outcome.memory.emplace_back();
      if (!buffers[i]->read(outcome.memory.back(), stream_)) outcome.guards = one.buffers[i].name;
    }
    std::string words;
    failure.read(words, stream_);
    std::memcpy(outcome.failure, words.data(), sizeof outcome.failure);
    return outcome;
  }

  static std::string compare(const LaunchCase& one, const Outcome& outcome) {
    if (!outcome.guards.empty()) return "writes outside of " + outcome.guards;
    if (outcome.failure[0] != one.failure_code || outcome.failure[1] != one.failure_value) {
      return "fails with code " + std::to_string(outcome.failure[0]) + ", value " +
             std::to_string(outcome.failure[1]) + "; expected " + std::to_string(one.failure_code) +
             ", " + std::to_string(one.failure_value);
    }
    if (one.failure_code != 0) return "";
    for (size_t i = 0; i < one.buffers.size(); ++i) {
      const CaseBuffer& buffer = one.buffers[i];
      if (buffer.access == kRead) {
        if (outcome.memory[i] != buffer.before) return buffer.name + " changes";
        continue;
      }
      const std::string text =
          difference(buffer.dtype, outcome.memory[i], buffer.after, one.tolerance);
      if (!text.empty()) return buffer.name + " " + text;
    }
    return "";
  }

  const RunOptions& options_;
  const CaseFile& file_;
  std::shared_ptr<Gpu> gpu_;
  std::vector<uint64_t> image_;
  size_t fatbin_bytes_ = 0;
  CuStream stream_ = nullptr;
  std::map<uint32_t, CuModule> modules_;
  std::map<std::string, CuFunction> functions_;
  bool is_exact_ = false;
};

bool is_lost(const std::string& message) {
  return message.find("no GPU call of this process") != std::string::npos;
}

}  // namespace

int run_kernels(const RunOptions& options) {
  Session session(options);
  CaseFile file;
  if (!read_case_file(read_whole_file(options.folder + "/cases.bin"), file)) {
    std::cerr << "runner: " << options.folder << "/cases.bin is damaged\n";
    return 3;
  }
  KernelRun run(options, file, read_whole_file(options.folder + "/kernels.fatbin"));
  size_t passed = 0;
  size_t exact = 0;
  size_t failed = 0;
  size_t left_out = file.left_out;
  int exit_code = 0;
  for (size_t i = options.from; i < file.cases.size(); ++i) {
    const LaunchCase& one = file.cases[i];
    if (i % options.every != 0 || session.is_over_budget()) {
      ++left_out;
      continue;
    }
    std::string text;
    try {
      text = run.check(one);
    } catch (const runtime::Failure& failure) {
      text = failure.message;
    }
    if (text.empty()) {
      ++passed;
      exact += run.is_exact() ? 1 : 0;
      continue;
    }
    ++failed;
    exit_code = 1;
    session.add({"kernels", one.what, "failed", one.kernel, "", text});
    if (!is_lost(text)) continue;
    std::cout << "fault at case " << i << "\n";
    exit_code = kFaultExit;
    left_out += file.cases.size() - i - 1;
    break;
  }
  const std::string first = options.from > 0 ? " from case " + std::to_string(options.from) : "";
  session.add({"kernels", "cases" + first, "passed", std::to_string(passed), "",
               std::to_string(exact) + " with the interpreter's very bits; " +
                   std::to_string(options.repeats) + " repetitions"});
  session.add({"kernels", "cases" + first, "failed", std::to_string(failed), "", ""});
  session.add({"kernels", "cases" + first, "left out", std::to_string(left_out), "",
               fixed(session.seconds(), 1) + " s; code of " + file.compiler + " for " +
                   file.architectures});
  return exit_code;
}

}  // namespace tgc::gpu
