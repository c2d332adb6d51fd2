// SPDX-License-Identifier: Apache-2.0
// Flags that stand for others, that have no effect, that are refused or contradict each other.
#include "flags/flag_rules.h"

#include "catch2/catch.hpp"
#include "unit/flags/config_fixture.h"

namespace tgc {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE_METHOD(ConfigFixture, "a direct value wins over one mapped from the same place") {
  set("TGC_FLAGS", "gpuarray.preallocate=0.3,lib.cnmem=0.8");
  CHECK(load()->number("gpuarray.preallocate") == 0.3);
  CHECK(lines().empty());
}

TEST_CASE_METHOD(ConfigFixture, "a mapped value keeps the precedence of its place") {
  set("THEANO_FLAGS", "lib.cnmem=0.8");
  set("TGC_FLAGS", "gpuarray.preallocate=0.3");
  CHECK(load()->number("gpuarray.preallocate") == 0.3);
  set("THEANO_FLAGS", "gpuarray.preallocate=0.3");
  set("TGC_FLAGS", "lib.cnmem=0.8");
  CHECK(load()->number("gpuarray.preallocate") == 0.8);
  CHECK(load()->setting("gpuarray.preallocate").origin.raw == "lib.cnmem=0.8");
}

TEST_CASE_METHOD(ConfigFixture, "openmp sets the number of threads only where it is written") {
  CHECK(load()->integer("threads") == 0);
  set("THEANO_FLAGS", "openmp=False");
  CHECK(load()->integer("threads") == 1);
  set("THEANO_FLAGS", "openmp=True");
  CHECK(load()->integer("threads") == 0);
}

TEST_CASE_METHOD(ConfigFixture, "Theano's cache folders give one below them") {
  set("THEANO_FLAGS", "base_compiledir=/scratch/theano");
  CHECK(load()->text("cache_dir") == "/scratch/theano/tgc");
  CHECK(lines() == Lines{"note [flag-mapped] 'base_compiledir=/scratch/theano' is taken as "
                         "'cache_dir=/scratch/theano/tgc'; in THEANO_FLAGS: "
                         "base_compiledir=/scratch/theano"});
}

TEST_CASE_METHOD(ConfigFixture, "each of Theano's names for the cache folder counts") {
  set("THEANO_FLAGS", "gpuarray.cache_path=/scratch/gpu");
  CHECK(load()->text("cache_dir") == "/scratch/gpu/tgc");
  set("THEANO_FLAGS", "compiledir=/scratch/c/");
  CHECK(load()->text("cache_dir") == "/scratch/c/tgc");
}

TEST_CASE_METHOD(ConfigFixture, "the elementwise fusion flags become excluded names") {
  set("TGC_FLAGS", "tensor.local_elemwise_fusion=False,optimizer_excluding=inplace");
  CHECK(load()->list("optimizer_excluding") == Lines{"inplace", "elemwise_fusion"});
  set("TGC_FLAGS", "gpu.local_elemwise_fusion=False");
  CHECK(load()->list("optimizer_excluding") == Lines{"gpua_elemwise_fusion"});
  CHECK(load()->setting("optimizer_excluding").origin.raw == "gpu.local_elemwise_fusion=False");
  set("TGC_FLAGS", "gpu.local_elemwise_fusion=True");
  CHECK(load()->list("optimizer_excluding").empty());
}

TEST_CASE_METHOD(ConfigFixture, "a predefined mode chooses the optimizer") {
  set("TGC_FLAGS", "mode=FAST_COMPILE");
  CHECK(load()->text("optimizer") == "fast_compile");
  set("TGC_FLAGS", "mode=Mode");
  CHECK(load()->text("optimizer") == "o4");
}

TEST_CASE_METHOD(ConfigFixture, "a predefined mode wins over an optimizer of the same place") {
  set("TGC_FLAGS", "mode=FAST_RUN,optimizer=None");
  CHECK(load()->text("optimizer") == "fast_run");
  CHECK(lines() ==
        Lines{"warning [flag-conflict] 'mode=FAST_RUN' wins over 'optimizer=None', as in "
              "Theano; in TGC_FLAGS: mode=FAST_RUN"});
}

TEST_CASE_METHOD(ConfigFixture, "an optimizer of a higher place wins over a predefined mode") {
  write(home() + "/.theanorc", "[global]\nmode = FAST_RUN\n");
  request.assignments = {"optimizer=None"};
  CHECK(load()->text("optimizer") == "None");
  CHECK(lines().empty());
}

TEST_CASE_METHOD(ConfigFixture, "modes without a counterpart have no effect and say so") {
  set("TGC_FLAGS", "mode=NUMBA");
  CHECK(load().has_value());
  CHECK(lines() == Lines{"warning [flag-no-effect] 'mode=NUMBA' has no effect: it names a back-end "
                         "of PyTensor; it is taken as Mode; in TGC_FLAGS: mode=NUMBA"});
}

TEST_CASE_METHOD(ConfigFixture, "a flag without effect warns, but only notes in a .theanorc") {
  set("TGC_FLAGS", "profile_memory=True");
  CHECK(load()->boolean("profile_memory"));
  CHECK(lines() == Lines{"warning [flag-no-effect] 'profile_memory=True' has no effect: tgc "
                         "inspect shows the memory plan; in TGC_FLAGS: profile_memory=True"});
  request.environment.erase("TGC_FLAGS");
  write(home() + "/.theanorc", "[global]\nprofile_memory = True\n");
  CHECK(load().has_value());
  CHECK(lines() ==
        Lines{"note [flag-no-effect] ~/.theanorc:2: 'profile_memory=True' has no effect: tgc "
              "inspect shows the memory plan"});
}

TEST_CASE_METHOD(ConfigFixture, "a flag at its default never warns") {
  set("TGC_FLAGS", "profile=False,gpuarray.sync=False,experimental.local_alloc_elemwise=True");
  CHECK(load().has_value());
  CHECK(lines().empty());
}

TEST_CASE_METHOD(ConfigFixture, "an ignored flag is silent, a note if asked for") {
  set("TGC_FLAGS", "allow_gc=False");
  CHECK(load().has_value());
  CHECK(lines().empty());
  request.is_verbose = true;
  CHECK(load().has_value());
  CHECK(lines() ==
        Lines{"note [flag-no-effect] 'allow_gc=False' is accepted and ignored: the memory "
              "plan is fixed; its arena is kept between calls; in TGC_FLAGS: "
              "allow_gc=False"});
}

TEST_CASE_METHOD(ConfigFixture, "cuDNN asked for outright warns, left to choice it does not") {
  set("TGC_FLAGS", "dnn.enabled=True");
  CHECK(load().has_value());
  CHECK(lines() == Lines{"warning [flag-no-effect] 'dnn.enabled=True' has no effect: kernels are "
                         "generated, none is cuDNN's; in TGC_FLAGS: dnn.enabled=True"});
  set("TGC_FLAGS", "dnn.enabled=False");
  CHECK(load().has_value());
  CHECK(lines().empty());
}

TEST_CASE_METHOD(ConfigFixture, "nvcc's fast mathematics is taken over, other options are not") {
  set("TGC_FLAGS", "nvcc.flags=-use_fast_math");
  CHECK(load()->boolean("fast_math"));
  CHECK(lines().size() == 1);
  set("TGC_FLAGS", "nvcc.flags=-arch=sm_30 -use_fast_math");
  CHECK(load()->boolean("fast_math"));
  CHECK(
      lines().back() ==
      "warning [flag-no-effect] 'nvcc.flags=-arch=sm_30 -use_fast_math' has no effect: kernels are "
      "compiled by NVRTC; only -use_fast_math is taken over; in TGC_FLAGS: nvcc.flags=-arch=sm_30 "
      "-use_fast_math");
}

TEST_CASE_METHOD(ConfigFixture, "flags that Theano itself deprecated are refused") {
  set("TGC_FLAGS",
      "gpuarray.sync=True,dnn.conv.workmem=small,dnn.conv.workmem_bwd=x,"
      "dnn.conv.algo_bwd=none,experimental.local_alloc_elemwise=False");
  CHECK_FALSE(load());
  CHECK(
      lines() ==
      Lines{"error [flag-rejected] flag 'gpuarray.sync' is deprecated; kernels are always launched "
            "asynchronously, set CUDA_LAUNCH_BLOCKING=1 to wait for each; in TGC_FLAGS: "
            "gpuarray.sync=True",
            "error [flag-rejected] flag 'dnn.conv.workmem' is deprecated; it was replaced by "
            "'dnn.conv.algo_fwd'; in TGC_FLAGS: dnn.conv.workmem=small",
            "error [flag-rejected] flag 'dnn.conv.workmem_bwd' is deprecated; it was replaced by "
            "'dnn.conv.algo_bwd_filter' and 'dnn.conv.algo_bwd_data'; in TGC_FLAGS: "
            "dnn.conv.workmem_bwd=x",
            "error [flag-rejected] flag 'dnn.conv.algo_bwd' is deprecated; it was replaced by "
            "'dnn.conv.algo_bwd_filter' and 'dnn.conv.algo_bwd_data'; in TGC_FLAGS: "
            "dnn.conv.algo_bwd=none",
            "error [flag-rejected] flag 'experimental.local_alloc_elemwise' must stay True; use "
            "optimizer_excluding=local_alloc_elemwise; in TGC_FLAGS: "
            "experimental.local_alloc_elemwise=False"});
}

TEST_CASE_METHOD(ConfigFixture, "init_gpu_device needs device=cpu") {
  set("TGC_FLAGS", "device=cuda1,init_gpu_device=cuda0");
  CHECK_FALSE(load());
  CHECK(lines() == Lines{"error [flag-conflict] init_gpu_device=cuda0 can be used only when "
                         "device=cpu, but device=cuda1 (TGC_FLAGS); in TGC_FLAGS: "
                         "init_gpu_device=cuda0"});
}

TEST_CASE_METHOD(ConfigFixture, "OpenCL devices are refused") {
  request.assignments = {"device=opencl0:0"};
  CHECK_FALSE(load());
  CHECK(lines() == Lines{"error [flag-value] device=opencl0:0: there is no OpenCL target; valid "
                         "options are cpu, cuda and cudaN; on the command line: device=opencl0:0"});
}

TEST_CASE_METHOD(ConfigFixture, "contexts are given by name") {
  set("TGC_FLAGS", "contexts=dev0->cuda0;dev1->gpu1");
  const auto config = load();
  REQUIRE(config);
  CHECK(config->contexts() == std::vector<DeviceContext>{{"dev0", "cuda0"}, {"dev1", "cuda1"}});
  CHECK(config->text("contexts") == "dev0->cuda0;dev1->cuda1");
  CHECK(lines().back() ==
        "warning [flag-no-effect] 'contexts=dev0->cuda0;dev1->gpu1' has no effect: a graph cannot "
        "name a context yet; device chooses the one GPU; in TGC_FLAGS: "
        "contexts=dev0->cuda0;dev1->gpu1");
}

TEST_CASE("every flag that maps has a value that does so") {
  const auto maps_somewhere = [](const FlagDef& flag) {
    for (const char* text : {"False", "True", "0.8", "FAST_RUN", "/folder"}) {
      const ParsedFlagValue parsed = parse_flag_value(flag, text, "");
      if (parsed.value && map_flag(flag, *parsed.value).target == flag.detail) return true;
    }
    return false;
  };
  for (const FlagDef& flag : flag_defs()) {
    if (flag.action != FlagAction::maps) continue;
    INFO(flag.name);
    CHECK(maps_somewhere(flag));
  }
}

}  // namespace
}  // namespace tgc
