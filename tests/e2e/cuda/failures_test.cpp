// SPDX-License-Identifier: Apache-2.0
// Everything that can go wrong with a GPU and its driver, provoked on the stand-in: what `tgc run`
// prints and exits with, what `tgc doctor` and tgc_bundle_check answer, and that the state is left
// as it was.
#include "catch2/catch.hpp"
#include "e2e/cuda/compiled_model.h"
#include "support/process.h"

namespace tgc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

constexpr const char* kMixed = "tests/e2e/cuda/mixed.json";
constexpr const char* kDigits = "samples/digits/model.json";

std::string replace(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

// Output and exit code of `tgc ARGUMENTS` with the stand-in failing as asked.
std::string run_tgc(const CompiledModel& model, const std::string& failure,
                    std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), TGC_COMMAND);
  Command command{std::move(arguments), "", {}};
  for (const auto& [name, value] : standin_variables(model, {{"TGC_STANDIN_FAIL", failure}})) {
    command.environment.emplace_back(name, value);
  }
  const ProcessResult result = run_command(command);
  return replace(result.output, model.bundle, "BUNDLE") + "exit " +
         std::to_string(result.exit_code);
}

std::string bytes_of(const std::string& path) {
  std::error_code error;
  return read_file(path, error).value_or("unreadable");
}

std::string state_file() {
  return join_path(work_folder().path(), "state.safetensors");
}

std::string run_grow(const CompiledModel& model, const std::string& failure) {
  return run_tgc(model, failure,
                 {"run", model.bundle, "grow", "--isolated", "--device", "cuda0", "--in",
                  "row=[1, 2, 3]", "-q", "--save-state", state_file()});
}

const std::string kLost =
    "no GPU call of this process will succeed any more: start it again from the last saved state; "
    "compute-sanitizer names a faulty kernel, the system's log (Xid) faulty hardware";
const std::string kMemory =
    "give smaller inputs, lower gpuarray.preallocate, or see in nvidia-smi who holds the memory";

struct Expectation {
  std::string failure;
  std::string message;  // with its code
};

const std::vector<Expectation> kExpectations = {
    {"no-device",
     "the CUDA driver cannot start: CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected); see "
     "what nvidia-smi lists and CUDA_VISIBLE_DEVICES hides; a container must be given its GPUs "
     "[device-unavailable]"},
    {"driver-mismatch",
     "the CUDA driver cannot start: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (system has unsupported "
     "display driver / cuda driver combination); the driver was updated while it ran: restart the "
     "machine [device-unavailable]"},
    {"old-driver",
     "the CUDA driver is too old: it supports CUDA 12.2, the bundle needs CUDA 13.0; install a "
     "newer driver [device-unavailable]"},
    {"busy-device",
     "cannot open a context on cuda0: CUDA_ERROR_DEVICE_UNAVAILABLE (CUDA-capable device(s) is/are "
     "busy or unavailable); another process holds the GPU alone: nvidia-smi lists processes and "
     "compute modes [device-unavailable]"},
    {"wrong-architecture",
     "BUNDLE/mixed.fatbin has no code for cuda0, which is sm_70; tgc makes code for sm_75 and "
     "newer: run it with device=cpu [device-unavailable]"},
    {"unsupported-ptx",
     "cannot load kernel KERNEL of BUNDLE/mixed.fatbin: CUDA_ERROR_UNSUPPORTED_PTX_VERSION (the "
     "provided PTX was compiled with an unsupported toolchain.); install a newer driver, or "
     "compile the bundle with --target cuda:sm_NN for this GPU, which needs none of the PTX "
     "[device-unavailable]"},
    {"full-at-load",
     "cannot load kernel KERNEL of BUNDLE/mixed.fatbin: CUDA_ERROR_OUT_OF_MEMORY (out of "
     "memory); " +
         kMemory + " [out-of-memory]"},
    {"unknown-function",
     "BUNDLE/mixed.fatbin has no kernel KERNEL: CUDA_ERROR_NOT_FOUND (named symbol not found); "
     "compile the bundle again [device-unavailable]"},
    {"out-of-memory",
     "out of memory on cuda0: 20 bytes wanted for a constant, 0 of 1073741824 free: "
     "CUDA_ERROR_OUT_OF_MEMORY (out of memory); " +
         kMemory + " [out-of-memory]"},
    {"out-of-host-memory",
     "cannot pin 32 bytes of host memory for failure words: CUDA_ERROR_OUT_OF_MEMORY (out of "
     "memory); " +
         kMemory + " [out-of-memory]"},
    {"launch-failure:1",
     "cannot launch kernel KERNEL on cuda0 (grid 1×1×1, block 256×1×1): "
     "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (too many resources requested for launch); the kernel "
     "wants more registers or shared memory than this GPU has: compile the bundle for it with "
     "--target cuda:sm_NN [device-unavailable]"},
    {"lost-device:1",
     "cuda0 stopped with an error: CUDA_ERROR_LAUNCH_FAILED (unspecified launch failure); " +
         kLost + " [device-unavailable]"},
};

