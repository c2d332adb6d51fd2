// SPDX-License-Identifier: Apache-2.0
// Distributions of counts, sample by sample as NumPy draws them.
#pragma once

// What the binomial distribution's algorithms need of n and p, p at most 1/2.
struct tgc_binomial_setup {
  int64_t n, mode;
  double p, q, middle, left, right, centre, tail_left, tail_right, triangle, p2, p3, p4;
};

// Sums the probabilities until they exceed a uniform sample; starts again when that takes too long.
template <class G>
TGC_DRAW int64_t tgc_binomial_inversion(G& bits, int64_t n, double p) {
  const auto trials = static_cast<double>(n);
  const double q = 1.0 - p;
  const double first = tgc_c_exp(trials * tgc_c_log(q));
  const double mean = trials * p;
  const double most = mean + 10.0 * tgc_c_sqrt(mean * q + 1);
  const auto limit = static_cast<int64_t>(trials < most ? trials : most);
  int64_t count = 0;
  double share = first;
  double u = bits.unit();
  while (u > share) {
    ++count;
    if (count > limit) {
      count = 0;
      share = first;
      u = bits.unit();
    } else {
      u -= share;
      share = (static_cast<double>(n - count + 1) * p * share) / (static_cast<double>(count) * q);
    }
  }
  return count;
}

// The hat of BTPE (Kachitvichyanukul and Schmeiser 1988): a triangle, a parallelogram, two tails.
TGC_DRAW tgc_binomial_setup tgc_binomial_hat(int64_t n, double p) {
  tgc_binomial_setup s{};
  const auto trials = static_cast<double>(n);
  s.n = n;
  s.p = p;
  s.q = 1.0 - p;
  const double top = trials * p + p;
  s.mode = static_cast<int64_t>(tgc_c_floor(top));
  s.centre = tgc_c_floor(2.195 * tgc_c_sqrt(trials * p * s.q) - 4.6 * s.q) + 0.5;
  s.middle = static_cast<double>(s.mode) + 0.5;
  s.left = s.middle - s.centre;
  s.right = s.middle + s.centre;
  s.triangle = 0.134 + 20.5 / (15.3 + static_cast<double>(s.mode));
  double slope = (top - s.left) / (top - s.left * p);
  s.tail_left = slope * (1.0 + slope / 2.0);
  slope = (s.right - top) / (s.right * s.q);
  s.tail_right = slope * (1.0 + slope / 2.0);
  s.p2 = s.centre * (1.0 + 2.0 * s.triangle);
  s.p3 = s.p2 + s.triangle / s.tail_left;
  s.p4 = s.p3 + s.triangle / s.tail_right;
  return s;
}

// Stirling's correction with the square of its argument given.
TGC_DRAW double tgc_stirling(double x, double square) {
  return (13680. - (462. - (132. - (99. - 140. / square) / square) / square) / square) / x /
         166320.;
}

// Is the probability of y at least v times the mode's?
TGC_DRAW bool tgc_binomial_accepts(const tgc_binomial_setup& s, int64_t y, double v) {
  const auto trials = static_cast<double>(s.n);
  const double spread = trials * s.p * s.q;
  const int64_t distance = y > s.mode ? y - s.mode : s.mode - y;
  const auto k = static_cast<double>(distance);
  if (distance <= 20 || k >= spread / 2.0 - 1) {
    const double ratio = s.p / s.q;
    const double a = ratio * (trials + 1);
    double f = 1.0;
    for (int64_t i = s.mode + 1; i <= y; ++i) f *= a / static_cast<double>(i) - ratio;
    for (int64_t i = y + 1; i <= s.mode; ++i) f /= a / static_cast<double>(i) - ratio;
    return v <= f;
  }
  const double width =
      (k / spread) * ((k * (k / 3.0 + 0.625) + 0.16666666666666666) / spread + 0.5);
  const double expected = -k * k / (2 * spread);
  const double log_v = tgc_c_log(v);
  if (log_v < expected - width) return true;
  if (log_v > expected + width) return false;
  const auto at = static_cast<double>(y);
  const auto mode = static_cast<double>(s.mode);
  const double x1 = at + 1, f1 = mode + 1, z = trials + 1 - mode, w = trials - at + 1;
  return log_v <= s.middle * tgc_c_log(f1 / x1) + (trials - mode + 0.5) * tgc_c_log(z / w) +
                      (at - mode) * tgc_c_log(w * s.p / (x1 * s.q)) + tgc_stirling(f1, f1 * f1) +
                      tgc_stirling(z, z * z) + tgc_stirling(x1, x1 * x1) + tgc_stirling(w, w * w);
}

