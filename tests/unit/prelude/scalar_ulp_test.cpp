// SPDX-License-Identifier: Apache-2.0
// The errors stated in the prelude's comments, measured: float against double libm on a stride
// through all 2^32 inputs, double against long double libm on random and hard inputs.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "kernels.h"

namespace {

template <class T>
T sigmoid(T x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
template <class T>
T softplus(T x) {
  return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x)));
}

struct Claim {
  const char* name;
  double (*wide)(double);
  long double (*widest)(long double);
  double float_ulp, double_ulp;
};
#define CLAIM(name, function, float_ulp, double_ulp)                                             \
  {                                                                                              \
#name, [](double x) { return function(x); },                                                 \
                                              [](long double x) { return function(x); },         \
                                                                                      float_ulp, \
                                                                                      double_ulp \
  }
const Claim kClaims[] = {
    CLAIM(exp, std::exp, 1.05, 1.05),      CLAIM(exp2, std::exp2, 1.1, 1.1),
    CLAIM(expm1, std::expm1, 1.1, 1.2),    CLAIM(log, std::log, 0.9, 0.9),
    CLAIM(log2, std::log2, 1.0, 1.0),      CLAIM(log10, std::log10, 1.0, 1.0),
    CLAIM(log1p, std::log1p, 1.15, 1.0),   CLAIM(sin, std::sin, 0.51, 1.4),
    CLAIM(cos, std::cos, 0.51, 1.4),       CLAIM(tan, std::tan, 0.51, 1.7),
    CLAIM(arcsin, std::asin, 0.51, 1.15),  CLAIM(arccos, std::acos, 0.51, 1.15),
    CLAIM(arctan, std::atan, 0.51, 1.8),   CLAIM(sinh, std::sinh, 0.51, 1.65),
    CLAIM(cosh, std::cosh, 0.51, 1.5),     CLAIM(tanh, std::tanh, 1.5, 2.0),
    CLAIM(arcsinh, std::asinh, 0.51, 1.8), CLAIM(arccosh, std::acosh, 0.51, 1.65),
    CLAIM(arctanh, std::atanh, 0.51, 2.0), CLAIM(sigmoid, sigmoid, 1.7, 1.7),
    CLAIM(softplus, softplus, 1.75, 1.7),
};

// The distance in units in the last place of T at `want`; huge where the kinds differ.
template <class T, class Wide>
double ulps(T got, Wide want) {
  const double wrong = std::numeric_limits<double>::max();
  const T rounded = static_cast<T>(want);
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : wrong;
  if (got == 0 && std::signbit(got) != std::signbit(rounded)) return wrong;
  if (std::isinf(want)) return got == rounded ? 0 : wrong;
  // The next power of two stands in for infinity, which may be the better rounding's neighbour.
  const Wide beyond = std::ldexp(Wide(1), std::numeric_limits<T>::max_exponent);
  const Wide value = std::isinf(got) ? std::copysign(beyond, Wide(got)) : Wide(got);
  const Wide bounded = std::isinf(rounded) ? std::copysign(beyond, want) : want;
  const int least = std::numeric_limits<T>::min_exponent - 1;
  const int exponent = want == 0 ? least : std::max(std::ilogb(want), least);
  const Wide unit = std::ldexp(Wide(1), exponent - std::numeric_limits<T>::digits + 1);
  return static_cast<double>(std::abs(value - bounded) / unit);
}

const UnaryKernel& kernel(const PreludeKernels& set, const std::string& name) {
  const auto* end = set.unary + set.unary_count;
  const auto* found = std::find_if(set.unary, end, [&](auto& k) { return name == k.name; });
  REQUIRE(found != end);
  return *found;
}

std::vector<float> float_inputs() {
  std::vector<float> inputs;
  const uint64_t stride = 3001;
  for (uint64_t bits = 0; bits < uint64_t(1) << 32; bits += stride) {
    const auto word = static_cast<uint32_t>(bits);
    float x;
    std::memcpy(&x, &word, sizeof x);
    inputs.push_back(x);
  }
  return inputs;
}

std::vector<double> double_inputs() {
  std::vector<double> inputs;
  std::mt19937_64 random(20);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int i = 0; i < 50000; ++i) {
    const uint64_t bits = random();
    double x;
    std::memcpy(&x, &bits, sizeof x);
    inputs.push_back(x);
  }
  for (double scale : {1e-6, 0.3, 1.0, 2.0, 10.0, 40.0, 800.0, 1e5, 1e9, 1e15})
    for (int i = 0; i < 20000; ++i) inputs.push_back(scale * uniform(random));
  for (int i = 0; i < 20000; ++i) {
    inputs.push_back(1 + 1e-3 * uniform(random));
    inputs.push_back(1.5707963267948966 * i * 37);  // close to a zero or a pole
  }
  return inputs;
}

