// SPDX-License-Identifier: Apache-2.0
// See random_value.h. Defines what tgc/random asks for over the C library.
#include "kernel/random_value.h"

#include <cmath>
#include <limits>

#include "support/check.h"

#define TGC_DRAW [[maybe_unused]] static
#define TGC_DRAW_INFINITY std::numeric_limits<double>::infinity()

namespace tgc {
namespace {

double tgc_c_acos(double x) {
  return std::acos(x);
}
double tgc_c_cos(double x) {
  return std::cos(x);
}
double tgc_c_exp(double x) {
  return std::exp(x);
}
double tgc_c_expm1(double x) {
  return std::expm1(x);
}
double tgc_c_floor(double x) {
  return std::floor(x);
}
double tgc_c_fmod(double x, double y) {
  return std::fmod(x, y);
}
double tgc_c_log(double x) {
  return std::log(x);
}
double tgc_c_log1p(double x) {
  return std::log1p(x);
}
double tgc_c_pow(double x, double y) {
  return std::pow(x, y);
}
double tgc_c_sqrt(double x) {
  return std::sqrt(x);
}

#include "tgc/random/random.h"

template <class T>
constexpr DType dtype_of() {
  return std::is_same_v<T, double> ? DType::float64 : DType::int64;
}

std::optional<int64_t> failed(int64_t number) {
  return number < 0 ? std::nullopt : std::optional(number);
}

int64_t step_of(const Tensor& parameter) {
  return parameter.size() == 1 ? 0 : 1;
}

template <class D, class W>
int64_t draw_of(Tensor& state, const Tensor& first, const Tensor& second, Tensor& samples) {
  return tgc_draw_samples<D>(state.data<W>(), first.data<typename D::A>(),
                             second.data<typename D::B>(), samples.data<typename D::R>(),
                             samples.size(), step_of(first), step_of(second));
}

template <class D>
int64_t draw_by(Tensor& state, const Tensor& first, const Tensor& second, Tensor& samples) {
  return state.dtype() == DType::uint32 ? draw_of<D, uint32_t>(state, first, second, samples)
                                        : draw_of<D, uint64_t>(state, first, second, samples);
}

template <class W, class T>
int64_t counts_of(Tensor& state, const Tensor& n, const Tensor& pvals, bool shrinks,
                  Tensor& counts) {
  const int64_t k = pvals.dims().back();
  const int64_t rows = k > 0 ? counts.size() / k : 0;
  std::vector<T> row(static_cast<size_t>(k));
  return tgc_draw_counts(state.data<W>(), n.data<int64_t>(), pvals.data<T>(),
                         counts.data<int64_t>(), row.data(), rows, k, step_of(n),
                         pvals.size() == k ? 0 : k, shrinks ? 1 : 0);
}

}  // namespace

const std::vector<Distribution>& distributions() {
#define TGC_ROW(which)                                                           \
  {#which, dtype_of<tgc_##which##_draw::A>(), dtype_of<tgc_##which##_draw::B>(), \
   dtype_of<tgc_##which##_draw::R>()},
  static const std::vector<Distribution> all = {TGC_DISTRIBUTIONS(TGC_ROW)};
#undef TGC_ROW
  return all;
}

const Distribution* find_distribution(std::string_view name) {
  for (const Distribution& distribution : distributions()) {
    if (distribution.name == name) return &distribution;
  }
  return nullptr;
}

std::optional<int64_t> random_state_words(DType dtype) {
  if (dtype == DType::uint32) return tgc_mt19937::kWords;
  if (dtype == DType::uint64) return tgc_pcg64::kWords;
  return std::nullopt;
}

bool is_random_state(const Tensor& state) {
  return state.dtype() == DType::uint32 ? tgc_mt19937::is_valid(state.data<uint32_t>())
                                        : tgc_pcg64::is_valid(state.data<uint64_t>());
}

std::optional<int64_t> draw_samples(const Distribution& distribution, Tensor& state,
                                    const Tensor& first, const Tensor& second, Tensor& samples) {
#define TGC_CASE(which)                                                        \
  if (distribution.name == #which) {                                           \
    return failed(draw_by<tgc_##which##_draw>(state, first, second, samples)); \
  }
  TGC_DISTRIBUTIONS(TGC_CASE)
#undef TGC_CASE
  TGC_CHECK(false, "no such distribution");
  return std::nullopt;
}

void draw_orders(Tensor& state, Tensor& orders) {
  const int64_t n = orders.dims().back();
  const int64_t rows = n > 0 ? orders.size() / n : 0;
  auto* const to = orders.data<int64_t>();
  if (state.dtype() == DType::uint32) {
    tgc_draw_orders(state.data<uint32_t>(), to, rows, n);
  } else {
    tgc_draw_orders(state.data<uint64_t>(), to, rows, n);
  }
}

std::optional<int64_t> draw_counts(Tensor& state, const Tensor& n, const Tensor& pvals,
                                   bool shrinks, Tensor& counts) {
  const bool is_legacy = state.dtype() == DType::uint32;
  if (pvals.dtype() == DType::float32) {
    return failed(is_legacy ? counts_of<uint32_t, float>(state, n, pvals, shrinks, counts)
                            : counts_of<uint64_t, float>(state, n, pvals, shrinks, counts));
  }
  return failed(is_legacy ? counts_of<uint32_t, double>(state, n, pvals, shrinks, counts)
                          : counts_of<uint64_t, double>(state, n, pvals, shrinks, counts));
}

std::optional<int64_t> draw_distinct(Tensor& state, const Tensor& p, Tensor& chosen) {
  std::vector<double> row(p.data<double>(), p.data<double>() + p.size());
  std::vector<double> sums(row.size());
  auto* const to = chosen.data<int64_t>();
  const bool is_drawn = state.dtype() == DType::uint32
                            ? tgc_draw_distinct(state.data<uint32_t>(), row.data(), to, sums.data(),
                                                chosen.size(), p.size())
                            : tgc_draw_distinct(state.data<uint64_t>(), row.data(), to, sums.data(),
                                                chosen.size(), p.size());
  return is_drawn ? std::nullopt : std::optional<int64_t>(0);
}

void draw_positions(Tensor& state, int64_t n, Tensor& chosen) {
  std::vector<int64_t> spare(static_cast<size_t>(n));
  auto* const to = chosen.data<int64_t>();
  if (state.dtype() == DType::uint32) {
    tgc_draw_positions(state.data<uint32_t>(), to, spare.data(), chosen.size(), n);
  } else {
    tgc_draw_positions(state.data<uint64_t>(), to, spare.data(), chosen.size(), n);
  }
}

std::optional<int64_t> draw_hypergeometric(Tensor& state, const Tensor& good, const Tensor& bad,
                                           const Tensor& sample, Tensor& result) {
  const auto drawn = [&](auto* words) {
    return failed(tgc_draw_hypergeometric_numbers(
        words, good.data<int64_t>(), bad.data<int64_t>(), sample.data<int64_t>(),
        result.data<int64_t>(), result.size(), step_of(good), step_of(bad), step_of(sample)));
  };
  return state.dtype() == DType::uint32 ? drawn(state.data<uint32_t>())
                                        : drawn(state.data<uint64_t>());
}

std::optional<int64_t> draw_dirichlet(Tensor& state, const Tensor& alpha, Tensor& rows) {
  const int64_t k = alpha.dims().back();
  const auto drawn = [&](auto* words) {
    return failed(tgc_draw_dirichlet_rows(words, alpha.data<double>(), rows.data<double>(),
                                          k > 0 ? rows.size() / k : 0, k,
                                          alpha.size() == k ? 0 : k));
  };
  return state.dtype() == DType::uint32 ? drawn(state.data<uint32_t>())
                                        : drawn(state.data<uint64_t>());
}

}  // namespace tgc
