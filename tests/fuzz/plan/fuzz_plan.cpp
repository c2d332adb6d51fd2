// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the bytes are a plan file. Digests are not asked for and the length is put right, so
// that it is the checks of the plan that are tested, not its checksum. Whatever the bytes hold,
// opening must end in a failure or in an engine whose functions may be described, bound and, with
// kernels that do nothing, called.
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "binding.h"
#include "tgc/runtime.h"

extern const bool fuzz_keeps_length = true;

extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1";  // sizes nobody has are an error, not the end
}

const std::vector<std::string>& fuzz_words() {
  static const auto words = [] {
    std::vector<std::string> made;
    const auto add = [&](auto value) {
      made.emplace_back(reinterpret_cast<const char*>(&value), sizeof value);
    };
    for (const uint32_t value :
         {0U,  1U,  2U,  3U,  4U,   5U,    6U,          7U,          8U,          11U,
          12U, 16U, 17U, 64U, 100U, 1000U, 0x7fffffffU, 0x80000000U, 0xfffffffeU, 0xffffffffU}) {
      add(value);
    }
    for (const uint64_t value :
         {uint64_t{0}, uint64_t{1}, uint64_t{8}, uint64_t{32}, uint64_t{1} << 20, uint64_t{1} << 31,
          uint64_t{1} << 32, uint64_t{1} << 61, uint64_t{1} << 63, (uint64_t{1} << 63) - 1,
          ~uint64_t{0}, ~uint64_t{0} - 63}) {
      add(value);
    }
    for (const uint8_t value : {uint8_t{0}, uint8_t{1}, uint8_t{255}}) add(value);
    return made;
  }();
  return words;
}

namespace {

using tgc::runtime::Program;

constexpr int64_t kDim = 3;  // for each dim that is free
constexpr size_t kMostBytes = size_t{1} << 20;
constexpr int64_t kMostIterations = 1000;

// A bundle folder that goes with the process: weights that are all zero, code that does nothing,
// and a plan that is written anew for each input.
class Folder {
 public:
  Folder() {
    char pattern[] = "/tmp/tgc-fuzz-plan-XXXXXX";
    if (mkdtemp(pattern) == nullptr) std::abort();
    path_ = pattern;
    std::ofstream(path_ + "/weights.safetensors", std::ios::binary) << std::string(65536, '\0');
    for (const char* name : kCode) {
      if (symlink(TGC_FUZZ_CODE, (path_ + name).c_str()) != 0) std::abort();
    }
    plan_ = open((path_ + "/fuzz.plan").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (plan_ < 0) std::abort();
  }
  ~Folder() {
    close(plan_);
    for (const char* name : kCode) unlink((path_ + name).c_str());
    for (const char* name : {"/weights.safetensors", "/fuzz.plan"}) unlink((path_ + name).c_str());
    rmdir(path_.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // In the file that is there: a new one each time would wait for the disk.
  void write_plan(const std::string& bytes) const {
    const auto size = static_cast<ssize_t>(bytes.size());
    if (pwrite(plan_, bytes.data(), bytes.size(), 0) != size || ftruncate(plan_, size) != 0) {
      std::abort();
    }
  }
  [[nodiscard]] const char* path() const { return path_.c_str(); }

 private:
  // of the models of the corpus
  static constexpr const char* kCode[] = {"/libcontrol.so", "/liblinear.so", "/libmixed.so"};
  std::string path_;
  int plan_ = -1;
};

// One for all inputs, which run in child processes one after the other: it goes with the parent.
const Folder folder;

std::string repaired(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  tgc_plan_header header;
  if (bytes.size() < sizeof header) return bytes;
  std::memcpy(&header, bytes.data(), sizeof header);
  std::memcpy(header.magic, TGC_PLAN_MAGIC, sizeof header.magic);
  header.version = TGC_PLAN_VERSION;
  header.file_bytes = bytes.size();
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

// Arguments of the dims a plan states; nothing if they would be large.
bool make_inputs(const tgc_engine* engine, uint32_t function, uint32_t count,
                 std::vector<tgc_tensor>& inputs, std::vector<std::vector<char>>& memory) {
  size_t total = 0;
  for (uint32_t i = 0; i < count; ++i) {
    tgc_value_info info = {};
    if (tgc_input_describe(engine, function, i, &info, nullptr) != TGC_OK) std::abort();
    tgc_tensor tensor = {};
    tensor.dtype = info.dtype;
    tensor.rank = info.rank;
    size_t bytes = 8;
    for (uint32_t axis = 0; axis < info.rank; ++axis) {
      tensor.dims[axis] = info.dims[axis] < 0 ? kDim : info.dims[axis];
      if (__builtin_mul_overflow(bytes, static_cast<size_t>(tensor.dims[axis]), &bytes)) {
        return false;
      }
    }
    total += std::min(bytes, kMostBytes + 1);
    if (bytes > kMostBytes || total > kMostBytes) return false;
    memory.emplace_back(std::max<size_t>(bytes, 8));
    tensor.data = memory.back().data();
    inputs.push_back(tensor);
  }
  return true;
}

// Whether the kernels that do nothing come to an end soon, in little memory.
bool is_small(tgc_engine* engine, uint32_t function, const std::vector<tgc_tensor>& inputs) {
  const auto& entry = engine->engine.function(function);
  tgc::runtime::BindingKey key;
  tgc::runtime::make_key(engine->engine, entry, inputs.data(), key);
  const auto binding = tgc::runtime::make_binding(engine->engine, entry, key);
  int64_t iterations = 1;
  for (const auto& step : binding.steps) {
    if (__builtin_mul_overflow(iterations, std::max<int64_t>(step.count, 1), &iterations)) {
      return false;
    }
    if (step.tasks > kMostIterations) return false;
  }
  for (const auto& buffer : entry.program->buffers) {
    if (binding.exprs[buffer.bytes] > static_cast<int64_t>(kMostBytes)) return false;
  }
  return iterations <= kMostIterations && binding.host_arena <= kMostBytes;
}

void use_function(tgc_engine* engine, tgc_context* context, uint32_t function) {
  tgc_function_info info = {};
  if (tgc_function_describe(engine, function, &info, nullptr) != TGC_OK) std::abort();
  for (uint32_t i = 0; i < info.output_count; ++i) {
    tgc_value_info value = {};
    if (tgc_output_describe(engine, function, i, &value, nullptr) != TGC_OK) std::abort();
  }
  std::vector<tgc_tensor> inputs;
  std::vector<std::vector<char>> memory;
  if (!make_inputs(engine, function, info.input_count, inputs, memory)) return;
  uint64_t bytes = 0;
  const tgc_status status =
      tgc_memory_need(context, function, inputs.data(), info.input_count, &bytes, nullptr);
  if (status != TGC_OK || !is_small(engine, function, inputs)) return;
  std::vector<tgc_tensor> outputs(info.output_count);
  tgc_call(context, function, inputs.data(), info.input_count, outputs.data(), info.output_count,
           nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  folder.write_plan(repaired(data, size));
  tgc_options options = {};
  options.size = sizeof options;
  options.device = "cpu";
  options.threads = 1;
  options.check_digests = -1;
  tgc_engine* engine = nullptr;
  if (tgc_engine_open(folder.path(), &options, &engine, nullptr) != TGC_OK) return 0;
  tgc_context* context = nullptr;
  if (tgc_context_new(engine, nullptr, &context, nullptr) == TGC_OK) {
    for (uint32_t i = 0; i < tgc_function_count(engine); ++i) use_function(engine, context, i);
    tgc_context_free(context);
  }
  tgc_engine_close(engine);
  return 0;
}
