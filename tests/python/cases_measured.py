# SPDX-License-Identifier: Apache-2.0
"""Graphs whose sizes depend on data, for the differential tests (CASES, as in cases.py)."""
import importlib

import numpy

from cases import case, integers, values


@case(values(3, 4), values(5, seed=1), integers(6))
def positions(p, x, v, i):
    T = p.T
    rows, columns = T.nonzero(T.gt(x, 0))
    return [rows, columns, T.nonzero(i)[0], T.nonzero_values(v), T.flatnonzero(x),
            T.arange(rows.shape[0]) * 2, T.zeros((rows.shape[0], 2)) + 1]


@case(values(3, 4), values(3, seed=1), values(3, 4, seed=2))
def masks(p, x, v, y):
    T = p.T
    chosen = x[T.gt(x, 0)]
    cost = T.sum(chosen ** 2) + T.sum(x[T.gt(v, 0)] ** 3) + T.sum(y[:, T.gt(x[0], 0.2)])
    return [chosen, x[T.gt(v, 0)], x[:, T.gt(x[0], 0.2)], T.set_subtensor(x[T.gt(x, 0)], 9.0),
            T.inc_subtensor(x[T.gt(v, 0)], 0.5)] + p.package.grad(cost, [x, y])


@case(integers(5, below=4), values(3))
def sizes_from_data(p, i, v):
    T = p.T
    count = T.sum(i)
    return [T.zeros((count,)) + v[0], T.arange(count), v[:T.max(i) - 2],
            p.package.grad(T.sum(T.alloc(v[1], count)), v)]


@case(values(5), numpy.array([-1, -2, -9, 1, 9, 4]), values(3, 4, seed=1))
def ends_from_data(p, x, i, y):
    T = p.T
    parts = [x[:i[0]], x[i[1]:], x[:i[2]], x[i[2]:], x[:i[4]], x[i[3]:i[0]], x[i[4]:], x[i[5]::2],
             y[:, i[0]:], y[i[3]:, :i[1]], y[i[3]], y[:i[0], T.stack([i[3], i[5]]) - 1],
             y[:T.cast(i[0], "int8")],
             T.set_subtensor(x[i[1]:], 7.0), T.inc_subtensor(y[:i[0], i[3]:], 0.5)]
    cost = T.sum(x[:i[0]] ** 2) + T.sum(y[:, i[1]:] ** 3)
    sums = p.loop(lambda k, x: T.sum(x[:k]) + T.sum(x[k:] ** 2), sequences=i, non_sequences=x)
    return parts + [sums] + p.package.grad(cost + T.sum(sums * T.arange(6)), [x, y])


@case(values(4, 5), integers(6, below=3), values(7, seed=3))
def sorting(p, x, i, v):
    T = p.T
    cost = T.sum(T.sort(x, axis=0) * x) + T.sum(T.sort(x) ** 3)
    return [T.sort(x, axis=0), T.sort(x), T.sort(i), T.argsort(x, axis=1), T.argsort(x, axis=0),
            T.argsort(v), p.package.grad(cost, x)]


@case(values(6), only=("theano", "aesara"))
def largest(p, v):
    topk = importlib.import_module(p.name + ".tensor.sort")
    best, at = topk.topk_and_argtopk(v, 3, sorted=False)
    return [p.T.sort(best), p.T.sort(at), p.T.sort(topk.topk(v, -2, sorted=False))]


@case(integers(8, below=4), values(4))
def different(p, i, v):
    unique = (p.T.extra_ops if hasattr(p.T, "extra_ops") else p.T).Unique
    try:
        both = unique(return_index=True, return_inverse=True, return_counts=True)(i)
    except TypeError:
        both = unique(True, True, True)(i)
    return list(both) + [unique()(numpy.float64(2) * i)]


@case(values(1), values(6, low=0.1, high=0.9))
def loops_that_end_early(p, x, v):
    T = p.T
    doubled = p.loop(lambda h: (h * 2, p.until(T.gt(abs(h), 5))), outputs_info=[x[0] + 0.3],
                     n_steps=30)
    summed = p.loop(lambda a, s: ([s + a, a * s], p.until(T.gt(s, 1))), sequences=[v],
                    outputs_info=[x[0] * 0, None])
    return [doubled, doubled[-1], summed[0], summed[1], doubled.shape[0],
            p.package.grad(T.sum(doubled), x)]
