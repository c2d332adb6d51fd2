// SPDX-License-Identifier: Apache-2.0
// Owen's T function, T(h, a) = 1 / (2 pi) * the integral of exp(-h^2 (1 + x^2) / 2) / (1 + x^2)
// over x from 0 to a: by Gauss-Legendre's rule of 32 points for a <= 1, by the function's
// reflection (Owen, Ann. Math. Stat. 27, 1956) for larger ones.
#pragma once

// The rule's points at -x and x around the middle of [0, end].
TGC_SPECIAL double tgc_owens_pair(double h, double end, double x, double weight) {
  const double first = 0.5 * end * (1 - x), second = 0.5 * end * (1 + x);
  const double one = tgc_exp(-0.5 * h * h * first * first) / (1 + first * first);
  const double two = tgc_exp(-0.5 * h * h * second * second) / (1 + second * second);
  return weight * (one + two);
}

// T(h, a) for h >= 0 and 0 <= a <= 1.
TGC_SPECIAL_LOOP double tgc_owens_t_small(double h, double a) {
  const double end = h * a > 9 ? 9 / h : a;  // beyond, nothing is left of the integrand
  double sum = 0;
  sum += tgc_owens_pair(h, end, 0.04830766568773832, 0.0965400885147278);
  sum += tgc_owens_pair(h, end, 0.1444719615827965, 0.09563872007927486);
  sum += tgc_owens_pair(h, end, 0.23928736225213706, 0.09384439908080457);
  sum += tgc_owens_pair(h, end, 0.33186860228212767, 0.09117387869576389);
  sum += tgc_owens_pair(h, end, 0.42135127613063533, 0.08765209300440381);
  sum += tgc_owens_pair(h, end, 0.5068999089322294, 0.08331192422694675);
  sum += tgc_owens_pair(h, end, 0.5877157572407623, 0.07819389578707031);
  sum += tgc_owens_pair(h, end, 0.6630442669302152, 0.0723457941088485);
  sum += tgc_owens_pair(h, end, 0.7321821187402897, 0.06582222277636185);
  sum += tgc_owens_pair(h, end, 0.7944837959679424, 0.058684093478535544);
  sum += tgc_owens_pair(h, end, 0.84936761373257, 0.050998059262376175);
  sum += tgc_owens_pair(h, end, 0.8963211557660521, 0.04283589802222668);
  sum += tgc_owens_pair(h, end, 0.9349060759377397, 0.03427386291302143);
  sum += tgc_owens_pair(h, end, 0.9647622555875064, 0.02539206530926206);
  sum += tgc_owens_pair(h, end, 0.9856115115452684, 0.01627439473090567);
  sum += tgc_owens_pair(h, end, 0.9972638618494816, 0.007018610009470096);
  return tgc_exp(-0.5 * h * h) * 0.5 * end * sum / (2 * kTgcHalfTurn);
}

TGC_SPECIAL_LOOP double tgc_owens_t(double h, double a) {
  if (h != h || a != a) return TGC_NAN;
  const double sign = a < 0 ? -1.0 : 1.0;
  h = tgc_abs(h);
  a = tgc_abs(a);
  if (tgc_isinf(h) || a == 0) return 0.0;
  if (a <= 1) return sign * tgc_owens_t_small(h, a);
  const double root_half = 0.70710678118654752440, q = 0.5 * tgc_erfc(h * root_half);
  if (tgc_isinf(a)) return sign * 0.5 * q;
  const double product = h * a, q_product = 0.5 * tgc_erfc(product * root_half);
  const double reflected = tgc_isinf(product) ? 0.0 : tgc_owens_t_small(product, 1 / a);
  return sign * (0.5 * (q + q_product) - q * q_product - reflected);
}
TGC_SPECIAL float tgc_owens_t(float h, float a) {
  return (float)tgc_owens_t((double)h, (double)a);
}
