#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the polynomial coefficients of runtime/include/tgc/prelude (needs mpmath).

Each entry of TABLE is a function g on [low, high], the weight that turns the polynomial's error
into the relative error of the result, and the precision of each coefficient. They are
rounded one after the other, lowest first, and the rest is solved again each time, so that rounding
costs almost nothing. Run: minimax.py [name ...]
"""
import sys

import mpmath as mp

mp.mp.prec = 200


def least_squares(xs, weights, basis, target):
    """Coefficients c that minimise sum(weights * (basis c - target)^2), by the normal equations."""
    count = len(basis)
    left, right = mp.matrix(count, count), mp.matrix(count, 1)
    for i in range(count):
        scaled = [w * v for w, v in zip(weights, basis[i])]
        right[i] = mp.fdot(scaled, target)
        for j in range(i + 1):
            left[i, j] = left[j, i] = mp.fdot(scaled, basis[j])
    return list(mp.lu_solve(left, right))


def solve(xs, weights, powers, target, rounds=12):
    """Coefficients of sum(c_i x^powers_i) with nearly the least max |weight * (sum - target)|.

    Lawson's iteration: least squares whose weights grow where the error is large. (Remez exchange
    needs a Haar space, which powers without the constant are not on an interval around 0.)
    """
    basis = [[w * x**p for x, w in zip(xs, weights)] for p in powers]
    goal = [w * t for w, t in zip(weights, target)]
    lawson = [mp.mpf(1)] * len(xs)
    best, best_peak = None, mp.inf
    for _ in range(rounds):
        answer = least_squares(xs, lawson, basis, goal)
        errors = [abs(mp.fdot(answer, column) - t) for column, t in zip(zip(*basis), goal)]
        peak = max(errors)
        if peak < best_peak:
            best, best_peak = answer, peak
        lawson = [v * (e / peak + mp.mpf("0.01")) for v, e in zip(lawson, errors)]
        total = sum(lawson)
        lawson = [v * len(xs) / total for v in lawson]
    return best, best_peak


def rounded(value, bits):
    with mp.workprec(bits):
        return +value


def fit(g, weight, powers, low, high, bits, samples=100):
    """The rounded coefficients, and the largest weighted error they leave."""
    low, high = mp.mpf(low), mp.mpf(high)
    xs = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (i + mp.mpf("0.5")) / samples)
          for i in range(samples)]
    weights = [weight(x) for x in xs]
    rest = [g(x) for x in xs]
    fixed = []
    for i in range(len(powers)):
        answer, _ = solve(xs, weights, powers[i:], rest)
        fixed.append(rounded(answer[0], bits))
        rest = [t - fixed[-1] * x**powers[i] for t, x in zip(rest, xs)]
    return fixed, max(abs(w * t) for w, t in zip(weights, rest))


def series_quotient(f, terms, x):
    """f(x) / x^k where that is 0/0 at 0: f is given exactly away from 0, terms is the limit."""
    return terms if abs(x) < mp.mpf(2)**-60 else f(x)


def entry_expm1(terms, bits):
    """e^x - 1 = x + x^2 Q(x) for |x| <= ln 2 / 2."""
    g = lambda x: series_quotient(lambda t: (mp.exp(t) - 1 - t) / t**2, mp.mpf(1) / 2, x)
    half = mp.log(2) / 2 * mp.mpf("1.0001")
    weight = lambda x: abs(x) + mp.mpf(2)**-90
    return g, weight, list(range(terms)), -half, half, bits


def entry_log(terms, bits, low, high):
    """log(1 + x) = x - x^2 / 2 + x^3 P(x)."""
    g = lambda x: series_quotient(lambda t: (mp.log1p(t) - t + t * t / 2) / t**3, mp.mpf(1) / 3, x)
    weight = lambda x: x**2 + mp.mpf(2)**-90
    return g, weight, list(range(terms)), low, high, bits


def odd(f, first, terms, high, bits, low="0"):
    """f(x) = x + x^3 P(x^2) (first is P(0)); P in z = x^2 for 0 <= z <= high^2."""
    def g(z):
        x = mp.sqrt(z)
        return first if x < mp.mpf(2)**-50 else (f(x) - x) / x**3

    def weight(z):
        x = mp.sqrt(z)
        return mp.mpf(2)**-90 + (x * x if x < mp.mpf(2)**-50 else x**3 / abs(f(x)))

    return g, weight, list(range(terms)), mp.mpf(low), mp.mpf(high)**2, bits


def entry_cos(terms, bits):
    """cos x = 1 - z/2 + z^2 P(z), z = x^2."""
    g = lambda z: series_quotient(lambda t: (mp.cos(mp.sqrt(t)) - 1 + t / 2) / t**2, mp.mpf(1) / 24, z)
    return (g, lambda z: z * z / mp.cos(mp.sqrt(z)) + mp.mpf(2)**-90, list(range(terms)), 0,
            (mp.pi / 4 * mp.mpf("1.001"))**2, bits)


def entry_atanh_tail(terms, bits, high):
    """2 atanh(s) = 2s + s z Q(z), z = s^2."""
    g = lambda z: series_quotient(
        lambda t: 2 * (mp.atanh(mp.sqrt(t)) / mp.sqrt(t) - 1) / t, mp.mpf(2) / 3, z)
    return g, lambda z: z + mp.mpf(2)**-90, list(range(terms)), 0, mp.mpf(high)**2, bits


def entry_pow_tail(terms):
    """2 artanh(s) = s (2 + z (2/3 + z R(z))), z = s^2."""
    g = lambda z: series_quotient(
        lambda t: (2 * (mp.atanh(mp.sqrt(t)) / mp.sqrt(t) - 1) / t - mp.mpf(2) / 3) / t,
        mp.mpf(2) / 5, z)
    return g, lambda z: z * z + mp.mpf(2)**-90, list(range(terms)), 0, mp.mpf("0.1718")**2, 53


THIRD = mp.mpf(1) / 3
QUARTER_TURN = mp.pi / 4 * mp.mpf("1.06")
TABLE = {
    "expm1_float": lambda: entry_expm1(5, 24),
    "expm1_double": lambda: entry_expm1(10, 53),
    "log_float": lambda: entry_log(8, 24, -THIRD, THIRD),
    "log_double": lambda: entry_atanh_tail(7, 53, "0.1718"),
    "pow_double": lambda: entry_pow_tail(7),
    "pow_float_log": lambda: entry_atanh_tail(4, 53, "0.1718"),
    "pow_float_exp": lambda: entry_expm1(6, 53),
    "sin_float": lambda: odd(mp.sin, -THIRD / 2, 4, mp.pi / 4 * mp.mpf("1.001"), 53),
    "cos_float": lambda: entry_cos(3, 53),
    "sin_double": lambda: odd(mp.sin, -THIRD / 2, 6, QUARTER_TURN, 53),
    "cos_double": lambda: entry_cos(6, 53),
    "tanh_float": lambda: odd(mp.tanh, -THIRD, 5, "0.56", 24),
    "tanh_double": lambda: odd(mp.tanh, -THIRD, 11, "0.56", 53),
    "arctan_double": lambda: odd(mp.atan, -THIRD, 12, mp.sqrt(2) - 1, 53),
    "arcsin_double": lambda: odd(mp.asin, THIRD / 2, 13, "0.5", 53),
    "sinh_double": lambda: odd(mp.sinh, THIRD / 2, 7, "1", 53),
}


def main():
    for name in sys.argv[1:] or TABLE:
        coefficients, worst = fit(*TABLE[name]())
        print(f"{name}: relative error 2^{float(mp.log(worst, 2)):.1f}")
        for c in coefficients:
            print("  " + float(c).hex())


if __name__ == "__main__":
    main()
