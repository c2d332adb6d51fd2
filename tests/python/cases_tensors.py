# SPDX-License-Identifier: Apache-2.0
"""Graphs of ops on whole tensors, for the differential tests (CASES, as in cases.py), and ops of tgc
by name beside the ancestors' functions of the same name (NAMES, for names_test.py)."""
from collections import namedtuple

import numpy

from cases import case, integers, values

THEANO, PYTENSOR = ("theano",), ("pytensor",)

# --- exported graphs ----------------------------------------------------------------------------


def _extra(p):
    return p.T.extra_ops if hasattr(p.T, "extra_ops") else p.T


@case(values(3, 4), values(5, seed=1), integers(6))
def cumulated(p, x, v, i):
    T = p.T
    cost = T.sum(T.cumsum(x, axis=0) ** 2) + T.sum(T.cumprod(v) * v) + T.sum(T.cumsum(x) ** 3)
    return [T.cumsum(x, axis=0), T.cumsum(x, axis=-1), T.cumsum(x), T.cumprod(x, axis=1),
            T.cumprod(v), T.cumsum(i)] + p.package.grad(cost, [x, v])


@case(values(3, 4), values(4, seed=1), values(2, 3, 3), values(3, 3, seed=2))
def diagonals(p, x, v, c, s):
    T = p.T
    cost = T.sum(T.diagonal(s, 1) ** 2) + T.sum(T.diag(s) ** 3)
    return [T.diagonal(x), T.diagonal(x, 1), T.diagonal(x, -2), T.diagonal(c, 0, 1, 2),
            T.diag(v), T.diag(x), p.package.grad(cost, s)]


@case(values(5, 3).astype("float32"), values(5, 3, seed=1), integers(5, below=9),
      integers(3, below=3))
def written_in_other_dtypes(p, f, d, i, k):
    """The value takes the dtype of what it is written into, as in NumPy."""
    T, t = p.T, numpy.asarray([True, False, True, True, False])
    return [T.set_subtensor(f[1:3], d[:2]), T.inc_subtensor(f[:, 1], d[:, 0]),
            T.set_subtensor(f[k], d[k] * 3), T.inc_subtensor(f[k], d[k]), T.inc_subtensor(f[0], i[0]),
            T.set_subtensor(i[k], d[k, 0] * 4), T.set_subtensor(i[1:], i[:-1] * 1.5),
            T.inc_subtensor(f[k, k], d[k, k]), T.set_subtensor(f[t.nonzero()], d[2])]


@case(values(4, 3), values(3, 4, seed=1), numpy.asarray(0.5))
def filled_diagonals(p, x, y, v):
    F = _extra(p)
    cost = p.T.sum(F.fill_diagonal(y, v) ** 2)
    return [F.fill_diagonal(x, v), F.fill_diagonal(y, v), F.fill_diagonal_offset(x, v, 1),
            F.fill_diagonal_offset(x, v, -2), F.fill_diagonal_offset(y, v, 2)] + (
                p.package.grad(cost, [y, v]))


@case(integers(5, below=3), integers(5, below=4), integers(4, below=9))
def positions(p, i, j, flat):
    F = _extra(p)
    return ([F.ravel_multi_index((i, j), (3, 4)), F.ravel_multi_index((i, j), (3, 4), order="F"),
             F.ravel_multi_index((i + 2, j - 3), (3, 4), mode="wrap"),
             F.ravel_multi_index((i + 2, j - 3), (3, 4), mode="clip")] +
            list(F.unravel_index(flat, (3, 4))) +
            # Theano's own code takes no notice of the order
            ([] if p.is_theano else list(F.unravel_index(flat, (2, 3, 2), order="F"))))


@case(numpy.sort(values(6)), values(2, 4, seed=1), numpy.asarray([2.0, 0.0, 1.0]),
      numpy.asarray([1, 2, 0]))
def searched(p, x, v, u, order):
    F = _extra(p)
    return [F.searchsorted(x, v), F.searchsorted(x, v, side="right"),
            F.searchsorted(u, v, sorter=order)]


@case(values(3, 4), numpy.asarray([[2, 0, 3, 1], [0, 1, 2, 3], [3, 2, 1, 0]]),
      numpy.asarray([1, 0, 3, 2]))
def permuted(p, x, rows, one):
    T = p.T
    return [T.permute_row_elements(x, rows), T.permute_row_elements(x, one),
            T.permute_row_elements(x, rows, inverse=True) if p.name != "theano" else
            T.permute_row_elements(x, rows, 1), T.inverse_permutation(one)]


@case(values(4), values(4, seed=1), integers(4, below=2), only=("theano", "pytensor", "aesara"))
def chosen(p, x, y, i):
    return [p.T.choose(i, p.T.stack([x, y])), p.T.choose(i + 1, p.T.stack([x, y]), mode="wrap"),
            p.T.choose(i * 3, p.T.stack([x, y]), mode="clip"), _extra(p).bartlett(6)]


@case(values(4))
def marked(p, x):
    G = __import__(p.name + ".gradient", fromlist=["x"])
    y = G.grad_scale(x, 3.0) * G.zero_grad(x) + G.disconnected_grad(x) * G.grad_clip(x, -0.1, 0.2)
    return [y] + [p.package.grad(p.T.sum(y ** 2), x)]


