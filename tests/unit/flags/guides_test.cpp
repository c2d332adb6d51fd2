// SPDX-License-Identifier: Apache-2.0
// Lines that guides to Theano tell their readers to write, letter by letter.
#include "catch2/catch.hpp"
#include "runtime/flag_cases.h"
#include "unit/flags/config_fixture.h"

namespace tgc {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE_METHOD(ConfigFixture, "guide: device=cuda0,floatX=float32,lib.cnmem=0.8") {
  set("THEANO_FLAGS", "device=cuda0,floatX=float32,lib.cnmem=0.8");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("device") == "cuda0");
  CHECK(config->text("floatX") == "float32");
  CHECK(config->number("gpuarray.preallocate") == 0.8);
  CHECK(config->preallocation() == Preallocation{Preallocation::Kind::fraction, 0.8});
  CHECK(lines() == Lines{"note [flag-mapped] 'lib.cnmem=0.8' is taken as "
                         "'gpuarray.preallocate=0.8'; in THEANO_FLAGS: lib.cnmem=0.8"});
}

TEST_CASE_METHOD(ConfigFixture, "guide: optimizer=fast_compile,init_gpu_device=cuda0") {
  set("TGC_FLAGS", "optimizer=fast_compile,init_gpu_device=cuda0");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("optimizer") == "fast_compile");
  CHECK(config->text("init_gpu_device") == "cuda0");
  CHECK(config->text("device") == "cpu");
  CHECK(lines().empty());
}

TEST_CASE_METHOD(ConfigFixture, "guide: optimizer_excluding=local_gpuaelemwise") {
  request.assignments = {"optimizer_excluding=local_gpuaelemwise"};
  const auto config = load();
  REQUIRE(config);
  CHECK(config->list("optimizer_excluding") == Lines{"local_gpuaelemwise"});
  CHECK(lines().empty());
}

TEST_CASE_METHOD(ConfigFixture, "guide: exception_verbosity=high") {
  set("THEANO_FLAGS", "exception_verbosity=high");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("exception_verbosity") == "high");
  CHECK(lines().empty());
}

TEST_CASE_METHOD(ConfigFixture, "guide: optimizer_verbose=True") {
  set("THEANO_FLAGS", "optimizer_verbose=True");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->boolean("optimizer_verbose"));
  CHECK(lines().empty());
}

TEST_CASE_METHOD(ConfigFixture, "guide: mode=FAST_RUN,device=gpu,floatX=float32") {
  set("THEANO_FLAGS", "mode=FAST_RUN,device=gpu,floatX=float32");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("optimizer") == "fast_run");
  CHECK(config->text("device") == "cuda");
  CHECK(
      lines() ==
      Lines{"note [flag-mapped] 'device=gpu' names the old GPU back-end, which Theano 1.0 removed "
            "(its wiki page \"Converting to the new gpu back end(gpuarray)\" says device=cuda*); "
            "taken as 'device=cuda'; in THEANO_FLAGS: device=gpu"});
}

TEST_CASE_METHOD(ConfigFixture, "guide: a .theanorc with cuda, cnmem and nvcc sections") {
  write(
      home() + "/.theanorc",
      "[global]\nfloatX = float32\ndevice = gpu0\n\n[lib]\ncnmem = 0.9\n\n[nvcc]\nfastmath = True\n"
      "\n[cuda]\nroot = /usr/local/cuda\n\n[blas]\nldflags = -lopenblas\n");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->text("floatX") == "float32");
  CHECK(config->text("device") == "cuda0");
  CHECK(config->number("gpuarray.preallocate") == 0.9);
  CHECK(config->boolean("fast_math"));
  CHECK(config->setting("fast_math").origin.text() == "~/.theanorc:9");
  CHECK(lines() ==
        Lines{"note [flag-mapped] ~/.theanorc:3: 'device=gpu0' names the old GPU back-end, which "
              "Theano 1.0 removed (its wiki page \"Converting to the new gpu back end(gpuarray)\" "
              "says device=cuda*); taken as 'device=cuda0'",
              "note [flag-mapped] ~/.theanorc:6: 'lib.cnmem=0.9' is taken as "
              "'gpuarray.preallocate=0.9'",
              "note [flag-mapped] ~/.theanorc:9: 'nvcc.fastmath=True' is taken as "
              "'fast_math=True'"});
}

TEST_CASE_METHOD(ConfigFixture, "guide: two excluded names and verbose on one line") {
  set("TGC_FLAGS",
      "optimizer_excluding=composite_elemwise_fusion:local_gpuaelemwise,optimizer_verbose=True");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->list("optimizer_excluding") ==
        Lines{"composite_elemwise_fusion", "local_gpuaelemwise"});
  CHECK(config->boolean("optimizer_verbose"));
}

TEST_CASE_METHOD(ConfigFixture, "each text of TGC_FLAGS means what it means to the runtime") {
  for (const FlagCase& one : kFlagCases) {
    INFO(one.text);
    set("TGC_FLAGS", one.text);
    const auto config = load();
    REQUIRE(config);
    CHECK(config->text("device") == one.device);
    CHECK(config->integer("threads") == one.threads);
    CHECK(config->number("gpuarray.preallocate") == one.preallocate);
    CHECK(config->text("exception_verbosity") == one.verbosity);
  }
}

TEST_CASE_METHOD(ConfigFixture, "each text the runtime refuses is refused") {
  for (const char* text : kBadFlagCases) {
    INFO(text);
    set("TGC_FLAGS", text);
    CHECK_FALSE(load().has_value());
  }
}

}  // namespace
}  // namespace tgc
