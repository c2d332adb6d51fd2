#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints special_values.inc: values of the special functions to 40 digits, by mpmath, and what
SciPy says at poles, ends and outside the domain. Run: make_special_values.py > special_values.inc
Each row is X(function, arguments, value); arguments beyond its number are 0."""
import math

import mpmath as mp
from scipy import special

mp.mp.dps = 40
inf, nan = math.inf, math.nan


def golden(low, high, count, seed=0):
    """Numbers between low and high, evenly spread without a pattern."""
    step = 0.6180339887498949
    return [low + (high - low) * ((0.513 + seed * 0.37 + i * step) % 1) for i in range(count)]


def powers(low, high, count, seed=0):
    return [10.0**e for e in golden(low, high, count, seed)]


def mirrored(values):
    return values + [-v for v in values]


def erfcinv(y):
    """Newton's iteration for log erfc(z) = log y where mpmath's erfinv would lose digits."""
    if y > 1:
        return -erfcinv(2 - y)
    if y > 1e-3:
        return mp.erfinv(1 - y)
    z = mp.sqrt(-mp.log(y))
    for _ in range(60):
        z += (mp.log(mp.erfc(z)) - mp.log(y)) * mp.erfc(z) * mp.sqrt(mp.pi) / 2 * mp.exp(z * z)
    return z


def erfinv(x):
    return mp.erfinv(x) if abs(x) < 0.999 else mp.sign(x) * erfcinv(1 - abs(x))


def erfcx(x):
    with mp.workdps(80):
        if x > 1e6:
            return 1 / (x * mp.sqrt(mp.pi)) * (1 - 1 / (2 * x * x))
        return mp.exp(x * x) * mp.erfc(x)


def lower_gamma(a, x, digits):
    with mp.workdps(digits + 20):
        term = total = mp.mpf(1)
        n = 0
        while term > total * mp.mpf(10)**-(digits + 10):
            n += 1
            term *= x / (a + n)
            total += term
        return mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1)) * total


def gammainc(a, x):
    return lower_gamma(a, x, 40)


def gammaincc(a, x):
    digits = 60 + int(max(0, -mp.log10(a))) + int(max(0, x - a))
    with mp.workdps(digits):
        return 1 - lower_gamma(a, x, digits)


def gammainc_grad(a, x):
    with mp.workdps(60):
        step = min(mp.mpf(10)**-16, a / 1000)
        return mp.diff(lambda t: lower_gamma(t, x, 60), a, h=step)


def betainc(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def slope(f, at):
    def g(*args):
        with mp.workdps(50):
            def along(t):
                return f(*(args[:at] + (t,) + args[at + 1:]))
            return mp.diff(along, args[at], h=mp.mpf(10)**-15)
    return g


def pairs(*groups):
    return [p for first, second in groups for p in zip(first, second)]


def singles(values):
    return [(v,) for v in values]


GAMMA_PAIRS = pairs((golden(0.1, 10, 12), golden(0.1, 20, 12, 1)),
                    (powers(-6, 0, 8), powers(-6, 1, 8, 1)),
                    (golden(10, 300, 12), golden(10, 300, 12, 1)),
                    (golden(1000, 1100, 5), golden(950, 1150, 5, 1)))
BETA = [(a, b, x) for a, b, x in zip(golden(0.1, 10, 14) + powers(-1, 2.5, 8),
                                     golden(0.1, 10, 14, 1) + powers(-1, 2.5, 8, 1),
                                     golden(0, 1, 22, 2))]
ORDERS = pairs((golden(0, 10, 12), golden(0.1, 20, 12, 1)), (golden(-9, 0, 8), golden(0.1, 15, 8, 1)),
               (golden(0, 90, 8), golden(1, 150, 8, 1)), ([0, 1, 2, 5, -1, -4], golden(-20, 20, 6)),
               (golden(0, 3, 6), powers(-3, 3, 6)))
LARGE = [(20.25, 3000), (3, 5e4), (300.7, 2000), (999.9, 1500), (0, 1001), (0.3, 1100),
         (1000.5, 3), (2500.5, 2900.3), (-1500.5, 1500)]

def root(f, near, *args):
    """The zero of f near the value of SciPy's function `near`."""
    with mp.workdps(50):
        start = mp.mpf(float(near(*(float(a) for a in args))))
        return start * mp.exp(mp.findroot(lambda u: f(start * mp.exp(u)), (0, mp.mpf(1e-10))))


def gammaincinv(a, p):
    return root(lambda x: mp.log(gammainc(a, x) / p), special.gammaincinv, a, p)


