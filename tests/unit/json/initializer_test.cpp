// SPDX-License-Identifier: Apache-2.0
// Seeded initial values: fixed for ever, of the announced distribution.
#include "json/initializer.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace tgc {
namespace {

Tensor made(const char* name, std::vector<int64_t> dims, uint64_t seed,
            const std::vector<double>& parameters, DType dtype = DType::float64) {
  Tensor tensor(dtype, std::move(dims));
  find_initializer(name)->fill(tensor, seed, parameters);
  return tensor;
}

struct Moments {
  double mean = 0;
  double deviation = 0;
  double lowest = INFINITY;
  double highest = -INFINITY;
};

Moments moments(const Tensor& tensor) {
  Moments result;
  double squares = 0;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    const double value = tensor.get_double(i);
    result.mean += value;
    squares += value * value;
    result.lowest = std::min(result.lowest, value);
    result.highest = std::max(result.highest, value);
  }
  const auto count = static_cast<double>(tensor.size());
  result.mean /= count;
  result.deviation = std::sqrt(squares / count - result.mean * result.mean);
  return result;
}

}  // namespace

TEST_CASE("the generator is Philox4x32-10") {
  // key and counter 0: words 6627e8d5 e169c58d bc57ac4c 9b00dbd8, the paper's known answer
  const uint64_t bits = (uint64_t{0xe169c58d} << 32 | 0x6627e8d5) >> 11;
  CHECK(philox_uniform(0, 0, 0) == static_cast<double>(bits) * 0x1p-53);
}

TEST_CASE("the numbers of a seed never change") {
  CHECK(philox_uniform(1, 0, 0) == 0.8946847163350924);
  CHECK(philox_uniform(1, 1, 0) == 0.8741119351871307);
  CHECK(philox_uniform(12345678901234567, 4294967296, 3) == 0.08341854914005964);
  CHECK(philox_normal(1, 0) == 0.5862655329358369);
  CHECK(philox_normal(1, 1) == Approx(0.84542866739538833).epsilon(1e-15));  // libm's last bit
  CHECK(philox_normal(7, 123456789) == -1.6094859238063308);
}

TEST_CASE("uniform values fill their range evenly") {
  const Moments m = moments(made("uniform", {100000}, 3, {-2, 4}));
  CHECK(m.mean == Approx(1).margin(0.03));
  CHECK(m.deviation == Approx(6 / std::sqrt(12.0)).epsilon(0.01));
  CHECK(m.lowest >= -2);
  CHECK(m.lowest < -1.99);
  CHECK(m.highest < 4);
  CHECK(m.highest > 3.99);
}

TEST_CASE("normal values have mean, deviation and tails of a normal distribution") {
  const Tensor tensor = made("normal", {100000}, 5, {1, 3});
  const Moments m = moments(tensor);
  CHECK(m.mean == Approx(1).margin(0.05));
  CHECK(m.deviation == Approx(3).epsilon(0.01));
  int beyond_two = 0;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    if (std::abs(tensor.get_double(i) - 1) > 6) ++beyond_two;
  }
  CHECK(beyond_two == Approx(4550).margin(250));
}

TEST_CASE("glorot and he limits follow the fans of matrices and filters") {
  const double dense = std::sqrt(6.0 / (300 + 200));
  const Moments g = moments(made("glorot_uniform", {300, 200}, 1, {1}));
  CHECK(g.highest <= dense);
  CHECK(g.highest > 0.999 * dense);
  CHECK(moments(made("glorot_normal", {300, 200}, 1, {2})).deviation ==
        Approx(2 * std::sqrt(2.0 / 500)).epsilon(0.01));
  CHECK(moments(made("he_normal", {300, 200}, 1, {1})).deviation ==
        Approx(std::sqrt(1.0 / 300)).epsilon(0.01));
  // filters [out, in, rows, columns]: fan_in 32·9, fan_out 64·9
  const double filters = std::sqrt(6.0 / (32 * 9 + 64 * 9));
  CHECK(moments(made("glorot_uniform", {64, 32, 3, 3}, 1, {1})).highest ==
        Approx(filters).epsilon(0.001));
  CHECK(moments(made("he_uniform", {64, 32, 3, 3}, 1, {1})).highest ==
        Approx(std::sqrt(3.0 / (32 * 9))).epsilon(0.001));
}

TEST_CASE("orthogonal rows or columns are orthonormal") {
  for (const std::vector<int64_t>& dims :
       {std::vector<int64_t>{4, 9}, std::vector<int64_t>{9, 4}}) {
    const Tensor a = made("orthogonal", dims, 2, {1});
    const bool tall = dims[0] > dims[1];
    for (int64_t i = 0; i < 4; ++i) {
      for (int64_t j = 0; j < 4; ++j) {
        double dot = 0;
        for (int64_t k = 0; k < 9; ++k) {
          dot += tall ? a.get_double(k * 4 + i) * a.get_double(k * 4 + j)
                      : a.get_double(i * 9 + k) * a.get_double(j * 9 + k);
        }
        CHECK(dot == Approx(i == j ? 1 : 0).margin(1e-14));
      }
    }
  }
}

TEST_CASE("an element depends on its position and the seed alone") {
  const Tensor small = made("normal", {10}, 9, {0, 1});
  const Tensor large = made("normal", {1000}, 9, {0, 1});
  for (int64_t i = 0; i < 10; ++i) CHECK(small.get_double(i) == large.get_double(i));
  CHECK(made("normal", {10}, 10, {0, 1}).get_double(0) != small.get_double(0));
}

TEST_CASE("values are rounded to the dtype once") {
  const Tensor wide = made("uniform", {100}, 4, {0, 1});
  const Tensor narrow = made("uniform", {100}, 4, {0, 1}, DType::float32);
  for (int64_t i = 0; i < 100; ++i) {
    CHECK(narrow.data<float>()[i] == static_cast<float>(wide.get_double(i)));
  }
}

}  // namespace tgc