// The word after "kernel " as KERNEL: its name is the compiler's choice.
std::string without_kernel_name(std::string text) {
  const size_t at = text.find(" kernel ");
  if (at == std::string::npos) return text;
  const size_t begin = at + 8;
  return text.replace(begin, text.find_first_of(" :", begin) - begin, "KERNEL");
}

std::map<std::string, Array> state_of(Context& context, const Engine& engine) {
  std::map<std::string, Array> values;
  for (const ValueInfo& shared : engine.shared()) {
    values.emplace(shared.name, context.state().value(shared.name));
  }
  return values;
}

std::string changed(const std::map<std::string, Array>& before,
                    const std::map<std::string, Array>& after) {
  for (const auto& [name, value] : before) {
    if (!same_bits(value, after.at(name))) return name;
  }
  return "nothing";
}

std::vector<Array> batch() {
  return {random_floats({4, 64}, 1), random_numbers<int32_t>({4}, 10, 2)};
}

}  // namespace

TEST_CASE("each failure of the driver ends `tgc run` with 3, its own message and the old state") {
  const CompiledModel& model = compiled(kMixed);
  REQUIRE_THAT(run_grow(model, ""), EndsWith("exit 0"));
  const std::string saved = bytes_of(state_file());
  REQUIRE(saved.size() > 100);
  for (const Expectation& expected : kExpectations) {
    INFO(expected.failure);
    CHECK(without_kernel_name(run_grow(model, expected.failure)) ==
          "error: " + expected.message + "\nexit 3");
    CHECK(bytes_of(state_file()) == saved);
  }
}

TEST_CASE("the doctor tells of each failure before a call does") {
  const CompiledModel& model = compiled(kMixed);
  CHECK_THAT(run_tgc(model, "", {"doctor", model.bundle, "--isolated"}),
             Contains("cuda0  runs: native code, sm_90"));
  for (const Expectation& expected : kExpectations) {
    const bool is_of_calls = expected.failure.find("launch") == 0 ||
                             expected.failure.find("lost") == 0 ||
                             expected.failure.find("out-of") == 0;
    if (is_of_calls) continue;
    INFO(expected.failure);
    const std::string cause = expected.message.substr(0, expected.message.find(" kernel "));
    CHECK_THAT(run_tgc(model, expected.failure, {"doctor", model.bundle, "--isolated"}),
               Contains("cuda0  ") && Contains(cause.substr(0, cause.rfind(" ["))) &&
                   !Contains("cuda0  runs"));
  }
}

