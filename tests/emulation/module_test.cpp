// SPDX-License-Identifier: Apache-2.0
// Texts compiled while the test runs.
#include <vector>

#include "catch2/catch.hpp"
#include "helpers/emulation/emulated_module.h"
#include "helpers/emulation/kernel_launch.h"

namespace {

using Catch::Matchers::Contains;
using tgc::EmulatedModule;
using tgc::KernelBuffer;
using tgc::launch_in_all_orders;

std::string adder(const std::string& name, const std::string& amount) {
  return "#include \"tgc/cuda_prelude.h\"\n"
         "TGC_KERNEL(" +
         name +
         ", 64, 1, (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y, int64_t n)) {\n"
         "  for (int64_t i = tgc_grid_index(); i < n; i += tgc_grid_threads()) y[i] = x[i] + " +
         amount +
         ";\n"
         "}\n";
}

}  // namespace

TEST_CASE("several texts become one module with all their kernels") {
  for (const bool checked : {true, false}) {
    std::string error;
    const auto module = EmulatedModule::build(
        {{"one.cu", adder("add_one", "1.0f")}, {"two.cu", adder("add_two", "2.0f")}}, checked,
        error);
    INFO(error);
    REQUIRE(module.has_value());
    CHECK(module->kernel("add_three") == nullptr);
    KernelBuffer<float> x("x", 100, 5.0f);
    KernelBuffer<float> y("y", 100);
    REQUIRE(launch_in_all_orders(module->kernel("add_one"), {{1, 1, 1}, 64}, y, x, y,
                                 int64_t{100}) == "");
    CHECK(y[99] == 6.0f);
    REQUIRE(launch_in_all_orders(module->kernel("add_two"), {{1, 1, 1}, 64}, y, x, y,
                                 int64_t{100}) == "");
    CHECK(y[99] == 7.0f);
    if (!checked) continue;
    CHECK(launch_in_all_orders(module->kernel("add_two"), {{1, 1, 1}, 64}, y, x, y, int64_t{101}) ==
          "kernel add_two, block 0, thread 36: out of bounds: element 100 of x, which has 100");
  }
}

TEST_CASE("a text that does not compile gives the compiler's message with the text's name") {
  std::string error;
  CHECK_FALSE(
      EmulatedModule::build({{"wrong.cu", adder("add", "nothing")}}, true, error).has_value());
  CHECK_THAT(error, Contains("wrong.cu:3:") && Contains("nothing"));
}