def gammainccinv(a, q):
    return root(lambda x: mp.log(gammaincc(a, x) / q), special.gammainccinv, a, q)


def betaincinv(a, b, p):
    return root(lambda x: betainc(a, b, x) - p, special.betaincinv, a, b, p)


def ndtri_exp(y):
    return root(lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2) - y, special.ndtri_exp, y)


def owens_t(h, a):
    end = min(a, 12 / h)
    return mp.exp(-h * h / 2) / (2 * mp.pi) * mp.quad(
        lambda x: mp.exp(-h * h * x * x / 2) / (1 + x * x), mp.linspace(0, end, 9))


QUANTILES = pairs((golden(0.3, 9, 8), golden(0, 1, 8, 1)), (powers(-1, 2.5, 8), powers(-12, 0, 8, 1)))
SHAPES = list(zip(golden(-3, 5, 12), golden(-3, 5, 12, 1), golden(0.2, 8, 12, 2)))

# name: (function, arguments)
TABLE = {
    "erf": (mp.erf, singles(mirrored(golden(0, 3, 14) + powers(-8, 1, 6)))),
    "erfc": (mp.erfc, singles(mirrored(golden(0, 6, 12)) + golden(6, 26, 8))),
    "erfcx": (erfcx, singles(golden(-9, 0, 8) + golden(0, 5, 8) + powers(-3, 8, 8))),
    "erfinv": (erfinv, singles(mirrored(golden(0, 1, 10) + powers(-9, 0, 6)) +
                               [1 - p for p in powers(-14, -1, 6)])),
    "erfcinv": (erfcinv, singles(golden(0, 2, 12) + powers(-36, 0, 8) + [1e-300])),
    "log1mexp": (lambda x: mp.log(-mp.expm1(x)), singles([-v for v in golden(0, 3, 10) +
                                                           powers(-8, 1.5, 8)])),
    "gamma": (mp.gamma, singles(golden(0.01, 4, 10) + golden(4, 30, 8) + golden(-6, 0, 8))),
    "gammaln": (lambda x: mp.re(mp.loggamma(x)),
                singles(golden(0, 4, 16) + powers(-8, 10, 10) + golden(-6, 0, 8))),
    "psi": (lambda x: mp.psi(0, x), singles(golden(0, 4, 12) + powers(-8, 10, 8) +
                                            golden(-6, 0, 8))),
    "tri_gamma": (lambda x: mp.psi(1, x), singles(golden(0, 4, 10) + powers(-8, 10, 8) +
                                                  golden(-6, 0, 8))),
    "polygamma": (lambda n, x: mp.psi(int(n), x),
                  pairs(([0, 1, 2, 3, 4, 5, 6, 2, 3, 4], powers(-2, 3, 10)),
                        ([2, 3, 4, 2, 3], golden(-5, 0, 5)))),
    "gammainc": (gammainc, GAMMA_PAIRS),
    "gammaincc": (gammaincc, GAMMA_PAIRS),
    "gammainc_grad": (gammainc_grad, GAMMA_PAIRS[:32]),
    "betainc": (betainc, BETA),
    "betainc_grad_a": (slope(betainc, 0), BETA[::2]),
    "betainc_grad_b": (slope(betainc, 1), BETA[1::2]),
    "j0": (lambda x: mp.besselj(0, x), singles(golden(-5, 5, 10) + golden(5, 60, 8) +
                                               powers(-4, 4, 8))),
    "j1": (lambda x: mp.besselj(1, x), singles(golden(-5, 5, 10) + golden(5, 60, 8) +
                                               powers(-4, 4, 8))),
    "jv": (mp.besselj, ORDERS + LARGE),
    "i0": (lambda x: mp.besseli(0, x), singles(golden(-20, 20, 12) + golden(20, 80, 6))),
    "i1": (lambda x: mp.besseli(1, x), singles(golden(-20, 20, 12) + golden(20, 80, 6))),
    "iv": (mp.besseli, [p for p in ORDERS if abs(p[1]) < 80]),
    "ive": (lambda v, x: mp.besseli(v, x) * mp.exp(-abs(x)), ORDERS + LARGE),
    "kve": (lambda v, x: mp.besselk(v, x) * mp.exp(x),
            [p for p in ORDERS if p[1] > 0] + LARGE[:6] + LARGE[8:]),
    "gammaincinv": (gammaincinv, QUANTILES),
    "gammainccinv": (gammainccinv, QUANTILES),
    "betaincinv": (betaincinv, [(a, b, p) for a, b, p in zip(golden(0.3, 6, 10), golden(0.3, 90, 10, 1),
                                                             golden(0, 1, 10, 2))]),
    "ndtri_exp": (ndtri_exp, singles([-v for v in golden(0, 9, 8) + powers(-8, 5, 10)])),
    "owens_t": (owens_t, pairs((golden(0.01, 6, 10), golden(0, 4, 10, 1)),
                               (powers(-2, 1.4, 8), powers(-2, 2, 8, 1)))),
    "hyp2f1": (mp.hyp2f1, [(a, b, c, z) for (a, b, c), z in
                           zip(SHAPES * 2, golden(-1, 1, 12) + [-v for v in powers(-1, 4, 12)])] +
               [(1.5, 2, 3.25, 1 - v) for v in powers(-9, 0, 6)] + [(1, 2, 3, 0.999)]),
}

