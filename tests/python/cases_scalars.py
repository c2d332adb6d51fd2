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


@case(values(9, low=0.3, high=7), values(9, low=0.5, high=3, seed=1), values(9, low=0.05, high=0.95),
      only=("pytensor", "aesara"))
def quantiles(p, k, b, x):
    names = "gammaincinv gammainccinv betaincinv owens_t hyp2f1".split()
    math = importlib.import_module(p.name + ".tensor.math")
    known = {n: getattr(math, n, None) for n in names}
    found = []
    if known["gammaincinv"]:
        lower, upper = known["gammaincinv"](k, x), known["gammainccinv"](k, x)
        beta = known["betaincinv"](k, b, x)
        found += [lower, upper, beta, p.T.grad(lower.sum() + upper.sum() + beta.sum(), x)]
    if known["owens_t"]:
        area = known["owens_t"](k, -b)
        found += [area] + p.T.grad(area.sum(), [k, b])
    if known["hyp2f1"]:
        series = known["hyp2f1"](k, b, k + 1, x)
        found += [series, p.T.grad(series.sum(), x), known["hyp2f1"](1, 2, k, -9 * x)]
    if hasattr(math, "ndtri_exp"):
        found += [math.ndtri_exp(-9 * k), p.T.grad(math.ndtri_exp(-k).sum(), k)]
    return found or [x]


@case(values(3, 4, low=-2, high=3), values(4, low=-1, high=1), only=("theano",))
def intervals(p, x, low):
    scalar = importlib.import_module(p.name + ".scalar.basic")
    elemwise = importlib.import_module(p.name + ".tensor.elemwise").Elemwise
    return [p.T.switch(elemwise(scalar.InRange(a, b))(x, low, numpy.asarray(1.5)), x, 0.0)
            for a in (False, True) for b in (False, True)]


def complex_values(*shape, **kwargs):
    seed = kwargs.pop("seed", 0)
    return values(*shape, seed=seed, **kwargs) + 1j * values(*shape, seed=seed + 5, **kwargs)


@case(complex_values(3, 4), complex_values(4, seed=1), values(4, seed=2))
def complex_arithmetic(p, z, w, x):
    T = p.T
    return [z + w, z - x, z * w, x * z, z / w, z / (x + 3), -z, abs(z), T.real(z), T.imag(w),
            T.angle(z), T.conj(z), T.sqr(z), z ** 2, T.exp(z), T.sqrt(z), T.log(z),
            T.sin(z), T.cos(z), T.tan(w), T.sinh(z), T.cosh(z), T.tanh(z), T.log1p(w), T.expm1(w),
            T.exp2(w), T.log2(w), T.log10(w), 1 / w]


@case(complex_values(3, 4), complex_values(4, seed=1).astype("complex64"))
def complex_inverse_functions(p, z, w):
    T = p.T
    z = z * 2
    outputs = [f(x) for x in (z, w) for f in (T.arcsin, T.arccos, T.arctan, T.arcsinh, T.arccosh,
                                              T.arctanh)]
    return outputs + [T.cumprod(z, axis=0), T.cumprod(z), T.var(z), T.std(z, axis=1)]


@case(complex_values(3, 4), complex_values(4, 2, seed=1), integers(3, below=3), values(3, 4))
def complex_structure(p, z, w, i, x):
    T = p.T
    return [z.sum(), z.sum(axis=0), z.mean(axis=1), T.dot(z, w), T.dot(x, w), z.T, z.reshape((2, 6)),
            z.dimshuffle(1, "x", 0), z[1:, ::2], z[0], z[i], T.concatenate([z, x]),
            T.stack([z, z * 2]), T.switch(x > 0, z, x), T.set_subtensor(z[0], 1j),
            T.inc_subtensor(z[:, 1], x[:, 0]), T.zeros_like(z), T.cast(x, "complex64"),
            T.cast(z, "complex64") * 2, z.shape]


@case(values(3, 4), values(4, seed=1))
def complex_of_parts(p, x, y):
    T = p.T
    z = T.complex(x, y)
    return [z, T.complex_from_polar(abs(x), y) if p.is_theano else z * 2, T.real(z * z), abs(z),
            T.complex(T.cast(x, "float32"), T.cast(y, "float32"))]


@case(complex_values(5).astype("complex64"), complex_values(5, seed=3).astype("complex64"))
def complex64(p, z, w):
    T = p.T
    return [z * w, z / w, abs(z), T.exp(z), z.sum(), T.dot(z, w), T.conj(z), T.real(z) + 1]


@case(complex_values(6), values(6, seed=4), complex_values(2, 3, seed=2))
def complex_choices(p, z, x, w):
    T = p.T
    mask = x > 0.1
    return [z[mask], T.set_subtensor(z[mask], 2.0), T.inc_subtensor(z[mask], z[mask]),
            T.nonzero(z * mask)[0], T.any(z), T.all(w, axis=0), T.prod(z), T.prod(w, axis=1),
            T.cumsum(w, axis=1), T.zeros((2,), dtype="complex64"), T.eye(2, 3, dtype="complex128"),
            T.alloc(z[0], 2, 2), T.ones_like(z), T.sum(x, dtype="complex128"), T.eq(z, z[::-1]),
            T.neq(w, 0), T.diag(z), T.tile(w, (2, 2)), T.repeat(z, 2), T.outer(z, w[0]),
            T.roll(z, 2), w.flatten(), T.triu(w), T.tensordot(w, w, axes=[[1], [1]])]


@case(complex_values(4), complex_values(3, 4, seed=1))
def complex_scan(p, h, steps):
    outputs = p.loop(lambda s, h: (h * s + 0.5, abs(s)), sequences=[steps],
                        outputs_info=[h, None])
    return [outputs[0], outputs[0][-1], outputs[1]]


@case(integers(5) - 2, values(5).astype("float32"), integers(5, below=2) > 0)
def parts_of_real_numbers(p, i, x, b):
    T = p.T
    return [T.real(i), T.imag(i), T.angle(i), T.conj(i), T.real(x), T.imag(x), T.conj(x),
            T.real(b), T.imag(b), T.cast(T.angle(x), "float32")]
