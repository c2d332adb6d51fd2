// SPDX-License-Identifier: Apache-2.0
// See initializer.h. The fan rules and gains are Lasagne's: of a matrix [in, out] the fans are its
// two dims; of a filter [out, in, r, c, …] they are times r·c·….
#include "json/initializer.h"

#include <array>
#include <cmath>

#include "support/check.h"

namespace tgc {
namespace {

using Words = std::array<uint32_t, 4>;

Words philox(Words counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53U} * counter[0];
    const uint64_t b = uint64_t{0xCD9E8D57U} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key0, static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key1, static_cast<uint32_t>(a)};
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  return counter;
}

double unit_interval(uint32_t low, uint32_t high) {
  const uint64_t bits = ((uint64_t{high} << 32) | low) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

Words draw_words(uint64_t seed, uint64_t index, uint32_t draw) {
  return philox({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), draw, 0},
                static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
}

// ln x for 0 < x < 1: x = m·2^e with m in [√½, √2), ln m = 2·artanh((m-1)/(m+1)) as a series.
double fixed_log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double t = (m - 1) / (m + 1);
  const double square = t * t;
  double sum = 0;
  for (int k = 23; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return exponent * 0.69314718055994531 + 2 * t * sum;
}

void fill_constant(Tensor& tensor, double value) {
  for (int64_t i = 0; i < tensor.size(); ++i) tensor.set_double(i, value);
}

void fill_uniform(Tensor& tensor, uint64_t seed, double low, double high) {
  for (int64_t i = 0; i < tensor.size(); ++i) {
    tensor.set_double(i, low + (high - low) * philox_uniform(seed, static_cast<uint64_t>(i), 0));
  }
}

void fill_normal(Tensor& tensor, uint64_t seed, double mean, double deviation) {
  for (int64_t i = 0; i < tensor.size(); ++i) {
    tensor.set_double(i, mean + deviation * philox_normal(seed, static_cast<uint64_t>(i)));
  }
}

struct Fans {
  double in = 1;
  double out = 1;
};

Fans fans_of(const std::vector<int64_t>& dims) {
  if (dims.size() == 2) return {static_cast<double>(dims[0]), static_cast<double>(dims[1])};
  double receptive = 1;
  for (size_t i = 2; i < dims.size(); ++i) receptive *= static_cast<double>(dims[i]);
  return {static_cast<double>(dims[1]) * receptive, static_cast<double>(dims[0]) * receptive};
}

double glorot_deviation(const std::vector<int64_t>& dims, double gain) {
  const Fans fans = fans_of(dims);
  return gain * std::sqrt(2 / (fans.in + fans.out));
}

double he_deviation(const std::vector<int64_t>& dims, double gain) {
  return gain * std::sqrt(1 / fans_of(dims).in);
}

// Gram-Schmidt, each row cleaned twice of the ones before it. `rows` <= `columns`.
void orthonormalise(std::vector<double>& a, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; ++r) {
    for (size_t pass = 0; pass < 2 * r; ++pass) {
      const size_t other = pass % r;
      double dot = 0;
      for (size_t c = 0; c < columns; ++c) dot += a[r * columns + c] * a[other * columns + c];
      for (size_t c = 0; c < columns; ++c) a[r * columns + c] -= dot * a[other * columns + c];
    }
    double square = 0;
    for (size_t c = 0; c < columns; ++c) square += a[r * columns + c] * a[r * columns + c];
    for (size_t c = 0; c < columns; ++c) a[r * columns + c] /= std::sqrt(square);
  }
}

using Params = std::vector<double>;

void fill_orthogonal(Tensor& tensor, uint64_t seed, const Params& p) {
  const auto rows = static_cast<size_t>(tensor.dims()[0]);
  const auto total = static_cast<size_t>(tensor.size());
  if (total == 0) return;
  const size_t columns = total / rows;
  const bool tall = rows > columns;
  std::vector<double> a(total);
  for (size_t i = 0; i < total; ++i) a[i] = philox_normal(seed, i);
  orthonormalise(a, tall ? columns : rows, tall ? rows : columns);
  for (size_t i = 0; i < total; ++i) {
    const size_t from = tall ? i % columns * rows + i / columns : i;
    tensor.set_double(static_cast<int64_t>(i), p[0] * a[from]);
  }
}

constexpr double kSqrt3 = 1.7320508075688772;