template <class T, class Function>
double worst_error(const std::vector<T>& inputs, const std::vector<T>& results, Function reference,
                   double largest_input) {
  double worst = 0;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!(std::abs(inputs[i]) > largest_input))
      worst = std::max(worst, ulps(results[i], reference(inputs[i])));
  return worst;
}

bool is_circular(const std::string& name) {
  return name == "sin" || name == "cos" || name == "tan";
}

}  // namespace

TEST_CASE("float functions keep the error they state, over all inputs") {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  const std::vector<float> inputs = float_inputs();
  std::vector<float> results(inputs.size()), other(inputs.size());
  for (const Claim& claim : kClaims) {
    if (count == 0) break;
    INFO(claim.name);
    kernel(*sets[0], claim.name).float32(inputs.data(), results.data(), int64_t(inputs.size()));
    const double infinite = std::numeric_limits<double>::infinity();
    CHECK(worst_error(inputs, results, claim.wide, infinite) <= claim.float_ulp);
    if (count < 2) continue;
    kernel(*sets[1], claim.name).float32(inputs.data(), other.data(), int64_t(inputs.size()));
    const bool equal = std::equal(results.begin(), results.end(), other.begin(),
                                  [](float x, float y) { return x == y || (x != x && y != y); });
    CHECK(equal);
  }
}

TEST_CASE("double functions keep the error they state") {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  const std::vector<double> inputs = double_inputs();
  std::vector<double> results(inputs.size()), other(inputs.size());
  for (const Claim& claim : kClaims) {
    if (count == 0) break;
    INFO(claim.name);
    kernel(*sets[0], claim.name).float64(inputs.data(), results.data(), int64_t(inputs.size()));
    const double largest =
        is_circular(claim.name) ? 0x1p50 : std::numeric_limits<double>::infinity();
    CHECK(worst_error(inputs, results, claim.widest, largest) <= claim.double_ulp);
    if (count < 2) continue;
    kernel(*sets[1], claim.name).float64(inputs.data(), other.data(), int64_t(inputs.size()));
    const bool equal = std::equal(results.begin(), results.end(), other.begin(),
                                  [](double x, double y) { return x == y || (x != x && y != y); });
    CHECK(equal);
  }
}

namespace {

template <class T>
struct Pairs {
  std::vector<T> x, y, z, other;
};

template <class T>
Pairs<T> random_pairs() {
  Pairs<T> pairs;
  std::mt19937_64 random(21);
  std::uniform_real_distribution<double> uniform(-1, 1);
  const auto add = [&](double x, double y) {
    pairs.x.push_back(static_cast<T>(x));
    pairs.y.push_back(static_cast<T>(y));
  };
  for (int i = 0; i < 60000; ++i) {
    add(5 + 5 * uniform(random), 50 * uniform(random));
    add(1 + 1e-3 * uniform(random), 6e5 * uniform(random));
    add(10 * uniform(random), std::round(30 * uniform(random)));
    add(uniform(random), uniform(random));
    add(std::exp2(100 * uniform(random)), uniform(random) * 5);
  }
  pairs.z.resize(pairs.x.size());
  pairs.other.resize(pairs.x.size());
  return pairs;
}

template <class T, class Run, class Reference>
double worst_pair_error(Pairs<T>& pairs, Run run, Reference reference) {
  run(pairs.x.data(), pairs.y.data(), pairs.z.data(), int64_t(pairs.x.size()));
  double worst = 0;
  for (size_t i = 0; i < pairs.x.size(); ++i)
    worst = std::max(worst, ulps(pairs.z[i], reference(pairs.x[i], pairs.y[i])));
  return worst;
}

const BinaryKernel& binary_kernel(const PreludeKernels& set, const std::string& name) {
  const auto* end = set.binary + set.binary_count;
  const auto* found = std::find_if(set.binary, end, [&](auto& k) { return name == k.name; });
  REQUIRE(found != end);
  return *found;
}

}  // namespace

TEST_CASE("pow and arctan2 keep the error they state") {
  const PreludeKernels* sets[2];
  const int count = prelude_kernel_sets(sets);
  auto floats = random_pairs<float>();
  auto doubles = random_pairs<double>();
  for (int i = 0; i < count; ++i) {
    const BinaryKernel &pow = binary_kernel(*sets[i], "pow"),
                       &atan = binary_kernel(*sets[i], "arctan2");
    const auto pow64 = [](double x, double y) { return std::pow(x, y); };
    const auto pow80 = [](long double x, long double y) { return std::pow(x, y); };
    const auto atan64 = [](double x, double y) { return std::atan2(x, y); };
    const auto atan80 = [](long double x, long double y) { return std::atan2(x, y); };
    CHECK(worst_pair_error(floats, pow.float32, pow64) <= 0.51);
    CHECK(worst_pair_error(floats, atan.float32, atan64) <= 0.51);
    CHECK(worst_pair_error(doubles, pow.float64, pow80) <= 1.2);
    CHECK(worst_pair_error(doubles, atan.float64, atan80) <= 1.8);
  }
}