# Points where SciPy is asked; J and I of infinite arguments are left to it too.
ENDS = {
    "erf": [0, -0.0, inf, -inf, nan], "erfc": [inf, -inf, nan, 30], "erfcx": [inf, -inf, nan],
    "erfinv": [0, 1, -1, 1.5, -2, nan], "erfcinv": [0, 2, 1, -0.5, 3, nan],
    "gamma": [0, -0.0, -1, -2, inf, nan, 200, -200.5], "gammaln": [0, -0.0, -1, 1, 2, inf, nan],
    "psi": [0, -0.0, -1, -7, inf, nan], "j0": [0, inf, nan], "j1": [0, -inf, nan],
    "i0": [0, 800, nan], "i1": [0, -800, nan],
    "gammainc": [(0, 0), (0, 1), (1, 0), (0, inf), (inf, 0), (inf, 1), (1, inf), (inf, inf),
                 (-1, 1), (1, -1), (nan, 1), (1, nan)],
    "gammaincc": [(0, 0), (0, 1), (1, 0), (inf, 1), (1, inf), (inf, inf), (-1, 1), (1, nan)],
    "betainc": [(1, 2, 0), (1, 2, 1), (0, 2, 0.5), (1, 0, 0.5), (0, 0, 0.5), (1, 1, -0.5),
                (1, 1, 1.5), (-1, 1, 0.5), (1, nan, 0.5)],
    "jv": [(0, 0), (1, 0), (0.5, 0), (-0.5, 0), (-1.5, 0), (0.5, -1), (1, inf), (nan, 1),
           (1e9, 99e7), (1e9, 3)],
    "ive": [(1e9, 1e9)],
    "iv": [(0, 0), (1, 0), (-2, 0), (-0.5, 0), (0.5, -1), (nan, 1)],
    "kve": [(0, 0), (1, -1), (0.5, nan)],
    "gammaincinv": [(0, 0), (0, 1), (0, 0.3), (2, 0), (2, 1), (2, 1.5), (-1, 0.5), (nan, 0.5)],
    "gammainccinv": [(2, 0), (2, 1), (2, -0.5), (-1, 0.5)],
    "betaincinv": [(2, 3, 0), (2, 3, 1), (2, 3, -0.5), (0, 1, 0.5), (1, 2, nan)],
    "ndtri_exp": [0, -inf, 1, nan],
    "owens_t": [(1, inf), (inf, 1), (0, inf), (0, -2), (-1, 2), (1, 0), (nan, 1)],
    "hyp2f1": [(1, 2, 4, 1), (1, 2, 3, 1), (1, 2, 3, 2), (1, 2, -2, 0.5), (-1, 2, -2, 0.5),
               (-2, 2, 3, 5), (0, 1, 3, 4), (1, 2, 3, 0), (nan, 1, 1, 0.5)],
    "polygamma": [(2, 0), (2, -1), (3, -2), (2, inf), (2, nan)],
}


def text(value):
    value = float(value)
    if math.isnan(value):
        return "kNan"
    if math.isinf(value):
        return "kInf" if value > 0 else "-kInf"
    return value.hex()


def row(name, args, value):
    four = tuple(args) + (0,) * (4 - len(args))
    print("X(%s, %s, %s)" % (name, ", ".join(text(a) for a in four), text(value)))


def main():
    print("// SPDX-License-Identifier: Apache-2.0")
    print("// Made by make_special_values.py: values of special functions.")
    print("// clang-format off")
    for name, (f, arguments) in TABLE.items():
        for args in arguments:
            row(name, args, f(*(mp.mpf(a) for a in args)))
    print("// Ends, as SciPy has them.")
    for name, arguments in ENDS.items():
        for args in arguments:
            args = args if isinstance(args, tuple) else (args,)
            row(name, args, getattr(special, name)(*args))
    print("// clang-format on")


if __name__ == "__main__":
    main()
