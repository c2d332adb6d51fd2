// SPDX-License-Identifier: Apache-2.0
// The incomplete gamma and beta functions and their derivatives with respect to the parameters.
// Series and continued fractions (DLMF 8.7, 8.9, 8.17) are written for numbers that carry a
// derivative; the powers before them are formed so that large parameters cost no digits.
#pragma once

// A value and its derivative.
struct tgc_dual {
  double v, d;
};
TGC_SPECIAL tgc_dual operator+(tgc_dual a, tgc_dual b) {
  return {a.v + b.v, a.d + b.d};
}
TGC_SPECIAL tgc_dual operator-(tgc_dual a, tgc_dual b) {
  return {a.v - b.v, a.d - b.d};
}
TGC_SPECIAL tgc_dual operator*(tgc_dual a, tgc_dual b) {
  return {a.v * b.v, a.v * b.d + a.d * b.v};
}
TGC_SPECIAL tgc_dual operator/(tgc_dual a, tgc_dual b) {
  const double q = a.v / b.v;
  return {q, (a.d - q * b.d) / b.v};
}
TGC_SPECIAL tgc_dual tgc_plain(double x) {
  return {x, 0};
}

// log gamma(1 + a) for |a| <= 1/2, without loss near 0.
TGC_SPECIAL double tgc_gammaln1p(double a) {
  return a < -0.25 ? tgc_gammaln(1 + a)
                   : (1 + a) * a * tgc_fit_lgamma(a < -0.5 ? 1.5 : a + 2) - tgc_log1p(a);
}
// log gamma(x) minus Stirling's formula without its series, for x >= 2.5.
TGC_SPECIAL double tgc_stirling_rest(double x) {
  const double inverse = 1 / x;
  return inverse * tgc_fit_stirling(inverse * inverse);
}

// x^a e^-x / gamma(a + 1).
TGC_SPECIAL double tgc_gamma_power(double a, double x) {
  if (a < 0.5) return tgc_exp(a * tgc_log(x) - x - tgc_gammaln1p(a));
  if (a < 20) return tgc_exp(a * tgc_log(x) - x - tgc_gammaln_positive(a + 1));
  const double mu = (x - a) / a;
  const double rest = tgc_abs(mu) < 0.3 ? tgc_log1p_rest(mu) : tgc_log(x / a) - mu;
  return tgc_exp(a * rest - tgc_stirling_rest(a)) / tgc_sqrt(6.28318530717958647693 * a);
}

// P and Q, of which the smaller is computed, and dP / da.
struct tgc_gamma_pair {
  double lower, upper, slope;
};

// P = power (1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + …)
TGC_SPECIAL_LOOP tgc_gamma_pair tgc_gamma_series(double a, double x, bool with_slope) {
  const double power = tgc_gamma_power(a, x);
  tgc_dual term{1, 0}, sum{1, 0};
  for (double n = 1; n < 1e5; n += 1) {
    term = term * tgc_plain(x) / tgc_dual{a + n, 1};
    sum = sum + term;
    if (term.v < kTgcEnough * sum.v && tgc_abs(term.d) <= kTgcEnough * tgc_abs(sum.d)) break;
  }
  const double slope =
      with_slope ? power * (sum.d + sum.v * (tgc_log(x) - tgc_psi_positive(a + 1))) : 0.0;
  return {power * sum.v, 1 - power * sum.v, slope};
}

// Q = power a / (x + 1 - a - 1 (1 - a) / (x + 3 - a - …)), by Lentz's algorithm.
TGC_SPECIAL_LOOP tgc_gamma_pair tgc_gamma_fraction(double a, double x, bool with_slope) {
  const double power = tgc_gamma_power(a, x) * a;
  tgc_dual b{x + 1 - a, -1}, c = tgc_plain(1 / kTgcTiny), d = tgc_plain(1) / b, h = d;
  for (double n = 1; n < 1e5; n += 1) {
    const tgc_dual numerator{n * (a - n), n};
    b = b + tgc_plain(2);
    d = numerator * d + b;
    if (tgc_abs(d.v) < kTgcTiny) d.v = kTgcTiny;
    c = b + numerator / c;
    if (tgc_abs(c.v) < kTgcTiny) c.v = kTgcTiny;
    d = tgc_plain(1) / d;
    const tgc_dual factor = c * d;
    h = h * factor;
    if (tgc_abs(factor.v - 1) < 1e-16 && tgc_abs(factor.d) < 1e-16) break;
  }
  const double upper = power * h.v;
  const double slope =
      with_slope ? -(power * h.d + upper * (tgc_log(x) - tgc_psi_positive(a))) : 0.0;
  return {1 - upper, upper, slope};
}

