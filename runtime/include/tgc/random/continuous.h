// SPDX-License-Identifier: Apache-2.0
// Continuous distributions, sample by sample as NumPy draws them: the same words give the same
// bits, as long as the C library's functions are the same.
#pragma once

// The polar method (Marsaglia and Bray 1964) makes two samples; RandomState keeps one.
TGC_DRAW double tgc_normal(tgc_mt19937& bits) {
  uint32_t* const kept = bits.state + 625;
  double value = 0;
  if (kept[0] != 0) {
    const uint64_t stored = static_cast<uint64_t>(kept[2]) << 32 | kept[1];
    __builtin_memcpy(&value, &stored, sizeof value);
    kept[0] = kept[1] = kept[2] = 0;
    return value;
  }
  double x = 0, y = 0, square = 0;
  do {
    x = 2.0 * bits.unit() - 1.0;
    y = 2.0 * bits.unit() - 1.0;
    square = x * x + y * y;
  } while (square >= 1.0 || square == 0.0);
  const double scale = tgc_c_sqrt(-2.0 * tgc_c_log(square) / square);
  const double other = scale * x;
  uint64_t stored = 0;
  __builtin_memcpy(&stored, &other, sizeof stored);
  kept[0] = 1;
  kept[1] = static_cast<uint32_t>(stored);
  kept[2] = static_cast<uint32_t>(stored >> 32);
  return scale * y;
}

// Does a point between the heights of two edges lie under exp(-x^2 / 2)?
TGC_DRAW bool tgc_is_under_normal(tgc_pcg64& bits, int layer, double x) {
  const double outer = kTgcNormalEdges[layer];
  const double inner = layer == 1 ? 0 : kTgcNormalEdges[layer - 1];
  const double low = tgc_c_exp(-0.5 * outer * outer);
  const double high = tgc_c_exp(-0.5 * inner * inner);
  return (high - low) * bits.unit() + low < tgc_c_exp(-0.5 * x * x);
}
TGC_DRAW double tgc_normal(tgc_pcg64& bits) {
  constexpr double kTail = kTgcNormalEdges[255];
  constexpr double kInverse = 0.27366123732975828;
  for (;;) {
    const uint64_t word = bits.next64();
    const int layer = static_cast<int>(word & 0xff);
    const uint64_t magnitude = (word >> 9) & 0xfffffffffffffU;
    const double size =
        static_cast<double>(magnitude) * (kTgcNormalEdges[layer] / 4503599627370496.0);
    const double x = ((word >> 8) & 1) != 0 ? -size : size;
    const double inside = layer == 0 ? kTail : layer == 1 ? 0.0 : kTgcNormalEdges[layer - 1];
    if (size < inside) return x;
    if (layer > 0) {
      if (tgc_is_under_normal(bits, layer, x)) return x;
      continue;
    }
    for (;;) {
      const double beyond = -kInverse * tgc_c_log1p(-bits.unit());
      const double height = -tgc_c_log1p(-bits.unit());
      if (height + height > beyond * beyond) {
        return ((magnitude >> 8) & 1) != 0 ? -(kTail + beyond) : kTail + beyond;
      }
    }
  }
}

TGC_DRAW double tgc_exponential(tgc_mt19937& bits) {
  return -tgc_c_log(1.0 - bits.unit());
}
TGC_DRAW double tgc_exponential(tgc_pcg64& bits) {
  for (;;) {
    const uint64_t word = bits.next64() >> 3;
    const int layer = static_cast<int>(word & 0xff);
    const double outer = kTgcExponentialEdges[layer];
    const double x = static_cast<double>(word >> 8) * (outer / 9007199254740992.0);
    const double inner = layer == 0   ? kTgcExponentialEdges[255]
                         : layer == 1 ? 0.0
                                      : kTgcExponentialEdges[layer - 1];
    if (x < inner) return x;
    if (layer == 0) return kTgcExponentialEdges[255] - tgc_c_log1p(-bits.unit());
    const double low = tgc_c_exp(-outer);
    const double high = tgc_c_exp(-inner);
    if ((high - low) * bits.unit() + low < tgc_c_exp(-x)) return x;
  }
}

// Ahrens and Dieter 1974 below 1, Marsaglia and Tsang 2000 above.
template <class G>
TGC_DRAW double tgc_gamma_sample(G& bits, double shape) {
  if (shape == 1.0) return tgc_exponential(bits);
  if (shape == 0.0) return 0.0;
  if (shape < 1.0) {
    for (;;) {
      const double u = bits.unit();
      const double v = tgc_exponential(bits);
      if (u <= 1.0 - shape) {
        const double x = tgc_c_pow(u, 1. / shape);
        if (x <= v) return x;
      } else {
        const double y = -tgc_c_log((1 - u) / shape);
        const double x = tgc_c_pow(1.0 - shape + shape * y, 1. / shape);
        if (x <= v + y) return x;
      }
    }
  }
  const double b = shape - 1. / 3.;
  const double c = 1. / tgc_c_sqrt(9 * b);
  for (;;) {
    double x = 0, v = 0;
    do {
      x = tgc_normal(bits);
      v = 1.0 + c * x;
    } while (v <= 0.0);
    v = v * v * v;
    const double u = bits.unit();
    if (u < 1.0 - 0.0331 * (x * x) * (x * x)) return b * v;
    if (tgc_c_log(u) < 0.5 * x * x + b * (1. - v + tgc_c_log(v))) return b * v;
  }
}

// Jöhnk 1964 where both shapes are at most 1, else the share of one of two gamma samples.
template <class G>
TGC_DRAW double tgc_beta_sample(G& bits, double a, double b) {
  if (a > 1.0 || b > 1.0) {
    const double first = tgc_gamma_sample(bits, a);
    const double second = tgc_gamma_sample(bits, b);
    return first / (first + second);
  }
  constexpr double kTiny = 3e-103;
  if (a < kTiny && b < kTiny) return (a + b) * bits.unit() < a ? 1.0 : 0.0;
  for (;;) {
    const double u = bits.unit();
    const double v = bits.unit();
    const double x = tgc_c_pow(u, 1.0 / a);
    const double y = tgc_c_pow(v, 1.0 / b);
    if (x + y > 1.0 || u + v <= 0.0) continue;
    if (x + y > 0.0) return x / (x + y);
    double log_x = tgc_c_log(u) / a;
    double log_y = tgc_c_log(v) / b;
    const double most = log_x > log_y ? log_x : log_y;
    log_x -= most;
    log_y -= most;
    return tgc_c_exp(log_x - tgc_c_log(tgc_c_exp(log_x) + tgc_c_exp(log_y)));
  }
}

template <class G>
TGC_DRAW double tgc_laplace_sample(G& bits, double location, double scale) {
  for (;;) {
    const double u = bits.unit();
    if (u >= 0.5) return location - scale * tgc_c_log(2.0 - u - u);
    if (u > 0.0) return location + scale * tgc_c_log(u + u);
  }
}

template <class G>
TGC_DRAW double tgc_logistic_sample(G& bits, double location, double scale) {
  for (;;) {
    const double u = bits.unit();
    if (u > 0.0) return location + scale * tgc_c_log(u / (1.0 - u));
  }
}
