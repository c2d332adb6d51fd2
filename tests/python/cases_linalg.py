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


@case(positive(3), -positive(3))
def factors_that_are_nan(p, x, y):
    cholesky, = function(p, "Cholesky")
    if p.name == "pytensor":
        factor = cholesky()
    else:
        factor = cholesky(on_error="nan")
    return [factor(x), factor(y)]


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


def symmetric(n, **kwargs):
    a = values(n, n, **kwargs)
    return a + a.T + numpy.diag(numpy.arange(n) * 2.0)


@case(symmetric(4), symmetric(3, seed=4).astype("float32"))
def eigenvalues_of_symmetric_matrices(p, x, y):
    """Vectors are compared by what their signs do not change."""
    eigh, = function(p, "eigh")
    T = p.T
    w, v = eigh(x)
    other_w, other_v = eigh(y, UPLO="U") if p.is_theano else eigh(y)
    weights = values(4, 4, seed=5)
    cost = (w * weights[0]).sum() + (v ** 2 * weights).sum()
    return [w, v ** 2, T.dot(v * w, v.T), other_w, abs(other_v), T.grad(cost, x),
            T.grad(w[0] - w[2], x)]


@case(symmetric(4), positive(4))
def generalised_eigenvalues(p, x, y):
    eigvalsh, = function(p, "eigvalsh")
    T = p.T
    w = eigvalsh(x, y)
    upper = eigvalsh(x, y, lower=False)
    weights = values(4, seed=5)
    return [w, upper, T.grad((w * weights).sum(), x), T.grad((w * weights).sum(), y),
            T.grad((upper * weights).sum(), y)]


@case(regular(3), only=("theano", "aesara"))
def eigenvalues_of_any_matrix(p, x):
    eig, = function(p, "eig")
    w, v = eig(x.dot(x.T).dot(p.T.diag(p.T.arange(1, 4))))
    return [w, v ** 2]


@case(values(4, 3), values(2, 4, seed=1), values(3, 3, seed=2))
def singular_values(p, x, y, z):
    svd, = function(p, "svd")
    T = p.T
    u, s, vt = svd(x, full_matrices=False)
    full_u, full_s, full_vt = svd(y)
    outputs = [s, T.dot(u * s, vt), full_u ** 2, full_s, full_vt[:2] ** 2,
               svd(z, compute_uv=False)]
    if p.name == "pytensor":
        weights = values(4, 3, seed=5)
        outputs += [T.grad((s * weights[0]).sum() + (u ** 2 * weights).sum(), x),
                    T.grad((vt ** 2 * weights[:3]).sum(), x),
                    T.grad((svd(z, compute_uv=False) ** 3).sum(), z)]
    return outputs


@case(values(4, 3), values(2, 4, seed=1), values(3, 3, seed=2).astype("float32"))
def pseudo_inverses(p, x, y, z):
    pinv, = function(p, "pinv")
    T = p.T
    weights = values(3, 4, seed=5)
    return [pinv(x), pinv(y), pinv(z), T.grad((pinv(x) * weights).sum(), x),
            T.grad((pinv(y).T * weights[:2]).sum(), y)]


@case(values(4, 3), values(2, 4, seed=1), values(3, 3, seed=2).astype("float32"))
def orthogonal_and_triangular(p, x, y, z):
    qr, = function(p, "qr")
    T = p.T
    outputs = []
    for a in (x, y, z):
        outputs += qr(a, mode="reduced") + qr(a, mode="complete")
    if p.name != "pytensor":
        return outputs + qr(x, mode="raw") + [qr(x, mode="r"), qr(y, mode="r")]
    outputs += [qr(x, mode="r"), qr(y, mode="r")]
    for a, shape in ((x, (4, 3)), (y, (2, 4))):  # shapes that PyTensor's gradient wants to know
        known = T.specify_shape(a, shape)
        q, r = qr(known, mode="reduced")
        weights = values(shape[0], min(shape), seed=5)
        outputs.append(T.grad((q * weights).sum() + (r ** 2).sum(), a))
        outputs.append(T.grad((qr(known, mode="r") ** 3).sum(), a))
    return outputs


