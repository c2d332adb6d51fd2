// SPDX-License-Identifier: Apache-2.0
// Joining texts; needs no NVRTC.
#include "targets/cuda/fatbin.h"

#include "catch2/catch.hpp"

using namespace tgc;

TEST_CASE("joined units keep the names their messages are about") {
  const CudaUnit joined = join_units("all", {{"one", "int a;", {"x"}}, {"two", "int b;\n", {"y"}}});
  CHECK(joined.name == "all");
  CHECK(joined.text == "#line 1 \"one.cu\"\nint a;\n#line 1 \"two.cu\"\nint b;\n");
  CHECK(joined.origins == std::vector<std::string>{"x", "y"});
}