template <class G>
TGC_DRAW int64_t tgc_binomial_btpe(G& bits, int64_t n, double p) {
  const tgc_binomial_setup s = tgc_binomial_hat(n, p);
  for (;;) {
    const double u = bits.unit() * s.p4;
    double v = bits.unit();
    if (u <= s.centre) return static_cast<int64_t>(tgc_c_floor(s.middle - s.centre * v + u));
    int64_t y = 0;
    if (u <= s.p2) {
      const double x = s.left + (u - s.centre) / s.triangle;
      const double off = static_cast<double>(s.mode) - x + 0.5;
      v = v * s.triangle + 1.0 - (off < 0 ? -off : off) / s.centre;
      if (v > 1.0) continue;
      y = static_cast<int64_t>(tgc_c_floor(x));
    } else if (u <= s.p3) {
      y = static_cast<int64_t>(tgc_c_floor(s.left + tgc_c_log(v) / s.tail_left));
      if (y < 0 || v == 0.0) continue;
      v = v * (u - s.p2) * s.tail_left;
    } else {
      y = static_cast<int64_t>(tgc_c_floor(s.right - tgc_c_log(v) / s.tail_right));
      if (y > n || v == 0.0) continue;
      v = v * (u - s.p3) * s.tail_right;
    }
    if (tgc_binomial_accepts(s, y, v)) return y;
  }
}

template <class G>
TGC_DRAW int64_t tgc_binomial_half(G& bits, int64_t n, double p) {
  return p * static_cast<double>(n) <= 30.0 ? tgc_binomial_inversion(bits, n, p)
                                            : tgc_binomial_btpe(bits, n, p);
}
// RandomState draws a word also where the result is certain.
TGC_DRAW bool tgc_is_certain(const tgc_mt19937&, int64_t, double) {
  return false;
}
TGC_DRAW bool tgc_is_certain(const tgc_pcg64&, int64_t n, double p) {
  return n == 0 || p == 0.0;
}
template <class G>
TGC_DRAW int64_t tgc_binomial_sample(G& bits, int64_t n, double p) {
  if (tgc_is_certain(bits, n, p)) return 0;
  return p <= 0.5 ? tgc_binomial_half(bits, n, p) : n - tgc_binomial_half(bits, n, 1.0 - p);
}

// The logarithm of the gamma function by Stirling's series, from 7 on; below by the recurrence.
TGC_DRAW double tgc_log_gamma(double x) {
  constexpr double kSeries[10] = {
      8.333333333333333e-02, -2.777777777777778e-03, 7.936507936507937e-04, -5.952380952380952e-04,
      8.417508417508418e-04, -1.917526917526918e-03, 6.410256410256410e-03, -2.955065359477124e-02,
      1.796443723688307e-01, -1.39243221690590e+00};
  if (x == 1.0 || x == 2.0) return 0.0;
  const int64_t steps = x < 7.0 ? static_cast<int64_t>(7 - x) : 0;
  double at = x + static_cast<double>(steps);
  const double square = (1.0 / at) * (1.0 / at);
  double sum = kSeries[9];
  for (int k = 8; k >= 0; --k) sum = sum * square + kSeries[k];
  double result = sum / at + 0.5 * 1.8378770664093453e+00 + (at - 0.5) * tgc_c_log(at) - at;
  for (int64_t k = 0; k < steps; ++k) {
    result -= tgc_c_log(at - 1.0);
    at -= 1.0;
  }
  return result;
}

// Products of uniform samples below 10, transformed rejection (Hörmann 1993) from there on.
template <class G>
TGC_DRAW int64_t tgc_poisson_sample(G& bits, double mean) {
  if (mean == 0) return 0;
  if (mean < 10) {
    const double limit = tgc_c_exp(-mean);
    double product = 1.0;
    for (int64_t count = 0;; ++count) {
      product *= bits.unit();
      if (product <= limit) return count;
    }
  }
  const double log_mean = tgc_c_log(mean);
  const double b = 0.931 + 2.53 * tgc_c_sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double most = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = bits.unit() - 0.5;
    const double v = bits.unit();
    const double rest = 0.5 - (u < 0 ? -u : u);
    const auto k = static_cast<int64_t>(tgc_c_floor((2 * a / rest + b) * u + mean + 0.43));
    if (rest >= 0.07 && v <= most) return k;
    if (k < 0 || (rest < 0.013 && v > rest)) continue;
    const double left = tgc_c_log(v) + tgc_c_log(inverse_alpha) - tgc_c_log(a / (rest * rest) + b);
    const auto count = static_cast<double>(k);
    if (left <= -mean + count * log_mean - tgc_log_gamma(count + 1)) return k;
  }
}

template <class G>
TGC_DRAW int64_t tgc_geometric_sample(G& bits, double p) {
  if (p < 0.333333333333333333333333) {
    const double z = -tgc_exponential(bits) / tgc_c_log1p(-p);
    const double up = -tgc_c_floor(-z);
    return up >= 9.223372036854776e+18 ? 0x7fffffffffffffff : static_cast<int64_t>(up);
  }
  int64_t count = 1;
  double sum = p, product = p;
  const double u = bits.unit();
  while (u > sum) {
    product *= 1.0 - p;
    sum += product;
    ++count;
  }
  return count;
}
