# SPDX-License-Identifier: Apache-2.0
"""Pieces of well-known models for the differential tests (CASES, as in cases.py), and models with
random streams inside loops (SAMPLERS)."""
import importlib

import numpy

from cases import case, values


@case(numpy.float64(2.5), numpy.float64(-1.25), numpy.float64(0.5), values(3))
def ranges_between_floats(p, stop, start, step, x):
    T = p.T
    count = T.cast(x.shape[0] * 2, "float32")
    return [T.arange(stop), T.arange(start, stop), T.arange(start, stop, step), T.arange(start),
            T.arange(stop, start, -step), T.arange(count) * 2, T.arange(0, stop, 0.25),
            p.package.grad(T.sum(T.arange(stop).shape[0] * x), x)]


@case(values(2, 3, 4, 5), values(2, 6, low=-0.2, high=0.2) + [1, 0, 0, 0, 1, 0])
def spatial_transformer(p, x, move):
    """Samples the picture where an affine map of a grid says, as Lasagne's layer does."""
    T = p.T
    rows, columns = 3, 4
    n, channels, height, width = [x.shape[i] for i in range(4)]

    def line(count):
        count = T.cast(count, "float64")
        return T.arange(count) * (2 / (count - 1)) - 1

    across = T.dot(T.ones((rows, 1)), line(columns).dimshuffle("x", 0)).reshape((1, -1))
    down = T.dot(line(rows).dimshuffle(0, "x"), T.ones((1, columns))).reshape((1, -1))
    grid = T.concatenate([across, down, T.ones_like(across)], axis=0)
    places = T.dot(move.reshape((-1, 2, 3)), grid)
    at_x = (places[:, 0].flatten() + 1) / 2 * T.cast(width - 1, "float64")
    at_y = (places[:, 1].flatten() + 1) / 2 * T.cast(height - 1, "float64")
    left, top = T.floor(at_x), T.floor(at_y)
    base = T.repeat(T.arange(n, dtype="int64") * width * height, rows * columns)
    pixels = x.dimshuffle(0, 2, 3, 1).reshape((-1, channels))

    def index(place, count):
        return T.cast(T.clip(place, 0, T.cast(count - 1, "float64")), "int64")

    def part(i, j):
        weight = (1 - abs(at_x - left - i)) * (1 - abs(at_y - top - j))
        where = base + index(top + j, height) * width + index(left + i, width)
        return weight.dimshuffle(0, "x") * pixels[where]

    result = part(0, 0) + part(1, 0) + part(0, 1) + part(1, 1)
    result = result.reshape((n, rows, columns, channels)).dimshuffle(0, 3, 1, 2)
    return [result] + p.package.grad(T.sum(result ** 2), [x, move])


# --- samplers -----------------------------------------------------------------------------------


class Draws(object):
    """The peer's streams: bernoulli and normal draws as float64."""

    def __init__(self, peer, seed):
        self.T = peer.T
        try:
            module = importlib.import_module(peer.name + ".tensor.random.utils")
            self.stream, self.is_old = module.RandomStream(seed), False
        except ImportError:
            module = importlib.import_module(peer.name + ".tensor.shared_randomstreams")
            self.stream, self.is_old = module.RandomStreams(seed), True

    def bernoulli(self, p):
        if self.is_old:
            return self.stream.binomial(size=p.shape, n=1, p=p, dtype="float64")
        return self.T.cast(self.stream.binomial(1, p, size=p.shape), "float64")

    def normal(self, like):
        if self.is_old:
            return self.stream.normal(size=like.shape)
        return self.stream.normal(0.0, 1.0, size=like.shape)


def restricted_boltzmann_machine(p):
    """Contrastive divergence with three steps of Gibbs sampling."""
    T, draws = p.T, Draws(p, 123)
    x = T.dmatrix("x")
    w, hb, vb = [p.package.shared(value, name=name) for name, value in (
        ("W", values(6, 4, low=-0.3, high=0.3)), ("hbias", numpy.zeros(4)),
        ("vbias", numpy.zeros(6)))]

    def hidden(v):
        return p.sigmoid(T.dot(v, w) + hb)

    def step(h):
        seen = p.sigmoid(T.dot(h, w.T) + vb)
        v = draws.bernoulli(seen)
        return seen, v, draws.bernoulli(hidden(v))

    (seen, v, _), updates = p.scan(step, outputs_info=[None, None, draws.bernoulli(hidden(x))],
                                   n_steps=3)

    def energy(v):
        return -T.dot(v, vb) - T.sum(T.log(1 + T.exp(T.dot(v, w) + hb)), axis=1)

    cost = T.mean(energy(x)) - T.mean(energy(v[-1]))
    updates = list(updates.items())
    for parameter, gradient in zip((w, hb, vb), p.package.grad(
            cost, [w, hb, vb], consider_constant=[v, seen])):
        updates.append((parameter, parameter - 0.1 * gradient))
    return [x], [cost, seen[-1]], updates, [(values(5, 6) > 0).astype("float64")]


def noisy_walks(p):
    """Two streams in one loop, and a loop over a sequence."""
    T, draws = p.T, Draws(p, 7)
    x = T.dmatrix("x")
    walks, first = p.scan(lambda place, rate: (place + rate * draws.normal(place),
                                               draws.bernoulli(p.sigmoid(place))),
                          outputs_info=[x[0], None], non_sequences=[x[1] ** 2], n_steps=4)
    rows, second = p.scan(lambda row: draws.bernoulli(p.sigmoid(row)), sequences=x)
    updates = list(first.items()) + list(second.items())
    return [x], list(walks) + [rows], updates, [values(3, 4)]


SAMPLERS = {"rbm": restricted_boltzmann_machine, "walks": noisy_walks}