@case(values(4))
def asserted(p, x):
    if p.is_theano:
        check = __import__("theano.tensor.opt", fromlist=["x"]).Assert("all must be small")
    else:
        check = __import__(p.name + ".raise_op", fromlist=["x"]).Assert("all must be small")
    return [check(x, p.T.all(x < 9)) * 2]


# --- by name ------------------------------------------------------------------------------------

Named = namedtuple("Named", ["label", "op", "attributes", "arrays", "function", "only", "grad",
                             "wrong_gradient_in"])
NAMES = []


def name(op, function, *arrays, **attributes):
    """`only`: the ancestors that have it; `grad`: compare gradients too, but for the ancestors
    `wrong_gradient_in`, which disagree with their own values."""
    options = [attributes.pop("only", None), attributes.pop("grad", True),
               attributes.pop("wrong_gradient_in", ())]
    NAMES.append(Named("%s_%d" % (op, len(NAMES)), op, attributes, arrays, function, *options))


M, N, V = values(3, 4), values(3, 4, seed=1), values(5, seed=2)
I, J = integers(3, 4, below=7, dtype="int32"), integers(3, 4, below=4) + 1
ODD = numpy.asarray([1.5, numpy.nan, numpy.inf, -numpy.inf, 0.0])

name("isclose", lambda p, x, y: p.T.isclose(x, y, atol=0.4), M, N, atol=0.4)
name("isclose", lambda p, x, y: p.T.isclose(x, y), ODD, ODD)
name("isclose", lambda p, x, y: p.T.isclose(x, y, equal_nan=True), ODD, ODD, equal_nan=True)
name("allclose", lambda p, x, y: p.T.allclose(x, y), M, M)
name("ceil_intdiv", lambda p, x, y: p.T.ceil_intdiv(x, y), I, J)
name("divmod", lambda p, x, y: p.T.divmod(x, y), I, J)
name("round", lambda p, x: p.T.round(x, mode="half_to_even"), M * 3)
name("round", lambda p, x: p.T.round(x, mode="half_away_from_zero"), M * 3,
     mode="half_away_from_zero")
name("iround", lambda p, x: p.T.iround(x, mode="half_to_even"), M * 3)
name("largest", lambda p, x, y: p.T.largest(x, y), M, N)
name("smallest", lambda p, x, y, z: p.T.smallest(x, y, z), M, N, M * 2)
name("ptp", lambda p, x: p.T.ptp(x), M)
name("ptp", lambda p, x: p.T.ptp(x, axis=1), M, axis=1)
name("roll", lambda p, x: p.T.roll(x, 2, axis=1), M, shift=2, axis=1)
name("roll", lambda p, x: p.T.roll(x, -5), M, shift=-5)
name("std", lambda p, x: p.T.std(x, axis=1, ddof=1), M, axis=1, ddof=1)
name("var", lambda p, x: p.T.var(x, corrected=True), M, corrected=True)
name("cov", lambda p, x: p.T.cov(x), M)
name("cov", lambda p, x: p.T.cov(x, rowvar=False, bias=True), M, rowvar=False, bias=True)
name("trace", lambda p, x: p.T.nlinalg.trace(x), M, only=THEANO)
name("norm", lambda p, x: p.T.nlinalg.norm(x, 1), M, ord=1, only=THEANO)
name("norm", lambda p, x: p.T.nlinalg.norm(x, "inf"), M, ord="inf", only=THEANO)
name("norm", lambda p, x: p.T.nlinalg.norm(x, None), V, only=THEANO)
name("kron", lambda p, x, y: p.T.slinalg.kron(x, y), M, N, only=THEANO)
name("elu", lambda p, x: p.T.nnet.elu(x), M, only=THEANO)
name("elu", lambda p, x: p.T.nnet.elu(x, 0.3), M, alpha=0.3, only=THEANO)
name("selu", lambda p, x: p.T.nnet.selu(x), M, only=THEANO)
name("diag", lambda p, x: p.T.diag(x, k=1) if not p.is_theano else p.T.diag(x, 1), V, k=1)
name("bartlett", lambda p: _extra(p).bartlett(7), M=7)
name("outer", lambda p, x, y: p.T.outer(x, y), V, V)
name("flip", lambda p, x: p.T.flip(x, axis=1), M, axis=1, only=PYTENSOR)
name("to_one_hot", lambda p, x: p.T.extra_ops.to_one_hot(x, 5), integers(4), nb_class=5,
     only=THEANO)
name("compress", lambda p, x: _extra(p).compress([0, 1, 1], x, axis=0), M, condition=[0, 1, 1],
     axis=0)
name("batched_tensordot", lambda p, x, y: p.T.batched_tensordot(x, y, 1), values(2, 3, 4),
     values(2, 4, 5), axes=1, only=THEANO)
