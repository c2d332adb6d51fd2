// SPDX-License-Identifier: Apache-2.0
// Inverses of the incomplete gamma and beta functions and of the normal distribution's logarithm.
// All look for the root of a logarithm of the smaller tail over the logarithm of the variable,
// where the tails are nearly straight lines, by Newton's method inside a bracket that only shrinks.
#pragma once

struct tgc_bracket {
  double low, high;
};

// The next point of the search: where the tangent meets 0, else the middle of the bracket. `height`
// is positive right of the root, `slope` its derivative with respect to log x.
TGC_SPECIAL double tgc_next_root(tgc_bracket& around, double x, double height, double slope) {
  if (height > 0) {
    around.high = x;
  } else {
    around.low = x;
  }
  const double next = x * tgc_exp(-height / slope);
  if (next > around.low && next < around.high) return next;
  const double middle = tgc_sqrt(around.low) * tgc_sqrt(around.high);
  return middle > around.low && middle < around.high ? middle : x;
}

// The density of the gamma distribution, times x.
TGC_SPECIAL double tgc_gamma_rate(double a, double x) {
  return tgc_exp(a * tgc_log(x) - x - tgc_gammaln_positive(a));
}

// x with P(a, x) = p and Q(a, x) = q, where p + q = 1 and neither is 0.
TGC_SPECIAL_LOOP double tgc_inverse_gamma(double a, double p, double q) {
  const double start = tgc_exp((tgc_log(p) + tgc_gammaln_positive(a + 1)) / a);
  const bool is_lower = p <= 0.5;
  tgc_bracket around{1e-308, 1e308};
  double x = start < 0.5 * a ? start : a;
  if (!(x > 1e-300)) return x;  // below, the first term of P is all there is of it
  for (int i = 0; i < 200; ++i) {
    const double tail = is_lower ? tgc_gammainc(a, x) : tgc_gammaincc(a, x);
    const double height = is_lower ? tgc_log(tail / p) : tgc_log(q / tail);
    const double next = tgc_next_root(around, x, height, tgc_gamma_rate(a, x) / tail);
    const bool is_done = tgc_abs(next - x) <= 4e-16 * x;
    x = next;
    if (is_done) break;
  }
  return x;
}
TGC_SPECIAL bool tgc_is_probability(double p) {
  return p >= 0 && p <= 1;
}
// x with P(a, x) = p.
TGC_SPECIAL double tgc_gammaincinv(double a, double p) {
  if (!(a >= 0) || tgc_isinf(a) || !tgc_is_probability(p)) return TGC_NAN;
  if (p == 0) return 0.0;
  if (p == 1) return TGC_INFINITY;
  return a == 0 ? TGC_NAN : tgc_inverse_gamma(a, p, 1 - p);
}
// x with Q(a, x) = q.
TGC_SPECIAL double tgc_gammainccinv(double a, double q) {
  if (!(a >= 0) || tgc_isinf(a) || !tgc_is_probability(q)) return TGC_NAN;
  if (q == 1) return 0.0;
  if (q == 0) return TGC_INFINITY;
  return a == 0 ? TGC_NAN : tgc_inverse_gamma(a, 1 - q, q);
}

// The smaller of x and 1 - x, where I_x(a, b) = p, and which one it is.
TGC_SPECIAL_LOOP double tgc_betaincinv(double a, double b, double p) {
  if (!(a > 0) || !(b > 0) || tgc_isinf(a) || tgc_isinf(b) || !tgc_is_probability(p))
    return TGC_NAN;
  if (p == 0 || p == 1) return p;
  // on the left half the variable is x, on the right one 1 - x: a tail is a function of either
  const bool is_left = p <= tgc_betainc(a, b, 0.5), is_lower = p <= 0.5;
  const double first = is_left ? a : b, second = is_left ? b : a;
  const double tail_wanted = is_lower ? p : 1 - p;
  const double scale =
      tgc_gammaln_positive(a + b) - tgc_gammaln_positive(a) - tgc_gammaln_positive(b);
  tgc_bracket around{1e-308, 1};
  double x = 0.5;
  for (int i = 0; i < 200; ++i) {
    const bool is_near = is_left == is_lower;  // the tail that vanishes with x
    const double rest = 1 - x;
    const double tail = is_near ? tgc_betainc(first, second, x) : tgc_betainc(second, first, rest);
    const double rate = tgc_exp(first * tgc_log(x) + (second - 1) * tgc_log1p(-x) + scale);
    const double ratio = tgc_log(tail / tail_wanted);
    const double next = tgc_next_root(around, x, is_near ? ratio : -ratio, rate / tail);
    const bool is_done = tgc_abs(next - x) <= 4e-16 * x || next < 1e-300;
    x = next;
    if (is_done) break;
  }
  return is_left ? x : 1 - x;
}

// x with log Phi(x) = y, Phi the normal distribution.
TGC_SPECIAL_LOOP double tgc_ndtri_exp(double y) {
  if (!(y <= 0)) return TGC_NAN;
  if (y == 0) return TGC_INFINITY;
  if (tgc_isinf(y)) return y;
  const double root_two = 1.41421356237309504880;
  if (y > -0.5) return root_two * tgc_erfcinv(-2 * tgc_expm1(y));
  if (y > -300) return -root_two * tgc_erfcinv(2 * tgc_exp(y));
  double x = -tgc_sqrt(-2 * y);
  for (int i = 0; i < 8; ++i) {
    const double scaled = tgc_erfcx(-x / root_two);  // 2 Phi(x) e^(x^2 / 2)
    const double height = tgc_log(0.5 * scaled) - 0.5 * x * x - y;
    x -= height * scaled * 1.25331413731550025121;  // sqrt(pi / 2)
  }
  return x;
}

TGC_SPECIAL float tgc_gammaincinv(float a, float p) {
  return (float)tgc_gammaincinv((double)a, (double)p);
}
TGC_SPECIAL float tgc_gammainccinv(float a, float q) {
  return (float)tgc_gammainccinv((double)a, (double)q);
}
TGC_SPECIAL float tgc_betaincinv(float a, float b, float p) {
  return (float)tgc_betaincinv((double)a, (double)b, (double)p);
}
TGC_SPECIAL float tgc_ndtri_exp(float y) {
  return (float)tgc_ndtri_exp((double)y);
}
