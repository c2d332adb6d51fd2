# SPDX-License-Identifier: Apache-2.0
"""The functions of kernels.json for PyTensor and Theano."""
import importlib


def matrix_and_vector(peer, float_type):
    tensor = importlib.import_module(peer + ".tensor")
    return (tensor, tensor.matrix("x", dtype=float_type), tensor.matrix("y", dtype=float_type),
            tensor.vector("v", dtype=float_type))


def matmul(peer, float_type, _):
    tensor, x, y, _ = matrix_and_vector(peer, float_type)
    return [x, y], [tensor.dot(x, y)], []


def layer(peer, float_type, _):
    tensor, x, y, v = matrix_and_vector(peer, float_type)
    return [x, y, v], [tensor.maximum(tensor.dot(x, y) + v, 0)], []


def softmax(peer, float_type, _):
    tensor, x, _, _ = matrix_and_vector(peer, float_type)
    if peer == "theano":
        return [x], [tensor.nnet.softmax(x)], []
    return [x], [importlib.import_module(peer + ".tensor.special").softmax(x, axis=-1)], []


def chain(peer, float_type, _):
    tensor, _, _, v = matrix_and_vector(peer, float_type)
    half, tenth = (tensor.constant(c, dtype=float_type) for c in (0.5, 0.1))
    c3 = tensor.tanh(v * half + 1)
    return [v], [tensor.sqrt(tensor.maximum(tensor.exp(-(c3 * v)) + c3, tenth)) - v], []


def sums(axis):
    def builder(peer, float_type, _):
        _, x, _, _ = matrix_and_vector(peer, float_type)
        return [x], [x.sum(axis=axis)], []
    return builder


sum_axis_0, sum_axis_1, sum_all = sums(0), sums(1), sums(None)
