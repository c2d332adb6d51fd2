// SPDX-License-Identifier: Apache-2.0
// Gauss's hypergeometric function of real arguments, F(a, b; c; z) for z <= 1: its power series for
// |z| <= 1/2, Pfaff's transformation for smaller z (DLMF 15.8.1), and towards 1 a chain of Taylor
// series that follow from the differential equation (DLMF 15.10.1), each of which halves the
// distance: so no case of c - a - b is special.
#pragma once

struct tgc_value_and_slope {
  double value, slope;
};

TGC_SPECIAL bool tgc_is_nonpositive_whole(double x) {
  return x <= 0 && tgc_floor(x) == x;
}

// The power series; ends with the polynomial where a or b is a whole number <= 0.
TGC_SPECIAL_LOOP tgc_value_and_slope tgc_hypergeometric_series(double a, double b, double c,
                                                               double z) {
  double term = 1, sum = 1, slope = 0;
  for (double n = 0; n < 100000; n += 1) {
    const double ratio = (a + n) * (b + n) / ((c + n) * (n + 1));
    slope += term * ratio * (n + 1);
    term *= ratio * z;
    sum += term;
    const bool is_falling = tgc_abs(ratio * z) < 0.9 || term == 0;
    if (is_falling && tgc_abs(term) * (n + 2) <= 1e-18 * tgc_abs(sum)) break;
  }
  return {sum, slope};
}

// From z to z + step by Taylor's series; |step| at most half the distance to 0 and to 1.
TGC_SPECIAL_LOOP tgc_value_and_slope tgc_hypergeometric_step(double a, double b, double c, double z,
                                                             double one_minus_z, double step,
                                                             tgc_value_and_slope from) {
  double term = from.value, next = from.slope * step;  // the coefficients times step^n
  tgc_value_and_slope to = {0, 0};
  for (double n = 0; n < 2000; n += 1) {
    to.value += term;
    to.slope += (n + 1) * next / step;
    const double size = tgc_abs(term) + tgc_abs(next);
    if (n > 8 && size * (n + 1) <= 1e-18 * tgc_abs(to.value)) break;
    const double linear = (one_minus_z - z) * n + c - (a + b + 1) * z;
    const double far = (a + n) * (b + n) * step * term - linear * (n + 1) * next;
    const double after = far / (z * (n + 1) * (n + 2)) * (step / one_minus_z);
    term = next;
    next = after;
  }
  return to;
}

// 1/2 < z < 1, given as 1 - z.
TGC_SPECIAL_LOOP double tgc_hypergeometric_near_one(double a, double b, double c,
                                                    double one_minus_z) {
  tgc_value_and_slope at = tgc_hypergeometric_series(a, b, c, 0.5);
  double rest = 0.5;
  for (int i = 0; i < 1100 && rest > one_minus_z; ++i) {
    const double next = 0.5 * rest > one_minus_z ? 0.5 * rest : one_minus_z;
    at = tgc_hypergeometric_step(a, b, c, 1 - rest, rest, rest - next, at);
    rest = next;
  }
  return at.value;
}

TGC_SPECIAL_LOOP double tgc_hypergeometric(double a, double b, double c, double z) {
  if (tgc_abs(z) <= 0.5) return tgc_hypergeometric_series(a, b, c, z).value;
  if (z > 0) return tgc_hypergeometric_near_one(a, b, c, 1 - z);
  // (1 - z)^-a F(a, c - b; c; z / (z - 1)) with the smaller exponent
  const double first = tgc_abs(a) < tgc_abs(b) ? a : b, second = tgc_abs(a) < tgc_abs(b) ? b : a;
  const double scale = tgc_exp(-first * tgc_log1p(-z)), other = c - second;
  const double inner = z / (z - 1), rest = 1 / (1 - z);
  if (inner <= 0.5 || tgc_is_nonpositive_whole(other))
    return scale * tgc_hypergeometric_series(first, other, c, inner).value;
  return scale * tgc_hypergeometric_near_one(first, other, c, rest);
}

// gamma(c) gamma(c - a - b) / (gamma(c - a) gamma(c - b)), its value at 1 where c > a + b.
TGC_SPECIAL_LOOP double tgc_hypergeometric_at_one(double a, double b, double c) {
  if (tgc_is_nonpositive_whole(c - a) || tgc_is_nonpositive_whole(c - b)) return 0.0;
  const double size =
      tgc_gammaln(c) + tgc_gammaln(c - a - b) - tgc_gammaln(c - a) - tgc_gammaln(c - b);
  const double signs[3] = {c, c - a, c - b};
  double sign = 1;
  for (const double x : signs) {
    if (x < 0 && tgc_floor(0.5 * tgc_floor(x)) * 2 != tgc_floor(x)) sign = -sign;
  }
  return sign * tgc_exp(size);
}

// F(a, b; c; z); infinite beyond z = 1 and at the poles c = 0, -1, …, as SciPy has it.
TGC_SPECIAL_LOOP double tgc_hyp2f1(double a, double b, double c, double z) {
  if (a != a || b != b || c != c || z != z) return TGC_NAN;
  if (z == 0) return 1.0;
  if (a == c || b == c) {
    if (z < 1) return tgc_exp(-(a == c ? b : a) * tgc_log1p(-z));
  }
  if ((a == 0 || b == 0) && c != 0) return 1.0;
  const bool a_ends = tgc_is_nonpositive_whole(a), b_ends = tgc_is_nonpositive_whole(b);
  const double last = a_ends && b_ends ? (a > b ? a : b) : (a_ends ? a : b);
  const bool is_polynomial = a_ends || b_ends;
  if (tgc_is_nonpositive_whole(c) && !(is_polynomial && last > c)) return TGC_INFINITY;
  if (is_polynomial && -last < 100000) return tgc_hypergeometric_series(a, b, c, z).value;
  if (z > 1) return TGC_INFINITY;
  if (z == 1) return c - a - b > 0 ? tgc_hypergeometric_at_one(a, b, c) : (double)TGC_INFINITY;
  if (tgc_isinf(z)) return TGC_NAN;
  return tgc_hypergeometric(a, b, c, z);
}
TGC_SPECIAL float tgc_hyp2f1(float a, float b, float c, float z) {
  return (float)tgc_hyp2f1((double)a, (double)b, (double)c, (double)z);
}