name("shape_padaxis", lambda p, x: p.T.shape_padaxis(x, 1), M, axis=1)
name("shape_padleft", lambda p, x: p.T.shape_padleft(x, 2), M, n_ones=2)
name("shape_padright", lambda p, x: p.T.shape_padright(x), M)
name("crossentropy_softmax_1hot", lambda p, x, y: p.T.nnet.crossentropy_softmax_1hot(x, y), M,
     integers(3, below=4), only=THEANO)
name("crossentropy_softmax_max_and_argmax_1hot",
     lambda p, x, y: p.T.nnet.crossentropy_softmax_max_and_argmax_1hot(x, y), M,
     integers(3, below=4), only=THEANO)
name("max_and_argmax", lambda p, x: p.T.max_and_argmax(x, axis=1), M, axis=1)
# PyTensor's
name("logsumexp", lambda p, x: p.T.logsumexp(x, axis=1), M * 50, axis=1, only=PYTENSOR)
name("logaddexp", lambda p, x, y: p.T.logaddexp(x, y), M * 9, N, only=PYTENSOR)
name("log1mexp", lambda p, x: p.T.log1mexp(x), -numpy.abs(M) - 0.01, only=PYTENSOR)
name("nan_to_num", lambda p, x: p.T.nan_to_num(x, nan=2.0), ODD, nan=2.0, only=PYTENSOR)
name("isposinf", lambda p, x: p.T.isposinf(x), ODD, only=PYTENSOR)
name("isneginf", lambda p, x: p.T.isneginf(x), ODD, only=PYTENSOR)
name("isfinite", lambda p, x: p.T.isfinite(x), ODD, only=PYTENSOR)
name("linspace", lambda p, x, y: p.T.linspace(x, y, 5), numpy.asarray(0.1), numpy.asarray(2.7),
     num=5, only=PYTENSOR)
name("linspace", lambda p, x, y: p.T.linspace(x, y, 4, endpoint=False, axis=1), V, V * 2 + 1, num=4,
     endpoint=False, axis=1, only=PYTENSOR)
name("logspace", lambda p, x, y: p.T.logspace(x, y, 3), numpy.asarray(0.1), numpy.asarray(1.7),
     num=3, only=PYTENSOR, grad=False)  # PyTensor's takes log 10 in float32
name("matmul", lambda p, x, y: p.T.matmul(x, y), values(2, 5, 3, 4), values(5, 4, 2),
     only=PYTENSOR)
name("matmul", lambda p, x, y: p.T.matmul(x, y), values(4), values(5, 4, 2), only=PYTENSOR)
name("matmul", lambda p, x, y: p.T.matmul(x, y), values(5, 3, 4), values(4), only=PYTENSOR)
name("matmul", lambda p, x, y: p.T.matmul(x, y), values(5, 3, 4), values(4, 2), only=PYTENSOR)
name("matmul", lambda p, x, y: p.T.matmul(x, y.dimshuffle("x", 0, 1)), values(5, 3, 4),
     values(4, 2), only=PYTENSOR)
name("matmul", lambda p, x, y: p.T.matmul(x.dimshuffle("x", 0, 1), y), values(3, 4),
     values(5, 4, 2), only=PYTENSOR)
name("vecdot", lambda p, x, y: p.T.vecdot(x, y), M, N, only=PYTENSOR)
name("matvec", lambda p, x, y: p.T.matvec(x, y), values(2, 3, 4), values(2, 4), only=PYTENSOR)
name("vecmat", lambda p, x, y: p.T.vecmat(x, y), values(4), values(2, 4, 3), only=PYTENSOR)
name("moveaxis", lambda p, x: p.T.moveaxis(x, [0, 1], [2, 0]), values(2, 3, 4), source=[0, 1],
     destination=[2, 0], only=PYTENSOR)
name("take_along_axis", lambda p, x, i: p.T.take_along_axis(x, i, 1), M, integers(3, 2, below=4),
     axis=1, only=PYTENSOR)
name("expand_dims", lambda p, x: p.T.expand_dims(x, (0, -1)), M, axis=[0, -1], only=PYTENSOR)
name("atleast_3d", lambda p, x: p.T.atleast_3d(x), V, only=PYTENSOR)
name("identity_like", lambda p, x: p.T.identity_like(x), M, only=PYTENSOR)
name("broadcast_arrays", lambda p, x, y: p.T.broadcast_arrays(x, y), M, values(4), only=PYTENSOR)
name("full_like", lambda p, x, v: p.T.full_like(x, v), M, numpy.asarray(2.5), only=PYTENSOR)
name("join_dims", lambda p, x: p.T.join_dims(x, start_axis=1), values(2, 3, 4), start_axis=1,
     only=PYTENSOR)
for mode, more in (("constant", {"constant_values": 1.5}), ("edge", {}), ("wrap", {}),
                   ("symmetric", {}), ("reflect", {}), ("linear_ramp", {"end_values": 2.0}),
                   ("maximum", {}), ("minimum", {"stat_length": 2}), ("mean", {})):
    name("pad", lambda p, x, mode=mode, more=more: p.T.pad(x, ((1, 2), (0, 3)), mode, **more), M,
         pad_width=[[1, 2], [0, 3]], mode=mode, only=PYTENSOR,
         wrong_gradient_in=("pytensor 3.0",) if mode == "edge" else (), **more)
