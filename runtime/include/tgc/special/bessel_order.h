// SPDX-License-Identifier: Apache-2.0
// Bessel functions of real order. J and Y, I and K follow from two ratios: the continued fraction
// of J'/J (I'/I) at the order wanted, run down to an order mu in [-1/2, 1/2], and there Temme's
// series (x < 2) or Steed's fraction (DLMF 10.8, 10.10, 10.33; Temme, J. Comput. Phys. 19, 1975).
// Small x take the power series, large ones Hankel's expansion, or with large orders Debye's.
#pragma once

#include "tgc/special/bessel_large.h"

// (x/2)^v / gamma(v + 1) * sum of (sign x^2 / 4)^k / (k! (v + 1) … (v + k)); v may be negative.
TGC_SPECIAL_LOOP double tgc_bessel_series(double v, double x, double sign) {
  const double z = sign * 0.25 * x * x;
  double term = 1, sum = 1;
  for (double k = 1; k < 500; k += 1) {
    term *= z / (k * (v + k));
    sum += term;
    if (tgc_abs(term) < 1e-17 * tgc_abs(sum)) break;
  }
  if (v < 100) return sum * tgc_pow(0.5 * x, v) / tgc_gamma(v + 1);
  return sum * tgc_exp(v * tgc_log(0.5 * x) - tgc_gammaln_positive(v + 1));
}

// Hankel's expansion: P in first, Q in second; with sign 1 the sums for K and I.
TGC_SPECIAL_LOOP tgc_bessel_pair tgc_bessel_hankel(double v, double x, bool modified) {
  const double square = 4 * v * v;
  double term = 1, even = 1, odd = 0;
  for (int k = 1; k < 60; ++k) {
    const double next = term * (square - (2 * k - 1.0) * (2 * k - 1.0)) / (k * 8 * x);
    if (tgc_abs(next) > tgc_abs(term) && k > v) break;
    term = next;
    const double signed_term = modified || k % 4 < 2 ? term : -term;
    (k % 2 == 0 ? even : odd) += signed_term;
    if (tgc_abs(term) < 1e-17) break;
  }
  return {even, odd};
}

// The continued fraction of f'/f at order v > 0, by Lentz's algorithm; whether the fraction's
// denominators changed sign an odd number of times is the sign of f.
TGC_SPECIAL_LOOP tgc_bessel_pair tgc_bessel_ratio(double v, double x, double sign) {
  const double step = 2 / x;
  double h = v / x > kTgcTiny ? v / x : kTgcTiny;
  double b = step * v, d = 0, c = h, of = 1;
  for (int i = 0; i < 1000000; ++i) {
    b += step;
    d = b + sign * d;
    if (tgc_abs(d) < kTgcTiny) d = kTgcTiny;
    c = b + sign / c;
    if (tgc_abs(c) < kTgcTiny) c = kTgcTiny;
    d = 1 / d;
    const double factor = c * d;
    h *= factor;
    if (d < 0) of = -of;
    if (tgc_abs(factor - 1) < 2e-16) break;
  }
  return {h, of};
}

// Temme's series for Y_mu, Y_mu+1 (sign -1) or K_mu, K_mu+1 (sign 1) at 0 < x < 2.
TGC_SPECIAL_LOOP tgc_bessel_pair tgc_bessel_temme(double mu, double x, double sign) {
  const double pi_mu = kTgcHalfTurn * mu, log = -tgc_log(0.5 * x), e = mu * log;
  const double turn = tgc_abs(pi_mu) < 1e-8 ? 1.0 : pi_mu / tgc_sin(pi_mu);
  const double grow = tgc_exp(e), shrink = 1 / grow;
  const double sinh_ratio =
      tgc_abs(e) < 1e-3 ? 1 + e * e / 6 * (1 + e * e / 20) : 0.5 * (grow - shrink) / e;
  const double odd = tgc_fit_temme_odd(mu * mu), even = tgc_fit_temme_even(mu * mu);
  const double cosh = 0.5 * (grow + shrink);
  double f = turn * (odd * cosh + even * sinh_ratio * log);
  double p = 0.5 * grow / (even - mu * odd), q = 0.5 * shrink / (even + mu * odd);
  if (sign < 0) {  // Y
    const double scale = 2 / kTgcHalfTurn;
    f *= scale;
    p *= scale;
    q *= scale;
  }
  const double z = sign * 0.25 * x * x, half = 0.5 * pi_mu;
  const double sine = tgc_abs(half) < 1e-8 ? 1.0 : tgc_sin(half) / half;
  const double r = sign < 0 ? kTgcHalfTurn * half * sine * sine : 0.0;
  double c = 1, sum = f + r * q, next = p;
  for (double k = 1; k < 500; k += 1) {
    f = (k * f + p + q) / (k * k - mu * mu);
    c *= z / k;
    p /= k - mu;
    q /= k + mu;
    const double term = c * (f + r * q);
    sum += term;
    next += c * p - k * term;
    if (tgc_abs(term) < 1e-17 * tgc_abs(sum)) break;
  }
  return {sign * sum, sign * next * 2 / x};
}

