// SPDX-License-Identifier: Apache-2.0
// The flags a running bundle reads, where from and in which order.
#include "settings.h"

#include <cstdlib>

#include "catch2/catch.hpp"
#include "failure.h"
#include "runtime/flag_cases.h"
#include "runtime/test_bundle.h"

namespace tgc {
namespace {

using runtime::Settings;

// Clears what could disturb, sets what it is told, puts all back.
class Variables {
 public:
  Variables() {
    for (const char* name : {"TGC_FLAGS", "THEANO_FLAGS", "TGC_CONFIG", "OMP_NUM_THREADS"}) {
      const char* value = std::getenv(name);
      if (value != nullptr) old_.emplace_back(name, value);
      unsetenv(name);
      names_.emplace_back(name);
    }
  }
  ~Variables() {
    for (const std::string& name : names_) unsetenv(name.c_str());
    for (const auto& [name, value] : old_) setenv(name.c_str(), value.c_str(), 1);
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

  void set(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }

 private:
  std::vector<std::string> names_;
  std::vector<std::pair<std::string, std::string>> old_;
};

// What goes wrong, "" if nothing.
std::string problem(const tgc_options* options = nullptr) {
  try {
    runtime::resolve_settings(options);
  } catch (const runtime::Failure& failure) {
    return failure.message;
  }
  return "";
}

TEST_CASE("each text of TGC_FLAGS means what it means to the compiler") {
  Variables variables;
  for (const FlagCase& one : kFlagCases) {
    INFO(one.text);
    variables.set("TGC_FLAGS", one.text);
    const Settings settings = runtime::resolve_settings(nullptr);
    CHECK(settings.device == one.device);
    CHECK(settings.threads == one.threads);
    CHECK(settings.preallocate == one.preallocate);
    CHECK((settings.verbose_errors ? "high" : "low") == std::string(one.verbosity));
  }
}

TEST_CASE("each text the compiler refuses is refused") {
  Variables variables;
  for (const char* text : kBadFlagCases) {
    INFO(text);
    variables.set("TGC_FLAGS", text);
    CHECK_FALSE(problem().empty());
  }
}

TEST_CASE("a refusal names the flag, its value and what would be accepted") {
  Variables variables;
  variables.set("THEANO_FLAGS", "threads=two");
  CHECK(problem() ==
        "invalid value (\"two\") for configuration variable \"threads\". It must be an integer and "
        "not negative");
  variables.set("THEANO_FLAGS", "device='cuda0");
  CHECK(problem() == "THEANO_FLAGS: no closing quotation");
}

TEST_CASE("the caller wins over TGC_FLAGS, it over THEANO_FLAGS, it over the file") {
  Variables variables;
  const TempFile file;
  write_bytes(file.path(),
              "# a comment\n[global]\ndevice = cuda1\nThreads: 7\n[gpuarray]\npreallocate = 0.25\n"
              "[lib]\ncnmem = 0.75\n");
  variables.set("TGC_CONFIG", file.path());
  CHECK(runtime::resolve_settings(nullptr).device == "cuda1");
  CHECK(runtime::resolve_settings(nullptr).threads == 7);
  CHECK(runtime::resolve_settings(nullptr).preallocate == 0.25);
  variables.set("THEANO_FLAGS", "device=cuda2,lib.cnmem=0.5");
  CHECK(runtime::resolve_settings(nullptr).device == "cuda2");
  CHECK(runtime::resolve_settings(nullptr).preallocate == 0.5);
  variables.set("TGC_FLAGS", "device=cuda3");
  CHECK(runtime::resolve_settings(nullptr).device == "cuda3");
  CHECK(runtime::resolve_settings(nullptr).preallocate == 0.5);
  tgc_options options = {};
  options.size = sizeof options;
  options.device = "cuda4";
  options.threads = 2;
  options.preallocate = 0.125;
  CHECK(runtime::resolve_settings(&options).device == "cuda4");
  CHECK(runtime::resolve_settings(&options).threads == 2);
  CHECK(runtime::resolve_settings(&options).preallocate == 0.125);
}

TEST_CASE("OMP_NUM_THREADS is a default, which flags replace") {
  Variables variables;
  variables.set("OMP_NUM_THREADS", "3");
  CHECK(runtime::resolve_settings(nullptr).threads == 3);
  variables.set("TGC_FLAGS", "threads=2");
  CHECK(runtime::resolve_settings(nullptr).threads == 2);
}

TEST_CASE("a config file that is missing or malformed is an error") {
  Variables variables;
  variables.set("TGC_CONFIG", "/no/such/file");
  CHECK(problem() == "cannot open /no/such/file, which TGC_CONFIG names");
  const TempFile file;
  write_bytes(file.path(), "device = cuda0\n");
  variables.set("TGC_CONFIG", file.path());
  CHECK(problem() == file.path() +
                         ":1: no [section] stands above this line; flags without a dot go below "
                         "[global]");
}

TEST_CASE("init_gpu_device is for device=cpu and gives way to the caller's GPU") {
  Variables variables;
  variables.set("TGC_FLAGS", "optimizer=fast_compile,init_gpu_device=cuda0");
  CHECK(runtime::resolve_settings(nullptr).init_gpu_device == "cuda0");
  CHECK(runtime::resolve_settings(nullptr).device == "cpu");
  tgc_options options = {};
  options.size = sizeof options;
  options.device = "cuda1";
  CHECK(runtime::resolve_settings(&options).init_gpu_device.empty());
}

TEST_CASE("a caller with its own options of another size is told") {
  const Variables variables;
  tgc_options options = {};
  options.size = 3;
  CHECK(problem(&options) == "tgc_options.size is not set to sizeof(tgc_options)");
}

}  // namespace
}  // namespace tgc