void fill_glorot_normal(Tensor& tensor, uint64_t seed, const Params& p) {
  fill_normal(tensor, seed, 0, glorot_deviation(tensor.dims(), p[0]));
}
void fill_glorot_uniform(Tensor& tensor, uint64_t seed, const Params& p) {
  const double limit = kSqrt3 * glorot_deviation(tensor.dims(), p[0]);
  fill_uniform(tensor, seed, -limit, limit);
}
void fill_he_normal(Tensor& tensor, uint64_t seed, const Params& p) {
  fill_normal(tensor, seed, 0, he_deviation(tensor.dims(), p[0]));
}
void fill_he_uniform(Tensor& tensor, uint64_t seed, const Params& p) {
  const double limit = kSqrt3 * he_deviation(tensor.dims(), p[0]);
  fill_uniform(tensor, seed, -limit, limit);
}

std::vector<Initializer> make_initializers() {
  return {
      {"constant", "every element is value", false, 0, {{"value", std::nullopt}}, nullptr},
      {"default_rng",
       "a state like that of NumPy's default_rng(seed): uint64 [6]",
       true,
       0,
       {},
       [](Tensor& tensor, uint64_t seed, const Params&) { fill_default_rng(tensor, seed); },
       &kDefaultRng},
      {"glorot_normal",
       "normal with deviation gain·√(2/(fan_in+fan_out))",
       true,
       2,
       {{"gain", 1.0}},
       fill_glorot_normal},
      {"glorot_uniform",
       "uniform within ±gain·√(6/(fan_in+fan_out))",
       true,
       2,
       {{"gain", 1.0}},
       fill_glorot_uniform},
      {"he_normal",
       "normal with deviation gain·√(1/fan_in)",
       true,
       2,
       {{"gain", 1.0}},
       fill_he_normal},
      {"he_uniform", "uniform within ±gain·√(3/fan_in)", true, 2, {{"gain", 1.0}}, fill_he_uniform},
      {"mrg",
       "states like those of Theano's MRG_RandomStreams(seed): int32 [streams, 6]; stream: how "
       "many "
       "of its calls came before",
       true,
       0,
       {{"stream", 0.0}},
       [](Tensor& tensor, uint64_t seed, const Params& p) {
         fill_mrg(tensor, seed, static_cast<uint64_t>(p[0]));
       },
       &kMrgState},
      {"normal",
       "normal with the given mean and deviation",
       true,
       0,
       {{"mean", 0.0}, {"std", 0.01}},
       [](Tensor& tensor, uint64_t seed, const Params& p) {
         fill_normal(tensor, seed, p[0], p[1]);
       }},
      {"ones",
       "every element is 1",
       false,
       0,
       {},
       [](Tensor& tensor, uint64_t, const Params&) { fill_constant(tensor, 1); }},
      {"orthogonal",
       "gain times a matrix [dim 0, the rest] with orthonormal rows or columns",
       true,
       2,
       {{"gain", 1.0}},
       fill_orthogonal},
      {"philox",
       "a state of Philox at its beginning, with the seed as the key: uint32 [6]",
       true,
       0,
       {},
       [](Tensor& tensor, uint64_t seed, const Params&) { fill_philox(tensor, seed); },
       &kPhiloxState},
      {"random_state",
       "a state like that of NumPy's RandomState(seed): uint32 [628]",
       true,
       0,
       {},
       [](Tensor& tensor, uint64_t seed, const Params&) { fill_random_state(tensor, seed); },
       &kRandomState},
      {"uniform",
       "uniform within [low, high)",
       true,
       0,
       {{"low", -0.01}, {"high", 0.01}},
       [](Tensor& tensor, uint64_t seed, const Params& p) {
         fill_uniform(tensor, seed, p[0], p[1]);
       }},
      {"zeros",
       "every element is 0",
       false,
       0,
       {},
       [](Tensor& tensor, uint64_t, const Params&) { fill_constant(tensor, 0); }},
  };
}

}  // namespace

double philox_uniform(uint64_t seed, uint64_t index, uint32_t draw) {
  const Words words = draw_words(seed, index, draw);
  return unit_interval(words[0], words[1]);
}

double philox_normal(uint64_t seed, uint64_t index) {
  for (uint32_t draw = 0; draw < 1000; ++draw) {
    const Words words = draw_words(seed, index, draw);
    const double u = 2 * unit_interval(words[0], words[1]) - 1;
    const double v = 2 * unit_interval(words[2], words[3]) - 1;
    const double square = u * u + v * v;
    if (square > 0 && square < 1) return u * std::sqrt(-2 * fixed_log(square) / square);
  }
  TGC_CHECK(false, "the polar method refused a thousand pairs");
}

const std::vector<Initializer>& initializers() {
  static const std::vector<Initializer> list = make_initializers();
  return list;
}

const Initializer* find_initializer(std::string_view name) {
  for (const Initializer& initializer : initializers()) {
    if (initializer.name == name) return &initializer;
  }
  return nullptr;
}

}  // namespace tgc
