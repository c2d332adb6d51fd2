// SPDX-License-Identifier: Apache-2.0
// Softmax and what else works on rows, with a row on one lane, some lanes, a warp or a block.
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch2/catch.hpp"
#include "helpers/emulation/kernel_launch.h"

namespace {

using tgc::blocks_for;
using tgc::KernelBuffer;
using tgc::launch_in_all_orders;

extern "C" {
#define X(name) void name##__emulated(void**);
X(softmax_lane)
X(softmax_group)
X(softmax_warp)
X(softmax_warp_stream)
X(softmax_block)
X(softmax_block_stream)
X(log_softmax_warp) X(log_softmax_block) X(softmax_grad) X(layer_norm) X(row_maximum)
#undef X
}

struct Variant {
  const char* name;
  tgc_emulated_entry entry;
  unsigned block;
  int64_t rows_per_block;
  int64_t width;
  int64_t capacity;  // most columns
  bool log;
};
#define VARIANT(name, ...)               \
  Variant {                              \
#name, name##__emulated, __VA_ARGS__ \
  }
const Variant kFloatVariants[] = {
    VARIANT(softmax_lane, 128, 128, 1, 100000, false),
    VARIANT(softmax_group, 128, 16, 1, 16, false),
    VARIANT(softmax_warp, 128, 4, 4, 512, false),
    VARIANT(softmax_block, 256, 1, 4, 4096, false),
    VARIANT(softmax_block_stream, 256, 1, 1, 100000, false),
    VARIANT(log_softmax_warp, 128, 4, 1, 128, true),
};
const Variant kDoubleVariants[] = {
    VARIANT(softmax_warp_stream, 128, 4, 1, 100000, false),
    VARIANT(log_softmax_block, 256, 1, 2, 100000, true),
};

template <class T>
std::vector<T> random_rows(int64_t count, double scale) {
  std::vector<T> values(static_cast<size_t>(count));
  uint32_t state = 99;
  for (T& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<T>((state / 4294967296.0 - 0.5) * scale);
  }
  return values;
}

template <class T>
std::vector<T> run(const Variant& variant, const std::vector<T>& values, int64_t rows,
                   int64_t columns) {
  KernelBuffer<T> x("x", values);
  KernelBuffer<T> y("y", values.size(), T(-7));
  INFO(variant.name);
  CAPTURE(rows, columns);
  REQUIRE(launch_in_all_orders(variant.entry,
                               {{blocks_for(rows, variant.rows_per_block), 1, 1}, variant.block}, y,
                               x, y, rows, columns) == "");
  return y.values();
}

template <class T>
void check_softmax(const Variant& variant, int64_t rows, int64_t columns) {
  columns = (columns + variant.width - 1) / variant.width * variant.width;
  if (columns > variant.capacity) return;
  const std::vector<T> x = random_rows<T>(rows * columns, 60);
  const std::vector<T> y = run(variant, x, rows, columns);
  int64_t wrong = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const T* in = x.data() + row * columns;
    long double maximum = -std::numeric_limits<long double>::infinity();
    for (int64_t j = 0; j < columns; ++j) maximum = std::fmax(maximum, in[j]);
    long double sum = 0;
    for (int64_t j = 0; j < columns; ++j) sum += std::exp(in[j] - maximum);
    for (int64_t j = 0; j < columns; ++j) {
      const long double shifted = in[j] - maximum;
      const long double expected = variant.log ? shifted - std::log(sum) : std::exp(shifted) / sum;
      const long double error = std::fabs(y[static_cast<size_t>(row * columns + j)] - expected);
      const long double size =
          variant.log ? std::fmax(1, std::fabs(expected)) : std::fabs(expected);
      const auto allowed = 40 * std::numeric_limits<T>::epsilon() * size;
      wrong += error <= allowed + std::numeric_limits<T>::min() ? 0 : 1;
    }
  }
  INFO(variant.name);
  CAPTURE(rows, columns);
  CHECK(wrong == 0);
}

constexpr int64_t kColumns[] = {1, 2, 10, 31, 100, 130, 500, 1001, 4000};

}  // namespace

