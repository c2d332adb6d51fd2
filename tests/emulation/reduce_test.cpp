// SPDX-License-Identifier: Apache-2.0
// Block reductions of arrays of odd sizes, in every thread order.
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "catch2/catch.hpp"
#include "helpers/emulation/kernel_launch.h"

namespace {

using tgc::KernelBuffer;
using tgc::launch_in_all_orders;

extern "C" {
// clang-format off
#define X(name)                     \
  void name##_32__emulated(void**); \
  void name##_96__emulated(void**); \
  void name##_1024__emulated(void**);
X(sum_float)
X(sum_double)
X(sum_int64)
X(prod_int8)
X(prod_double)
X(max_float)
X(min_double)
X(max_uint8)
X(min_int64) X(any) X(all) X(argmax_float) X(argmin_float) X(argmax_double) X(argmax_int8)
#undef X
    // clang-format on
    void sum_columns__emulated(void**);
}

struct Sizes {
  tgc_emulated_entry of_32;
  tgc_emulated_entry of_96;
  tgc_emulated_entry of_1024;
};
#define SIZES(name)                                                 \
  Sizes {                                                           \
    name##_32__emulated, name##_96__emulated, name##_1024__emulated \
  }

constexpr size_t kCounts[] = {0, 1, 31, 33, 1000, 3001};

// The result with each block size, all orders; they must agree exactly if `exact`.
template <class R, class T>
std::vector<R> reduce(const Sizes& sizes, const std::vector<T>& values) {
  std::vector<R> results;
  const std::pair<tgc_emulated_entry, unsigned> variants[] = {
      {sizes.of_32, 32}, {sizes.of_96, 96}, {sizes.of_1024, 1024}};
  for (const auto& [entry, threads] : variants) {
    KernelBuffer<T> x("x", values);
    KernelBuffer<R> y("y", 1);
    REQUIRE(launch_in_all_orders(entry, {{1, 1, 1}, threads}, y, x, y,
                                 static_cast<int64_t>(values.size())) == "");
    results.push_back(y[0]);
  }
  return results;
}
template <class R, class T>
void check_reduce(const Sizes& sizes, const std::vector<T>& values, R expected) {
  CAPTURE(values.size());
  for (const R& result : reduce<R>(sizes, values)) CHECK(result == expected);
}

// Small whole numbers, so that sums are exact in any order.
template <class T>
std::vector<T> numbers(size_t count) {
  std::vector<T> values(count);
  uint32_t state = 12345;
  for (T& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<T>(static_cast<int>(state >> 24) % 23 - (std::is_signed_v<T> ? 11 : 0));
  }
  return values;
}

}  // namespace

TEST_CASE("a block sums and multiplies arrays of any size") {
  for (const size_t count : kCounts) {
    const std::vector<float> floats = numbers<float>(count);
    check_reduce<float>(SIZES(sum_float), floats,
                        std::accumulate(floats.begin(), floats.end(), 0.f));
    const std::vector<double> doubles = numbers<double>(count);
    check_reduce<double>(SIZES(sum_double), doubles,
                         std::accumulate(doubles.begin(), doubles.end(), 0.0));
    std::vector<int64_t> integers = numbers<int64_t>(count);
    for (int64_t& value : integers) value *= int64_t{1} << 40;
    check_reduce<int64_t>(SIZES(sum_int64), integers,
                          std::accumulate(integers.begin(), integers.end(), int64_t{0}));
    int8_t product = 1;
    std::vector<int8_t> bytes = numbers<int8_t>(count);
    for (int8_t& value : bytes) {
      value = static_cast<int8_t>(value * 2 + 1);
      product = static_cast<int8_t>(product * value);
    }
    check_reduce<int8_t>(SIZES(prod_int8), bytes, product);
    const std::vector<double> signs(count, -1.0);
    check_reduce<double>(SIZES(prod_double), signs, count % 2 == 0 ? 1.0 : -1.0);
  }
}

