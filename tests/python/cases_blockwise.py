# SPDX-License-Identifier: Apache-2.0
"""Differential cases of what applies an op along leading axes (PyTensor's Blockwise), of loops over
scalars, and of functions that are made of such."""
import importlib

import numpy

from cases import case, integers, values
from cases_linalg import function, positive, regular

PYTENSOR = ("pytensor",)
MATRICES = numpy.stack([regular(3), regular(3, seed=2)])


def gradients(p, outputs, inputs):
    """The outputs and the gradient of a sum of all floats among them."""
    T = p.T
    cost = sum(T.sum(y * y * numpy.asarray(1.5) + y) for y in outputs if "float" in y.dtype)
    return list(outputs) + list(p.package.grad(cost, inputs, disconnected_inputs="ignore"))


@case(values(3, 4), values(3, 4, seed=1), values(4, 4, seed=2), values(2, 3, 4, seed=3),
      only=PYTENSOR)
def einstein_sums(p, x, y, q, c):
    E = p.T.einsum
    return gradients(p, [
        E("ij,jk->ik", x, q), E("bij,jk->bik", c, q), E("ij,ij->", x, y), E("ii->i", q),
        E("ii", q), E("ij,kj,jl->il", x, y, q), E("i,j->ij", x[0], y[1]), E("ijk->kij", c),
        E("...ij,ij->...", c, x), E("ij->j", x)], [x, y, q, c])


@case(values(2, 3, 4), values(4, 4, seed=1), values(2, 4, 3, seed=2), only=PYTENSOR)
def matrix_products_over_batches(p, c, q, d):
    T = p.T
    return gradients(p, [T.matmul(c, q), T.matmul(c[:, None], d[None]), T.matmul(q[0], d)],
                     [c, q, d])


@case(values(3, 4), integers(3, 2, below=4), only=PYTENSOR)
def vectorized_functions(p, x, i):
    T = p.T
    softmax = importlib.import_module("pytensor.tensor.special").softmax

    def each(function, signature, *arguments):
        return T.vectorize(function, signature=signature)(*arguments)
    return gradients(p, [
        each(T.diag, "(i)->(i,i)", x),
        each(lambda a: a[1:], "(i)->(j)", x), each(lambda a: a[::-1], "(i)->(i)", x),
        each(lambda a: T.set_subtensor(a[1:], 0.5), "(i)->(i)", x),
        each(lambda a: T.inc_subtensor(a[1:3], a[0]), "(i)->(i)", x),
        each(lambda a, j: a[j], "(i),(j)->(j)", x, i),
        each(lambda a: T.repeat(a, 2), "(i)->(j)", x),
        each(lambda a: T.eye(4) * a, "(i)->(i,i)", x),
        each(softmax, "(i)->(i)", x), each(T.cumsum, "(i)->(i)", x)], [x]) + [
            each(T.sort, "(i)->(i)", x), each(T.argsort, "(i)->(i)", x),
            each(lambda a: T.searchsorted(T.sort(a), a), "(i)->(i)", x)]


@case(MATRICES, values(2, 3, 3, seed=5), values(2, 2, 3, 2, seed=6), only=PYTENSOR)
def vectorized_matrix_functions(p, x, y, z):
    T = p.T
    kron, = function(p, "kron")

    def each(function, signature, *arguments):
        return T.vectorize(function, signature=signature)(*arguments)
    return gradients(p, [
        each(lambda a: T.fill_diagonal(a, 1.5), "(i,i)->(i,i)", x),
        each(lambda a: kron(a, a), "(i,i)->(j,j)", x),
        each(lambda a, b: T.join(0, a, b), "(i,i),(i,i)->(j,i)", x, y),
        each(lambda a: T.reshape(a, (6,)), "(i,j)->(k)", z),
        each(lambda a: T.fill_diagonal(a, 0.5), "(i,j)->(i,j)", z)], [x, y, z])


@case(values(7, low=-2, high=2), numpy.asarray([-1.0, -0.2, 0.4, 1.1]), values(4, seed=1),
      only=PYTENSOR)
def interpolated(p, x, places, heights):
    T = p.T
    return gradients(p, [T.interp(x, places, heights), T.interp(x, places, heights, left=0.0),
                         T.interp(x, places, heights, period=1.5)] +
                     [T.interpolate1d(places, heights, method=method)(x)
                      for method in ("linear", "nearest", "first", "last", "mean")], [x, heights])


@case(values(2, 3, 4), values(3, 8, seed=1), only=PYTENSOR)
def joined_and_split_axes(p, x, y):
    T = p.T
    packed, _ = T.pack(x, y)
    return gradients(p, [T.join_dims(x, 0, 2), T.join_dims(x), T.split_dims(y, (2, 4), axis=1),
                         packed], [x, y])


@case(values(5), integers(5, below=4), values(3, 4, seed=1), integers(3, 2, below=3))
def repeated_by_counts(p, v, counts, x, pairs):
    T = p.T
    outputs = [T.repeat(v, counts), T.repeat(x, [1, 0, 2], axis=0),
               T.repeat(x, pairs[:, 0], axis=0), T.repeat(x, pairs[:, 1] + 1, axis=0)]
    return gradients(p, outputs, [v, x]) if p.name == "pytensor" else outputs


@case(values(4, 4), values(4, 5, seed=1), numpy.asarray(0.3))
def offset_diagonals(p, q, x, value):
    F = p.T.extra_ops if hasattr(p.T, "extra_ops") else p.T
    return gradients(p, [F.fill_diagonal_offset(q, value, 1), F.fill_diagonal_offset(x, value, -2)],
                     [q, x, value])


@case(values(2, 3, 4), integers(2, below=4), only=("theano", "pytensor"))
def new_axes_among_indices(p, x, i):
    outputs = [x[:, None, [0, 2]], x[..., None, i], x[i % 2, None, :, 1]]
    return gradients(p, outputs, [x])


@case(values(3, 4), values(5, seed=2), integers(5, below=2), only=("theano", "pytensor"))
def chosen_of_a_list(p, x, v, i):
    T = p.T
    outputs = [T.choose(i, [v, v * 2])]
    return outputs if p.is_theano else outputs + [T.squeeze(x[:1], axis=0)]


@case(positive(4), values(4, 2), regular(4), numpy.stack([positive(3), positive(3) * 1.3]),
      values(2, 3, 2, seed=4), only=PYTENSOR)
def assumed_structures(p, a, b, r, c, d):
    solve, cho_solve, cholesky = function(p, "solve", "cho_solve", "cholesky")
    outputs = [solve(a, b, assume_a="pos"), solve(r, b, assume_a="sym"),
               solve(r, b, assume_a="sym", lower=True), solve(r, b, assume_a="tridiagonal"),
               solve(c, d, assume_a="pos"), cho_solve((cholesky(c), True), d),
               cho_solve((p.T.swapaxes(cholesky(c), -1, -2), False), d)]
    return gradients(p, outputs, [b, d])


@case(values(2, 3), values(3, 2, seed=1), integers(2, 2), values(2, 2, 2, seed=3), only=PYTENSOR)
def blocks_on_the_diagonal(p, x, y, i, c):
    block_diag, = function(p, "block_diag")
    return gradients(p, [block_diag(x, y), block_diag(x, i, y), block_diag(c, c * 2)], [x, y, c])


@case(values(6, low=0.2, high=3), values(6, low=0.2, high=3, seed=1), only=PYTENSOR)
def loops_over_scalars(p, x, y):
    T = p.T
    return gradients(p, [T.gammaincc(x, y)], [x, y])
