// SPDX-License-Identifier: Apache-2.0
// The grammars of device, contexts and gpuarray.preallocate.
#include "flags/device_flags.h"

#include "catch2/catch.hpp"

namespace tgc {
namespace {

TEST_CASE("cpu, cuda and cudaN are devices") {
  CHECK(read_device("device", "cpu").name == "cpu");
  CHECK(read_device("device", "cuda").name == "cuda");
  CHECK(read_device("device", "cuda12").name == "cuda12");
  CHECK(read_device("device", "cuda00").name == "cuda0");
  CHECK(read_device("device", "cuda0").note.empty());
}

TEST_CASE("the old back-end's gpuN is cudaN, with a note") {
  const DeviceText device = read_device("device", "gpu0");
  CHECK(device.name == "cuda0");
  CHECK(device.note ==
        "'device=gpu0' names the old GPU back-end, which Theano 1.0 removed (its wiki page "
        "\"Converting to the new gpu back end(gpuarray)\" says device=cuda*); taken as "
        "'device=cuda0'");
  CHECK(read_device("device", "gpu").name == "cuda");
}

TEST_CASE("OpenCL is refused") {
  CHECK(read_device("device", "opencl0:0").error ==
        "device=opencl0:0: there is no OpenCL target; valid options are cpu, cuda and cudaN");
}

TEST_CASE("anything else is refused in Theano's words") {
  CHECK(read_device("device", "tpu").error ==
        "invalid value (\"tpu\") for configuration variable \"device\". Valid options start with "
        "one of \"cpu\", \"cuda\": cpu, cuda or cudaN");
  for (const char* text : {"", "CUDA0", "cuda-1", "cudax", "cuda123456", "gpux", "cpu0"}) {
    INFO(text);
    CHECK_FALSE(read_device("device", text).error.empty());
  }
}

TEST_CASE("init_gpu_device may be empty") {
  CHECK(read_device("init_gpu_device", "").error.empty());
  CHECK(read_device("init_gpu_device", "").name.empty());
}

TEST_CASE("contexts are pairs of name and device") {
  const ContextsText read = read_contexts("dev0->cuda0; dev1 -> cuda1");
  CHECK(read.error.empty());
  CHECK(read.contexts == std::vector<DeviceContext>{{"dev0", "cuda0"}, {"dev1", "cuda1"}});
  CHECK(contexts_text(read.contexts) == "dev0->cuda0;dev1->cuda1");
  CHECK(read_contexts("").contexts.empty());
}

TEST_CASE("a context may be on an old device name, with a note") {
  const ContextsText read = read_contexts("dev0->gpu1");
  CHECK(read.contexts == std::vector<DeviceContext>{{"dev0", "cuda1"}});
  CHECK_FALSE(read.note.empty());
}

TEST_CASE("malformed contexts are refused, each with its reason") {
  CHECK(read_contexts("dev0").error ==
        "contexts: malformed context map 'dev0'; the form is name->cudaN;name->cudaM");
  CHECK(read_contexts("a->b->c").error ==
        "contexts: malformed context map 'a->b->c'; the form is name->cudaN;name->cudaM");
  CHECK(read_contexts("dev0->cuda0;").error ==
        "contexts: malformed context map ''; the form is name->cudaN;name->cudaM");
  CHECK(read_contexts("cuda0->cuda0").error ==
        "contexts: cannot use 'cuda0' as context name; it must not be empty or look like a device");
  CHECK(read_contexts("->cuda0").error ==
        "contexts: cannot use '' as context name; it must not be empty or look like a device");
  CHECK(read_contexts("a->cuda0;a->cuda1").error == "contexts: 'a' is given twice");
  CHECK(read_contexts("a->cpu").error == "contexts: the device of 'a' is 'cpu'; it must be cudaN");
  CHECK(read_contexts("a->cuda").error ==
        "contexts: the device of 'a' is 'cuda'; it must be cudaN");
}

TEST_CASE("preallocation: negative, zero, a fraction up to 0.95, megabytes above 1") {
  using Kind = Preallocation::Kind;
  CHECK(read_preallocation(-1) == Preallocation{Kind::uncached, 0});
  CHECK(read_preallocation(0) == Preallocation{Kind::cached, 0});
  CHECK(read_preallocation(0.8) == Preallocation{Kind::fraction, 0.8});
  CHECK(read_preallocation(0.99) == Preallocation{Kind::fraction, 0.95});
  CHECK(read_preallocation(1) == Preallocation{Kind::fraction, 0.95});
  CHECK(read_preallocation(1.5) == Preallocation{Kind::megabytes, 1.5});
  CHECK(read_preallocation(2000) == Preallocation{Kind::megabytes, 2000});
}

}  // namespace
}  // namespace tgc