TEST_CASE("a block finds extremes, and those of nothing are neutral") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const size_t count : kCounts) {
    const std::vector<float> floats = numbers<float>(count);
    float largest = -infinity;
    for (const float value : floats) largest = std::fmax(largest, value);
    check_reduce<float>(SIZES(max_float), floats, largest);
    const std::vector<double> doubles = numbers<double>(count);
    double smallest = infinity;
    for (const double value : doubles) smallest = std::fmin(smallest, value);
    check_reduce<double>(SIZES(min_double), doubles, smallest);
    const std::vector<uint8_t> bytes = numbers<uint8_t>(count);
    uint8_t byte = 0;
    for (const uint8_t value : bytes) byte = std::max(byte, value);
    check_reduce<uint8_t>(SIZES(max_uint8), bytes, byte);
    const std::vector<int64_t> integers = numbers<int64_t>(count);
    int64_t least = std::numeric_limits<int64_t>::max();
    for (const int64_t value : integers) least = std::min(least, value);
    check_reduce<int64_t>(SIZES(min_int64), integers, least);
  }
}

TEST_CASE("a NaN anywhere is the maximum and the minimum") {
  for (const size_t place : {size_t{0}, size_t{31}, size_t{500}, size_t{999}}) {
    std::vector<float> floats = numbers<float>(1000);
    floats[place] = std::nanf("");
    for (const float result : reduce<float>(SIZES(max_float), floats)) CHECK(std::isnan(result));
    std::vector<double> doubles = numbers<double>(1000);
    doubles[place] = std::nan("");
    for (const double result : reduce<double>(SIZES(min_double), doubles))
      CHECK(std::isnan(result));
  }
}

TEST_CASE("any and all look at every element") {
  for (const size_t count : kCounts) {
    std::vector<uint8_t> bits(count, 0);
    check_reduce<uint8_t>(SIZES(any), bits, 0);
    check_reduce<uint8_t>(SIZES(all), bits, count == 0 ? 1 : 0);
    if (count == 0) continue;
    bits.back() = 1;
    check_reduce<uint8_t>(SIZES(any), bits, 1);
    bits.assign(count, 1);
    check_reduce<uint8_t>(SIZES(all), bits, 1);
    bits[count / 2] = 0;
    check_reduce<uint8_t>(SIZES(all), bits, 0);
  }
}

TEST_CASE("the first of equal extremes wins") {
  std::vector<float> values = numbers<float>(3001);
  values[700] = values[1400] = values[2999] = 50.0f;
  values[701] = values[1401] = values[2998] = -50.0f;
  check_reduce<int64_t>(SIZES(argmax_float), values, int64_t{700});
  check_reduce<int64_t>(SIZES(argmin_float), values, int64_t{701});
  check_reduce<int64_t>(SIZES(argmax_double), std::vector<double>(1000, 3.0), int64_t{0});
  std::vector<int8_t> bytes(77, -128);
  check_reduce<int64_t>(SIZES(argmax_int8), bytes, int64_t{0});
  bytes[76] = -127;
  check_reduce<int64_t>(SIZES(argmax_int8), bytes, int64_t{76});
}

TEST_CASE("the first NaN is the position of both extremes") {
  std::vector<float> values = numbers<float>(1000);
  values[123] = values[77] = values[900] = std::nanf("");
  check_reduce<int64_t>(SIZES(argmax_float), values, int64_t{77});
  check_reduce<int64_t>(SIZES(argmin_float), values, int64_t{77});
}

TEST_CASE("rows of infinities still have a first position") {
  const std::vector<float> values(100, -std::numeric_limits<float>::infinity());
  check_reduce<int64_t>(SIZES(argmax_float), values, int64_t{0});
}

TEST_CASE("columns are summed over the rows of a block") {
  const size_t rows = 101;
  const size_t columns = 75;
  const std::vector<float> values = numbers<float>(rows * columns);
  KernelBuffer<float> x("x", values);
  KernelBuffer<float> y("y", columns);
  REQUIRE(launch_in_all_orders(sum_columns__emulated, {{3, 1, 1}, 256}, y, x, y,
                               static_cast<int64_t>(rows), static_cast<int64_t>(columns)) == "");
  for (size_t column = 0; column < columns; ++column) {
    float expected = 0;
    for (size_t row = 0; row < rows; ++row) expected += values[row * columns + column];
    CHECK(y[column] == expected);
  }
}
