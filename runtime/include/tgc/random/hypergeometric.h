// SPDX-License-Identifier: Apache-2.0
// How many good ones are among those drawn from good and bad, as NumPy draws it: one by one where
// few are drawn, else by a ratio of uniform samples (Stadlober 1990). RandomState and Generator
// differ in where they change over and in how they draw one by one.
#pragma once

TGC_DRAW double tgc_log_factorial(int64_t k) {
  return tgc_log_gamma(static_cast<double>(k) + 1);
}

// Each uniform sample takes one of the rarer kind or not.
TGC_DRAW int64_t tgc_hypergeometric_few(tgc_mt19937& bits, int64_t good, int64_t bad,
                                        int64_t sample) {
  const int64_t others = bad + good - sample;
  const auto rarer = static_cast<double>(bad < good ? bad : good);
  double left = rarer;
  for (int64_t k = sample; left > 0.0 && k > 0; --k) {
    left -= tgc_c_floor(bits.unit() + left / static_cast<double>(others + k));
  }
  const auto taken = static_cast<int64_t>(rarer - left);
  return good > bad ? sample - taken : taken;
}
// Integers below the number that is left; of more than half the rest is drawn.
TGC_DRAW int64_t tgc_hypergeometric_few(tgc_pcg64& bits, int64_t good, int64_t bad,
                                        int64_t sample) {
  int64_t total = good + bad;
  const bool draws_rest = sample > total / 2;
  int64_t missing = draws_rest ? total - sample : sample;
  int64_t left = good;
  for (; missing > 0 && left > 0 && total > left; --missing) {
    --total;
    if (static_cast<int64_t>(tgc_masked_below(bits, static_cast<uint64_t>(total))) < left) --left;
  }
  if (total == left) left -= missing;
  return draws_rest ? left : good - left;
}

TGC_DRAW double tgc_more_share(const tgc_mt19937&, double share, double, double) {
  return 1.0 - share;
}
TGC_DRAW double tgc_more_share(const tgc_pcg64&, double, double more, double all) {
  return more / all;
}
TGC_DRAW double tgc_spread(const tgc_mt19937&, double rest, int64_t sample, int64_t) {
  return rest * static_cast<double>(sample);
}
TGC_DRAW double tgc_spread(const tgc_pcg64&, double rest, int64_t, int64_t drawn) {
  return rest * static_cast<double>(drawn);
}

template <class G>
TGC_DRAW int64_t tgc_hypergeometric_many(G& bits, int64_t good, int64_t bad, int64_t sample) {
  const int64_t all = good + bad;
  const int64_t drawn = sample < all - sample ? sample : all - sample;
  const int64_t fewer = good < bad ? good : bad;
  const int64_t more = good < bad ? bad : good;
  const auto whole = static_cast<double>(all);
  const double p = static_cast<double>(fewer) / whole;
  const double q = tgc_more_share(bits, p, static_cast<double>(more), whole);
  const double centre = static_cast<double>(drawn) * p + 0.5;
  const double spread = tgc_spread(bits, static_cast<double>(all - drawn), sample, drawn);
  const double deviation = tgc_c_sqrt(spread * p * q / static_cast<double>(all - 1) + 0.5);
  // 2 sqrt(2/e) and 3 - 2 sqrt(3/e)
  const double hat = 1.7155277699214135 * deviation + 0.8989161620588988;
  const auto log_weight = [&](int64_t k) {
    return tgc_log_factorial(k) + tgc_log_factorial(fewer - k) + tgc_log_factorial(drawn - k) +
           tgc_log_factorial(more - drawn + k);
  };
  const auto mode = static_cast<int64_t>(
      tgc_c_floor(static_cast<double>(drawn + 1) * static_cast<double>(fewer + 1) /
                  static_cast<double>(all + 2)));
  const double top = log_weight(mode);
  const auto most = static_cast<double>((drawn < fewer ? drawn : fewer) + 1);
  const double far = tgc_c_floor(centre + 16 * deviation);
  const double limit = most < far ? most : far;
  int64_t k = 0;
  for (;;) {
    const double u = bits.unit();
    const double v = bits.unit();
    const double x = centre + hat * (v - 0.5) / u;
    if (x < 0.0 || x >= limit) continue;
    k = static_cast<int64_t>(tgc_c_floor(x));
    const double t = top - log_weight(k);
    if (u * (4.0 - u) - 3.0 <= t) break;
    if (u * (u - t) < 1 && 2.0 * tgc_c_log(u) <= t) break;
  }
  if (good > bad) k = drawn - k;
  return drawn < sample ? good - k : k;
}

TGC_DRAW bool tgc_draws_many(const tgc_mt19937&, int64_t, int64_t sample) {
  return sample > 10;
}
TGC_DRAW bool tgc_draws_many(const tgc_pcg64&, int64_t all, int64_t sample) {
  return sample >= 10 && sample <= all - 10;
}
template <class G>
TGC_DRAW int64_t tgc_hypergeometric_sample(G& bits, int64_t good, int64_t bad, int64_t sample) {
  if (sample == 0) return 0;
  return tgc_draws_many(bits, good + bad, sample) ? tgc_hypergeometric_many(bits, good, bad, sample)
                                                  : tgc_hypergeometric_few(bits, good, bad, sample);
}