TEST_CASE("a bundle check loads every kernel and runs none") {
  const CompiledModel& model = compiled(kMixed);
  const std::string loads = join_path(work_folder().path(), "checked");
  const std::string launches = join_path(work_folder().path(), "launched");
  const Environment environment =
      standin(model, {{"TGC_STANDIN_LOADS", loads}, {"TGC_STANDIN_LOG", launches}});
  CHECK(check_bundle(model.bundle, {"cuda0", 1}) == "");
  const std::string names = bytes_of(loads);
  CHECK(std::count(names.begin(), names.end(), '\n') > 10);
  CHECK(bytes_of(launches) == "unreadable");
}

TEST_CASE("a bundle check finds the one kernel that does not load") {
  const CompiledModel& model = compiled(kMixed);
  const Environment environment = standin(model, {{"TGC_STANDIN_FAIL", "unknown-function:5"}});
  CHECK_THAT(check_bundle(model.bundle, {"cuda0", 1}),
             Contains("mixed.fatbin has no kernel ") && Contains("compile the bundle again"));
}

TEST_CASE("without a driver the message says what to do") {
  const CompiledModel& model = compiled(kDigits);
  const std::map<std::string, std::string> nowhere = {{"TGC_CUDA_DRIVER", "/nowhere/libcuda.so.1"}};
  const Environment environment(nowhere);
  CHECK_THROWS_WITH(Engine(model.bundle, {"cuda0", 1}),
                    "no CUDA driver: /nowhere/libcuda.so.1 cannot be loaded; install the NVIDIA "
                    "driver, or run with device=cpu");
}

TEST_CASE("a GPU that tgc has code for, but the bundle has not, names the target") {
  const CompiledModel& model = compiled(kDigits);
  const Environment environment = standin(model, {{"TGC_STANDIN_ARCHITECTURE", "86"}});
  CHECK_THAT(check_bundle(model.bundle, {"cuda0", 1}),
             Contains("has no code for cuda0, which is sm_86; compile the bundle with --target "
                      "cuda:sm_86"));
}

TEST_CASE("a GPU number that is not there says how many there are") {
  const CompiledModel& model = compiled(kDigits);
  const Environment environment = standin(model);
  CHECK_THROWS_WITH(Engine(model.bundle, {"cuda7", 1}),
                    "there is no cuda7: the driver sees 1 GPU(s); nvidia-smi lists them, "
                    "CUDA_VISIBLE_DEVICES may hide some");
  CHECK_THROWS_WITH(Engine(model.bundle, {"cuda99999999999999999999", 1}),
                    Contains("Valid options start with"));
}

TEST_CASE("too little memory on the device names what was wanted, and smaller calls still work") {
  const CompiledModel& model = compiled(kDigits);
  const Environment environment = standin(model, {{"TGC_STANDIN_MEMORY", "1"}});
  const Engine engine(model.bundle, {"cuda0", 1});
  Context context(engine);
  CHECK_THROWS_WITH(context.call("predict", {random_floats({100000, 64}, 1)}),
                    Contains("out of memory on cuda0") && Contains("wanted for the arena") &&
                        Contains("of 1048576 free"));
  CHECK(context.call("predict", {random_floats({2, 64}, 1)})[0].count() == 2);
}

TEST_CASE("whichever allocation fails, the state is as before and the next call succeeds") {
  const CompiledModel& model = compiled(kDigits);
  int in_calls = 0;
  for (int occasion = 1; occasion < 40; ++occasion) {
    INFO("allocation " << occasion);
    const Environment environment =
        standin(model, {{"TGC_STANDIN_FAIL", "out-of-memory:" + std::to_string(occasion)}});
    const Engine engine(model.bundle, {"cuda0", 1});
    try {
      State state(engine);
      Context context(engine, state);
      const auto before = state_of(context, engine);
      try {
        context.call("train", batch());
        break;  // all allocations were made
      } catch (const RuntimeError& error) {
        ++in_calls;
        CHECK(error.status() == TGC_ERROR_MEMORY);
        CHECK(changed(before, state_of(context, engine)) == "nothing");
        context.call("train", batch());
        CHECK(changed(before, state_of(context, engine)) != "nothing");
      }
    } catch (const RuntimeError& error) {
      CHECK(error.status() == TGC_ERROR_MEMORY);
      CHECK_THAT(error.what(), Contains("out of memory on cuda0"));
    }
  }
  CHECK(in_calls >= 9);  // the arena and the next values of eight shared variables
}

