# SPDX-License-Identifier: Apache-2.0
"""What an ancestor's gradient module builds: Lop, Rop, jacobian, hessian (CASES, as in cases.py)."""
import importlib

from cases import case, values


def gradient(p):
    return p.package.gradient


@case(values(4), values(3, 4, seed=1))
def jacobians(p, x, w):
    g, T = gradient(p), p.T
    y = T.tanh(T.dot(w, x))
    return [g.jacobian(y, x), g.jacobian(y, w), g.jacobian(T.sum(y ** 2), x)]


@case(values(4), values(4, seed=3))
def hessians(p, x, y):
    g, T = gradient(p), p.T
    cost = T.sum(T.exp(x * y)) + T.sum(x) ** 3
    return [g.hessian(cost, x), g.hessian(cost, y)] + list(g.hessian(cost, [x, y]))


@case(values(4), values(3, 4, seed=1), values(3, 4, seed=2), values(3, seed=5))
def products_with_jacobians(p, x, w, v, u):
    g, T = gradient(p), p.T
    y = T.nnet.sigmoid(T.dot(w, x)) if p.is_theano else T.sigmoid(T.dot(w, x))
    names = ("Rop", "Lop") if hasattr(g, "Rop") else ("pushforward", "pullback")
    rop, lop = getattr(g, names[0]), getattr(g, names[1])
    return [rop(y, w, v), lop(y, x, u), lop(y, w, u), rop(T.sum(y ** 3), w, v)]


@case(values(3), values(5, 3, seed=2))
def through_loops(p, h, s):
    T = p.T
    trace, _ = p.package.scan(lambda e, a: T.tanh(a * e + 0.1), sequences=s, outputs_info=h)
    return [gradient(p).jacobian(trace[-1], h)]


@case(values(1), values(6, low=0.1, high=0.9), only=("pytensor",), wrong_in=("pytensor 3.0",))
def through_loops_that_end(p, s, v):
    """Theano 1.0.5 takes the elements of v in the wrong order here, PyTensor 3.0 fails when it runs
    ("negative dimensions are not allowed")."""
    trace, _ = p.package.scan(lambda e, a: (a + e * e, p.until(p.T.gt(a + e, 1.5))), sequences=v,
                              outputs_info=s[0])
    cost = p.T.sum(trace ** 2)
    return [trace, p.package.grad(cost, v), p.package.grad(cost, s)]


@case(values(6, 3), values(3, seed=1), values(3, 3, seed=2))
def through_truncated_loops(p, s, h, w):
    """What lies before the truncation has a gradient of zeros."""
    def trace(steps):
        return p.package.scan(lambda e, a, w: p.T.tanh(e + p.T.dot(a, w)), sequences=s,
                              outputs_info=h, non_sequences=w, truncate_gradient=steps)[0]
    long = p.package.grad(p.T.sum(trace(9) ** 2), [s, w])
    return p.package.grad(p.T.sum(trace(3) ** 2), [s, h, w]) + long
