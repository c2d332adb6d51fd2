// SPDX-License-Identifier: Apache-2.0
// Distributions made of samples of others, and Von Mises's, sample by sample as NumPy draws them.
#pragma once

template <class G>
TGC_DRAW double tgc_chisquare_sample(G& bits, double freedom) {
  return 2.0 * tgc_gamma_sample(bits, freedom / 2.0);
}

template <class G>
TGC_DRAW double tgc_f_sample(G& bits, double above, double below) {
  const double first = tgc_chisquare_sample(bits, above) * below;
  return first / (tgc_chisquare_sample(bits, below) * above);
}

template <class G>
TGC_DRAW double tgc_standard_t_sample(G& bits, double freedom) {
  const double normal = tgc_normal(bits);
  const double gamma = tgc_gamma_sample(bits, freedom / 2);
  return tgc_c_sqrt(freedom / 2) * normal / tgc_c_sqrt(gamma);
}

template <class G>
TGC_DRAW double tgc_weibull_sample(G& bits, double shape) {
  return shape == 0.0 ? 0.0 : tgc_c_pow(tgc_exponential(bits), 1. / shape);
}

TGC_DRAW double tgc_power_sample(tgc_mt19937& bits, double a) {
  return tgc_c_pow(1 - tgc_c_exp(-tgc_exponential(bits)), 1. / a);
}
TGC_DRAW double tgc_power_sample(tgc_pcg64& bits, double a) {
  return tgc_c_pow(-tgc_c_expm1(-tgc_exponential(bits)), 1. / a);
}

TGC_DRAW double tgc_rayleigh_sample(tgc_mt19937& bits, double mode) {
  return mode * tgc_c_sqrt(-2.0 * tgc_c_log1p(-bits.unit()));
}
TGC_DRAW double tgc_rayleigh_sample(tgc_pcg64& bits, double mode) {
  return mode * tgc_c_sqrt(2.0 * tgc_exponential(bits));
}

// Michael, Schucany and Haas 1976: the smaller root of a quadratic, or the larger. RandomState
// takes it by a difference that loses digits.
TGC_DRAW double tgc_wald_root(const tgc_mt19937&, double mean, double scale, double y) {
  return mean + mean / (2 * scale) * (y - tgc_c_sqrt(4 * scale * y + y * y));
}
TGC_DRAW double tgc_wald_root(const tgc_pcg64&, double mean, double scale, double y) {
  const double d = 1 + tgc_c_sqrt(1 + 4 * scale / y);
  return mean * (1 - 2 / d);
}
template <class G>
TGC_DRAW double tgc_wald_sample(G& bits, double mean, double scale) {
  const double normal = tgc_normal(bits);
  const double x = tgc_wald_root(bits, mean, scale, mean * normal * normal);
  return bits.unit() <= mean / (mean + x) ? x : mean * mean / x;
}

// Where the angle is nearly certain Generator draws a normal one.
TGC_DRAW bool tgc_is_narrow(const tgc_mt19937&, double) {
  return false;
}
TGC_DRAW bool tgc_is_narrow(const tgc_pcg64&, double kappa) {
  return kappa > 1e6;
}
// Best and Fisher 1979: a wrapped Cauchy distribution's angle, refused where too likely.
template <class G>
TGC_DRAW double tgc_vonmises_sample(G& bits, double centre, double kappa) {
  constexpr double kPi = 3.14159265358979323846;
  if (kappa != kappa) return kappa;
  if (kappa < 1e-8) return kPi * (2 * bits.unit() - 1);
  if (tgc_is_narrow(bits, kappa)) {
    const double angle = centre + tgc_c_sqrt(1. / kappa) * tgc_normal(bits);
    return angle < -kPi ? angle + 2 * kPi : angle > kPi ? angle - 2 * kPi : angle;
  }
  double s = 1. / kappa + kappa;
  if (kappa >= 1e-5) {
    const double r = 1 + tgc_c_sqrt(1 + 4 * kappa * kappa);
    const double rho = (r - tgc_c_sqrt(2 * r)) / (2 * kappa);
    s = (1 + rho * rho) / (2 * rho);
  }
  double w = 0;
  for (;;) {
    const double z = tgc_c_cos(kPi * bits.unit());
    w = (1 + s * z) / (s + z);
    const double y = kappa * (s - w);
    const double v = bits.unit();
    if (y * (2 - y) - v >= 0 || tgc_c_log(y / v) + 1 - y >= 0) break;
  }
  const double side = bits.unit();
  const double turned = (side < 0.5 ? -tgc_c_acos(w) : tgc_c_acos(w)) + centre;
  const double size = turned < 0 ? -turned : turned;
  const double wrapped = tgc_c_fmod(size + kPi, 2 * kPi) - kPi;
  return turned < 0 ? -wrapped : wrapped;
}

template <class G>
TGC_DRAW int64_t tgc_negative_binomial_sample(G& bits, double n, double p) {
  const double scale = (1 - p) / p;
  return tgc_poisson_sample(bits, scale * tgc_gamma_sample(bits, n));
}

// Uniform samples above 0; Generator keeps off those that lead to numbers that int64 has not.
TGC_DRAW double tgc_zipf_uniform(tgc_mt19937& bits, double) {
  return 1.0 - bits.unit();
}
TGC_DRAW double tgc_zipf_uniform(tgc_pcg64& bits, double exponent) {
  const double least = tgc_c_pow(9223372036854775807.0, -exponent);
  const double u = bits.unit();
  return u * least + (1 - u);
}
// Devroye 1986, X.6.1
template <class G>
TGC_DRAW int64_t tgc_zipf_sample(G& bits, double a) {
  if (a >= 1025) return 1;
  const double exponent = a - 1.0;
  const double b = tgc_c_pow(2.0, exponent);
  for (;;) {
    const double u = tgc_zipf_uniform(bits, exponent);
    const double v = bits.unit();
    const double x = tgc_c_floor(tgc_c_pow(u, -1.0 / exponent));
    if (x >= 9223372036854775807.0 || x < 1.0) continue;
    const double t = tgc_c_pow(1.0 + 1.0 / x, exponent);
    if (v * x * (t - 1.0) / (b - 1.0) <= t / b) return static_cast<int64_t>(x);
  }
}