TEST_CASE("softmax of float32 rows agrees with its definition") {
  for (const Variant& variant : kFloatVariants) {
    for (const int64_t columns : kColumns) check_softmax<float>(variant, 7, columns);
  }
  for (const Variant& variant : kFloatVariants) check_softmax<float>(variant, 133, 10);
}

TEST_CASE("softmax of float64 rows agrees with its definition") {
  for (const Variant& variant : kDoubleVariants) {
    for (const int64_t columns : kColumns) check_softmax<double>(variant, 5, columns);
  }
}

TEST_CASE("softmax of large numbers does not overflow, of -infinity gives 0, of NaN gives NaN") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Variant& variant : kFloatVariants) {
    if (variant.log) continue;
    const std::vector<float> y =
        run<float>(variant, {1e30f, 1e30f, -infinity, -1e30f, 0, 1, 2, std::nanf("")}, 2, 4);
    CHECK(y[0] == 0.5f);
    CHECK(y[1] == 0.5f);
    CHECK(y[2] == 0.0f);
    CHECK(y[3] == 0.0f);
    for (size_t i = 4; i < 8; ++i) CHECK(std::isnan(y[i]));
  }
}

TEST_CASE("the gradient of softmax uses two rows kept in registers") {
  const int64_t rows = 6;
  const int64_t columns = 201;
  const std::vector<float> dy = random_rows<float>(rows * columns, 4);
  std::vector<float> y = random_rows<float>(rows * columns, 1);
  KernelBuffer<float> gradient("dy", dy);
  KernelBuffer<float> result("y", y);
  KernelBuffer<float> dx("dx", dy.size());
  REQUIRE(launch_in_all_orders(softmax_grad__emulated, {{2, 1, 1}, 128}, dx, gradient, result, dx,
                               rows, columns) == "");
  for (int64_t row = 0; row < rows; ++row) {
    double dot = 0;
    const auto first = static_cast<size_t>(row * columns);
    for (size_t j = 0; j < static_cast<size_t>(columns); ++j)
      dot += double(dy[first + j]) * y[first + j];
    for (size_t j = 0; j < static_cast<size_t>(columns); ++j) {
      CHECK(dx[first + j] == Approx((dy[first + j] - dot) * y[first + j]).margin(1e-5));
    }
  }
}

TEST_CASE("a layer normalisation is written with one row in registers") {
  const int64_t rows = 3;
  const int64_t columns = 1000;
  const std::vector<float> x = random_rows<float>(rows * columns, 10);
  KernelBuffer<float> in("x", x);
  KernelBuffer<float> out("y", x.size());
  REQUIRE(launch_in_all_orders(layer_norm__emulated, {{3, 1, 1}, 256}, out, in, out, columns) ==
          "");
  for (size_t row = 0; row < 3; ++row) {
    double mean = 0;
    double variance = 0;
    for (size_t j = 0; j < 1000; ++j) mean += x[row * 1000 + j] / 1000.0;
    for (size_t j = 0; j < 1000; ++j) variance += std::pow(x[row * 1000 + j] - mean, 2) / 1000.0;
    for (size_t j = 0; j < 1000; ++j) {
      CHECK(out[row * 1000 + j] ==
            Approx((x[row * 1000 + j] - mean) / std::sqrt(variance + 1e-5)).margin(1e-5));
    }
  }
}

TEST_CASE("rows of any length are reduced in a streaming pass") {
  const int64_t columns = 3333;
  const std::vector<float> x = random_rows<float>(2 * columns, 10);
  KernelBuffer<float> in("x", x);
  KernelBuffer<float> out("y", 2);
  REQUIRE(launch_in_all_orders(row_maximum__emulated, {{2, 1, 1}, 256}, out, in, out, columns) ==
          "");
  for (size_t row = 0; row < 2; ++row) {
    float expected = x[row * 3333];
    for (size_t j = 0; j < 3333; ++j) expected = std::fmax(expected, x[row * 3333 + j]);
    CHECK(out[row] == expected);
  }
}
