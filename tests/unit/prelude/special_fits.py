#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the polynomials of runtime/include/tgc/special/tables.h (needs mpmath).

Each entry is a smooth function on an interval, interpolated at Chebyshev points (within a factor of
two of the best polynomial of its degree) and written in powers of the variable counted from the
middle of the interval, lowest first. Run: special_fits.py > runtime/include/tgc/special/tables.h
"""
import sys

import mpmath as mp

mp.mp.prec = 240


def interpolate(f, low, high, terms):
    """Coefficients in powers of x - (low + high) / 2 of the polynomial through Chebyshev points."""
    low, high = mp.mpf(low), mp.mpf(high)
    middle, half = (low + high) / 2, (high - low) / 2
    count = terms
    angles = [mp.pi * (k + mp.mpf("0.5")) / count for k in range(count)]
    values = [f(middle + half * mp.cos(a)) for a in angles]
    series = [2 * mp.fsum(v * mp.cos(j * a) for v, a in zip(values, angles)) / count
              for j in range(count)]
    series[0] /= 2
    before, now = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    total = [mp.mpf(0)] * terms
    for j in range(terms):
        chosen = before if j == 0 else now
        for power, c in enumerate(chosen):
            total[power] += series[j] * c
        if j > 0:
            after = [mp.mpf(0)] + [2 * c for c in now]
            for power, c in enumerate(before):
                after[power] -= c
            before, now = now, after
    return middle, [c / half**power for power, c in enumerate(total)]


def rounded(value, bits):
    with mp.workprec(bits):
        return +value


def worst(f, low, high, middle, coefficients):
    low, high = mp.mpf(low), mp.mpf(high)
    error = mp.mpf(0)
    for k in range(301):
        x = low + (high - low) * k / 300
        if not low < x < high:
            continue
        want = f(x)
        error = max(error, abs(mp.polyval(coefficients[::-1], x - middle) / want - 1))
    return error


# --- the functions ------------------------------------------------------------------------------


def erfcx(x):
    return mp.exp(x * x) * mp.erfc(x)


def erfcx_scaled(q):
    """(1 + 2 a) erfcx(a), a = 4 (1 + q) / (1 - q)."""
    if 1 - q < mp.mpf("1e-30"):
        return 2 / mp.sqrt(mp.pi)
    a = 4 * (1 + q) / (1 - q)
    if a < 15:
        return (1 + 2 * a) * erfcx(a)
    # the continued fraction of Laplace
    fraction = mp.mpf(0)
    for n in range(600 if a < 40 else 120, 0, -1):
        fraction = mp.mpf(n) / 2 / (a + fraction)
    return (1 + 2 * a) / (a + fraction) / mp.sqrt(mp.pi)


def erf_ratio(z):
    x = mp.sqrt(z)
    return 2 / mp.sqrt(mp.pi) if x < mp.mpf("1e-25") else mp.erf(x) / x


def erfinv_ratio(w):
    """erfinv(x) / x, w = -log(1 - x^2)."""
    if w < mp.mpf("1e-40"):
        return mp.sqrt(mp.pi) / 2
    x = mp.sqrt(-mp.expm1(-w))
    if w < 1:
        return mp.erfinv(x) / x
    log_y = -w - mp.log1p(x)  # y = 1 - x
    z = mp.sqrt(w)
    for _ in range(100):  # Newton's iteration for log erfc(z) = log y
        step = (mp.log(mp.erfc(z)) - log_y) * mp.erfc(z) * mp.sqrt(mp.pi) / 2 * mp.exp(z * z)
        z += step
        if abs(step) < mp.mpf("1e-45"):
            break
    return z / x


def lgamma_ratio(y):
    """log gamma(y) / ((y - 1) (y - 2))."""
    for root in (1, 2):
        e = y - root
        if abs(e) < mp.mpf("1e-20"):
            return mp.psi(0, root) / (1 if root == 2 else -1)
    return mp.loggamma(y) / ((y - 1) * (y - 2))


def stirling(z):
    """(log gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) x, z = 1 / x^2."""
    if z < mp.mpf("1e-8"):
        return mp.mpf(1) / 12 - z / 360 + z * z / 1260 - z**3 / 1680
    x = 1 / mp.sqrt(z)
    return (mp.loggamma(x) - (x - 0.5) * mp.log(x) + x - mp.log(2 * mp.pi) / 2) * x


PSI_ROOT = mp.findroot(lambda x: mp.psi(0, x), mp.mpf("1.4616321449683623"))


def psi_ratio(x):
    e = x - PSI_ROOT
    return mp.psi(1, PSI_ROOT) if abs(e) < mp.mpf("1e-25") else mp.psi(0, x) / e


def psi_tail(z):
    """(log x - 1 / (2 x) - psi(x)) x^2, z = 1 / x^2."""
    if z < mp.mpf("1e-8"):
        return mp.mpf(1) / 12 - z / 120 + z * z / 252 - z**3 / 240
    x = 1 / mp.sqrt(z)
    return (mp.log(x) - 1 / (2 * x) - mp.psi(0, x)) * x * x


def trigamma_tail(z):
    """(psi'(x) - 1 / x - 1 / (2 x^2)) x^3, z = 1 / x^2."""
    if z < mp.mpf("1e-8"):
        return mp.mpf(1) / 6 - z / 30 + z * z / 42 - z**3 / 30
    x = 1 / mp.sqrt(z)
    return (mp.psi(1, x) - 1 / x - 1 / (2 * x * x)) * x**3


def modified_small(n):
    """(I_n(x) (2/x)^n n! - 1) / y for n in 0, 1; y = x^2 / 4."""
    def g(y):
        if y < mp.mpf("1e-30"):
            return mp.mpf(1) / (n + 1)
        x = 2 * mp.sqrt(y)
        return (mp.besseli(n, x) * (2 / x)**n - 1) / y
    return g


def modified_large(n):
    """I_n(x) e^-x sqrt(x), u = 1 / x."""
    def g(u):
        if u < mp.mpf("1e-30"):
            return 1 / mp.sqrt(2 * mp.pi)
        x = 1 / u
        if x > 80:
            total = term = mp.mpf(1)
            for k in range(1, 60):
                term *= -(4 * n * n - mp.mpf(2 * k - 1)**2) / (8 * k * x)
                if abs(term) < mp.mpf(2)**-230:
                    break
                total += term
            return total / mp.sqrt(2 * mp.pi)
        return mp.besseli(n, x) * mp.exp(-x) * mp.sqrt(x)
    return g


def bessel_small(n):
    """J_0(x) / ((z - r1) (z - r2)), J_1(x) / (x (z - r1) (z - r2)); z = x^2, roots r in z."""
    roots = [mp.besseljzero(n, k)**2 for k in (1, 2)]

    def g(z):
        for k, r in enumerate(roots):
            if abs(z - r) < mp.mpf("1e-25"):
                z = r + mp.mpf("1e-25")
        x = mp.sqrt(z)
        value = mp.besselj(0, x) if n == 0 else (mp.besselj(1, x) / x if x > mp.mpf("1e-30")
                                                 else mp.mpf("0.5"))
        return value / ((z - roots[0]) * (z - roots[1]))
    return g


def bessel_large(n, part):
    """P and x Q of Hankel's J_n(x) = sqrt(2 / (pi x)) (P cos c - Q sin c), in u = (5 / x)^2."""
    def g(u):
        if u < mp.mpf("1e-4"):
            x = 5 / mp.sqrt(u) if u > 0 else mp.mpf("1e40")
            p = q = mp.mpf(0)
            term = mp.mpf(1)
            for k in range(0, 80):
                if k % 2 == 0:
                    p += term * (-1)**(k // 2)
                else:
                    q += term * (-1)**(k // 2)
                term *= (4 * n * n - mp.mpf(2 * k + 1)**2) / ((k + 1) * 8 * x)
            return p if part == 0 else q * x
        x = 5 / mp.sqrt(u)
        c = x - n * mp.pi / 2 - mp.pi / 4
        j, y = mp.besselj(n, x), mp.bessely(n, x)
        scale = mp.sqrt(mp.pi * x / 2)
        p = scale * (j * mp.cos(c) + y * mp.sin(c))
        q = scale * (y * mp.cos(c) - j * mp.sin(c))
        return p if part == 0 else q * x
    return g


def temme(sign):
    """(1 / gamma(1 - m) -+ 1 / gamma(1 + m)) / 2, the difference divided by m; z = m^2."""
    def g(z):
        m = mp.sqrt(z)
        if m < mp.mpf("1e-25"):
            return -mp.euler if sign < 0 else mp.mpf(1)
        minus, plus = mp.rgamma(1 - m), mp.rgamma(1 + m)
        return (minus - plus) / (2 * m) if sign < 0 else (minus + plus) / 2
    return g


# name: (comment, [(type, function, low, high, terms)])
TABLE = {
    "erf": ("erf(x) / x in x^2 <= 1", [("double", erf_ratio, 0, 1, 13),
                                       ("float", erf_ratio, 0, 1, 7)]),
    "erfcx": ("(1 + 2 a) e^(a^2) erfc(a) in (a - 4) / (a + 4)",
              [("double", erfcx_scaled, -1, 1, 24), ("float", erfcx_scaled, -1, 1, 13)]),
    "erfinv_near": ("erfinv(x) / x in w = -log(1 - x^2) <= 5",
                    [("double", erfinv_ratio, 0, 5, 22)]),
    "erfinv_mid": ("the same in sqrt(w) <= 4.25",
                   [("double", lambda s: erfinv_ratio(s * s), mp.sqrt(5), 4.25, 24)]),
    "erfinv_far": ("the same times u in u = 1 / sqrt(w) < 1 / 4.25",
                   [("double", lambda u: erfinv_ratio(1 / (u * u)) * u, mp.mpf(1) / 28,
                     mp.mpf(1) / 4.25, 27)]),
    "lgamma": ("log gamma(y) / ((y - 1) (y - 2)) for 1.5 <= y <= 2.5",
               [("double", lgamma_ratio, 1.5, 2.5, 19), ("float", lgamma_ratio, 1.5, 2.5, 9)]),
    "stirling": ("x times the rest of Stirling's formula in 1 / x^2, x >= 2.5",
                 [("double", stirling, 0, 0.16, 14), ("float", stirling, 0, 0.16, 4)]),
    "psi": ("psi(x) / (x - its root), 1 <= x <= 2", [("double", psi_ratio, 1, 2, 22)]),
    "psi_tail": ("(log x - 1 / (2 x) - psi(x)) x^2 in 1 / x^2, x >= 2",
                 [("double", psi_tail, 0, 0.25, 18)]),
    "trigamma": ("psi'(x), 1 <= x <= 2", [("double", lambda x: mp.psi(1, x), 1, 2, 24)]),
    "trigamma_tail": ("(psi'(x) - 1 / x - 1 / (2 x^2)) x^3 in 1 / x^2, x >= 2",
                      [("double", trigamma_tail, 0, 0.25, 20)]),
    "i0_small": ("(I0(x) - 1) / y in y = x^2 / 4 <= 16", [("double", modified_small(0), 0, 16, 20)]),
    "i0_large": ("I0(x) e^-x sqrt(x) in 1 / x <= 1 / 8",
                 [("double", modified_large(0), 0, 0.125, 23)]),
    "i1_small": ("(2 I1(x) / x - 1) / y in y = x^2 / 4 <= 16",
                 [("double", modified_small(1), 0, 16, 20)]),
    "i1_large": ("I1(x) e^-x sqrt(x) in 1 / x <= 1 / 8",
                 [("double", modified_large(1), 0, 0.125, 23)]),
    "j0_small": ("J0(x) / ((x^2 - r1) (x^2 - r2)) in x^2 <= 25",
                 [("double", bessel_small(0), 0, 25, 15)]),
    "j0_cosine": ("Hankel's P of J0 in 25 / x^2", [("double", bessel_large(0, 0), 0, 1, 18)]),
    "j0_sine": ("x times Hankel's Q of J0 in 25 / x^2", [("double", bessel_large(0, 1), 0, 1, 20)]),
    "j1_small": ("J1(x) / (x (x^2 - r1) (x^2 - r2)) in x^2 <= 25",
                 [("double", bessel_small(1), 0, 25, 15)]),
    "j1_cosine": ("Hankel's P of J1 in 25 / x^2", [("double", bessel_large(1, 0), 0, 1, 18)]),
    "j1_sine": ("x times Hankel's Q of J1 in 25 / x^2", [("double", bessel_large(1, 1), 0, 1, 20)]),
    "temme_odd": ("(1 / gamma(1 - m) - 1 / gamma(1 + m)) / (2 m) in m^2 <= 1 / 4",
                  [("double", temme(-1), 0, 0.25, 9)]),
    "temme_even": ("(1 / gamma(1 - m) + 1 / gamma(1 + m)) / 2 in m^2 <= 1 / 4",
                   [("double", temme(1), 0, 0.25, 9)]),
}

HEAD = """\
// SPDX-License-Identifier: Apache-2.0
// The polynomials of the special functions, written by tests/unit/prelude/special_fits.py, which
// says what each stands for. The error is relative, before rounding in the evaluation.
#pragma once
// clang-format off
"""


def text(value, kind):
    return float(value).hex() + ("f" if kind == "float" else "")


def main():
    print(HEAD)
    for name in sys.argv[1:] or TABLE:
        comment, fits = TABLE[name]
        print("// " + comment)
        for kind, f, low, high, terms in fits:
            bits = 24 if kind == "float" else 53
            middle, exact = interpolate(f, low, high, terms)
            middle = rounded(middle, bits)
            coefficients = [rounded(c, bits) for c in exact]
            error = worst(f, low, high, middle, coefficients)
            print("// Error 2^%.1f." % float(mp.log(error, 2)))
            print("TGC_SPECIAL %s tgc_fit_%s(%s x) {" % (kind, name, kind))
            print("  return tgc_polynomial(x - %s," % text(middle, kind))
            words = [text(c, kind) for c in coefficients]
            lines = [", ".join(words[i:i + 3]) for i in range(0, len(words), 3)]
            print("      " + ",\n      ".join(lines) + ");")
            print("}")
    print("// clang-format on")


if __name__ == "__main__":
    main()
