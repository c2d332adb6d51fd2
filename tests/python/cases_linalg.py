# SPDX-License-Identifier: Apache-2.0
"""Differential cases of linear algebra and its gradients."""
import importlib

import numpy

from cases import case, values


def function(p, *names):
    """Functions of nlinalg, slinalg, or PyTensor's linalg."""
    places = []
    for module in ("nlinalg", "slinalg", "linalg"):
        try:
            places.append(importlib.import_module("%s.tensor.%s" % (p.name, module)))
        except ImportError:
            pass
    return [next(getattr(place, name) for place in places if hasattr(place, name))
            for name in names]


def regular(n, **kwargs):
    return values(n, n, **kwargs) + 3 * numpy.eye(n)


def positive(n):
    a = values(n, n)
    return a.dot(a.T) + numpy.eye(n)


@case(positive(4), positive(3).astype("float32"))
def cholesky_factors(p, x, y):
    cholesky, = function(p, "cholesky")
    T = p.T
    weights = values(4, 4, seed=5)
    return [cholesky(x), cholesky(y), T.grad((cholesky(x) * weights).sum(), x)]


@case(regular(4), values(4, 3), values(4, seed=3))
def solutions(p, x, y, z):
    solve, = function(p, "solve")
    T = p.T
    square = (solve(x, y) ** 2).sum()
    return [solve(x, y), solve(x, z), T.grad(square, x), T.grad(square, y)]


@case(regular(4), values(4, 3), values(4, seed=3))
def triangular_solutions(p, x, y, z):
    T = p.T
    if p.is_theano:
        lower, upper = function(p, "solve_lower_triangular", "solve_upper_triangular")
    else:
        solve_triangular, = function(p, "solve_triangular")

        def lower(a, b):
            return solve_triangular(a, b, lower=True)

        def upper(a, b):
            return solve_triangular(a, b, lower=False)
    square = (lower(x, y) ** 2).sum() + (upper(x, z) ** 2).sum()
    return [lower(x, y), upper(x, z), T.grad(square, x), T.grad(square, y)]


@case(regular(3), regular(3).astype("float32"))
def inverses_and_determinants(p, x, y):
    det, matrix_inverse = function(p, "det", "matrix_inverse")
    T = p.T
    return [det(x), det(y), matrix_inverse(x), matrix_inverse(y), T.grad(det(x), x),
            T.grad((matrix_inverse(x) ** 2).sum(), x)]


@case(numpy.stack([regular(3), regular(3, seed=2)]), values(2, 3, 2), values(3, 2),
      only=("pytensor",))
def batches_of_matrices(p, x, y, z):
    solve, det, inverse = function(p, "solve", "det", "matrix_inverse")
    return [solve(x, y), solve(x, z, b_ndim=2), det(x), inverse(x),
            p.T.grad((solve(x, y) ** 2).sum(), x)]
