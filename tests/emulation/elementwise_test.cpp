// SPDX-License-Identifier: Apache-2.0
// Elementwise chains, scatters with a combiner and the error word.
#include <cmath>
#include <cstdint>
#include <vector>

#include "catch2/catch.hpp"
#include "helpers/emulation/kernel_launch.h"

namespace {

using tgc::blocks_for;
using tgc::KernelBuffer;
using tgc::launch_in_all_orders;
using tgc::launch_kernel;

extern "C" {
#define X(name) void name##__emulated(void**);
X(chain)
X(chain_packed)
X(add_in_place)
X(scatter_float)
X(scatter_double)
X(scatter_half)
X(scatter_int8)
X(scatter_int16)
X(scatter_int32)
X(scatter_uint32)
X(scatter_int64) X(scatter_uint64) X(scatter_max) X(check_positive) X(write_unless_raised)
#undef X
}

double chain_of(double x, double y) {
  const double a = x * y + 0.5;
  const double b = std::tanh(a) - x * x;
  const double c = std::fmax(b, -1.0) / (1.0 + std::fabs(y));
  return 1 / (1 + std::exp(-c)) * std::exp(-a * a) + (x > y ? c : a);
}

// Adds whole numbers to 5 places; exact, so every order gives the same.
template <class T>
void check_scatter(tgc_emulated_entry entry) {
  constexpr size_t kCount = 333;
  std::vector<int64_t> index(kCount);
  std::vector<T> x(kCount);
  std::vector<T> expected(5, T(3));
  for (size_t i = 0; i < kCount; ++i) {
    index[i] = static_cast<int64_t>(i * i % 5);
    x[i] = static_cast<T>(i % 3);
    expected[static_cast<size_t>(index[i])] =
        static_cast<T>(expected[static_cast<size_t>(index[i])] + x[i]);
  }
  KernelBuffer<int64_t> places("index", index);
  KernelBuffer<T> values("x", x);
  KernelBuffer<T> y("y", 5, T(3));
  REQUIRE(launch_in_all_orders(entry, {{2, 1, 1}, 128}, y, places, values, y, int64_t{kCount}) ==
          "");
  CHECK(y.values() == expected);
}

}  // namespace

TEST_CASE("a chain of ten operations agrees with its definition, plain and packed") {
  const size_t count = 5000;
  std::vector<float> x(count);
  std::vector<float> y(count);
  for (size_t i = 0; i < count; ++i) {
    x[i] = static_cast<float>(std::sin(double(i)) * 2);
    y[i] = static_cast<float>(std::cos(double(i) * 1.7) * 2);
  }
  KernelBuffer<float> left("x", x);
  KernelBuffer<float> right("y", y);
  KernelBuffer<float> plain("z", count);
  KernelBuffer<float> packed("z", count);
  REQUIRE(launch_in_all_orders(chain__emulated, {{7, 1, 1}, 256}, plain, left, right, plain,
                               int64_t{5000}) == "");
  REQUIRE(launch_in_all_orders(chain_packed__emulated, {{3, 1, 1}, 256}, packed, left, right,
                               packed, int64_t{5000}) == "");
  for (size_t i = 0; i < count; ++i) {
    CHECK(plain[i] == Approx(chain_of(x[i], y[i])).epsilon(1e-5).margin(1e-6));
  }
  CHECK((plain.values() == packed.values()));
}

TEST_CASE("a kernel may write where it reads through pointers that may overlap") {
  KernelBuffer<float> x("x", 1000, 1.0f);
  REQUIRE(launch_in_all_orders(add_in_place__emulated, {{4, 1, 1}, 256}, x, x, x, int64_t{1000}) ==
          "");
  CHECK(x.values() == std::vector<float>(1000, 2.0f));
}

TEST_CASE("scattered additions of every type meet in the same places") {
  check_scatter<float>(scatter_float__emulated);
  check_scatter<double>(scatter_double__emulated);
  check_scatter<int8_t>(scatter_int8__emulated);
  check_scatter<int16_t>(scatter_int16__emulated);
  check_scatter<int32_t>(scatter_int32__emulated);
  check_scatter<uint32_t>(scatter_uint32__emulated);
  check_scatter<int64_t>(scatter_int64__emulated);
  check_scatter<uint64_t>(scatter_uint64__emulated);
}

TEST_CASE("scattered additions of float16 are rounded to float16") {
  KernelBuffer<int64_t> index("index", std::vector<int64_t>{1, 1, 0});
  KernelBuffer<uint16_t> x("x", std::vector<uint16_t>{0x3c00, 0x4000, 0x3c00});  // 1, 2, 1
  KernelBuffer<uint16_t> y("y", std::vector<uint16_t>{0x6800, 0x3800});          // 2048, 0.5
  REQUIRE(launch_in_all_orders(scatter_half__emulated, {{1, 1, 1}, 128}, y, index, x, y,
                               int64_t{3}) == "");
  CHECK(y[0] == 0x6800);
  CHECK(y[1] == 0x4300);  // 3.5
}

TEST_CASE("a scatter may combine with another reducer") {
  KernelBuffer<int64_t> index("index", std::vector<int64_t>{0, 1, 0, 1, 0});
  KernelBuffer<float> x("x", std::vector<float>{3, -5, 7, -4, 1});
  KernelBuffer<float> y("y", 2, -100.0f);
  REQUIRE(launch_in_all_orders(scatter_max__emulated, {{1, 1, 1}, 128}, y, index, x, y,
                               int64_t{5}) == "");
  CHECK(y.values() == std::vector<float>{7, -4});
}

TEST_CASE("the first failure is kept and later kernels see it") {
  std::vector<float> x(300, 1.0f);
  KernelBuffer<int64_t> error("error", 2);
  KernelBuffer<float> y("y", 10);
  for (const bool negative : {false, true}) {
    if (negative) x[42] = x[250] = -1.0f;
    KernelBuffer<float> in("x", x);
    REQUIRE(launch_kernel(check_positive__emulated, {{3, 1, 1}, 128}, {TGC_EMULATED_FORWARD, 0}, in,
                          error, int64_t{300}) == "");
    CHECK(error[0] == (negative ? 7 : 0));
    CHECK(error[1] == (negative ? 42 : 0));
    y[0] = 0;
    REQUIRE(launch_kernel(write_unless_raised__emulated, {{1, 1, 1}, 128},
                          {TGC_EMULATED_FORWARD, 0}, error, y, int64_t{10}) == "");
    CHECK(y[0] == (negative ? 0.0f : 1.0f));
  }
}
