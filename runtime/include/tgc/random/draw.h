// SPDX-License-Identifier: Apache-2.0
// Every distribution by name, and the loops that fill tensors with its samples. The state decides
// the generator: uint32 words are RandomState's, uint64 words those of default_rng.
#pragma once

template <class W>
struct tgc_bits_of;
template <>
struct tgc_bits_of<uint32_t> {
  using type = tgc_mt19937;
};
template <>
struct tgc_bits_of<uint64_t> {
  using type = tgc_pcg64;
};

// A distribution has two parameters, of which the second may be unused; draw is false where they
// are out of their range.
#define TGC_DISTRIBUTION(name, first, second, result, is_ok, value)                         \
  struct tgc_##name##_draw {                                                                \
    using A = first;                                                                        \
    using B = second;                                                                       \
    using R = result;                                                                       \
    template <class G>                                                                      \
    static bool draw(G& bits, [[maybe_unused]] A a, [[maybe_unused]] B b, result* sample) { \
      if (!(is_ok)) return false;                                                           \
      *sample = value;                                                                      \
      return true;                                                                          \
    }                                                                                       \
  };
TGC_DISTRIBUTION(uniform, double, double, double, b - a < TGC_DRAW_INFINITY,
                 a + (b - a) * bits.unit())
TGC_DISTRIBUTION(normal, double, double, double, b >= 0, a + b * tgc_normal(bits))
TGC_DISTRIBUTION(lognormal, double, double, double, b >= 0, tgc_c_exp(a + b * tgc_normal(bits)))
TGC_DISTRIBUTION(exponential, double, double, double, a >= 0, a* tgc_exponential(bits))
TGC_DISTRIBUTION(gamma, double, double, double, a >= 0 && b >= 0, b* tgc_gamma_sample(bits, a))
TGC_DISTRIBUTION(beta, double, double, double, a > 0 && b > 0, tgc_beta_sample(bits, a, b))
TGC_DISTRIBUTION(laplace, double, double, double, b >= 0, tgc_laplace_sample(bits, a, b))
TGC_DISTRIBUTION(logistic, double, double, double, b >= 0, tgc_logistic_sample(bits, a, b))
TGC_DISTRIBUTION(binomial, int64_t, double, int64_t, a >= 0 && b >= 0 && b <= 1,
                 tgc_binomial_sample(bits, a, b))
TGC_DISTRIBUTION(poisson, double, double, int64_t, a >= 0 && a <= 9.223372006484771e18,
                 tgc_poisson_sample(bits, a))
TGC_DISTRIBUTION(geometric, double, double, int64_t, a > 0 && a <= 1, tgc_geometric_sample(bits, a))
TGC_DISTRIBUTION(integers, int64_t, int64_t, int64_t, a < b,
                 static_cast<int64_t>(static_cast<uint64_t>(a) +
                                      tgc_below(bits, static_cast<uint64_t>(b) - 1 -
                                                          static_cast<uint64_t>(a))))
TGC_DISTRIBUTION(chisquare, double, double, double, a > 0, tgc_chisquare_sample(bits, a))
TGC_DISTRIBUTION(f, double, double, double, a > 0 && b > 0, tgc_f_sample(bits, a, b))
TGC_DISTRIBUTION(standard_t, double, double, double, a > 0, tgc_standard_t_sample(bits, a))
TGC_DISTRIBUTION(weibull, double, double, double, a >= 0, tgc_weibull_sample(bits, a))
TGC_DISTRIBUTION(power, double, double, double, a > 0, tgc_power_sample(bits, a))
TGC_DISTRIBUTION(rayleigh, double, double, double, a >= 0, tgc_rayleigh_sample(bits, a))
TGC_DISTRIBUTION(wald, double, double, double, a > 0 && b > 0, tgc_wald_sample(bits, a, b))
TGC_DISTRIBUTION(vonmises, double, double, double, b >= 0, tgc_vonmises_sample(bits, a, b))
TGC_DISTRIBUTION(negative_binomial, double, double, int64_t, a > 0 && b > 0 && b <= 1,
                 tgc_negative_binomial_sample(bits, a, b))
TGC_DISTRIBUTION(zipf, double, double, int64_t, a > 1, tgc_zipf_sample(bits, a))
#undef TGC_DISTRIBUTION

#define TGC_DISTRIBUTIONS(row)                                                                    \
  row(uniform) row(normal) row(lognormal) row(exponential) row(gamma) row(beta) row(laplace)      \
      row(logistic) row(binomial) row(poisson) row(geometric) row(integers) row(chisquare) row(f) \
          row(standard_t) row(weibull) row(power) row(rayleigh) row(wald) row(vonmises)           \
              row(negative_binomial) row(zipf)

// The number of the first sample whose parameters are out of their range; -1: there is none.
template <class D, class W>
TGC_DRAW int64_t tgc_draw_samples(W* state, const typename D::A* a, const typename D::B* b,
                                  typename D::R* samples, int64_t count, int64_t step_a,
                                  int64_t step_b) {
  typename tgc_bits_of<W>::type bits{state};
  for (int64_t i = 0; i < count; ++i) {
    if (!D::draw(bits, a[i * step_a], b[i * step_b], samples + i)) return i;
  }
  return -1;
}