// Q for small a and x: 1 - x^a / gamma(a + 1) (1 + a sum of (-x)^n / (n! (a + n))).
TGC_SPECIAL_LOOP tgc_gamma_pair tgc_gamma_small(double a, double x, bool with_slope) {
  tgc_dual sum{0, 0};
  double factor = 1;
  for (double n = 1; n < 60; n += 1) {
    factor *= -x / n;
    const tgc_dual term = tgc_plain(factor) / tgc_dual{a + n, 1};
    sum = sum + term;
    if (tgc_abs(term.v) <= 1e-18 * tgc_abs(sum.v)) break;
  }
  const double exponent = a * tgc_log(x) - tgc_gammaln1p(a);
  const double less = tgc_expm1(exponent);  // x^a / gamma(a + 1) - 1
  const double power = less < -0.5 ? tgc_exp(exponent) : 1 + less;
  const double lower = power * (1 + a * sum.v);
  const double upper = -less - power * a * sum.v;
  const double slope =
      with_slope ? lower * (tgc_log(x) - tgc_psi_positive(a + 1)) + power * (sum.v + a * sum.d)
                 : 0.0;
  return {lower, upper, slope};
}

// a above 10^8: the first terms of Temme's uniform expansion; the slope to first order in 1 / a.
TGC_SPECIAL_LOOP tgc_gamma_pair tgc_gamma_uniform(double a, double x) {
  const double mu = (x - a) / a;
  const double half_square = -tgc_log1p_rest(mu);
  const double eta = mu < 0 ? -tgc_sqrt(2 * half_square) : tgc_sqrt(2 * half_square);
  const double density = tgc_exp(-a * half_square) / tgc_sqrt(6.28318530717958647693 * a);
  const double c0 = tgc_abs(eta) > 0.01 ? 1 / mu - 1 / eta
                                        : tgc_polynomial(eta, -1.0 / 3, 1.0 / 12, -1.0 / 135,
                                                         -1.0 / 864, 1.0 / 2835);
  const double z = eta * tgc_sqrt(0.5 * a);
  return {0.5 * tgc_erfc(-z) - density * c0, 0.5 * tgc_erfc(z) + density * c0, -density};
}

TGC_SPECIAL_LOOP tgc_gamma_pair tgc_incomplete_gamma(double a, double x, bool with_slope) {
  const double nan = TGC_NAN, inf = TGC_INFINITY;
  if (!(a >= 0 && x >= 0) || (a == 0 && x == 0) || (a == inf && x == inf)) return {nan, nan, nan};
  if (a == 0 || x == inf) return {1, 0, a == 0 ? nan : 0.0};
  if (x == 0 || a == inf) return {0, 1, 0};
  if (a > 1e8) return tgc_gamma_uniform(a, x);
  if (x < 1.5 && a < 0.5) return tgc_gamma_small(a, x, with_slope);
  if (x < a + 1) return tgc_gamma_series(a, x, with_slope);
  return tgc_gamma_fraction(a, x, with_slope);
}
// The regularised incomplete gamma functions P(a, x) and Q(a, x), and dP / da.
TGC_SPECIAL double tgc_gammainc(double a, double x) {
  return tgc_incomplete_gamma(a, x, false).lower;
}
TGC_SPECIAL double tgc_gammaincc(double a, double x) {
  return tgc_incomplete_gamma(a, x, false).upper;
}
TGC_SPECIAL double tgc_gammainc_grad(double a, double x) {
  return tgc_incomplete_gamma(a, x, true).slope;
}
TGC_SPECIAL float tgc_gammainc(float a, float x) {
  return (float)tgc_gammainc((double)a, (double)x);
}
TGC_SPECIAL float tgc_gammaincc(float a, float x) {
  return (float)tgc_gammaincc((double)a, (double)x);
}
TGC_SPECIAL float tgc_gammainc_grad(float a, float x) {
  return (float)tgc_gammainc_grad((double)a, (double)x);
}

// log gamma(b) - log gamma(b + a) for b >= 10.
TGC_SPECIAL double tgc_gammaln_step(double b, double a) {
  return a - (b - 0.5) * tgc_log1p(a / b) - a * tgc_log(b + a) + tgc_stirling_rest(b) -
         tgc_stirling_rest(b + a);
}
// x^a y^b / (a B(a, b)), y = 1 - x.
TGC_SPECIAL_LOOP double tgc_beta_power(double a, double b, double x, double y) {
  if (a >= 10 && b >= 10) {
    const double delta = x * b - y * a;
    const double rest = a * tgc_log1p_rest(delta / a) + b * tgc_log1p_rest(-delta / b);
    const double tail = tgc_stirling_rest(a + b) - tgc_stirling_rest(a) - tgc_stirling_rest(b);
    return tgc_exp(rest + tail) * tgc_sqrt(b / (6.28318530717958647693 * a * (a + b)));
  }
  const double powers =
      a * (x < 0.5 ? tgc_log(x) : tgc_log1p(-y)) + b * (x < 0.5 ? tgc_log1p(-x) : tgc_log(y));
  const double big = a > b ? a : b, small = a > b ? b : a;
  const double beta =
      big >= 10 ? tgc_gammaln_positive(small) + tgc_gammaln_step(big, small)
                : tgc_gammaln_positive(a) + tgc_gammaln_positive(b) - tgc_gammaln_positive(a + b);
  return tgc_exp(powers - beta) / a;
}

