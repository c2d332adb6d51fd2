// SPDX-License-Identifier: Apache-2.0
// Draws of more than two parameters: hypergeometric numbers, Dirichlet's rows, and positions
// without replacement from Generator. All give the number of the first bad sample, or -1.
#pragma once

template <class W>
TGC_DRAW int64_t tgc_draw_hypergeometric_numbers(W* state, const int64_t* good, const int64_t* bad,
                                                 const int64_t* sample, int64_t* result,
                                                 int64_t count, int64_t step_good, int64_t step_bad,
                                                 int64_t step_sample) {
  constexpr int64_t kMost = 1000000000;
  typename tgc_bits_of<W>::type bits{state};
  for (int64_t i = 0; i < count; ++i) {
    const int64_t g = good[i * step_good];
    const int64_t b = bad[i * step_bad];
    const int64_t n = sample[i * step_sample];
    if (g < 0 || b < 0 || n < 0 || g > kMost || b > kMost || n > g + b) return i;
    result[i] = tgc_hypergeometric_sample(bits, g, b, n);
  }
  return -1;
}

// Generator breaks a stick where all of alpha is small: gamma samples might all be 0.
TGC_DRAW bool tgc_breaks_stick(const tgc_mt19937&, double) {
  return false;
}
TGC_DRAW bool tgc_breaks_stick(const tgc_pcg64&, double most) {
  return most < 0.1;
}

template <class G>
TGC_DRAW void tgc_dirichlet_row(G& bits, const double* alpha, double* row, int64_t k) {
  double most = alpha[0];
  for (int64_t i = 1; i < k; ++i) most = alpha[i] > most ? alpha[i] : most;
  if (tgc_breaks_stick(bits, most)) {
    row[k - 1] = alpha[k - 1];  // sums from the end, each overwritten once it is used
    for (int64_t i = k - 2; i >= 0; --i) row[i] = row[i + 1] + alpha[i];
    double left = 1.0;
    for (int64_t i = 0; i + 1 < k; ++i) {
      const double share = row[i + 1] > 0 ? tgc_beta_sample(bits, alpha[i], row[i + 1]) : 1.0;
      row[i] = left * share;
      left *= 1. - share;
    }
    row[k - 1] = left;
    return;
  }
  double sum = 0.0;
  for (int64_t i = 0; i < k; ++i) sum += row[i] = tgc_gamma_sample(bits, alpha[i]);
  const double inverse = 1. / sum;
  for (int64_t i = 0; i < k; ++i) row[i] *= inverse;
}

template <class W>
TGC_DRAW int64_t tgc_draw_dirichlet_rows(W* state, const double* alpha, double* rows, int64_t count,
                                         int64_t k, int64_t step) {
  typename tgc_bits_of<W>::type bits{state};
  for (int64_t i = 0; i < count && k > 0; ++i) {
    for (int64_t j = 0; j < k; ++j) {
      if (!(alpha[i * step + j] > 0)) return i;
    }
    tgc_dirichlet_row(bits, alpha + i * step, rows + i * k, k);
  }
  return -1;
}

// `count` different numbers below n; `spare` has n elements. Few of many by Floyd's method (Bentley
// and Floyd 1987), put in an order drawn for them; else by exchanges from the end.
template <class W>
TGC_DRAW void tgc_draw_positions(W* state, int64_t* found, int64_t* spare, int64_t count,
                                 int64_t n) {
  typename tgc_bits_of<W>::type bits{state};
  const auto exchange = [&bits](int64_t* order, int64_t from, int64_t to) {
    for (int64_t i = from - 1; i >= to; --i) {
      const auto j = static_cast<int64_t>(tgc_below(bits, static_cast<uint64_t>(i)));
      const int64_t kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
  };
  if (n > 10000 && count > n / 50) {
    for (int64_t i = 0; i < n; ++i) spare[i] = i;
    exchange(spare, n, n - count > 1 ? n - count : 1);
    for (int64_t i = 0; i < count; ++i) found[i] = spare[n - count + i];
    return;
  }
  for (int64_t i = 0; i < n; ++i) spare[i] = 0;
  for (int64_t last = n - count; last < n; ++last) {
    const auto drawn = static_cast<int64_t>(tgc_below(bits, static_cast<uint64_t>(last)));
    const int64_t chosen = spare[drawn] == 0 ? drawn : last;
    spare[chosen] = 1;
    found[last - (n - count)] = chosen;
  }
  exchange(found, count, 1);
}
