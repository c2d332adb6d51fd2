// SPDX-License-Identifier: Apache-2.0
// Reductions: their stated order, NaN, empty and short inputs, equality of instruction sets.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "kernels.h"
#include "tgc/kernel_prelude.h"

namespace {

const int kSizes[] = {1, 2, 3, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 128, 1000, 4099};

template <class T>
std::vector<T> noise(int n, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> values(static_cast<size_t>(n));
  for (T& value : values) value = uniform(random);
  return values;
}

const ReductionKernel& reduction(const PreludeKernels& set, const std::string& name) {
  const auto* end = set.reductions + set.reduction_count;
  const auto* found = std::find_if(set.reductions, end, [&](auto& k) { return name == k.name; });
  REQUIRE(found != end);
  return *found;
}

// The sum in the order reduce.h states, written the plainest way.
template <class T>
T stated_sum(const std::vector<T>& x) {
  const size_t lanes = sizeof(T) == 8 ? 32 : 64;
  if (x.size() < 16) return std::accumulate(x.begin(), x.end(), T(0));
  std::vector<T> lane(lanes, T(0));
  for (size_t i = 0; i < x.size(); ++i) lane[i % lanes] += x[i];
  for (size_t half = lanes / 2; half > 0; half /= 2)
    for (size_t j = 0; j < half; ++j) lane[j] += lane[j + half];
  return lane[0];
}

}  // namespace

TEST_CASE("sums are bit-equal to the stated order on every instruction set") {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  for (int n : kSizes) {
    const auto x = noise<float>(n, 1);
    const auto y = noise<double>(n, 2);
    const std::vector<double> wide(x.begin(), x.end());
    for (int s = 0; s < count; ++s) {
      CHECK(reduction(*sets[s], "sum").float32(x.data(), n) == stated_sum(x));
      CHECK(reduction(*sets[s], "sum").float64(y.data(), n) == stated_sum(y));
      CHECK(sets[s]->sum_float_in_double(x.data(), n) == stated_sum(wide));
    }
  }
}

TEST_CASE("products, extremes and their places are found wherever they are") {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  for (int n : kSizes) {
    auto x = noise<float>(n, 3);
    const size_t at = size_t(n) * 2 / 3;
    x[at] = 5;
    x[size_t(n - 1)] = n > 1 ? -5 : 5.0f;
    for (int s = 0; s < count; ++s) {
      CHECK(reduction(*sets[s], "max").float32(x.data(), n) ==
            *std::max_element(x.begin(), x.end()));
      CHECK(reduction(*sets[s], "min").float32(x.data(), n) ==
            *std::min_element(x.begin(), x.end()));
      CHECK(int(reduction(*sets[s], "argmax").float32(x.data(), n)) ==
            std::max_element(x.begin(), x.end()) - x.begin());
      CHECK(int(reduction(*sets[s], "argmin").float32(x.data(), n)) ==
            std::min_element(x.begin(), x.end()) - x.begin());
    }
  }
}

TEST_CASE("the first of equal extremes wins") {
  const std::vector<double> x = {1, 7, 3, 7, -2, -2};
  const auto at = [&](int64_t i) { return x[size_t(i)]; };
  CHECK(tgc_reduce_argmax<double>(6, at) == 1);
  CHECK(tgc_reduce_argmin<double>(6, at) == 4);
}

TEST_CASE("a NaN anywhere is the extreme, and the first NaN its place") {
  for (int n : {5, 20, 64, 200}) {
    auto x = noise<float>(n, 4);
    const int place = n * 3 / 4;
    x[size_t(place)] = std::numeric_limits<float>::quiet_NaN();
    x[size_t(n - 1)] = std::numeric_limits<float>::quiet_NaN();
    const auto at = [&](int64_t i) { return x[size_t(i)]; };
    CHECK(std::isnan(tgc_reduce_max<float>(n, at)));
    CHECK(std::isnan(tgc_reduce_min<float>(n, at)));
    CHECK(tgc_reduce_argmax<float>(n, at) == place);
    CHECK(tgc_reduce_argmin<float>(n, at) == place);
  }
}

TEST_CASE("empty reductions give the neutral element") {
  const auto never = [](int64_t) { return 7; };
  CHECK(tgc_reduce_sum<double>(0, never) == 0.0);
  CHECK(tgc_reduce_prod<int64_t>(0, never) == 1);
  CHECK_FALSE(tgc_reduce_any(0, never));
  CHECK(tgc_reduce_all(0, never));
}

TEST_CASE("any and all see a single deviating element") {
  for (int n : kSizes) {
    for (int place : {0, n / 2, n - 1}) {
      const auto one = [=](int64_t i) { return i == place; };
      const auto but_one = [=](int64_t i) { return i != place; };
      CHECK(tgc_reduce_any(n, one));
      CHECK_FALSE(tgc_reduce_all(n, but_one));
      CHECK_FALSE(tgc_reduce_any(n, [](int64_t) { return false; }));
      CHECK(tgc_reduce_all(n, [](int64_t) { return true; }));
    }
  }
}

TEST_CASE("integer reductions are exact") {
  const auto value = [](int64_t i) { return int32_t(i % 7 - 3); };
  int64_t sum = 0;
  for (int64_t i = 0; i < 1000; ++i) sum += value(i);
  CHECK(tgc_reduce_sum<int64_t>(1000, value) == sum);
  CHECK(tgc_reduce_max<int32_t>(1000, value) == 3);
  CHECK(tgc_reduce_argmin<int32_t>(1000, value) == 0);
  CHECK(tgc_reduce_prod<int64_t>(4, [](int64_t i) { return i + 2; }) == 120);
}

TEST_CASE("column reductions take rows in rising order") {
  const int64_t rows = 37, columns = 600;
  const auto x = noise<float>(int(rows * columns), 6);
  std::vector<float> result(static_cast<size_t>(columns));
  tgc_reduce_columns(
      rows, columns, 0.0f, [&](int64_t r, int64_t c) { return x[size_t(r * columns + c)]; },
      tgc_add(), [&](int64_t c, float value) { result[size_t(c)] = value; });
  for (int64_t c = 0; c < columns; ++c) {
    float sum = 0;
    for (int64_t r = 0; r < rows; ++r) sum += x[size_t(r * columns + c)];
    REQUIRE(result[size_t(c)] == sum);
  }
}
