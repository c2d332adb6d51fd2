# SPDX-License-Identifier: Apache-2.0
"""Differential cases of the scalar functions: special functions and their gradients."""
import importlib

import numpy

from cases import case, integers, values


def special(p, *names):
    """Functions by name: Theano keeps some by element in tensor.basic, PyTensor in tensor.math."""
    places = [p.T, importlib.import_module(p.name + ".tensor.basic")]
    if not p.is_theano:
        places.append(importlib.import_module(p.name + ".tensor.math"))
    return [next(getattr(place, name) for place in places if hasattr(place, name))
            for name in names]


def of_float(*arrays):
    return [a.astype("float32") for a in arrays]


@case(values(9, low=-2.5, high=2.5), values(9, low=-0.95, high=0.95), values(9, low=0.05, high=1.9),
      integers(5))
def error_functions(p, x, inside, y, i):
    erf, erfc, erfcx, erfinv, erfcinv = special(p, "erf", "erfc", "erfcx", "erfinv", "erfcinv")
    T = p.T
    return ([f(x) for f in (erf, erfc, erfcx)] + [erfinv(inside), erfcinv(y), erf(i)] +
            [T.grad(f(x).sum(), x) for f in (erf, erfc, erfcx)] +
            [T.grad(erfinv(inside).sum(), inside), T.grad(erfcinv(y).sum(), y)])


@case(*of_float(values(9, low=-2.5, high=2.5), values(9, low=0.2, high=6)))
def special_of_float32(p, x, y):
    erf, erfc, gamma, gammaln, psi = special(p, "erf", "erfc", "gamma", "gammaln", "psi")
    return [erf(x), erfc(x), gamma(y), gammaln(y), psi(y), p.T.grad(erf(x).sum(), x),
            p.T.grad(gammaln(y).sum(), y)]


@case(values(9, low=0.1, high=7), values(9, low=-3.9, high=-0.1), integers(5) + 1)
def gamma_functions(p, x, low, i):
    gamma, gammaln, psi, tri_gamma = special(p, "gamma", "gammaln", "psi", "tri_gamma")
    T = p.T
    return ([f(x) for f in (gamma, gammaln, psi, tri_gamma)] + [gammaln(i), psi(i)] +
            [f(low) for f in (gamma, gammaln, psi)] +
            [T.grad(f(x).sum(), x) for f in (gamma, gammaln, psi)])


@case(values(7, low=0.2, high=6), values(7, low=0.1, high=9))
def incomplete_gamma(p, k, x):
    names = ("gammainc", "gammaincc") + (("gammau", "gammal", "chi2sf") if p.is_theano else ())
    return [f(k, x) for f in special(p, *names)]


@case(values(7, low=0.2, high=6), values(7, low=0.1, high=9), only=("aesara", "pytensor"))
def slopes_of_incomplete_gamma(p, k, x):
    return [p.T.grad(f(k, x).sum(), x) for f in special(p, "gammainc", "gammaincc")]


@case(values(7, low=0.3, high=6), values(7, low=0.3, high=6, seed=1), values(7, low=0.05, high=0.9),
      only=("aesara", "pytensor"))
def incomplete_beta(p, a, b, x):
    betainc, = special(p, "betainc")
    return [betainc(a, b, x), p.T.grad(betainc(a, b, x).sum(), x)]


@case(values(9, low=-12, high=12), values(9, low=0.1, high=12), integers(9, dtype="int32"))
def bessel_functions(p, x, y, v):
    j0, j1, jv, i0, i1, iv = special(p, "j0", "j1", "jv", "i0", "i1", "iv")
    T = p.T
    order = numpy.asarray(1.5)
    return ([f(x) for f in (j0, j1, i0, i1)] + [jv(v, x), iv(v, x), jv(order, y), iv(order, y)] +
            [T.grad(f(x).sum(), x) for f in (j0, j1, i0, i1)] +
            [T.grad(jv(v, x).sum(), x, disconnected_inputs="ignore"), T.grad(iv(v, x).sum(), x)])


@case(values(9, low=0.1, high=12), values(9, low=-3, high=-0.05), integers(9, dtype="int32"),
      only=("pytensor",))
def special_of_pytensor(p, x, low, n):
    polygamma, tri_gamma, ive, kve, log1mexp = special(p, "polygamma", "tri_gamma", "ive", "kve",
                                                       "log1mexp")
    T = p.T
    return [polygamma(n, x), ive(n, x), kve(n, x), log1mexp(low), T.grad(tri_gamma(x).sum(), x),
            T.grad(log1mexp(low).sum(), low), T.grad(ive(2, x).sum(), x),
            T.grad(kve(2, x).sum(), x), T.grad(polygamma(n, x).sum(), x)]


@case(values(3, 4, low=-2, high=3), values(4, low=-1, high=1), only=("theano",))
def intervals(p, x, low):
    scalar = importlib.import_module(p.name + ".scalar.basic")
    elemwise = importlib.import_module(p.name + ".tensor.elemwise").Elemwise
    return [p.T.switch(elemwise(scalar.InRange(a, b))(x, low, numpy.asarray(1.5)), x, 0.0)
            for a in (False, True) for b in (False, True)]