// p + i q = (J' + i Y') / (J + i Y) at x >= 2: Steed's fraction
// -1 / (2 x) + i + (i / x) (1/4 - mu^2) / (2 (x + i) + (9/4 - mu^2) / (2 (x + 2 i) + …)).
TGC_SPECIAL_LOOP tgc_bessel_pair tgc_bessel_steed(double mu, double x) {
  // Lentz's algorithm on 2 (x + i) + a2 / (2 (x + 2 i) + …), whose inverse is wanted.
  double b_imaginary = 2, a = 0.25 - mu * mu;
  const double b_real = 2 * x;
  double c_real = b_real, c_imaginary = b_imaginary, d_real = 0, d_imaginary = 0;
  double f_real = b_real, f_imaginary = b_imaginary;
  const double first = a;
  for (int i = 1; i < 100000; ++i) {
    a += 2 * i;
    b_imaginary += 2;
    // d = 1 / (b + a d), c = b + a / c
    const double u = b_real + a * d_real, v = b_imaginary + a * d_imaginary;
    const double u_square = u * u + v * v;
    d_real = u / u_square;
    d_imaginary = -v / u_square;
    const double c_square = c_real * c_real + c_imaginary * c_imaginary;
    c_real = b_real + a * c_real / c_square;
    c_imaginary = b_imaginary - a * c_imaginary / c_square;
    const double t_real = c_real * d_real - c_imaginary * d_imaginary;
    const double t_imaginary = c_real * d_imaginary + c_imaginary * d_real;
    const double next = f_real * t_real - f_imaginary * t_imaginary;
    f_imaginary = f_real * t_imaginary + f_imaginary * t_real;
    f_real = next;
    if (tgc_abs(t_real - 1) + tgc_abs(t_imaginary) < 2e-16) break;
  }
  // i / x * first / f
  const double scale = first / (x * (f_real * f_real + f_imaginary * f_imaginary));
  return {-0.5 / x + scale * f_imaginary, 1 + scale * f_real};
}

// Beyond it J and Y near x = v are NaN, as SciPy has it; elsewhere they have their values.
inline constexpr double kTgcLargestOrder = 1073741824;