TEST_CASE("whichever launch is refused, the state is as before and the next call succeeds") {
  const CompiledModel& model = compiled(kDigits);
  Array expected;
  {
    const Environment environment = standin(model);
    const Engine engine(model.bundle, {"cuda0", 1});
    Context context(engine);
    context.call("train", batch());
    expected = context.state().value("w1");
  }
  int refused = 0;
  for (int occasion = 1; occasion < 60; ++occasion) {
    INFO("launch " << occasion);
    const Environment environment =
        standin(model, {{"TGC_STANDIN_FAIL", "launch-failure:" + std::to_string(occasion)}});
    const Engine engine(model.bundle, {"cuda0", 1});
    Context context(engine);
    const auto before = state_of(context, engine);
    try {
      context.call("train", batch());
      break;
    } catch (const RuntimeError& error) {
      ++refused;
      CHECK(error.status() == TGC_ERROR_ENVIRONMENT);
    }
    CHECK(changed(before, state_of(context, engine)) == "nothing");
    context.call("train", batch());
    CHECK(same_bits(context.state().value("w1"), expected));
  }
  CHECK(refused > 10);
}

TEST_CASE("after a lost device every call says so and nothing crashes") {
  const CompiledModel& model = compiled(kDigits);
  const Environment environment = standin(model, {{"TGC_STANDIN_FAIL", "lost-device"}});
  const Engine engine(model.bundle, {"cuda0", 1});
  Context context(engine);
  for (int call = 0; call < 2; ++call) {
    CHECK_THROWS_WITH(context.call("train", batch()),
                      Contains("CUDA_ERROR_LAUNCH_FAILED") && Contains("start it again"));
  }
  CHECK_THROWS_WITH(context.state().value("w1"), Contains("CUDA_ERROR_LAUNCH_FAILED"));
}

TEST_CASE("of two checks that could fail the message names the one that did") {
  const CompiledModel& model = compiled("tests/e2e/cuda/two_checks.json");
  const Environment environment = standin(model);
  const Engine engine(model.bundle, {"cuda0", 1});
  Context context(engine);
  const Array x = random_floats({4, 3}, 1);
  const Array good(std::vector<int64_t>{2}, std::vector<int64_t>{0, 3});
  const Array bad(std::vector<int64_t>{2}, std::vector<int64_t>{0, 4});
  CHECK_THROWS_WITH(context.call("f", {x, good, bad}),
                    Contains("'second' of function 'f': index 4 is out of bounds"));
  CHECK_THROWS_WITH(context.call("f", {x, bad, good}),
                    Contains("'first' of function 'f': index 4 is out of bounds"));
  CHECK(context.call("f", {x, good, good})[0].dims() == std::vector<int64_t>{2, 3});
}

TEST_CASE("dims that ask for more blocks than a GPU takes are refused before anything runs") {
  const CompiledModel& model = compiled("tests/e2e/cuda/many_blocks.json");
  const Environment environment = standin(model);
  const Engine engine(model.bundle, {"cuda0", 1});
  Context context(engine);
  Array x = Array::zeros(TGC_FLOAT32, {1, 4});
  tgc_tensor huge = x.view();
  huge.dims[0] = int64_t{1} << 40;
  uint64_t bytes = 0;
  tgc_error error{sizeof(tgc_error), TGC_OK, ""};
  CHECK(tgc_memory_need(context.get(), 0, &huge, 1, &bytes, &error) == TGC_ERROR_ARGUMENT);
  CHECK_THAT(error.message, Contains("blocks on cuda0, which takes 2147483647"));
}

}  // namespace tgc
