// SPDX-License-Identifier: Apache-2.0
// Bessel functions of large order or argument by Debye's expansions (DLMF 10.19, 10.41), which
// take as many operations whatever the order is.
#pragma once

struct tgc_bessel_pair {
  double first, second;  // J and Y; or I e^-x and K e^x
};

// U_k(p) (t/p)^k, k = 1 … 5, with p^2 = s: even k added in first, odd ones in second. `sign` is -1
// where p is imaginary: then s is -|p|^2 and the signs of i^k are taken along.
TGC_SPECIAL tgc_bessel_pair tgc_debye_sums(double s, double t, double sign) {
  const double u1 = (3 - 5 * s) / 24;
  const double u2 = tgc_polynomial(s, 81.0, -462.0, 385.0) / 1152;
  const double u3 = tgc_polynomial(s, 30375.0, -369603.0, 765765.0, -425425.0) / 414720;
  const double u4 =
      tgc_polynomial(s, 4465125.0, -94121676.0, 349922430.0, -446185740.0, 185910725.0) / 39813120;
  const double u5 = tgc_polynomial(s, 1519035525.0, -49286948607.0, 284499769554.0, -614135872350.0,
                                   566098157625.0, -188699385875.0) /
                    6688604160.0;
  const double z = sign * t * t;
  return {1 + z * (u2 + z * u4), t * (u1 + z * (u3 + z * u5))};
}

// Whether tgc_debye_ik is exact to double's last places: the terms fall like (x^2 + v^2)^-1/2.
TGC_SPECIAL bool tgc_is_large_ik(double v, double x) {
  return v > 1e3 || x > 1e3;
}

// I_v(x) e^-x and K_v(x) e^x for v >= 0 and x > 0 of which one is large.
TGC_SPECIAL_LOOP tgc_bessel_pair tgc_debye_ik(double v, double x) {
  const double most = v > x ? v : x, a = v / most, b = x / most;
  const double length = most * tgc_sqrt(a * a + b * b), p = v / length, z = v / x;
  // v^2 / (length + x) - v asinh(v / x)
  const double root = tgc_sqrt(1 + z * z);
  const double asinh = z < 1e150 ? tgc_log1p(z + z * z / (1 + root)) : tgc_log(z) + tgc_log(2.0);
  const double grow = v * (v / (length + x)) - v * asinh;
  const tgc_bessel_pair sums = tgc_debye_sums(p * p, 1 / length, 1);
  const double size = tgc_sqrt(1 / length), half_root = tgc_sqrt(0.5 / kTgcHalfTurn);
  return {half_root * size * tgc_exp(grow) * (sums.first + sums.second),
          kTgcHalfTurn * half_root * size * tgc_exp(-grow) * (sums.first - sums.second)};
}

// Whether tgc_debye_jy is exact: x > v, and far enough from v.
TGC_SPECIAL bool tgc_is_large_jy(double v, double x) {
  if (!(x > 1e3) || !(x > v)) return false;
  const double r = tgc_sqrt((x - v) / x) * tgc_sqrt((x + v) / x) * x;
  return r > 1e3 && v / r * (v / r) < 3e-3 * r;
}

// J_v(x) and Y_v(x) for v >= 0 where tgc_is_large_jy.
TGC_SPECIAL_LOOP tgc_bessel_pair tgc_debye_jy(double v, double x) {
  const double r = tgc_sqrt((x - v) / x) * tgc_sqrt((x + v) / x) * x, p = v / r;
  const double turned = v == 0 ? 0.0 : v * tgc_arctan(r / v);
  const tgc_bessel_pair sums = tgc_debye_sums(-p * p, 1 / r, -1);
  // the phase r - turned - pi/4, of which the sines are taken apart: no digits of r are lost
  const double rest = turned + 0.25 * kTgcHalfTurn;
  const double sine = tgc_sin(r) * tgc_cos(rest) - tgc_cos(r) * tgc_sin(rest);
  const double cosine = tgc_cos(r) * tgc_cos(rest) + tgc_sin(r) * tgc_sin(rest);
  const double size = tgc_sqrt(2 / kTgcHalfTurn / r);
  return {size * (cosine * sums.first + sine * sums.second),
          size * (sine * sums.first - cosine * sums.second)};
}

// Whether J_v(x) is below every double (and Y_v(x) above): v (arcosh(v/x) - tanh) is large there.
TGC_SPECIAL bool tgc_is_vanishing_jy(double v, double x) {
  if (!(v > 1e3) || !(v > x)) return false;
  const double tanh = tgc_sqrt((v - x) / v) * tgc_sqrt((v + x) / v);
  return v * (0.5 * tgc_log1p(2 * tanh / (1 - tanh)) - tanh) > 800;
}