@case(numpy.stack([symmetric(3), symmetric(3, seed=2)]), values(2, 4, 3), values(2, 3, 4, seed=1),
      only=("pytensor",))
def batches_of_decompositions(p, x, y, z):
    eigh, eigvalsh, svd, pinv, qr = function(p, "eigh", "eigvalsh", "svd", "pinv", "qr")
    T = p.T
    w, v = eigh(x)
    u, s, vt = svd(y, full_matrices=False)
    return [w, v ** 2, eigvalsh(x, x.dot(x[0]) * 0 + T.eye(3)), s, u ** 2, vt ** 2, pinv(y),
            pinv(x, hermitian=True)] + qr(z, mode="reduced")


@case(values(3, 3), values(4, 4, seed=3).astype("float32"))
def exponentials(p, x, y):
    expm, = function(p, "expm")
    T = p.T
    return [expm(x), expm(x * 5), expm(y), T.grad((expm(x) * values(3, 3, seed=5)).sum(), x)]


@case(values(4, 2), values(4, 3, seed=1), values(2, 4, seed=2))
def least_squares(p, x, y, z):
    lstsq, = function(p, "lstsq")
    if isinstance(lstsq, type):
        lstsq = lstsq()
    outputs = []  # without the ranks, whose dtype is not the one that the ancestors declare
    for solution in (lstsq(x, y, -1), lstsq(z, y[:2], -1), lstsq(x, y, 0.9)):
        outputs += solution[:2] + solution[3:]
    return outputs


@case(numpy.eye(24).reshape(6, 4, 8, 3) + values(6, 4, 8, 3) * 0.1, values(6, 4))
def tensor_systems(p, x, y):
    tensorinv, tensorsolve = function(p, "tensorinv", "tensorsolve")
    return [tensorinv(x, ind=2), tensorsolve(x, y),
            tensorsolve(x.dimshuffle(2, 0, 1, 3), y, axes=(0, 3))]


def fourier(p):
    return importlib.import_module("%s.tensor.fft" % p.name)


@case(values(3, 8), values(2, 15).astype("float32"), values(2, 4, 3, 6, seed=1))
def transforms_of_reals(p, x, y, z):
    rfft = fourier(p).rfft
    T = p.T
    outputs = [rfft(x), rfft(x, norm="ortho"), rfft(y), rfft(z, norm="no_norm")]
    for a, shape in ((x, (3, 5, 2)), (y, (2, 8, 2)), (z, (2, 4, 3, 4, 2))):
        weights = values(*shape, seed=5).astype(a.dtype)
        outputs.append(T.grad((rfft(a, norm="ortho") * weights).sum(), a))
    return outputs


@case(values(3, 5, 2), values(2, 8, 2).astype("float32"), values(2, 4, 3, 4, 2, seed=1))
def transforms_back(p, x, y, z):
    irfft = fourier(p).irfft
    T = p.T
    outputs = [irfft(x), irfft(x, is_odd=True), irfft(x, norm="ortho"), irfft(y, is_odd=True),
               irfft(z, norm="no_norm")]
    for a, shape, is_odd in ((x, (3, 8), False), (y, (2, 15), True), (z, (2, 4, 3, 7), True)):
        weights = values(*shape, seed=5).astype(a.dtype)
        outputs.append(T.grad((irfft(a, is_odd=is_odd) * weights).sum(), a))
    return outputs


@case(values(2, 97), values(1, 1024), values(2, 1000, seed=2))
def transforms_of_many_lengths(p, x, y, z):
    fft = fourier(p)
    return [fft.rfft(x), fft.rfft(y), fft.rfft(z), fft.irfft(fft.rfft(x), is_odd=True) - x,
            fft.irfft(fft.rfft(z)) - z]