// The numbers below n in an order drawn for each row, by Fisher and Yates's exchanges from the end.
template <class W>
TGC_DRAW void tgc_draw_orders(W* state, int64_t* orders, int64_t rows, int64_t n) {
  typename tgc_bits_of<W>::type bits{state};
  for (int64_t row = 0; row < rows; ++row) {
    int64_t* const order = orders + row * n;
    for (int64_t i = 0; i < n; ++i) order[i] = i;
    for (int64_t i = n - 1; i > 0; --i) {
      const auto j = static_cast<int64_t>(tgc_masked_below(bits, static_cast<uint64_t>(i)));
      const int64_t kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
  }
}

// NumPy's sum: in order below 8 numbers, eight sums side by side up to 128, halves above.
template <class T>
TGC_DRAW T tgc_pairwise_sum(const T* x, int64_t n) {
  if (n < 8) {
    T sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += x[i];
    return sum;
  }
  if (n > 128) {
    const int64_t half = n / 2 - n / 2 % 8;
    return tgc_pairwise_sum(x, half) + tgc_pairwise_sum(x + half, n - half);
  }
  T r[8] = {x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]};
  int64_t i = 8;
  for (; i < n - n % 8; i += 8) {
    for (int64_t k = 0; k < 8; ++k) r[k] += x[i + k];
  }
  T sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  for (; i < n; ++i) sum += x[i];
  return sum;
}

// How often each of k outcomes comes in n draws, a row each. Theano makes probabilities that add up
// to just above 1, or end close to 0, a little smaller first: `shrinks`. `p` is scratch for a row.
template <class W, class T>
TGC_DRAW int64_t tgc_draw_counts(W* state, const int64_t* n, const T* pvals, int64_t* counts, T* p,
                                 int64_t rows, int64_t k, int64_t step_n, int64_t step_p,
                                 int64_t shrinks) {
  typename tgc_bits_of<W>::type bits{state};
  for (int64_t row = 0; row < rows && k > 0; ++row) {
    const T* const given = pvals + row * step_p;
    for (int64_t i = 0; i < k; ++i) p[i] = given[i];
    const double whole = static_cast<double>(tgc_pairwise_sum(p, k));
    if (shrinks != 0 && ((1.0 < whole && whole < 1.0 + 1e-5) || p[k - 1] < 5e-5)) {
      for (int64_t i = 0; i < k; ++i) p[i] *= static_cast<T>(1.0 - 5e-5);
    }
    int64_t left = n[row * step_n];
    double remaining = 1.0;
    double before_last = 0;
    bool is_ok = left >= 0;
    for (int64_t i = 0; i < k; ++i) {
      is_ok = is_ok && p[i] >= 0 && p[i] <= 1;
      if (i + 1 < k) before_last += static_cast<double>(p[i]);
    }
    if (!is_ok || before_last > 1.0 + 1e-12) return row;
    int64_t* const drawn = counts + row * k;
    for (int64_t i = 0; i < k; ++i) drawn[i] = 0;
    for (int64_t i = 0; i + 1 < k && left > 0; ++i) {
      const auto share = static_cast<double>(p[i]);
      drawn[i] = tgc_binomial_sample(bits, left, share / remaining);
      left -= drawn[i];
      remaining -= share;
    }
    if (left > 0) drawn[k - 1] = left;
  }
  return -1;
}

// `count` different positions with probabilities p[n] (all of p is used up), as NumPy draws them:
// uniform samples for all that are missing, until enough different ones have come. false: there
// are too few that are not 0, or p is none.
template <class W>
TGC_DRAW bool tgc_draw_distinct(W* state, double* p, int64_t* found, double* sums, int64_t count,
                                int64_t n) {
  typename tgc_bits_of<W>::type bits{state};
  int64_t possible = 0;
  double whole = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (!(p[i] >= 0)) return false;
    possible += p[i] > 0 ? 1 : 0;
    whole += p[i];
  }
  const double off = whole - 1;
  if (possible < count || off > 1.5e-8 || off < -1.5e-8) return false;
  for (int64_t known = 0; known < count;) {
    for (int64_t i = 0; i < known; ++i) p[found[i]] = 0;
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) sums[i] = sum += p[i];
    for (int64_t i = 0; i < n; ++i) sums[i] /= sum;
    int64_t next = known;
    for (int64_t missing = count - known; missing > 0; --missing) {
      const double u = bits.unit();
      int64_t low = 0;
      for (int64_t high = n; low < high;) {
        const int64_t middle = low + (high - low) / 2;
        if (u < sums[middle]) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      bool is_new = true;
      for (int64_t i = known; i < next; ++i) is_new = is_new && found[i] != low;
      if (is_new) found[next++] = low;
    }
    known = next;
  }
  return true;
}