// J_v(x) and Y_v(x) for v >= 0 and x > 0.
TGC_SPECIAL_LOOP tgc_bessel_pair tgc_bessel_jy(double v, double x) {
  const double inverse = 1 / x;
  if (x > 50 && x > v * v) {
    const tgc_bessel_pair pq = tgc_bessel_hankel(v, x, false);
    const tgc_turn<double> turn = tgc_turn_of(0.5 * v + 0.25);
    const double sine = tgc_sin(x), cosine = tgc_cos(x);
    const double c = cosine * turn.cosine + sine * turn.sine;
    const double s = sine * turn.cosine - cosine * turn.sine;
    const double scale = tgc_sqrt(2 / kTgcHalfTurn * inverse);
    return {scale * (pq.first * c - pq.second * s), scale * (pq.first * s + pq.second * c)};
  }
  if (tgc_is_large_jy(v, x)) return tgc_debye_jy(v, x);
  if (tgc_is_vanishing_jy(v, x)) return {0.0, -TGC_INFINITY};
  if (v > kTgcLargestOrder) return {TGC_NAN, TGC_NAN};
  const double down = tgc_floor(x < 2 ? v + 0.5 : v - x + 1.5);
  const double steps = down > 0 ? down : 0.0, mu = v - steps;
  const tgc_bessel_pair ratio = tgc_bessel_ratio(v, x, -1);
  double now = ratio.second * 1e-250, slope = ratio.first * now, at_v = now;
  double factor = v * inverse;
  for (double l = steps; l > 0; l -= 1) {
    const double below = factor * now + slope;
    factor -= inverse;
    slope = factor * below - now;
    now = below;
    if (tgc_abs(now) > 1e200) {
      now *= 1e-250;
      slope *= 1e-250;
      at_v *= 1e-250;
    }
  }
  if (now == 0) now = 1e-300;
  const double f = slope / now, wronskian = 2 / kTgcHalfTurn * inverse;
  double j, y, y_next;
  if (x < 2) {
    const tgc_bessel_pair temme = tgc_bessel_temme(mu, x, -1);
    y = temme.first;
    y_next = temme.second;
    j = wronskian / (mu * inverse * y - y_next - f * y);
  } else {
    const tgc_bessel_pair pq = tgc_bessel_steed(mu, x);
    const double gamma = (pq.first - f) / pq.second;
    const double size = tgc_sqrt(wronskian / ((pq.first - f) * gamma + pq.second));
    j = now < 0 ? -size : size;
    y = j * gamma;
    y_next = mu * inverse * y - j * (pq.first * gamma + pq.second);
  }
  const double j_v = j * (at_v / now);
  for (double l = 1; l <= steps; l += 1) {
    const double above = 2 * (mu + l) * inverse * y_next - y;
    y = y_next;
    y_next = above;
  }
  return {j_v, y};
}

// I_v(x) e^-x and K_v(x) e^x for v >= 0 and x > 0.
TGC_SPECIAL_LOOP tgc_bessel_pair tgc_bessel_ik(double v, double x) {
  const double inverse = 1 / x;
  if (x > 50 && x > v * v) {
    const tgc_bessel_pair sums = tgc_bessel_hankel(v, x, true);
    const double scale = tgc_sqrt(0.5 / kTgcHalfTurn * inverse);
    return {scale * (sums.first - sums.second), kTgcHalfTurn * scale * (sums.first + sums.second)};
  }
  if (tgc_is_large_ik(v, x)) return tgc_debye_ik(v, x);
  const double steps = tgc_floor(v + 0.5), mu = v - steps;
  double now = 1e-250, slope = tgc_bessel_ratio(v, x, 1).first * now, at_v = now;
  double factor = v * inverse;
  for (double l = steps; l > 0; l -= 1) {
    const double below = factor * now + slope;
    factor -= inverse;
    slope = factor * below + now;
    now = below;
    if (now > 1e200) {
      now *= 1e-250;
      slope *= 1e-250;
      at_v *= 1e-250;
    }
  }
  double k, k_next;
  if (x < 2) {
    const tgc_bessel_pair temme = tgc_bessel_temme(mu, x, 1);
    const double grow = tgc_exp(x);
    k = temme.first * grow;
    k_next = temme.second * grow;
  } else {  // Temme's sum, beside Steed's algorithm for the fraction
    const double first = 0.25 - mu * mu;
    double a = -first, b = 2 * (1 + x), d = 1 / b, h = d, change = d;
    double before = 0, current = 1, c = first, q = first, sum = 1 + q * change;
    for (int i = 2; i < 100000; ++i) {
      a -= 2 * (i - 1);
      c = -a * c / i;
      const double next = (before - b * current) / a;
      before = current;
      current = next;
      q += c * next;
      b += 2;
      d = 1 / (b + a * d);
      change *= b * d - 1;
      h += change;
      const double term = q * change;
      sum += term;
      if (tgc_abs(term) < 1e-17 * tgc_abs(sum)) break;
    }
    k = tgc_sqrt(0.5 * kTgcHalfTurn * inverse) / sum;
    k_next = k * (mu + x + 0.5 - first * h) * inverse;
  }
  const double f = slope / now;
  const double i_mu = inverse / (f * k - mu * inverse * k + k_next);
  for (double l = 1; l <= steps; l += 1) {
    const double above = 2 * (mu + l) * inverse * k_next + k;
    k = k_next;
    k_next = above;
  }
  return {i_mu * (at_v / now), k};
}

