# SPDX-License-Identifier: Apache-2.0
"""Four models of the Deep Learning Tutorials in small: logistic regression, a perceptron with one
hidden layer, LeNet, LSTM. Written anew for the ancestors; the data are made, not read."""
from collections import OrderedDict

import numpy

from cases import integers, values

STEPS = 6


class Model(object):
    """outputs: the loss. predictions: of the first input. batches: the arguments of each step."""

    def __init__(self, inputs, loss, predictions, shared, rate, batches, tensor):
        self.inputs, self.outputs, self.predictions = inputs, [loss], [predictions]
        self.shared, self.batches = shared, batches
        self.updates = [(variable, variable - rate * gradient)
                        for variable, gradient in zip(shared, tensor.grad(loss, shared))]


def _shared(peer, name, *shape):
    spread = 1.0 / numpy.sqrt(max(1, int(numpy.prod(shape[1:] or (1,)))))
    return peer.package.shared(values(*shape, low=-spread, high=spread, seed=len(name)), name=name)


def _zeros(peer, name, size):
    return peer.package.shared(numpy.zeros(size), name=name)


def _batches(count, *shape):
    return [(values(count, *shape, seed=step), integers(count, below=10, dtype="int32"))
            for step in range(STEPS)]


def _negative_log_likelihood(peer, p, y):
    """As the tutorials write it."""
    T = peer.T
    return -T.mean(T.log(p)[T.arange(y.shape[0]), y])


def logistic_regression(peer):
    T = peer.T
    x, y = T.dmatrix("x"), T.ivector("y")
    w, b = _shared(peer, "W", 28, 10), _zeros(peer, "b", 10)
    p = peer.softmax(T.dot(x, w) + b)
    return Model([x, y], _negative_log_likelihood(peer, p, y), T.argmax(p, axis=1), [w, b], 0.13,
                 _batches(20, 28), T)


def perceptron(peer):
    T = peer.T
    x, y = T.dmatrix("x"), T.ivector("y")
    w1, b1 = _shared(peer, "W_hidden", 28, 16), _zeros(peer, "b_hidden", 16)
    w2, b2 = _shared(peer, "W", 16, 10), _zeros(peer, "b", 10)
    hidden = T.tanh(T.dot(x, w1) + b1)
    p = peer.softmax(T.dot(hidden, w2) + b2)
    penalty = 0.001 * abs(w1).sum() + 0.001 * abs(w2).sum() + 0.0001 * (
        (w1 ** 2).sum() + (w2 ** 2).sum())
    return Model([x, y], _negative_log_likelihood(peer, p, y) + penalty, T.argmax(p, axis=1),
                 [w1, b1, w2, b2], 0.1, _batches(20, 28), T)


def lenet(peer):
    """Theano alone: its heirs have neither these convolutions nor pooling."""
    if not peer.is_theano:
        return None
    from theano.tensor.signal.pool import pool_2d
    T = peer.T
    x, y = T.dmatrix("x"), T.ivector("y")
    shared = []
    layer = x.reshape((x.shape[0], 1, 10, 10))
    for number, (maps, below) in enumerate(((4, 1), (6, 4))):
        w = _shared(peer, "W%d" % number, maps, below, 3, 3)
        b = _zeros(peer, "b%d" % number, maps)
        pooled = pool_2d(T.nnet.conv2d(layer, w), (2, 2), ignore_border=True)
        layer = T.tanh(pooled + b.dimshuffle("x", 0, "x", "x"))
        shared += [w, b]
    w2, b2 = _shared(peer, "W2", 6, 12), _zeros(peer, "b2", 12)
    w3, b3 = _shared(peer, "W3", 12, 10), _zeros(peer, "b3", 10)
    hidden = T.tanh(T.dot(layer.flatten(2), w2) + b2)
    p = peer.softmax(T.dot(hidden, w3) + b3)
    return Model([x, y], _negative_log_likelihood(peer, p, y), T.argmax(p, axis=1),
                 shared + [w2, b2, w3, b3], 0.1, _batches(2, 100), T)


def lstm(peer):
    """The LSTM of the tutorials: four gates in one product, a mean over the steps, a classifier;
    the gradients are loops, too."""
    T = peer.T
    size, length, rows = 6, 7, 4
    x, y = T.dtensor3("x"), T.ivector("y")
    w, u = _shared(peer, "lstm_W", 5, 4 * size), _shared(peer, "lstm_U", size, 4 * size)
    b, out, c = _zeros(peer, "lstm_b", 4 * size), _shared(peer, "U", size, 10), _zeros(peer, "b", 10)

    def step(x_t, h_before, c_before):
        gates = x_t + T.dot(h_before, u)
        i, f, o = [peer.sigmoid(gates[:, k * size:(k + 1) * size]) for k in range(3)]
        memory = f * c_before + i * T.tanh(gates[:, 3 * size:])
        return [o * T.tanh(memory), memory]

    zeros = T.alloc(numpy.float64(0), x.shape[1], size)
    hidden, _ = peer.loop(step, sequences=T.dot(x, w) + b, outputs_info=[zeros, zeros])
    p = peer.softmax(T.dot(hidden.mean(axis=0), out) + c)
    batches = [(values(length, rows, 5, seed=s), integers(rows, below=10, dtype="int32"))
               for s in range(STEPS)]
    return Model([x, y], _negative_log_likelihood(peer, p, y), T.argmax(p, axis=1),
                 [w, u, b, out, c], 0.1, batches, T)


MODELS = OrderedDict([("lstm", lstm), ("logistic_regression", logistic_regression),
                      ("perceptron", perceptron), ("lenet", lenet)])