// The fraction 1 / (1 + d1 / (1 + d2 / (1 + …))) of I_x(a, b) / power, by Lentz's algorithm.
TGC_SPECIAL_LOOP tgc_dual tgc_beta_fraction(tgc_dual a, tgc_dual b, double x) {
  const tgc_dual one = tgc_plain(1);
  tgc_dual c = one, d = one - (a + b) * tgc_plain(x) / (a + one);
  if (tgc_abs(d.v) < kTgcTiny) d.v = kTgcTiny;
  d = one / d;
  tgc_dual h = d;
  for (double m = 1; m < 2e4; m += 1) {
    const tgc_dual n = tgc_plain(m), at = a + tgc_plain(2 * m);
    const tgc_dual steps[2] = {n * (b - n) * tgc_plain(x) / ((at - one) * at),
                               tgc_plain(-x) * (a + n) * (a + b + n) / (at * (at + one))};
    tgc_dual change = one;
    for (int k = 0; k < 2; ++k) {
      d = one + steps[k] * d;
      if (tgc_abs(d.v) < kTgcTiny) d.v = kTgcTiny;
      c = one + steps[k] / c;
      if (tgc_abs(c.v) < kTgcTiny) c.v = kTgcTiny;
      d = one / d;
      change = c * d;
      h = h * change;
    }
    if (tgc_abs(change.v - 1) < 1e-16 && tgc_abs(change.d) < 1e-16) break;
  }
  return h;
}

// I_x(a, b) and its derivative along (da, db), where the fraction converges fast.
TGC_SPECIAL_LOOP tgc_dual tgc_beta_part(tgc_dual a, tgc_dual b, double x, double y) {
  const double power = tgc_beta_power(a.v, b.v, x, y);
  const tgc_dual h = tgc_beta_fraction(a, b, x);
  const double both = tgc_psi_positive(a.v + b.v) * (a.d + b.d);
  const double log_slope = a.d * (tgc_log(x) - tgc_psi_positive(a.v + 1)) +
                           b.d * (tgc_log(y) - tgc_psi_positive(b.v)) + both;
  return {power * h.v, power * (h.d + h.v * log_slope)};
}
TGC_SPECIAL_LOOP tgc_dual tgc_incomplete_beta(tgc_dual a, tgc_dual b, double x) {
  const double nan = TGC_NAN, inf = TGC_INFINITY;
  const bool outside = !(a.v >= 0 && b.v >= 0 && x >= 0 && x <= 1);
  if (outside || (a.v == 0 && b.v == 0) || (a.v == inf && b.v == inf)) return {nan, nan};
  if (x == 0 || x == 1) return {x, 0};
  if (a.v == 0 || b.v == inf) return {1, a.v == 0 ? nan : 0.0};
  if (b.v == 0 || a.v == inf) return {0, b.v == 0 ? nan : 0.0};
  const double y = 1 - x;
  if (x <= (a.v + 1) / (a.v + b.v + 2)) return tgc_beta_part(a, b, x, y);
  return tgc_plain(1) - tgc_beta_part(b, a, y, x);
}
// The regularised incomplete beta function I_x(a, b), and its derivatives by a and by b.
TGC_SPECIAL double tgc_betainc(double a, double b, double x) {
  return tgc_incomplete_beta({a, 0}, {b, 0}, x).v;
}
TGC_SPECIAL double tgc_betainc_grad_a(double a, double b, double x) {
  return tgc_incomplete_beta({a, 1}, {b, 0}, x).d;
}
TGC_SPECIAL double tgc_betainc_grad_b(double a, double b, double x) {
  return tgc_incomplete_beta({a, 0}, {b, 1}, x).d;
}
TGC_SPECIAL float tgc_betainc(float a, float b, float x) {
  return (float)tgc_betainc((double)a, (double)b, (double)x);
}
TGC_SPECIAL float tgc_betainc_grad_a(float a, float b, float x) {
  return (float)tgc_betainc_grad_a((double)a, (double)b, (double)x);
}
TGC_SPECIAL float tgc_betainc_grad_b(float a, float b, float x) {
  return (float)tgc_betainc_grad_b((double)a, (double)b, (double)x);
}