TGC_SPECIAL double tgc_parity(double whole) {
  return whole - 2 * tgc_floor(0.5 * whole) == 0 ? 1.0 : -1.0;
}

// J_v(x); NaN for x < 0 unless v is whole.
TGC_SPECIAL_LOOP double tgc_jv(double v, double x) {
  const bool whole = tgc_floor(v) == v;
  if (v != v || x != x || tgc_isinf(x) || tgc_isinf(v) || (x < 0 && !whole)) return TGC_NAN;
  double sign = 1;
  if (x < 0) {
    sign = tgc_parity(v);
    x = -x;
  }
  if (v < 0 && whole) {
    sign *= tgc_parity(v);
    v = -v;
  }
  if (x == 0) {
    if (v >= 0) return v == 0 ? 1.0 : 0.0;
    return tgc_parity(tgc_floor(v)) < 0 ? TGC_INFINITY : -TGC_INFINITY;
  }
  if (v >= 0) {
    if (0.25 * x * x < v + 1) return sign * tgc_bessel_series(v, x, -1);
    return sign * tgc_bessel_jy(v, x).first;
  }
  if (x < 2 && v > -100) return tgc_bessel_series(v, x, -1);
  const tgc_turn<double> turn = tgc_turn_of(-v);
  const tgc_bessel_pair pair = tgc_bessel_jy(-v, x);
  const double first = turn.cosine == 0 ? 0.0 : turn.cosine * pair.first;
  return first - turn.sine * pair.second;
}

// I_v(x) e^-|x|; NaN for x < 0 unless v is whole.
TGC_SPECIAL_LOOP double tgc_ive(double v, double x) {
  const bool whole = tgc_floor(v) == v;
  if (v != v || x != x || tgc_isinf(x) || tgc_isinf(v) || (x < 0 && !whole)) return TGC_NAN;
  const double sign = x < 0 ? tgc_parity(v) : 1.0, a = tgc_abs(x);
  const double order = whole ? tgc_abs(v) : v;
  if (a == 0) return order == 0 ? 1.0 : (order > 0 ? 0.0 : (double)TGC_INFINITY);
  if (order >= 0) {
    if (a < 12 || 0.25 * a * a < order + 1)
      return sign * tgc_bessel_series(order, a, 1) * tgc_exp(-a);
    return sign * tgc_bessel_ik(order, a).first;
  }
  if (a < 2 && order > -100) return tgc_bessel_series(order, a, 1) * tgc_exp(-a);
  const tgc_bessel_pair pair = tgc_bessel_ik(-order, a);
  const double turn = 2 / kTgcHalfTurn * tgc_turn_of(-order).sine;
  return pair.first + turn * pair.second * tgc_exp(-2 * a);
}
TGC_SPECIAL double tgc_iv(double v, double x) {
  const double half = tgc_exp(0.5 * tgc_abs(x));
  return tgc_ive(v, x) * half * half;
}
// K_v(x) e^x; NaN for x < 0, infinite at 0.
TGC_SPECIAL_LOOP double tgc_kve(double v, double x) {
  if (!(x >= 0) || tgc_isinf(x) || v != v || tgc_isinf(v)) return TGC_NAN;
  return x == 0 ? (double)TGC_INFINITY : tgc_bessel_ik(tgc_abs(v), x).second;
}
TGC_SPECIAL float tgc_jv(float v, float x) {
  return (float)tgc_jv((double)v, (double)x);
}
TGC_SPECIAL float tgc_iv(float v, float x) {
  return (float)tgc_iv((double)v, (double)x);
}
TGC_SPECIAL float tgc_ive(float v, float x) {
  return (float)tgc_ive((double)v, (double)x);
}
TGC_SPECIAL float tgc_kve(float v, float x) {
  return (float)tgc_kve((double)v, (double)x);
}
